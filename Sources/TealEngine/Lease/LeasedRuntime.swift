package import TealCore
package import TealDriverKit

/// A host's runtime that changes nothing once the home is another daemon's; looking stays open.
package struct LeasedRuntime: ContainerRuntime {
    private let runtime: any ContainerRuntime
    private let lease: Lease

    package init(_ runtime: any ContainerRuntime, lease: Lease) {
        self.runtime = runtime
        self.lease = lease
    }

    /// Asked right before each change, so that as little as can be comes between.
    private func need() async throws(RuntimeError) {
        guard await lease.isHeld() else { throw .cancelled }
    }

    // MARK: Changes

    package func fetch(_ release: Release) async throws(RuntimeError) {
        try await need()
        try await runtime.fetch(release)
    }

    package func start(_ order: StartOrder) async throws(RuntimeError) -> ReplicaState {
        try await need()
        return try await runtime.start(order)
    }

    package func mend(_ replica: ReplicaID, run: RunID) async throws(RuntimeError) {
        try await need()
        try await runtime.mend(replica, run: run)
    }

    package func stop(_ replica: ReplicaID, policy: StopPolicy) async throws(RuntimeError) {
        try await need()
        try await runtime.stop(replica, policy: policy)
    }

    package func remove(_ replica: ReplicaID) async throws(RuntimeError) {
        try await need()
        try await runtime.remove(replica)
    }

    package func setRestartPolicy(_ policy: RestartPolicy, of replica: ReplicaID) async throws(RuntimeError) {
        try await need()
        try await runtime.setRestartPolicy(policy, of: replica)
    }

    package func setActivity(
        _ active: Bool,
        of replica: ReplicaID,
        by call: ActivityCall,
        within limit: Duration
    )
        async throws(RuntimeError)
    {
        try await need()
        try await runtime.setActivity(active, of: replica, by: call, within: limit)
    }

    package func runOnce(_ order: OnceOrder) async throws(RuntimeError) -> CommandResult {
        try await need()
        return try await runtime.runOnce(order)
    }

    package func makeNetwork(_ name: String) async throws(RuntimeError) {
        try await need()
        try await runtime.makeNetwork(name)
    }

    package func prune(keeping kept: [Release]) async throws(RuntimeError) -> [String] {
        try await need()
        return try await runtime.prune(keeping: kept)
    }

    // MARK: Looks

    package func replicas() async throws(RuntimeError) -> [ReplicaState] { try await runtime.replicas() }

    package func replicas(of service: ServiceKey) async throws(RuntimeError) -> [ReplicaState] {
        try await runtime.replicas(of: service)
    }

    package func replicas(of service: ServiceKey, in slot: Slot) async throws(RuntimeError) -> [ReplicaState] {
        try await runtime.replicas(of: service, in: slot)
    }

    package func healthCommand(of release: Release) async throws(RuntimeError) -> HealthCommand? {
        try await runtime.healthCommand(of: release)
    }

    package func missing(for release: Release) async throws(RuntimeError) -> [HostNeed] {
        try await runtime.missing(for: release)
    }

    package func shownRecords() async throws(RuntimeError) -> [ShownRecord] { try await runtime.shownRecords() }

    package func replica(_ id: ReplicaID) async throws(RuntimeError) -> ReplicaState? { try await runtime.replica(id) }

    package func logTail(of replica: ReplicaID, linesMax: Int) async throws(RuntimeError) -> [LogLine] {
        try await runtime.logTail(of: replica, linesMax: linesMax)
    }

    package func followLog(of replica: ReplicaID, linesMax: Int) -> AsyncThrowingStream<LogLine, any Error> {
        runtime.followLog(of: replica, linesMax: linesMax)
    }

    package func usage(of replica: ReplicaID) async throws(RuntimeError) -> ReplicaUsage? {
        try await runtime.usage(of: replica)
    }

    package func listeners(of replica: ReplicaID) async throws(RuntimeError) -> ListenerReport {
        try await runtime.listeners(of: replica)
    }

    package func execute(
        _ command: [String],
        beside replica: ReplicaID,
        within limit: Duration
    )
        async throws(RuntimeError) -> CommandResult
    {
        try await runtime.execute(command, beside: replica, within: limit)
    }

    package func onceState(of name: String) async throws(RuntimeError) -> OnceState {
        try await runtime.onceState(of: name)
    }

    package func events() -> AsyncStream<ReplicaEvent> { runtime.events() }
}
