package import TealCore
package import TealDriverKit

/// Why a rollout did not end as it was asked to; every case has its words in `RolloutProblem`.
package enum Reason: Hashable, Sendable, Codable {
    case preflight([Problem])
    case fetchFailed(ReleaseID, RuntimeError)
    case startFailed(ReleaseID, RuntimeError)
    case runtimeFailed(RuntimeError)
    case switchFailed(SwitchError)
    case secretsFailed(String)
    case migrationFailed(ReleaseID, CommandResult)
    case hookFailed(ReleaseID, hook: String, CommandResult)
    case unhealthy(ReleaseID, Diagnosis)
    case smokeFailed(ReleaseID, request: String, ProbeFailure)
    case notReachable(ReleaseID, ProbeFailure)
    case watchFailed(ReleaseID, WatchVerdict.Failure)
    case replicaDied(ReleaseID, ReplicaID, ReplicaExit?)
    case phaseTimeout(Phase, limit: Duration)
    case rolloutTimeout(limit: Duration)
    case stepLost(EffectKind, name: String)
    case aborted(by: String)
    case rolledBack(by: String)
    case superseded(by: String)
    case diskFull(path: String)
    /// Another host gives no answer.
    case hostUnreachable(HostName)
    /// Another host did not grant its lease, or holds it for ended.
    case leaseRefused(HostName, LeaseRefusal)
    /// A lease was not renewed in time.
    case leaseLost(HostName)
    /// Who carried the rollout out has not renewed its lease on this host.
    case coordinatorLost(String)
    /// These hosts may be on another release than the rest, since they could not be told of the end.
    case hostsDiffer([HostName])
    /// It had gone back before the daemon started again, and why was not written down.
    case unwritten
    case revertFailed(String)
    case impossible(String)
}

/// What was seen of a replica that did not become healthy.
package struct Diagnosis: Hashable, Sendable, Codable {
    package let replica: ReplicaID
    package let failure: ProbeFailure?
    package let exit: ReplicaExit?
    package let probes: Int
    package let limit: Duration
    package let endpoint: Endpoint?

    package init(
        replica: ReplicaID,
        failure: ProbeFailure?,
        exit: ReplicaExit?,
        probes: Int,
        limit: Duration,
        endpoint: Endpoint?
    ) {
        self.replica = replica
        self.failure = failure
        self.exit = exit
        self.probes = probes
        self.limit = limit
        self.endpoint = endpoint
    }
}

/// How a rollout ended.
package enum Outcome: Hashable, Sendable, Codable {
    /// The new release is active and the old one kept for a rollback.
    case settled
    /// The new release never took traffic.
    case kept(Reason)
    /// The new release took traffic and was taken back.
    case reverted(Reason, notCausedByRelease: Bool)
    /// A person has to decide; the lock is free and both slots are kept.
    case halted(Reason)
}
