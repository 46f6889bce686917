import Logging
import ServiceLifecycle
import TealCore
import TealDriverKit
import TealEngine

@testable import TealDaemon

/// A runtime on which nothing runs and nothing can be done.
struct AbsentRuntime: ContainerRuntime {
    static let error = RuntimeError.unreachable(reason: "there is none in this test")

    func fetch(_ release: Release) async throws(RuntimeError) { throw Self.error }
    func start(_ order: StartOrder) async throws(RuntimeError) -> ReplicaState { throw Self.error }
    func stop(_ replica: ReplicaID, policy: StopPolicy) async throws(RuntimeError) { throw Self.error }
    func remove(_ replica: ReplicaID) async throws(RuntimeError) { throw Self.error }
    func setRestartPolicy(_ policy: RestartPolicy, of replica: ReplicaID) async throws(RuntimeError) {
        throw Self.error
    }
    func setActivity(
        _ active: Bool,
        of replica: ReplicaID,
        by call: ActivityCall,
        within limit: Duration
    ) async throws(RuntimeError) { throw Self.error }
    func replicas() async throws(RuntimeError) -> [ReplicaState] { [] }
    func replica(_ id: ReplicaID) async throws(RuntimeError) -> ReplicaState? { nil }
    func logTail(of replica: ReplicaID, linesMax: Int) async throws(RuntimeError) -> [LogLine] { throw Self.error }
    func followLog(of replica: ReplicaID, linesMax: Int) -> AsyncThrowingStream<LogLine, any Error> {
        AsyncThrowingStream { $0.finish(throwing: Self.error) }
    }
    func usage(of replica: ReplicaID) async throws(RuntimeError) -> ReplicaUsage? { throw Self.error }
    func listeners(of replica: ReplicaID) async throws(RuntimeError) -> ListenerReport { throw Self.error }
    func execute(
        _ command: [String],
        beside replica: ReplicaID,
        within limit: Duration
    ) async throws(RuntimeError) -> CommandResult { throw Self.error }
    func runOnce(_ order: OnceOrder) async throws(RuntimeError) -> CommandResult { throw Self.error }
    func onceState(of name: String) async throws(RuntimeError) -> OnceState { .neverBegun }
    func events() -> AsyncStream<ReplicaEvent> { AsyncStream { $0.finish() } }
    func prune(keeping kept: [Release]) async throws(RuntimeError) -> [String] { [] }
}

/// A switch that follows whatever it is told.
struct WillingSwitch: TrafficSwitch {
    func publish(_ table: TrafficTable) async throws(SwitchError) {}
    func publishUnstored(_ table: TrafficTable) async throws(SwitchError) {}
    func position() async throws(SwitchError) -> TablePosition { .init(epoch: 1, version: 1) }
    func counters() async throws(SwitchError) -> TrafficCounters {
        .init(incarnation: "one", position: .init(epoch: 1, version: 1), targets: [:])
    }
    func cut(_ targets: [TargetID], requests: Bool, upgraded: Bool) async throws(SwitchError) -> CutReport {
        .init(requests: 0, upgraded: 0)
    }
    func forget(_ targets: [TargetID]) async throws(SwitchError) {}
    func request(_ expectation: HTTPExpectation, host: String?, within limit: Duration) async -> ProbeResult {
        .passed(latency: .milliseconds(1))
    }
    func publicEndpoint() async -> Endpoint? { nil }
}

/// A switch of which there is nothing to say.
struct PlainSwitch: HostSwitch {
    var kind: SwitchKind { .proxy }
    var driver: any TrafficSwitch { WillingSwitch() }
    var isRetriedByKeepers: Bool { true }
    var advice: [String] { [] }
    func watch(_ book: HostBook, _ clock: any HostClock, _ logger: Logger) -> any Service { Idle() }
    func check(_ rollout: Rollout, _ state: HostState) async -> PreflightReport { PreflightReport() }
    func drift(from table: TrafficTable) async -> [String] { [] }
    func checks(_ table: TrafficTable) async -> [SwitchCheck] { [] }

    private struct Idle: Service {
        func run() async throws {}
    }
}
