import CTealTaskHook
import Glibc
import Synchronization

/// Lets everything that Swift's runtime would run on its pool of threads run on one thread, in an order that the caller
/// decides.
///
/// The engine's shell is `async`; a simulation has to say itself when each of its pieces runs. The runtime asks a hook
/// before it hands a job to its pool (`swift_task_enqueueGlobal_hook`, which exists for such uses). Jobs that other
/// threads hand over go where they always went.
enum OneThread {
    private typealias Original = @convention(thin) (UnownedJob) -> Void
    private typealias Hook = @convention(thin) (UnownedJob, Original) -> Void

    /// The thread whose jobs are caught, as `pthread_self` names it; 0 for none.
    private static let owner = Atomic<UInt>(0)
    /// Only touched by the owner.
    nonisolated(unsafe) private static var take: ((UnownedJob) -> Void)?

    /// Sets the hook, once.
    private static let isHooked: Bool = {
        guard let place = teal_task_hook() else { return false }
        UnsafeMutableRawPointer(place).assumingMemoryBound(to: Hook?.self).pointee = { job, original in
            if OneThread.owner.load(ordering: .relaxed) == OneThread.current {
                OneThread.take?(job)
            } else {
                original(job)
            }
        }
        return true
    }()

    private static var current: UInt { UInt(pthread_self()) }

    /// Catches the jobs of the calling thread while `body` runs.
    ///
    /// - Parameters:
    ///   - take: Told of each job; it has to be run exactly once by ``run(_:)``, before or after `body` has ended.
    ///   - body: What makes jobs.
    /// - Returns: What `body` answers.
    static func catching<Answer>(_ take: @escaping (UnownedJob) -> Void, in body: () -> Answer) -> Answer {
        precondition(isHooked, "this Swift runtime has no hook for its jobs")
        let (owner, _) = owner.compareExchange(expected: 0, desired: current, ordering: .relaxed)
        precondition(owner, "one simulation at a time in a process")
        self.take = take
        defer {
            self.take = nil
            self.owner.store(0, ordering: .relaxed)
        }
        return body()
    }

    static func run(_ job: UnownedJob) { runJob(job, pool) }

    /// What the runtime's own pool is to a job: no executor in particular (two null pointers).
    ///
    /// A job that is run as if on another executor is handed back before each call of an actor, which takes three times
    /// as long.
    private static let pool = unsafeBitCast((0, 0), to: UnownedSerialExecutor.self)
}

/// The runtime's entry point that `UnownedJob.runSynchronously(on:)` leads to.
@_silgen_name("swift_job_run")
private func runJob(_ job: UnownedJob, _ executor: UnownedSerialExecutor)
