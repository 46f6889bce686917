package import TealAPI
package import TealCore

/// Everything that the API can ask of the daemon; the server only decodes, calls and encodes.
///
/// Each method throws a ``Problem``, which reaches the person word for word. A problem's code decides the HTTP status
/// (see ``ProblemBody``): codes that end in `.not-found` or begin their last part with `no-such-` answer 404, `.busy` 409.
/// Streams throw a ``Problem`` too, and end when their caller goes away (`onTermination`).
package protocol DaemonControl: Sendable {
    /// The handshake.
    func version() async throws(Problem) -> VersionAnswer

    /// Whether the store has an artifact, whole and checked.
    func hasArtifact(_ hash: ArtifactHash) async throws(Problem) -> Bool

    /// Takes an artifact in; succeeds at once when the store has it.
    ///
    /// The bytes must hash to `hash`; anything else is a problem and leaves nothing behind. They come in pieces, a
    /// tarball, gzipped or not, at most ``APILimits/artifactBytesMax`` in all, and throw when the connection is lost.
    func storeArtifact(_ hash: ArtifactHash, bytes: AsyncThrowingStream<[UInt8], any Error>) async throws(Problem)

    /// Builds a service's artifact from its sources; changes nothing that runs, and holds no service.
    ///
    /// The stream has events, then the result, or throws why there is none. The build ends when its reader goes away.
    func build(_ request: BuildRequest) async throws(Problem) -> AsyncThrowingStream<BuildStreamLine, any Error>

    /// What a rollout would do; changes nothing, and takes no lock.
    func plan(_ request: RolloutRequest) async throws(Problem) -> PlanView

    /// Begins a rollout and returns when it is journalled, before its first phase.
    ///
    /// A rollout that would change nothing is answered with one that has settled.
    ///
    /// A wait ends, and nothing is begun, when the calling task is cancelled.
    ///
    /// - Throws: `deploy.busy` when another rollout holds a service and the options do not say to wait.
    func beginRollout(_ request: RolloutRequest) async throws(Problem) -> RolloutView

    /// Rollouts of the host or of a project, newest first, at most `limit`, which is at most ``APILimits/listMax``.
    func rollouts(of project: ProjectName?, limit: Int) async throws(Problem) -> RolloutList

    /// One rollout as it stands, by its id such as `r17`, or `latest` for the one that runs.
    ///
    /// Every method that takes a rollout's id takes `latest`, too: among those of `project`, or of the host without one,
    /// it is the one that runs, or that halted where that is asked for, else the newest.
    ///
    /// - Throws: `rollout.ambiguous` when several run, or have halted.
    func rollout(_ id: String, of project: ProjectName?) async throws(Problem) -> RolloutView

    /// The events of a rollout that come after one, recorded ones first, then as they happen; ends after `ended`.
    ///
    /// `sequence` is the last event that the follower has; 0 for none.
    func events(
        of id: String,
        after sequence: Int
    ) async throws(Problem) -> AsyncThrowingStream<RolloutEvent, any Error>

    /// Takes users back and ends a rollout; succeeds at once when that is under way.
    ///
    /// - Throws: `rollout.ended` when it has ended or is released.
    func abortRollout(
        _ id: String,
        of project: ProjectName?,
        _ request: AbortRequest
    ) async throws(Problem) -> RolloutView

    /// Goes on with a halted rollout.
    func resumeRollout(
        _ id: String,
        of project: ProjectName?,
        _ request: ResumeRequest
    ) async throws(Problem) -> RolloutView

    /// What the host does now.
    func status(_ query: StatusQuery) async throws(Problem) -> StatusView

    /// Releases of a service, newest first.
    func releases(of service: ServiceKey, limit: Int) async throws(Problem) -> ReleaseList

    /// Lines of logs, oldest first, masked; ends after the tail unless the query follows.
    func logs(_ query: LogQuery) async throws(Problem) -> AsyncThrowingStream<LogEntry, any Error>

    /// What the replicas that run use of the host.
    func usage(_ query: UsageQuery) async throws(Problem) -> UsageView

    /// Runs a command beside a replica and waits for its end.
    func exec(_ request: ExecRequest) async throws(Problem) -> ExecAnswer

    /// Runs a command beside a replica, and hands its outputs on as they come.
    ///
    /// The command is ended when the calling task is cancelled.
    ///
    /// - Parameters:
    ///   - request: Whom it runs beside, and how long.
    ///   - input: The next piece of what it reads, nil at the end; asked by one task at a time. Nil for no input.
    ///   - output: Takes bytes, and whether they were written to the error output; the next ones come once it returns.
    /// - Returns: Its exit code, and whether its limit ended it.
    /// - Throws: `exec.failed` when it did not run.
    func exec(
        _ request: ExecRequest,
        input: (@Sendable () async -> [UInt8]?)?,
        output: @escaping @Sendable ([UInt8], Bool) async -> Void
    ) async throws(Problem) -> (exitCode: Int, timedOut: Bool)

    /// Starts, stops or restarts accessories, or says what that would do.
    ///
    /// - Throws: `accessory.busy` when a rollout holds one of them.
    func accessories(_ request: AccessoryRequest) async throws(Problem) -> AccessoriesView

    /// Probes the active replicas and the routes now.
    func health(_ request: HealthRequest) async throws(Problem) -> HealthView

    /// Says what no rollback needs, and removes it when asked to.
    func prune(_ request: PruneRequest) async throws(Problem) -> PruneView

    /// Checks the invariants and the host, and mends what it can when asked to.
    func doctor(_ request: DoctorRequest) async throws(Problem) -> DoctorView

    /// Says which containers that run already would become whose, and records that when the request agrees to a plan.
    func adopt(_ request: AdoptRequest) async throws(Problem) -> AdoptView
}
