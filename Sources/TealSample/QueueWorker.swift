import NIOPosix

/// Where jobs come from.
///
/// Calls block and are made from one thread at a time.
protocol JobSource: Sendable {
    /// Takes one job so that nobody else gets it; `nil` when there is none.
    func take() throws(JobError) -> String?
    /// Records that the job is done.
    func finish(_ job: String) throws(JobError)
}

/// Why a queue could not be used.
enum JobError: Error {
    case file(path: String, errno: Int32)
    case connection(String)
    case protocolBroken(String)
}

/// What the background work is doing.
struct Activity: Sendable, Equatable {
    var isActive: Bool
    var isBusy: Bool
}

/// Does background jobs one after the other while it is active.
actor QueueWorker {
    /// How long it waits for new jobs when there were none.
    static let emptyWait = Duration.milliseconds(20)
    /// How long it waits after an error of its source.
    static let errorWait = Duration.milliseconds(500)

    private let source: (any JobSource)?
    private let jobTime: Duration
    private let threads: NIOThreadPool
    private var activity: Activity
    private var isStopped = false
    private var idleWaiters: [CheckedContinuation<Void, Never>] = []
    private var changeWaiter: CheckedContinuation<Void, Never>?

    /// Without a source there is only a state to switch.
    init(source: (any JobSource)?, jobTime: Duration, isActive: Bool, threads: NIOThreadPool) {
        self.source = source
        self.jobTime = jobTime
        self.threads = threads
        self.activity = Activity(isActive: isActive, isBusy: false)
    }

    /// Works until it is stopped.
    func run() async {
        guard let source else { return }
        while !isStopped {
            guard activity.isActive else {
                await withCheckedContinuation { changeWaiter = $0 }
                continue
            }
            activity.isBusy = true
            let pause = await work(source)
            activity.isBusy = false
            for waiter in idleWaiters { waiter.resume() }
            idleWaiters = []
            // Nobody cancels this task; a shortened pause would do no harm either.
            if let pause { try? await Task.sleep(for: pause) }
        }
    }

    /// Switches the work; a deactivation returns once the job in hand is finished.
    func change(_ change: ActivityChange) async -> Activity {
        switch change {
        case .activate:
            activity.isActive = true
            Console.line("activated")
            wake()
        case .deactivate:
            activity.isActive = false
            await idle()
            Console.line("deactivated")
        case .none: break
        }
        return activity
    }

    /// Takes no further job and returns once the job in hand is finished.
    func stop() async {
        isStopped = true
        wake()
        await idle()
    }

    private func wake() {
        changeWaiter?.resume()
        changeWaiter = nil
    }

    private func idle() async {
        while activity.isBusy {
            await withCheckedContinuation { idleWaiters.append($0) }
        }
    }

    /// Does one job; answers with the pause to make before the next, if any.
    private func work(_ source: any JobSource) async -> Duration? {
        do {
            guard let job = try await threads.runIfActive({ try source.take() }) else { return Self.emptyWait }
            try await Task.sleep(for: jobTime)
            try await threads.runIfActive { try source.finish(job) }
            return nil
        } catch {
            Console.problem("queue: \(error)")
            return Self.errorWait
        }
    }
}
