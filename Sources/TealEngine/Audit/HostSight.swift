package import TealCore
package import TealDriverKit

/// What there is on a host at one moment, as far as whoever looks can see it: the daemon on a live host, the simulator in
/// its world.
package struct HostSight: Sendable {
    /// What is remembered.
    package var state: HostState
    /// The route table that is written down.
    package var written: TrafficTable
    /// The table that traffic follows; nil when the switch does not say, or says that it is another one.
    package var followed: TrafficTable?
    /// The position of the table that traffic follows, as the switch says; nil when it does not.
    package var position: TablePosition?
    /// Why ``followed`` is not known, in words that go on after "because"; nil when it is.
    package var followedUnknown: String?
    /// What people call the switch.
    package var switchName = SwitchKind.proxy.words
    /// What the switch counts; nil when it does not answer.
    package var counters: TrafficCounters?

    package var replicas: [ReplicaState]
    /// Services whose replicas cannot be seen now.
    package var unseen: Set<ServiceKey> = []
    /// The replicas that do background work; nil where only they themselves know.
    package var working: Set<ReplicaID>?
    /// What `.current_env` says, by service.
    package var markers: [ServiceKey: String] = [:]

    /// Rollouts that run or have halted, and those that run.
    package var unended: [Rollout] = []
    package var running: Set<RolloutID> = []
    /// Services that a rollout holds, or is about to.
    package var held: Set<ServiceKey> = []
    /// Rollouts that the journal has as running and that nobody carries out.
    package var abandoned: [RolloutID] = []
    /// The newest rollouts that have ended, newest first.
    package var ended: [Rollout] = []

    /// Releases that cannot be started again, and what is gone.
    package var gone: [ReleaseID: String] = [:]
    /// The places in which the value of a secret was found, for people; nil when nobody could look.
    package var leaks: [String]?
    package var now: Timestamp

    package init(state: HostState, written: TrafficTable, replicas: [ReplicaState], now: Timestamp) {
        self.state = state
        self.written = written
        self.replicas = replicas
        self.now = now
    }

    package func canSee(_ service: ServiceKey) -> Bool { !unseen.contains(service) }

    /// Whether the run that a target stands for runs now.
    package func shows(_ target: TrafficTarget) -> Bool {
        replicas.contains { $0.id == target.replica && $0.run == target.run && $0.isRunning }
    }

    /// Whether a replica runs now, of that release.
    func runs(_ id: ReplicaID, of release: ReleaseID) -> Bool {
        replicas.contains { $0.id == id && $0.release == release && $0.isRunning }
    }
}
