import TealCore
import TealDriverKit

extension ContainerParts {
    static func open(socket: String, subnets: String, _ home: Home, _ environments: SealedEnvironments) -> Self {
        let none = NoContainers()
        return ContainerParts(
            runtime: none,
            images: none,
            knows: { _ in false },
            knowsAny: { _ in false },
            isUsed: { false },
            shutdown: {}
        )
    }
}

/// What a daemon has that runs processes only.
private struct NoContainers: ContainerRuntime, ImageSource {
    private static let reason = "this build of Teal runs processes only"

    private var refusal: RuntimeError { .unreachable(reason: Self.reason) }

    func fetch(_ release: Release) async throws(RuntimeError) { throw refusal }
    func start(_ order: StartOrder) async throws(RuntimeError) -> ReplicaState { throw refusal }
    func stop(_ replica: ReplicaID, policy: StopPolicy) async throws(RuntimeError) {}
    func remove(_ replica: ReplicaID) async throws(RuntimeError) {}
    func setRestartPolicy(_ policy: RestartPolicy, of replica: ReplicaID) async throws(RuntimeError) {
        throw .noSuchReplica(replica)
    }
    func setActivity(
        _ active: Bool,
        of replica: ReplicaID,
        by call: ActivityCall,
        within limit: Duration
    ) async throws(RuntimeError) { throw .noSuchReplica(replica) }
    func replicas() async throws(RuntimeError) -> [ReplicaState] { [] }
    func replica(_ id: ReplicaID) async throws(RuntimeError) -> ReplicaState? { nil }
    func logTail(of replica: ReplicaID, linesMax: Int) async throws(RuntimeError) -> [LogLine] {
        throw .noSuchReplica(replica)
    }
    func followLog(of replica: ReplicaID, linesMax: Int) -> AsyncThrowingStream<LogLine, any Error> {
        AsyncThrowingStream { $0.finish(throwing: RuntimeError.noSuchReplica(replica)) }
    }
    func listeners(of replica: ReplicaID) async throws(RuntimeError) -> ListenerReport { throw .noSuchReplica(replica) }
    func execute(
        _ command: [String],
        beside replica: ReplicaID,
        within limit: Duration
    ) async throws(RuntimeError) -> CommandResult { throw .noSuchReplica(replica) }
    func runOnce(_ order: OnceOrder) async throws(RuntimeError) -> CommandResult { throw refusal }
    func onceState(of name: String) async throws(RuntimeError) -> OnceState { .neverBegun }
    func events() -> AsyncStream<ReplicaEvent> { AsyncStream { $0.finish() } }
    func prune(keeping kept: [Release]) async throws(RuntimeError) -> [String] { [] }

    func find(_ reference: ImageReference, for login: ImageLogin?) async throws(ImageError) -> FoundImage {
        throw .noEngine(reason: Self.reason)
    }
    func hasImage(of release: Release) async -> Bool { false }
    func engine() async throws(ImageError) -> EngineReport { throw .noEngine(reason: Self.reason) }
}
