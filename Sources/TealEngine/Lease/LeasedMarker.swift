package import TealCore
package import TealDriverKit

/// `.current_env`, which is not written once the home is another daemon's.
package struct LeasedMarker: ActiveMarker {
    private let marker: any ActiveMarker
    private let lease: Lease

    package init(_ marker: any ActiveMarker, lease: Lease) {
        self.marker = marker
        self.lease = lease
    }

    package func mark(_ slot: Slot?, of service: ServiceKey, alsoAt path: String?) async throws(RuntimeError) {
        guard await lease.isHeld() else { throw .cancelled }
        try await marker.mark(slot, of: service, alsoAt: path)
    }
}

/// The environments of releases, of which nothing is dropped once the home is another daemon's.
package struct LeasedEnvironments: ReleaseEnvironments {
    private let environments: any ReleaseEnvironments
    private let lease: Lease

    package init(_ environments: any ReleaseEnvironments, lease: Lease) {
        self.environments = environments
        self.lease = lease
    }

    package func environment(of release: Release) async throws(SecretError) -> [String: Secret] {
        try await environments.environment(of: release)
    }

    package func check(_ release: Release) async throws(SecretError) { try await environments.check(release) }

    package func masked(_ lines: [String], of release: Release) async -> [String] {
        await environments.masked(lines, of: release)
    }

    package func prune(keeping kept: [Release]) async {
        guard await lease.isHeld() else { return }
        await environments.prune(keeping: kept)
    }
}
