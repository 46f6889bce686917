import Dispatch

/// Runs an actor on a queue of its own, so that its system calls keep no thread of the concurrency pool waiting.
final class QueueExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "teal.nginx")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
}
