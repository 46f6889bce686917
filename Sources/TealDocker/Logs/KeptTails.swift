import Synchronization
import TealCore
import TealDriverKit

/// The last lines of replicas that the Engine cannot give: of those whose log driver only writes, taken by attaching to
/// them while they run, and of those whose container is gone, taken before Teal removed it.
final class KeptTails: Sendable {
    /// The most lines of one replica.
    static let linesMax = 200
    /// The most places whose removed containers have left lines.
    static let leftMax = 64

    private struct Tail {
        var container: String
        var lines: [LogLine] = []
        var task: Task<Void, Never>?
    }

    private let tails = Mutex<[ReplicaID: Tail]>([:])
    /// Oldest first.
    private let left = Mutex<[(place: ReplicaID, lines: [LogLine])]>([])

    /// Drivers that the Engine reads lines from.
    static func isReadable(_ driver: String) -> Bool {
        ["", "json-file", "local", "journald", "k8s-file", "passthrough-journald"].contains(driver)
    }

    /// Begins to keep what a container writes from now on.
    func begin(_ place: ReplicaID, _ container: String, release: String?, _ stream: EngineStream) {
        tails.withLock { tails in
            tails[place]?.task?.cancel()
            tails[place] = Tail(container: container)
        }
        // Ends with the container, when its place is forgotten, or with the runtime.
        let task = Task { [weak self] in
            var assembler = LogAssembler(isStamped: false, release: release)
            do throws(DockerError) {
                try await stream.forEachFrame { frame async throws(DockerError) in
                    self?.add(assembler.feed(frame, at: WallClock.now), place, container)
                }
            } catch {
                // What was seen until then is what there is.
            }
            self?.add(assembler.rest(), place, container)
        }
        tails.withLock { $0[place]?.task = task }
    }

    private func add(_ lines: [LogLine], _ place: ReplicaID, _ container: String) {
        guard !lines.isEmpty else { return }
        tails.withLock { tails in
            guard tails[place]?.container == container else { return }
            tails[place]?.lines.append(contentsOf: lines)
            let surplus = (tails[place]?.lines.count ?? 0) - Self.linesMax
            if surplus > 0 { tails[place]?.lines.removeFirst(surplus) }
        }
    }

    /// The lines of a container; nil when none were kept.
    func lines(of place: ReplicaID, _ container: String) -> [LogLine]? {
        tails.withLock { $0[place].flatMap { $0.container == container ? $0.lines : nil } }
    }

    // MARK: After a removal

    /// Keeps what a container wrote last that is removed now.
    func leave(_ lines: [LogLine], at place: ReplicaID) {
        left.withLock { left in
            left.removeAll { $0.place == place }
            guard !lines.isEmpty else { return }
            left.append((place, lines.suffix(Self.linesMax)))
            if left.count > Self.leftMax { left.removeFirst() }
        }
    }

    /// What the last container of a place wrote; nil when another was made there since, or none is known.
    func lines(leftAt place: ReplicaID) -> [LogLine]? {
        left.withLock { left in left.first { $0.place == place }?.lines }
    }

    func forget(_ place: ReplicaID) {
        tails.withLock { tails in
            tails[place]?.task?.cancel()
            tails[place] = nil
        }
    }

    func clear() {
        tails.withLock { tails in
            for tail in tails.values { tail.task?.cancel() }
            tails = [:]
        }
    }
}
