import Synchronization
import TealCore
import TealDriverKit
import TealEngine
import Testing

@Suite struct `A release that is told to end its work` {
    /// What the step brings back when the replica refuses the call, and is known as `state`.
    private func told(
        _ state: ReplicaState?,
        _ stopping: @escaping @Sendable () -> Void = {},
        policing: @escaping @Sendable (RestartPolicy) -> Void = { _ in }
    ) async -> StepResult {
        await OneStep.perform(
            .setActivity(member: 0, side: .old, active: false),
            at: .handOver,
            of: Self.queue,
            runtime: RefusingRuntime(state: state, stopping: stopping, policing: policing)
        )
    }

    private static var queue: Member {
        var spec = Samples.web(replicas: 1)
        spec.background = Samples.handover
        return Cast.second(spec)
    }

    @Test func `what is not there does no work`() async {
        #expect(await told(nil) == .done)
    }

    /// It would come up working beside the new one; and a new release that is well must not wait for it, nor go back.
    @Test func `what its runtime is about to start again is told again, and is not started in the end`() async throws {
        let running = try #require(Cast.running(Self.queue, .old).first)
        let exit = ReplicaExit(code: 139, outOfMemory: false)
        for (phase, isStopped) in [(ReplicaPhase.restarting(exit), true), (.exited(exit), false)] {
            let state = ReplicaState(
                id: running.id,
                release: running.release,
                endpoint: running.endpoint,
                phase: phase,
                run: running.run,
                restarts: 0,
                restartPolicy: .unlessStopped
            )
            let stops = Mutex(0)
            #expect(await told(state) { stops.withLock { $0 += 1 } } == .done)
            #expect(stops.withLock(\.self) == (isStopped ? 1 : 0))
        }
    }

    /// Its policy could not be taken before; with one it would come up while it is told to stop.
    @Test func `what is about to start again has no policy any more when it is told to stop`() async throws {
        let running = try #require(Cast.running(Self.queue, .old).first)
        let state = ReplicaState(
            id: running.id,
            release: running.release,
            endpoint: running.endpoint,
            phase: .restarting(ReplicaExit(code: 137, outOfMemory: true)),
            run: running.run,
            restarts: 7,
            restartPolicy: .unlessStopped
        )
        let done = Mutex([String]())
        let result = await told(state) {
            done.withLock { $0.append("stop") }
        } policing: { policy in
            done.withLock { $0.append(policy.rawValue) }
        }
        #expect(result == .done)
        #expect(done.withLock { Array($0.suffix(2)) } == ["no", "stop"])
    }

    @Test func `what runs and refuses may go on working`() async throws {
        let running = try #require(Cast.running(Self.queue, .old).first)
        guard case .failed = await told(running) else {
            Issue.record("it was taken for idle")
            return
        }
    }
}

/// Refuses every change of work.
private struct RefusingRuntime: ContainerRuntime {
    let state: ReplicaState?
    let stopping: @Sendable () -> Void
    let policing: @Sendable (RestartPolicy) -> Void

    func setActivity(
        _ active: Bool,
        of replica: ReplicaID,
        by call: ActivityCall,
        within limit: Duration
    ) async throws(RuntimeError) { throw .activityRefused("no") }
    func replicas() async throws(RuntimeError) -> [ReplicaState] { state.map { [$0] } ?? [] }
    func replica(_ id: ReplicaID) async throws(RuntimeError) -> ReplicaState? { state }
    func fetch(_ release: Release) async throws(RuntimeError) {}
    func start(_ order: StartOrder) async throws(RuntimeError) -> ReplicaState { throw .noSuchReplica(order.replica) }
    func stop(_ replica: ReplicaID, policy: StopPolicy) async throws(RuntimeError) { stopping() }
    func remove(_ replica: ReplicaID) async throws(RuntimeError) {}
    func setRestartPolicy(_ policy: RestartPolicy, of replica: ReplicaID) async throws(RuntimeError) {
        policing(policy)
    }
    func logTail(of replica: ReplicaID, linesMax: Int) async throws(RuntimeError) -> [LogLine] { [] }
    func followLog(of replica: ReplicaID, linesMax: Int) -> AsyncThrowingStream<LogLine, any Error> {
        AsyncThrowingStream { $0.finish() }
    }
    func usage(of replica: ReplicaID) async throws(RuntimeError) -> ReplicaUsage? { nil }
    func listeners(of replica: ReplicaID) async throws(RuntimeError) -> ListenerReport {
        ListenerReport(owner: .nobody, ownPorts: [])
    }
    func execute(
        _ command: [String],
        beside replica: ReplicaID,
        within limit: Duration
    ) async throws(RuntimeError) -> CommandResult { CommandResult(exitCode: 0, tail: []) }
    func runOnce(_ order: OnceOrder) async throws(RuntimeError) -> CommandResult {
        CommandResult(exitCode: 0, tail: [])
    }
    func onceState(of name: String) async throws(RuntimeError) -> OnceState { .neverBegun }
    func events() -> AsyncStream<ReplicaEvent> { AsyncStream { $0.finish() } }
    func prune(keeping kept: [Release]) async throws(RuntimeError) -> [String] { [] }
}
