import CTealSystem
import Glibc
import Synchronization
import TealCore
import TealDriverKit
import TealShimWire

/// Tells what happens to replicas, from what their shims push; a shim that vanishes is an event too.
final class ShimWatcher: Sendable {
    private let shared: Shared

    /// Looks at what is there now, clears what killed shims left, and begins to watch on a thread of its own.
    init(_ home: ProcessHome) throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        try checked(teal_pipe(&ends, false), "pipe2")
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let shared = Shared(waking: Descriptor(owning: ends[1]))
        self.shared = shared
        let loop = WatchLoop(home: home, shared: shared, woken: Descriptor(owning: ends[0]))
        _ = Thread.start(stackBytes: 1 << 20) { loop.run() }
    }

    deinit {
        // The thread holds only what it needs, and ends when it sees this.
        shared.end()
    }

    /// Events from now on.
    func stream() -> AsyncStream<ReplicaEvent> { shared.stream() }

    /// Looks again at once: something was started, stopped or removed.
    func wake() { shared.wake() }

    /// What the watcher's thread and its owner share.
    final class Shared: Sendable {
        /// Events kept for a subscriber that is slow; older ones are left out.
        private static let eventsMax = 4096

        private struct State {
            var isOver = false
            var next = 0
            var subscribers: [Int: AsyncStream<ReplicaEvent>.Continuation] = [:]
        }

        private let state = Mutex(State())
        private let waking: Descriptor

        init(waking: Descriptor) { self.waking = waking }

        var isOver: Bool { state.withLock { $0.isOver } }

        func wake() {
            var byte: UInt8 = 1
            // A full pipe has woken the thread already.
            _ = write(waking.raw, &byte, 1)
        }

        func end() {
            let left = state.withLock { state in
                state.isOver = true
                defer { state.subscribers = [:] }
                return Array(state.subscribers.values)
            }
            for continuation in left { continuation.finish() }
            wake()
        }

        func stream() -> AsyncStream<ReplicaEvent> {
            let (stream, continuation) = AsyncStream.makeStream(
                of: ReplicaEvent.self,
                bufferingPolicy: .bufferingNewest(Self.eventsMax)
            )
            let number = state.withLock { state in
                state.next += 1
                state.subscribers[state.next] = continuation
                return state.next
            }
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { $0.subscribers[number] = nil }
            }
            return stream
        }

        func say(_ event: ReplicaEvent) {
            let subscribers = state.withLock { Array($0.subscribers.values) }
            for continuation in subscribers { continuation.yield(event) }
        }
    }
}
