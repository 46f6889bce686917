package import TealCore
package import TealDriverKit

/// What a host's steps are carried out with.
package struct HostDrivers: Sendable {
    package let runtime: any ContainerRuntime
    package let trafficSwitch: any TrafficSwitch
    package let probe: any HealthProbe
    package let environments: any ReleaseEnvironments
    package let preflight: any Preflight
    package let marker: any ActiveMarker
    /// Who may fetch and free content now.
    package let content = ContentTurns()
    /// What all that is changed needs; nil where nobody else can take the home.
    package let lease: Lease?

    package init(
        runtime: any ContainerRuntime,
        trafficSwitch: any TrafficSwitch,
        probe: any HealthProbe,
        environments: any ReleaseEnvironments,
        preflight: any Preflight,
        marker: any ActiveMarker,
        lease: Lease? = nil
    ) {
        self.runtime = lease.map { LeasedRuntime(runtime, lease: $0) } ?? runtime
        self.trafficSwitch = lease.map { LeasedSwitch(trafficSwitch, lease: $0) } ?? trafficSwitch
        self.probe = probe
        self.environments = lease.map { LeasedEnvironments(environments, lease: $0) } ?? environments
        self.preflight = preflight
        self.marker = lease.map { LeasedMarker(marker, lease: $0) } ?? marker
        self.lease = lease
    }

    /// Whether anything may still be changed from here.
    package func isHeld() async -> Bool { await lease?.isHeld() ?? true }
}

/// The whole environments that releases had, secrets included.
package protocol ReleaseEnvironments: Sendable {
    /// The environment that a release is started with.
    func environment(of release: Release) async throws(SecretError) -> [String: Secret]

    /// Whether everything secret that a release is started with is there; changes nothing.
    func check(_ release: Release) async throws(SecretError)

    /// Lines with every known secret value of a release masked.
    func masked(_ lines: [String], of release: Release) async -> [String]

    /// Drops the secret values and environments that none of the releases, nor a later one, is started with.
    ///
    /// What cannot be dropped now is tried again at the next call.
    func prune(keeping kept: [Release]) async
}

/// What can be known before a rollout changes anything.
package protocol Preflight: Sendable {
    func check(_ rollout: Rollout) async -> PreflightReport
}

/// What a preflight found.
package struct PreflightReport: Sendable, Hashable {
    package var problems: [Problem]
    package var warnings: [String]

    package init(problems: [Problem] = [], warnings: [String] = []) {
        self.problems = problems
        self.warnings = warnings
    }
}

/// Writes `.current_env`, a copy of the active slot's name for other scripts; Teal never reads it.
package protocol ActiveMarker: Sendable {
    /// Makes the file say `slot`; nil removes it. Writing what is there already changes nothing.
    func mark(_ slot: Slot?, of service: ServiceKey, alsoAt path: String?) async throws(RuntimeError)
}
