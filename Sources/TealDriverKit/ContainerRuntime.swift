package import TealCore

/// Runs the replicas of one host's services: as processes, or as containers.
///
/// Each call asks for an end state and succeeds at once if that state already holds, so that a step may be repeated
/// after a crash. A conformance passes `ContainerRuntimeContract`.
package protocol ContainerRuntime: Sendable {
    /// Makes a release's content ready to start: unpacks the artifact, or pulls the image.
    ///
    /// - Throws: ``RuntimeError/contentMissing(_:)``, ``RuntimeError/contentDamaged(_:)``, ``RuntimeError/diskFull(_:)``.
    func fetch(_ release: Release) async throws(RuntimeError)

    /// Starts one replica and returns when its process has been launched, healthy or not.
    ///
    /// A replica of the same release that already runs in this place is left as it is, but for its drift, which is mended;
    /// one of another release is an error. The replica starts without a restart policy.
    ///
    /// - Returns: The replica as it runs, with the endpoint that was assigned and how it was come by.
    func start(_ order: StartOrder) async throws(RuntimeError) -> ReplicaState

    /// Puts right what ``ReplicaState/drift`` tells of a run, and starts nothing.
    ///
    /// Succeeds without a change when that run does not run any more, or Teal has stopped it meanwhile.
    func mend(_ replica: ReplicaID, run: RunID) async throws(RuntimeError)

    /// Tells a replica to stop, waits for its grace, then kills it. It stays known, stopped, so that it can start again.
    ///
    /// Waits for a start that is under way, so that nothing comes up behind it. Succeeds when nothing of the replica runs
    /// any more, whether or not it ever ran.
    func stop(_ replica: ReplicaID, policy: StopPolicy) async throws(RuntimeError)

    /// Removes a replica, stopped or running, with everything but its logs.
    func remove(_ replica: ReplicaID) async throws(RuntimeError)

    /// Sets whether a replica is started again when it ends by itself.
    func setRestartPolicy(_ policy: RestartPolicy, of replica: ReplicaID) async throws(RuntimeError)

    /// Tells a replica to begin or to end its background work, and returns when it has agreed.
    func setActivity(
        _ active: Bool,
        of replica: ReplicaID,
        by call: ActivityCall,
        within limit: Duration
    )
        async throws(RuntimeError)

    /// What is known of every replica on this host, running or not, in no order. Never from memory alone.
    func replicas() async throws(RuntimeError) -> [ReplicaState]

    /// What is known of the replicas of one service, as ``replicas()``; a runtime that has none of them need not answer.
    func replicas(of service: ServiceKey) async throws(RuntimeError) -> [ReplicaState]

    /// What is known of the replicas of one slot, as ``replicas()``; a runtime that has none of them need not answer.
    func replicas(of service: ServiceKey, in slot: Slot) async throws(RuntimeError) -> [ReplicaState]

    /// The health check that a release's content brings with it, such as an image's HEALTHCHECK; nil for none.
    ///
    /// - Throws: ``RuntimeError/contentMissing(_:)`` before it was fetched.
    func healthCommand(of release: Release) async throws(RuntimeError) -> HealthCommand?

    /// What a release's containers need of the host that somebody else makes, and that is not there.
    func missing(for release: Release) async throws(RuntimeError) -> [HostNeed]

    /// Makes a network that somebody else would make, where there is none of that name, as the engine's own command does.
    ///
    /// It belongs to nobody: no prune takes it away.
    func makeNetwork(_ name: String) async throws(RuntimeError)

    /// What is known of one replica; nil when there is none.
    func replica(_ id: ReplicaID) async throws(RuntimeError) -> ReplicaState?

    /// The last lines that a replica wrote, oldest first, at most `linesMax`, each at most 8 KiB.
    func logTail(of replica: ReplicaID, linesMax: Int) async throws(RuntimeError) -> [LogLine]

    /// Lines as they are written, beginning with the last `linesMax`; ends when the replica is removed or the caller stops.
    func followLog(of replica: ReplicaID, linesMax: Int) -> AsyncThrowingStream<LogLine, any Error>

    /// What a replica uses now; nil when it does not run.
    func usage(of replica: ReplicaID) async throws(RuntimeError) -> ReplicaUsage?

    /// What listens on the replica's endpoint, and on which ports its own processes listen.
    func listeners(of replica: ReplicaID) async throws(RuntimeError) -> ListenerReport

    /// Runs a command beside a replica, with its environment, and waits for its end.
    func execute(
        _ command: [String],
        beside replica: ReplicaID,
        within limit: Duration
    )
        async throws(RuntimeError) -> CommandResult

    /// Runs a command of a release once, under a name that is never used again.
    ///
    /// The run is recorded durably before it begins and when it ends. A name that was used before is not run again: the
    /// recorded end is returned, or waited for while it still runs.
    ///
    /// - Throws: ``RuntimeError/endUnknown(_:)`` when it began and how it ended cannot be found.
    func runOnce(_ order: OnceOrder) async throws(RuntimeError) -> CommandResult

    /// What happened under a name of ``runOnce(_:)``.
    func onceState(of name: String) async throws(RuntimeError) -> OnceState

    /// What the runtime shows of its replicas to everybody who may list them, without their environment: names, labels.
    func shownRecords() async throws(RuntimeError) -> [ShownRecord]

    /// What happens to replicas from now on. Never ends by itself; may leave out events after an error, never `replicas()`.
    func events() -> AsyncStream<ReplicaEvent>

    /// Frees content that none of `kept` needs.
    ///
    /// - Returns: What was removed, for people.
    func prune(keeping kept: [Release]) async throws(RuntimeError) -> [String]
}

extension ContainerRuntime {
    package func replicas(of service: ServiceKey) async throws(RuntimeError) -> [ReplicaState] {
        try await replicas().filter { $0.id.service == service }
    }

    package func replicas(of service: ServiceKey, in slot: Slot) async throws(RuntimeError) -> [ReplicaState] {
        try await replicas(of: service).filter { $0.id.slot == slot }
    }

    package func healthCommand(of release: Release) async throws(RuntimeError) -> HealthCommand? { nil }

    /// Processes have nothing but what the system itself shows.
    package func shownRecords() async throws(RuntimeError) -> [ShownRecord] { [] }

    /// Only what is written down by somebody else names things that Teal does not make.
    package func missing(for release: Release) async throws(RuntimeError) -> [HostNeed] { [] }

    /// Only an engine has networks.
    package func makeNetwork(_ name: String) async throws(RuntimeError) {
        throw .refused("there is nothing here that has networks")
    }

    /// Where nobody else can change a replica there is nothing to put right.
    package func mend(_ replica: ReplicaID, run: RunID) async throws(RuntimeError) {}
}

/// A health check that runs beside a replica.
package struct HealthCommand: Hashable, Sendable, Codable {
    /// The program and its arguments; any code but 0 is a failure.
    package let command: [String]
    /// How long one run may take.
    package let timeout: Duration

    package init(command: [String], timeout: Duration) {
        self.command = command
        self.timeout = timeout
    }
}

/// What a runtime shows of one replica, or of a run.
package struct ShownRecord: Hashable, Sendable {
    /// Where it is shown, for people, such as `the labels of web-blue`.
    package let place: String
    package let text: String

    package init(place: String, text: String) {
        self.place = place
        self.text = text
    }
}
