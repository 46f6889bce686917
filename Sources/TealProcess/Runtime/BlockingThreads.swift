import CTealSystem
import Glibc
import Synchronization
import TealDriverKit

/// Runs calls that block on threads of their own, so that none of the cooperative pool waits in the kernel.
final class BlockingThreads: Sendable {
    /// How many calls may block at once; more wait for their turn.
    static let threadsMax = 128
    /// The stack of one such thread, in bytes.
    private static let stackBytes = 1 << 20

    private struct State {
        var running = 0
        var waiting: [Job] = []
    }

    private let state = Mutex(State())

    /// Runs `work` on a thread that may block, and waits for it.
    ///
    /// Cancellation does not end it: `work` has limits.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(RuntimeError) -> Value
    ) async throws(RuntimeError) -> Value {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, RuntimeError>, Never>) in
            submit(
                Job {
                    continuation.resume(returning: Result { () throws(RuntimeError) in try work() })
                }
            )
        }
        return try result.get()
    }

    private func submit(_ job: Job) {
        let startsNow = state.withLock { state in
            guard state.running < Self.threadsMax else {
                state.waiting.append(job)
                return false
            }
            state.running += 1
            return true
        }
        if startsNow { start(job) }
    }

    private func start(_ job: Job) {
        let body: @Sendable () -> Void = { [self] in
            var next: Job? = job
            while let now = next {
                now.body()
                next = state.withLock { state in
                    guard !state.waiting.isEmpty else {
                        state.running -= 1
                        return nil
                    }
                    return state.waiting.removeFirst()
                }
            }
        }
        // Without a thread the call is made here: slow is better than lost.
        if !Thread.start(stackBytes: Self.stackBytes, body) { body() }
    }

    private struct Job: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}

/// A detached thread of the system.
enum Thread {
    private final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts a thread.
    ///
    /// - Returns: False when the system has none to give.
    static func start(stackBytes: Int, _ body: @escaping @Sendable () -> Void) -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackBytes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let box = Unmanaged.passRetained(Box(body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            },
            box.toOpaque()
        )
        if result != 0 { box.release() }
        return result == 0
    }
}
