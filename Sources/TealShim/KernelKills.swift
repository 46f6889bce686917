import TealCore
import TealShimWire

/// Whether the kernel killed a process for want of memory just now.
///
/// It only counts such kills, for the processes of a cgroup or of the whole host. So the count is compared with the one
/// of some seconds ago: a kill of somebody else hours ago says nothing about a process that ends now.
struct KernelKills {
    /// How long ago a kill may have been that a process ends of: at least this, at most twice this.
    ///
    /// A process with much memory takes a while to end.
    static let window: Duration = .seconds(5)

    private let count: () -> Int
    private var before = 0
    private var latest = 0
    private var latestAt: Timestamp

    init(at now: Timestamp, count: @escaping () -> Int = KernelKills.counter()) {
        self.count = count
        latestAt = now
        begin(at: now)
    }

    /// When ``look(at:)`` is due.
    var nextAt: Timestamp { latestAt + Self.window }

    /// A run begins: what was before it was not for it.
    mutating func begin(at now: Timestamp) {
        latest = count()
        before = latest
        latestAt = now
    }

    /// Takes the count again when it is due.
    mutating func look(at now: Timestamp) {
        guard now >= nextAt else { return }
        before = latest
        latest = count()
        latestAt = now
    }

    /// Whether there was one within the window.
    var wasLately: Bool { count() > before }

    // MARK: Where it is counted

    /// The closest counter there is: of the own cgroup (cgroup v2, `memory.events`), else of the host (`/proc/vmstat`).
    static func counter() -> () -> Int {
        // Without either file the kernel counts none, and no end is called one of memory for it.
        let own = ((try? Files.text("/proc/self/cgroup")) ?? nil).flatMap(eventsFile)
        let path = own.flatMap { Files.exists($0) ? $0 : nil } ?? "/proc/vmstat"
        return { ((try? Files.text(path)) ?? nil).map(number) ?? 0 }
    }

    /// Where the events of a process's cgroup are, from its `/proc/<pid>/cgroup`; nil without cgroup v2.
    static func eventsFile(_ text: String) -> String? {
        text.split(separator: "\n").first { $0.hasPrefix("0::/") }.map {
            "/sys/fs/cgroup/\($0.dropFirst("0::/".count))/memory.events"
        }
    }

    /// The `oom_kill` line, which both files have.
    static func number(_ text: String) -> Int {
        let line = text.split(separator: "\n").first { $0.hasPrefix("oom_kill ") }
        return line.flatMap { Int($0.dropFirst("oom_kill ".count)) } ?? 0
    }
}
