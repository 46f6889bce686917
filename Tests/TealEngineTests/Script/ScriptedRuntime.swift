import Synchronization
import TealCore
import TealDriverKit
import TealEngine

/// One replica that runs, and what the test wants it to say; it writes down what it was asked to do.
final class ScriptedRuntime: ContainerRuntime {
    struct Script: Sendable {
        var health: HealthCommand?
        var healthError: RuntimeError?
        var exitCode = 0
        var listeners = ListenerReport(owner: .replica, ownPorts: [])
        var state: ReplicaState?
        /// What can neither be started nor told to work.
        var refusing: Set<ReplicaID> = []
        /// Why those cannot.
        var refusal = RuntimeError.portTaken(port: 8080, by: nil)
        /// Why it cannot tell what runs; nil when it can.
        var lookError: RuntimeError?
        /// What a once-only run brings back, one answer a call; the last one stays.
        var once: [Result<CommandResult, RuntimeError>] = [.success(.init(exitCode: 0, tail: []))]
        var onceState: Result<OnceState, RuntimeError> = .success(.neverBegun)
    }

    struct Execution: Hashable, Sendable {
        let command: [String]
        let limit: Duration
    }

    private let script: Script
    private struct Done {
        var executed: [Execution] = []
        var orders: [StartOrder] = []
        var asked = 0
        var stopped: [ReplicaID] = []
        var activated: [ReplicaID] = []
    }

    private let done = Mutex(Done())

    init(_ script: Script) { self.script = script }

    var executed: [Execution] { done.withLock(\.executed) }
    var orders: [StartOrder] { done.withLock(\.orders) }
    var activated: [ReplicaID] { done.withLock(\.activated) }
    /// What was told to stop, ascending.
    var stopped: [ReplicaID] { done.withLock { $0.stopped.sorted() } }
    /// How often a once-only run was asked for.
    var asked: Int { done.withLock(\.asked) }

    func start(_ order: StartOrder) async throws(RuntimeError) -> ReplicaState {
        done.withLock { $0.orders.append(order) }
        if script.refusing.contains(order.replica) { throw script.refusal }
        return Cast.running(order.replica, order.release.id)
    }
    func execute(
        _ command: [String],
        beside replica: ReplicaID,
        within limit: Duration
    ) async throws(RuntimeError) -> CommandResult {
        done.withLock { $0.executed.append(.init(command: command, limit: limit)) }
        return CommandResult(exitCode: script.exitCode, tail: ["no database"])
    }
    func healthCommand(of release: Release) async throws(RuntimeError) -> HealthCommand? {
        if let error = script.healthError { throw error }
        return script.health
    }
    func usage(of replica: ReplicaID) async throws(RuntimeError) -> ReplicaUsage? { nil }
    func listeners(of replica: ReplicaID) async throws(RuntimeError) -> ListenerReport { script.listeners }
    func replicas() async throws(RuntimeError) -> [ReplicaState] {
        if let error = script.lookError { throw error }
        return script.state.map { [$0] } ?? []
    }
    func replica(_ id: ReplicaID) async throws(RuntimeError) -> ReplicaState? { script.state }

    func fetch(_ release: Release) async throws(RuntimeError) {}
    func stop(_ replica: ReplicaID, policy: StopPolicy) async throws(RuntimeError) {
        done.withLock { $0.stopped.append(replica) }
    }
    func remove(_ replica: ReplicaID) async throws(RuntimeError) {}
    func setRestartPolicy(_ policy: RestartPolicy, of replica: ReplicaID) async throws(RuntimeError) {}
    func setActivity(
        _ active: Bool,
        of replica: ReplicaID,
        by call: ActivityCall,
        within limit: Duration
    ) async throws(RuntimeError) {
        if script.refusing.contains(replica) { throw .activityRefused("it does not run") }
        if active { done.withLock { $0.activated.append(replica) } }
    }
    func logTail(of replica: ReplicaID, linesMax: Int) async throws(RuntimeError) -> [LogLine] { [] }
    func followLog(of replica: ReplicaID, linesMax: Int) -> AsyncThrowingStream<LogLine, any Error> {
        AsyncThrowingStream { $0.finish() }
    }
    func runOnce(_ order: OnceOrder) async throws(RuntimeError) -> CommandResult {
        let number = done.withLock { done in
            done.asked += 1
            return done.asked
        }
        return try script.once[min(number, script.once.count) - 1].get()
    }
    func onceState(of name: String) async throws(RuntimeError) -> OnceState { try script.onceState.get() }
    func events() -> AsyncStream<ReplicaEvent> { AsyncStream { $0.finish() } }
    func prune(keeping kept: [Release]) async throws(RuntimeError) -> [String] { [] }
}

/// Answers every probe alike.
struct ScriptedProbe: HealthProbe {
    let answer: ProbeResult

    func request(_ expectation: HTTPExpectation, at endpoint: Endpoint, within limit: Duration) async -> ProbeResult {
        answer
    }
    func connect(to endpoint: Endpoint, within limit: Duration) async -> ProbeResult { answer }
}

/// The rest of a host, on which nothing goes wrong.
struct WillingHost: TrafficSwitch, ReleaseEnvironments, Preflight, ActiveMarker, HostClock {
    var boot: BootID { Play.boot }
    /// Where the switch does not listen.
    var places: [UnheardPlace] = []
    /// The table that the switch follows.
    var followed = TablePosition(epoch: 1, version: 1)
    /// What happens when it is asked for its counters.
    var counting: @Sendable () async -> Void = {}

    func now() -> Timestamp { Timestamp(nanoseconds: 0) }
    func wallTime() -> Double { 0 }
    func sleep(until moment: Timestamp) async {}

    func publish(_ table: TrafficTable) async throws(SwitchError) {}
    func publishUnstored(_ table: TrafficTable) async throws(SwitchError) {}
    func position() async throws(SwitchError) -> TablePosition { followed }
    func counters() async throws(SwitchError) -> TrafficCounters {
        await counting()
        return .init(incarnation: "one", position: .init(epoch: 1, version: 1), targets: [:])
    }
    func cut(_ targets: [TargetID], requests: Bool, upgraded: Bool) async throws(SwitchError) -> CutReport {
        .init(requests: 0, upgraded: 0)
    }
    func forget(_ targets: [TargetID]) async throws(SwitchError) {}
    func request(_ expectation: HTTPExpectation, host: String?, within limit: Duration) async -> ProbeResult {
        .passed(latency: .zero)
    }
    func publicEndpoint() async -> Endpoint? { nil }
    func unheard() async -> [UnheardPlace] { places }

    func environment(of release: Release) async throws(SecretError) -> [String: Secret] { [:] }
    func check(_ release: Release) async throws(SecretError) {}
    func masked(_ lines: [String], of release: Release) async -> [String] { lines }
    func prune(keeping kept: [Release]) async {}

    func check(_ rollout: Rollout) async -> PreflightReport { PreflightReport() }
    func mark(_ slot: Slot?, of service: ServiceKey, alsoAt path: String?) async throws(RuntimeError) {}
}
