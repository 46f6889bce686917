import TealCore
import TealDriverKit

@testable import TealDocker

/// Releases of what somebody wrote down, and what the Engine would be told of them.
enum WrittenSample {
    static func release(
        _ kind: ServiceKind = .worker,
        _ change: (inout WrittenContainer, inout ServiceSpec) -> Void = { _, _ in }
    ) throws -> Release {
        var spec = ServiceSpec(
            name: try ServiceName(parsing: "app"),
            kind: kind,
            source: .image("ghcr.io/acme/shop:1")
        )
        var written = WrittenContainer(project: "shop", service: "app")
        written.network.networks = [
            WrittenNetwork(name: "shop_default", definition: WrittenNetworkDefinition(key: "default"), aliases: ["app"])
        ]
        change(&written, &spec)
        spec.written = written
        return Release(
            id: ReleaseID(
                service: ServiceKey(project: try ProjectName(parsing: "shop"), service: spec.name),
                number: 4
            ),
            environment: try EnvironmentName(parsing: "test"),
            spec: spec,
            content: .localImage(id: "sha256:1"),
            secretVersions: [:],
            configurationHash: "",
            gitCommit: nil,
            author: "test",
            createdAt: 0
        )
    }

    static func image(_ config: JSONValue = [:]) -> ImageFacts? { ImageFacts(["Id": "sha256:1", "Config": config]) }

    static func plan(
        _ release: Release,
        image config: JSONValue = [:],
        environment: [String: Secret] = [:],
        data: [String: String] = [:],
        places: WrittenPlaces = WrittenPlaces(),
        isOnce: Bool = false
    ) throws -> ContainerPlan {
        guard let image = image(config), let subnet = IPv4Prefix(parsing: "10.213.4.0/24") else {
            throw RuntimeError.refused("no sample")
        }
        let place = ReplicaID(service: release.id.service, slot: .blue, index: 0)
        let order = StartOrder(replica: place, release: release, environment: environment, active: true)
        return ContainerPlan(
            image: "teal/shop/app:4",
            release: release,
            facts: image,
            environment: ContainerPlan.environment(order, port: 8080, image: image),
            command: isOnce ? ["migrate"] : release.spec.command,
            neighbours: [try ServiceName(parsing: "web")],
            network: NetworkRecord(name: "teal-shop", subnet: subnet),
            address: subnet.address(2),
            aliases: ContainerPlan.aliases(of: place, release.spec),
            data: data,
            places: places,
            isOnce: isOnce
        )
    }

    /// The request of a container that is written like this.
    static func body(
        _ kind: ServiceKind = .worker,
        image config: JSONValue = [:],
        _ change: (inout WrittenContainer, inout ServiceSpec) -> Void
    ) throws -> JSONValue {
        try plan(release(kind, change), image: config).body(labels: [:])
    }

    /// `HostConfig` of the same.
    static func host(
        _ change: (inout WrittenContainer, inout ServiceSpec) -> Void
    ) throws -> JSONValue { try body(.worker, change)["HostConfig"] }
}
