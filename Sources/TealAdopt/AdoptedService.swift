package import TealCore
package import TealDriverKit
import TealEngine

/// What becomes of one service's containers when they are adopted.
package struct AdoptedService: Hashable, Sendable {
    package let service: ServiceKey
    /// What users are on.
    package internal(set) var active: AdoptedSlot
    /// The other one of two, kept for a rollback; nil when there is none.
    package let standby: AdoptedSlot?
    /// Why the active one is taken for that, one clause each, the weightiest first.
    package let evidence: [String]
    /// Whether users come by a line of the switch that leads to the active one already.
    package let hasLine: Bool
    /// What is worth knowing and stops nothing.
    package let notes: [String]
    /// How users come past the switch, and what that means for the first release.
    package let gaps: [String]
    /// What the first release by Teal changes, and what it leaves.
    package let later: [String]

    package var slots: [AdoptedSlot] { [active] + (standby.map { [$0] } ?? []) }

    /// The same with the versions that secrets of the active release have in Teal's store.
    package func knowing(_ versions: [String: Int]) -> AdoptedService {
        var service = self
        service.active = active.knowing(versions)
        return service
    }
}

/// One slot of what is adopted.
package struct AdoptedSlot: Hashable, Sendable {
    package let slot: Slot
    package let release: Release
    /// By position; never empty.
    package let containers: [Adopted]
    /// Whether it may be gone back to without being named: it runs, or ended as it was told to.
    package let endedWell: Bool

    /// One container and where it is reached.
    package struct Adopted: Hashable, Sendable {
        package let container: FoundContainer
        package let endpoint: Endpoint?
        package let network: String?
        package let port: Int
        /// The ports of the host that it has as long as it runs, and that are the proxy's then.
        package let leaves: [HostPort]

        package init(
            container: FoundContainer,
            endpoint: Endpoint?,
            network: String?,
            port: Int,
            leaves: [HostPort] = []
        ) {
            self.container = container
            self.endpoint = endpoint
            self.network = network
            self.port = port
            self.leaves = leaves
        }
    }

    package init(slot: Slot, release: Release, containers: [Adopted], endedWell: Bool) {
        self.slot = slot
        self.release = release
        self.containers = containers
        self.endedWell = endedWell
    }

    /// What the containers are started with again; they are of one image and one making.
    package var environment: [String: Secret] { containers.first?.container.environment ?? [:] }

    package var isRunning: Bool { containers.allSatisfy(\.container.isRunning) }

    /// The names that its containers have when they are made anew.
    var namesAnew: String {
        containers.indices.map { "\(release.id.service.service)-\(slot)" + ($0 == 0 ? "" : "-\($0)") }
            .joined(separator: ", ")
    }

    package func replica(_ index: Int) -> ReplicaID {
        ReplicaID(service: release.id.service, slot: slot, index: index)
    }

    /// What the runtime is told, in order of position.
    package var orders: [AdoptOrder] {
        containers.enumerated().map { index, adopted in
            AdoptOrder(
                replica: replica(index),
                release: release.id,
                container: adopted.container.id,
                endpoint: adopted.endpoint,
                network: adopted.network,
                port: adopted.port,
                leaves: adopted.leaves
            )
        }
    }

    func knowing(_ versions: [String: Int]) -> AdoptedSlot {
        let known = versions.filter { release.secretVersions[$0.key] != nil }
        let made = Release(
            id: release.id,
            environment: release.environment,
            spec: release.spec,
            content: release.content,
            secretVersions: release.secretVersions.merging(known) { $1 },
            configurationHash: release.configurationHash,
            gitCommit: release.gitCommit,
            author: release.author,
            createdAt: release.createdAt,
            neighbours: release.neighbours
        )
        return AdoptedSlot(slot: slot, release: made, containers: containers, endedWell: endedWell)
    }
}
