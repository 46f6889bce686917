import TealCore
import TealDriverKit

/// The labels by which Compose knows networks and volumes as its own: what Teal makes of a project, Compose finds again, and
/// the other way round.
enum ComposeLabels {
    static let project = "com.docker.compose.project"
    static let network = "com.docker.compose.network"
    static let volume = "com.docker.compose.volume"
}

extension ProjectNetworks {
    /// Makes a network that a container was written to be in, where it is not there.
    ///
    /// One that is there is taken as it is, whoever made it.
    func ensure(_ network: WrittenNetwork, of project: ProjectName, written: String) async throws(RuntimeError) {
        let found = try await asked { () async throws(DockerError) in try await client.network(network.name) }
        guard found == nil else { return }
        guard let definition = network.definition else { throw HostNeed.network(network.name).refusal }
        let body = Self.body(network.name, definition, project, written: written, own: try home.id())
        try await create(network.name, body)
    }

    /// Makes a network without a mark of anybody, where it is not there, as `docker network create` does.
    func make(_ name: String) async throws(RuntimeError) {
        let found = try await asked { () async throws(DockerError) in try await client.network(name) }
        guard found == nil else { return }
        try await create(name, ["Name": .string(name), "Driver": "bridge", "CheckDuplicate": true])
    }

    private func create(_ name: String, _ body: JSONValue) async throws(RuntimeError) {
        do throws(DockerError) {
            _ = try await client.createNetwork(body)
        } catch {
            // Another hand may have been quicker.
            let made = try await asked { () async throws(DockerError) in try await client.network(name) }
            guard made == nil else { return }
            guard let message = error.message else { throw error.asRuntime }
            throw .refused("the network \(name) cannot be made: \(message)")
        }
    }

    static func body(
        _ name: String,
        _ definition: WrittenNetworkDefinition,
        _ project: ProjectName,
        written: String,
        own: String
    ) -> JSONValue {
        var labels = definition.labels
        labels[ComposeLabels.project] = written
        labels[ComposeLabels.network] = definition.key
        labels[ContainerLabels.home] = own
        labels[ContainerLabels.project] = "\(project)"
        labels[ContainerLabels.network] = definition.key
        var body: [String: JSONValue] = [
            "Name": .string(name), "Driver": .string(definition.driver), "CheckDuplicate": true,
            "Internal": .bool(definition.isInternal), "Attachable": .bool(definition.isAttachable),
            "EnableIPv6": .bool(definition.enablesIPv6), "Labels": JSONValue(labels),
        ]
        if let enables = definition.enablesIPv4 { body["EnableIPv4"] = .bool(enables) }
        if !definition.driverOptions.isEmpty { body["Options"] = JSONValue(definition.driverOptions) }
        var addresses: [String: JSONValue] = [:]
        if let driver = definition.addressDriver { addresses["Driver"] = .string(driver) }
        if !definition.addressOptions.isEmpty { addresses["Options"] = JSONValue(definition.addressOptions) }
        if !definition.ranges.isEmpty { addresses["Config"] = .array(definition.ranges.map(Self.range)) }
        if !addresses.isEmpty { body["IPAM"] = .object(addresses) }
        return .object(body)
    }

    private static func range(_ range: WrittenNetworkDefinition.Range) -> JSONValue {
        var entry: [String: JSONValue] = [:]
        if let subnet = range.subnet { entry["Subnet"] = .string(subnet) }
        if let dynamic = range.dynamic { entry["IPRange"] = .string(dynamic) }
        if let gateway = range.gateway { entry["Gateway"] = .string(gateway) }
        if !range.taken.isEmpty { entry["AuxiliaryAddresses"] = JSONValue(range.taken) }
        return .object(entry)
    }
}

extension ProjectVolumes {
    /// Makes the volumes that a container was written with, where they are not there.
    ///
    /// One that is there is taken as it is, whoever made it: what a stack wrote before Teal ran it is what it finds.
    func ensure(_ volumes: [WrittenVolume], of project: ProjectName, written: String) async throws(RuntimeError) {
        let own = try home.id()
        for volume in volumes {
            let found = try await asked { () async throws(DockerError) in try await client.volume(volume.name) }
            guard found == nil else { continue }
            guard let definition = volume.definition else { throw HostNeed.volume(volume.name).refusal }
            var labels = definition.labels
            labels[ComposeLabels.project] = written
            labels[ComposeLabels.volume] = definition.key
            labels[ContainerLabels.home] = own
            labels[ContainerLabels.project] = "\(project)"
            let all = labels
            try await asked { () async throws(DockerError) in
                try await client.createVolume(
                    volume.name,
                    labels: all,
                    driver: definition.driver,
                    options: definition.driverOptions
                )
            }
        }
    }
}
