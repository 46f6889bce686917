import Synchronization
import TealCore
import TealDriverKit

/// A runtime in memory that writes down what it was asked, under its own name.
final class FakeRuntime: ContainerRuntime {
    struct State {
        var replicas: [ReplicaID: ReplicaState] = [:]
        var asked: [String] = []
        /// Whether it gives an answer.
        var isUp = true
        /// Whether a look at what runs is never answered.
        var hangs = false
        /// A service that it cannot tell of, nor of all together.
        var unreadable: ServiceKey?
        var once: [String: OnceState] = [:]
        /// What releases need and nobody has made.
        var missing: [HostNeed] = []
        var streams: [AsyncStream<ReplicaEvent>.Continuation] = []
    }

    let name: String
    let state = Mutex(State())
    static let down = RuntimeError.unreachable(reason: "nobody listens on /var/run/docker.sock")

    init(_ name: String) { self.name = name }

    var asked: [String] { state.withLock { $0.asked } }

    func forget() { state.withLock { $0.asked = [] } }

    func put(_ id: ReplicaID, _ release: ReleaseID, _ phase: ReplicaPhase = .running) {
        state.withLock { $0.replicas[id] = Self.replica(id, release, phase) }
    }

    static func replica(_ id: ReplicaID, _ release: ReleaseID, _ phase: ReplicaPhase) -> ReplicaState {
        ReplicaState(
            id: id,
            release: release,
            endpoint: nil,
            phase: phase,
            run: RunID("run-\(id)"),
            restarts: 0,
            restartPolicy: .no
        )
    }

    func goDown() { state.withLock { $0.isUp = false } }

    func emit(_ event: ReplicaEvent) { for stream in state.withLock({ $0.streams }) { stream.yield(event) } }

    private func note(_ what: String) throws(RuntimeError) {
        let isUp = state.withLock { state in
            state.asked.append(what)
            return state.isUp
        }
        guard isUp else { throw Self.down }
    }

    func fetch(_ release: Release) async throws(RuntimeError) { try note("fetch") }

    func start(_ order: StartOrder) async throws(RuntimeError) -> ReplicaState {
        try note("start \(order.replica)")
        put(order.replica, order.release.id)
        return Self.replica(order.replica, order.release.id, .running)
    }

    func stop(_ replica: ReplicaID, policy: StopPolicy) async throws(RuntimeError) { try note("stop \(replica)") }

    func remove(_ replica: ReplicaID) async throws(RuntimeError) {
        try note("remove \(replica)")
        state.withLock { $0.replicas[replica] = nil }
    }

    func setRestartPolicy(_ policy: RestartPolicy, of replica: ReplicaID) async throws(RuntimeError) {
        try note("policy \(replica)")
    }

    func setActivity(
        _ active: Bool,
        of replica: ReplicaID,
        by call: ActivityCall,
        within limit: Duration
    ) async throws(RuntimeError) { try note("activity \(replica)") }

    func replicas() async throws(RuntimeError) -> [ReplicaState] {
        try note("replicas")
        while state.withLock({ $0.hangs }) {
            // As long as nobody gives up waiting.
            do { try await Task.sleep(for: .milliseconds(10)) } catch { throw .cancelled }
        }
        try read(nil)
        return state.withLock { Array($0.replicas.values) }
    }

    private func read(_ service: ServiceKey?) throws(RuntimeError) {
        guard let unreadable = state.withLock({ $0.unreadable }), service == nil || service == unreadable else {
            return
        }
        throw .refused("the record of \(unreadable) cannot be read")
    }

    func replicas(of service: ServiceKey) async throws(RuntimeError) -> [ReplicaState] {
        try note("replicas of \(service)")
        try read(service)
        return state.withLock { $0.replicas.values.filter { $0.id.service == service } }
    }

    func healthCommand(of release: Release) async throws(RuntimeError) -> HealthCommand? {
        try note("health")
        return HealthCommand(command: [name], timeout: .seconds(1))
    }

    func missing(for release: Release) async throws(RuntimeError) -> [HostNeed] { state.withLock { $0.missing } }

    func makeNetwork(_ name: String) async throws(RuntimeError) {
        try note("network \(name)")
        state.withLock { $0.missing.removeAll { $0.network == name } }
    }

    func replica(_ id: ReplicaID) async throws(RuntimeError) -> ReplicaState? {
        try note("replica \(id)")
        return state.withLock { $0.replicas[id] }
    }

    func logTail(of replica: ReplicaID, linesMax: Int) async throws(RuntimeError) -> [LogLine] {
        try note("tail \(replica)")
        return [LogLine(time: 0, text: name, isError: false)]
    }

    func followLog(of replica: ReplicaID, linesMax: Int) -> AsyncThrowingStream<LogLine, any Error> {
        AsyncThrowingStream { continuation in
            continuation.yield(LogLine(time: 0, text: name, isError: false))
            continuation.finish()
        }
    }

    func usage(of replica: ReplicaID) async throws(RuntimeError) -> ReplicaUsage? {
        try note("usage \(replica)")
        return nil
    }

    func listeners(of replica: ReplicaID) async throws(RuntimeError) -> ListenerReport {
        try note("listeners \(replica)")
        return ListenerReport(owner: .replica, ownPorts: [])
    }

    func execute(
        _ command: [String],
        beside replica: ReplicaID,
        within limit: Duration
    ) async throws(RuntimeError) -> CommandResult {
        try note("execute \(replica)")
        return CommandResult(exitCode: 0, tail: [name])
    }

    func runOnce(_ order: OnceOrder) async throws(RuntimeError) -> CommandResult {
        try note("once \(order.name)")
        return CommandResult(exitCode: 0, tail: [name])
    }

    func onceState(of name: String) async throws(RuntimeError) -> OnceState {
        try note("once state \(name)")
        return state.withLock { $0.once[name] ?? .neverBegun }
    }

    func events() -> AsyncStream<ReplicaEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: ReplicaEvent.self)
        state.withLock { state in
            state.asked.append("events")
            state.streams.append(continuation)
        }
        return stream
    }

    func prune(keeping kept: [Release]) async throws(RuntimeError) -> [String] {
        try note("prune")
        return [name]
    }
}

/// Images by name, and those that are on the host.
final class FakeImages: ImageSource {
    struct State {
        /// What the registry and the host have, by the name as it is shown.
        var found: [String: Result<FoundImage, ImageError>] = [:]
        var here: Set<String> = []
        var engine: Result<EngineReport, ImageError>
        /// Every name that was asked for, and by whom.
        var asked: [String] = []
    }

    let state: Mutex<State>

    static let report = EngineReport(
        name: "Docker",
        version: "20.10.24",
        apiVersion: "1.41",
        socket: "/nowhere/docker.sock",
        keepsContainers: true,
        isRootless: false,
        settingsFile: "/etc/docker/daemon.json"
    )

    init() { state = Mutex(State(engine: .success(Self.report))) }

    func put(_ name: String, _ result: Result<FoundImage, ImageError>) { state.withLock { $0.found[name] = result } }

    func find(_ reference: ImageReference, for login: ImageLogin?) async throws(ImageError) -> FoundImage {
        let result = state.withLock { state in
            state.asked.append("\(reference)" + (login.map { " as \($0.username) \($0.password.reveal())" } ?? ""))
            return state.found["\(reference)"]
        }
        guard let result else { throw .notFound }
        return try result.get()
    }

    func hasImage(of release: Release) async -> Bool { state.withLock { $0.here.contains(release.content.hash) } }

    func engine() async throws(ImageError) -> EngineReport { try state.withLock { $0.engine }.get() }
}
