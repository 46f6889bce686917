import TealCore
import TealDriverKit

extension DockerRuntime {
    /// Puts right what a person or another tool changed about a replica that runs.
    func mend(_ container: ContainerFacts, in place: ReplicaID) async throws(RuntimeError) {
        if container.isPaused {
            try await asked { () async throws(DockerError) in try await client.unpauseContainer(container.id) }
        }
        let record = try await record(of: container, in: place)
        if record.name != container.name {
            let name = try await renamed(container, place)
            try home.amend(place) { $0.name = name }
        }
        if container.restartPolicy != record.restartPolicy.rawValue {
            try await asked { () async throws(DockerError) in
                try await client.setRestartPolicy(record.restartPolicy.rawValue, of: container.id)
            }
        }
        try await reconnect(container, record, place)
        try home.amend(place) { record in
            record.container = container.id
            record.isStopped = false
        }
    }

    /// Puts a running container back into its network, at its address.
    private func reconnect(
        _ container: ContainerFacts,
        _ record: PlaceRecord,
        _ place: ReplicaID
    ) async throws(RuntimeError) {
        let network = try await projects.run(place.service.project) { () async throws(RuntimeError) in
            try await networks.ensure(place.service.project)
        }
        let attachment = container.networks[network.record.name]
        guard container.isRunning, attachment?.address != "\(record.address)" else { return }
        let aliases = container.labels[ContainerLabels.alias]?.split(separator: " ").map(String.init) ?? []
        let endpoint = ContainerPlan.endpointConfig(address: record.address, aliases: aliases)
        try await asked { () async throws(DockerError) in
            if attachment != nil { try await client.disconnect(container.id, from: network.facts.id) }
            try await client.connect(container.id, to: network.facts.id, endpoint: endpoint)
        }
    }

    /// The record of a place; made from what runs there when it was lost.
    private func record(of container: ContainerFacts, in place: ReplicaID) async throws(RuntimeError) -> PlaceRecord {
        if let record = try home.record(of: place) { return record }
        let attachment = container.networks.values.first { $0.wanted != nil }
        guard let labels = ContainerLabels(container.labels),
            let address = (attachment?.wanted ?? attachment?.address).flatMap({ IPv4Address(parsing: $0) }),
            let port = container.environment.lazy.filter({ $0.hasPrefix("PORT=") }).compactMap({ Int($0.dropFirst(5)) })
                .first
        else { throw .refused("the container \(container.name) runs in the place of \(place), and its record is lost") }
        let published = container.published
        let record = PlaceRecord(
            release: labels.release,
            address: address,
            endpoint: published.map { Endpoint(address: "127.0.0.1", port: $0) }
                ?? Endpoint(address: "\(address)", port: port),
            port: port,
            container: container.id,
            name: container.name,
            restartPolicy: container.policy,
            isStopped: false
        )
        try home.write(record, of: place)
        return record
    }
}
