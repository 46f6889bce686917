import AsyncHTTPClient
import NIOCore
import NIOHTTP1
package import TealAPI
package import TealCore

/// Asks a daemon over its Unix socket; one method for each operation.
///
/// Every method throws a ``ClientFailure``. Call ``close()`` at the end.
package struct DaemonClient: Sendable {
    /// How long an answer may take that the daemon gives from memory.
    static let quickLimit = Duration.seconds(30)
    /// How long an answer may take for which the daemon works: plans, probes, removals.
    static let workLimit = Duration.seconds(600)

    /// The socket's path.
    package let socket: String
    private let callHTTP: HTTPClient
    private let streamHTTP: HTTPClient

    var calls: Exchange { Exchange(http: callHTTP, socket: socket) }
    var streams: Exchange { Exchange(http: streamHTTP, socket: socket) }

    /// Makes a client; nothing is opened before the first call.
    package init(socket: String) {
        self.socket = socket
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(5)
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
        // Each call on a connection of its own: one that the daemon is just closing would lose a call that may not be
        // repeated, and a Unix socket costs nothing to open. It is not asked for by `Connection: close`, at which the
        // daemon would close after an answer that comes before the end of what is sent, and so cut it off.
        configuration.maximumUsesPerConnection = 1
        callHTTP = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        // Streams say every few seconds that they are alive, so silence means that the connection is lost.
        configuration.timeout.read = TimeAmount(APILimits.streamSilenceMax)
        streamHTTP = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Closes all connections.
    package func close() async {
        // It fails only when it was closed before.
        try? await callHTTP.shutdown()
        try? await streamHTTP.shutdown()  // As above.
    }

    /// The handshake: what the daemon is, provided that both sides speak a common version.
    ///
    /// - Throws: `api.version` when they do not.
    package func handshake() async throws(ClientFailure) -> VersionAnswer {
        let answer = try await version()
        guard answer.api.contains(TealVersion.apiPresent) else {
            throw .refused(ProblemBody(APIProblem.version(asked: "\(TealVersion.apiPresent)", answered: answer.api)))
        }
        return answer
    }

    /// What the daemon is and speaks.
    package func version() async throws(ClientFailure) -> VersionAnswer {
        try await calls.call(.version, Operation.version.path, within: Self.quickLimit)
    }

    /// The OpenAPI document, as it was served.
    package func openAPI() async throws(ClientFailure) -> String {
        let response = try await calls.open(.openAPI, Operation.openAPI.path, within: Self.quickLimit)
        return String(buffer: try await calls.collect(response))
    }

    /// Whether the daemon has an artifact.
    package func hasArtifact(_ hash: ArtifactHash) async throws(ClientFailure) -> Bool {
        let target = Operation.hasArtifact.path(hash.description)
        let response = try await calls.open(.hasArtifact, target, within: Self.quickLimit)
        switch response.status.code {
        case 200..<300: return true
        case 404: return false
        case let code:
            throw .lost(ConnectionProblem.unreadable(socket: socket, what: "status \(code) for an artifact"))
        }
    }

    /// Hands an artifact over: `length` bytes that hash to `hash`, read once, as fast as the daemon takes them.
    package func storeArtifact(
        _ hash: ArtifactHash,
        length: Int,
        pieces: AsyncThrowingStream<[UInt8], any Error>
    ) async throws(ClientFailure) {
        let response = try await calls.open(
            .storeArtifact,
            Operation.storeArtifact.path(hash.description),
            body: .stream(pieces.map { ByteBuffer(bytes: $0) }, length: .known(Int64(length))),
            contentType: "application/octet-stream",
            within: Self.workLimit
        )
        _ = try await calls.collect(response)
    }

    /// What a rollout would do.
    package func plan(_ request: RolloutRequest) async throws(ClientFailure) -> PlanView {
        try await calls.call(.plan, Operation.plan.path, sending: request, within: Self.workLimit)
    }

    /// Begins a rollout; returns before its first phase.
    ///
    /// While it waits for another rollout a cancelled task ends the wait, and then nothing is begun.
    package func beginRollout(_ request: RolloutRequest) async throws(ClientFailure) -> RolloutView {
        let limit = Self.workLimit + .seconds(min(max(0, request.options.waitSeconds), APILimits.waitSecondsMax))
        return try await calls.call(.beginRollout, Operation.beginRollout.path, sending: request, within: limit)
    }

    /// Rollouts, newest first.
    package func rollouts(of project: ProjectName?, limit: Int) async throws(ClientFailure) -> RolloutList {
        let query = Query([("project", project?.description), ("limit", "\(limit)")])
        return try await calls.call(.listRollouts, Operation.listRollouts.path + query.text, within: Self.quickLimit)
    }

    /// One rollout as it stands; `latest` for the one of the project, or of the host, that runs, else the newest.
    package func rollout(_ id: String, of project: ProjectName? = nil) async throws(ClientFailure) -> RolloutView {
        let target = Self.target(.showRollout, id, project)
        return try await calls.call(.showRollout, target, within: Self.quickLimit)
    }

    /// The path of an operation on a rollout, and the project that `latest` is looked for in.
    private static func target(_ operation: Operation, _ id: String, _ project: ProjectName?) -> String {
        operation.path(Exchange.encode(id)) + Query([("project", project?.description)]).text
    }

    /// Takes users back and ends a rollout.
    package func abortRollout(
        _ id: String,
        of project: ProjectName? = nil,
        _ request: AbortRequest
    ) async throws(ClientFailure) -> RolloutView {
        let target = Self.target(.abortRollout, id, project)
        return try await calls.call(.abortRollout, target, sending: request, within: Self.workLimit)
    }

    /// Goes on with a halted rollout.
    package func resumeRollout(
        _ id: String,
        of project: ProjectName? = nil,
        _ request: ResumeRequest
    ) async throws(ClientFailure) -> RolloutView {
        let target = Self.target(.resumeRollout, id, project)
        return try await calls.call(.resumeRollout, target, sending: request, within: Self.workLimit)
    }

    /// What the host does now.
    package func status(_ query: StatusQuery) async throws(ClientFailure) -> StatusView {
        let text = Query([("project", query.project?.description), ("service", query.service?.description)]).text
        return try await calls.call(.status, Operation.status.path + text, within: Self.quickLimit)
    }

    /// Releases of a service, newest first.
    package func releases(of service: ServiceKey, limit: Int) async throws(ClientFailure) -> ReleaseList {
        let path = Operation.releases.path(service.project.description, service.service.description)
        return try await calls.call(.releases, path + Query([("limit", "\(limit)")]).text, within: Self.quickLimit)
    }

    /// What the replicas that run use of the host.
    package func usage(_ query: UsageQuery) async throws(ClientFailure) -> UsageView {
        let text = Query([("project", query.project?.description), ("service", query.service?.description)]).text
        return try await calls.call(.usage, Operation.usage.path + text, within: Self.quickLimit)
    }

    /// Runs a command beside a replica and waits for its end.
    package func exec(_ request: ExecRequest) async throws(ClientFailure) -> ExecAnswer {
        let limit = Self.quickLimit + .seconds(min(max(0, request.timeoutSeconds), APILimits.execSecondsMax))
        return try await calls.call(.exec, Operation.exec.path, sending: request, within: limit)
    }

    /// Probes the active replicas and the routes now.
    package func health(_ request: HealthRequest) async throws(ClientFailure) -> HealthView {
        try await calls.call(.health, Operation.health.path, sending: request, within: Self.workLimit)
    }

    /// Says what no rollback needs, and removes it when asked to.
    package func prune(_ request: PruneRequest) async throws(ClientFailure) -> PruneView {
        try await calls.call(.prune, Operation.prune.path, sending: request, within: Self.workLimit)
    }

    /// Says which containers that run already would become whose, and records that when the request agrees to a plan.
    package func adopt(_ request: AdoptRequest) async throws(ClientFailure) -> AdoptView {
        try await calls.call(.adopt, Operation.adopt.path, sending: request, within: Self.workLimit)
    }

    /// Checks the invariants and the host, and mends what it can when asked to.
    package func doctor(_ request: DoctorRequest) async throws(ClientFailure) -> DoctorView {
        try await calls.call(.doctor, Operation.doctor.path, sending: request, within: Self.workLimit)
    }
}
