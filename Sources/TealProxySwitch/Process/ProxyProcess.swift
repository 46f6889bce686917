import Glibc
import NIOCore
import TealCore
import TealProxyWire

/// Keeps one proxy running: adopts one that runs, else starts it, and starts it again when it dies.
///
/// The proxy is in a session of its own and outlives the daemon; whoever holds the lock on its state directory and
/// answers the handshake is the proxy, whoever started it. It is never stopped from here.
package actor ProxyProcess {
    /// How long a proxy may take until it answers.
    package static let startLimit = Duration.seconds(5)
    /// How long one question may take while waiting.
    private static let askLimit = Duration.milliseconds(500)
    private static let eventsMax = 64

    /// What happened, from the beginning of ``superviseForever()``; for one reader, the newest 64.
    package nonisolated let events: AsyncStream<ProxyEvent>

    private let launch: ProxyLaunch
    private let client: ControlClient
    private let lock: StateLock
    private let log: ProxyLog
    private let sink: AsyncStream<ProxyEvent>.Continuation
    /// The process that was started and has not answered yet, and where its part of the log begins.
    private var starting: (pid: pid_t, logBegin: Int64)?
    /// Processes that were started here, until their end was collected.
    private var children: Set<pid_t> = []

    package init(_ launch: ProxyLaunch) {
        self.launch = launch
        client = ControlClient(path: launch.controlPath)
        lock = StateLock(directory: launch.stateDirectory)
        log = ProxyLog(path: launch.logPath)
        (events, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.eventsMax))
    }

    /// Whether a proxy has a state directory now.
    package static func runs(in stateDirectory: String) -> Bool { StateLock(directory: stateDirectory).isHeld }

    /// Returns as soon as a proxy answers; starts one when none holds the lock.
    ///
    /// - Throws: ``ProxyProcessError``, at the latest after ``startLimit``.
    @discardableResult
    package func ensureRunning() async throws(ProxyProcessError) -> ProxyRun {
        try await running().run
    }

    /// Keeps a proxy running until the task is cancelled; the proxy stays.
    package func superviseForever() async {
        var pace = RestartPace()
        while !Task.isCancelled {
            do throws(ProxyProcessError) {
                let (run, isOurs) = try await running()
                sink.yield(isOurs ? .started(run) : .adopted(run))
                let lived = await untilDeath(of: run)
                if Task.isCancelled { return }
                sink.yield(.died(run, exit: await exit(of: run.processID)))
                await rest(pace.pause(afterLiving: lived))
            } catch .cancelled {
                return
            } catch {
                // A proxy that does not start has not lived.
                let pause = max(pace.pause(afterLiving: .zero), RestartPace.pauseFirst)
                sink.yield(.failed(error, after: pause))
                await rest(pause)
            }
        }
    }

    private func running() async throws(ProxyProcessError) -> (run: ProxyRun, isOurs: Bool) {
        let end = NIODeadline.now() + .nanoseconds(Self.startLimit.nanoseconds)
        var pause = Duration.milliseconds(1)
        while true {
            do throws(ControlError) {
                let status = try await client.status(within: Self.askLimit)
                if !status.isStopping { return found(status) }
            } catch .cancelled {
                throw .cancelled
            } catch {
                // It does not answer yet; what that means is found out below.
            }
            try startUnlessHeld()
            guard NIODeadline.now() < end else {
                throw .noAnswer(within: Self.startLimit, log: log.tail(since: starting?.logBegin ?? 0))
            }
            await rest(pause)
            if Task.isCancelled { throw .cancelled }
            pause = min(pause * 2, .milliseconds(20))
        }
    }

    private func found(_ status: ProxyStatus) -> (run: ProxyRun, isOurs: Bool) {
        let run = ProxyRun(processID: status.processID, incarnation: String(status.incarnation, radix: 16))
        let isOurs = starting?.pid == status.processID
        if isOurs { starting = nil }
        return (run, isOurs)
    }

    /// Starts a proxy, unless one has been started that is on its way, or another holds the lock.
    private func startUnlessHeld() throws(ProxyProcessError) {
        if let (pid, logBegin) = starting {
            guard let exit = ProxySpawn.reap(pid) else { return }
            starting = nil
            children.remove(pid)
            // 3: another proxy was faster, and will answer.
            guard exit == .code(3) else { throw .endedAtOnce(exit, log: log.tail(since: logBegin)) }
            return
        }
        guard !lock.isHeld else { return }
        guard mkdir(launch.stateDirectory, 0o700) == 0 || errno == EEXIST else {
            throw .stateUnusable(path: launch.stateDirectory, reason: String(cString: strerror(errno)))
        }
        let (descriptor, begin) = log.open()
        guard descriptor >= 0 else {
            throw .stateUnusable(path: log.path, reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        switch ProxySpawn.start(launch.arguments, log: descriptor) {
        case .success(let pid):
            starting = (pid, begin)
            children.insert(pid)
        case .failure(let failure):
            throw .notStarted(program: launch.program, reason: "\(failure)")
        }
    }

    /// Waits until a run of the proxy has ended; a connection that is held tells at once.
    ///
    /// - Returns: How long it was watched.
    private func untilDeath(of run: ProxyRun) async -> Duration {
        let start = NIODeadline.now()
        while !Task.isCancelled {
            // No answer here is what ends the run.
            guard let held = try? await client.hold(within: Self.askLimit * 4), !held.status.isStopping,
                String(held.status.incarnation, radix: 16) == run.incarnation
            else { break }
            await held.connection.closed()
        }
        return .nanoseconds((NIODeadline.now() - start).nanoseconds)
    }

    /// How a proxy that was started here ended; nil for another's, or when the system has not told in a moment.
    private func exit(of pid: pid_t) async -> ProxyExit? {
        for other in children where other != pid && ProxySpawn.reap(other) != nil { children.remove(other) }
        guard children.contains(pid) else { return nil }
        for _ in 0..<5 {
            if let exit = ProxySpawn.reap(pid) {
                children.remove(pid)
                return exit
            }
            await rest(.milliseconds(1))
        }
        return nil
    }

    private func rest(_ span: Duration) async {
        guard span > .zero else { return }
        // A cancelled rest only ends sooner; the callers look for cancellation themselves.
        try? await Task.sleep(for: span)
    }
}
