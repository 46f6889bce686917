import Synchronization
import TealCore
import TealDriverKit

/// The last lines of replicas whose log driver cannot be read, taken by attaching to them while they run.
final class KeptTails: Sendable {
    /// The most lines of one replica.
    static let linesMax = 200

    private struct Tail {
        var container: String
        var lines: [LogLine] = []
        var task: Task<Void, Never>?
    }

    private let tails = Mutex<[ReplicaID: Tail]>([:])

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
