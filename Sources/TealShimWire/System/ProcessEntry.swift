package import Glibc

/// What `/proc/<pid>/stat` says of a process (proc(5)).
package struct ProcessEntry: Hashable, Sendable {
    package let pid: pid_t
    /// The program's name, at most 15 bytes.
    package let name: String
    package let state: Character
    package let parent: pid_t
    package let session: pid_t
    package let startTicks: UInt64
    /// Processor time of it and of its children that have ended, in ticks of ``ticksPerSecond``.
    package let processorTicks: UInt64
    /// Resident pages, as the kernel's rough count has them.
    package let residentPages: Int

    package var isZombie: Bool { state == "Z" || state == "X" }
    package var identity: ProcessIdentity { .init(pid: pid, startTicks: startTicks) }
    package var residentBytes: Int { residentPages * Self.pageBytes }

    /// Resident bytes, where those of a page that n processes share count a n-th each (`Pss`, proc(5)).
    ///
    /// The kernel walks all of the process's pages for it. ``residentBytes`` where it may not be read.
    package var proportionalBytes: Int {
        // A process that has ended meanwhile has none; one of another user is counted as it can be.
        guard let text = (try? Files.text("/proc/\(pid)/smaps_rollup")) ?? nil,
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Pss:") }),
            let kibibytes = line.split(separator: " ").compactMap({ Int($0) }).first
        else { return residentBytes }
        return kibibytes << 10
    }

    /// How many ticks of `/proc` a second has (sysconf(3), `_SC_CLK_TCK`).
    package static let ticksPerSecond = sysconf(Int32(_SC_CLK_TCK))

    private static let pageBytes = sysconf(Int32(_SC_PAGESIZE))

    /// What is known of a process; nil when there is none with this number.
    package static func read(_ pid: pid_t) -> ProcessEntry? {
        // A process that ends while it is read is the same as one that ended before.
        guard let text = (try? Files.text("/proc/\(pid)/stat")) ?? nil else { return nil }
        return parse(text)
    }

    /// Reads one line of `stat`.
    ///
    /// The name stands in brackets and may itself hold spaces and brackets.
    package static func parse(_ text: String) -> ProcessEntry? {
        guard let opening = text.firstIndex(of: "("), let closing = text.lastIndex(of: ")"),
            let pid = pid_t(text[..<opening].filter { $0 != " " })
        else { return nil }
        let fields = text[text.index(after: closing)...].split(separator: " ")
        // Field 3 of the manual is the first after the name.
        guard fields.count > 21, let state = fields[0].first, let parent = pid_t(fields[1]),
            let session = pid_t(fields[3]), let start = UInt64(fields[19]), let pages = Int(fields[21])
        else { return nil }
        // Fields 14 to 17: its own time in user and kernel mode, and that of children that it has waited for.
        let ticks = fields[11...14].reduce(UInt64(0)) { $0 &+ (UInt64($1) ?? 0) }
        return .init(
            pid: pid,
            name: String(text[text.index(after: opening)..<closing]),
            state: state,
            parent: parent,
            session: session,
            startTicks: start,
            processorTicks: ticks,
            residentPages: pages
        )
    }
}
