package import TealCore
package import TealDriverKit

extension DockerRuntime {
    package func mend(_ replica: ReplicaID, run: RunID) async throws(RuntimeError) {
        try await places.run(replica) { () async throws(RuntimeError) in
            guard let standing = try await standing(of: replica), let container = standing.container,
                container.isRunning, container.run == run
            else { return }
            // What Teal has stopped, or is removing, is nobody's to put right.
            if let record = standing.record, record.isStopped || record.isGoing { return }
            try await mend(container, in: replica)
        }
    }

    /// Puts right what a person or another tool changed about a replica that runs.
    func mend(_ container: ContainerFacts, in place: ReplicaID) async throws(RuntimeError) {
        if container.isPaused {
            try await asked { () async throws(DockerError) in try await client.unpauseContainer(container.id) }
        }
        let record = try await record(of: container, in: place)
        // First what users notice.
        try await reconnect(container, record, place)
        if record.name != container.name {
            let name =
                record.adopted?.container == container.id
                ? try await named(container, record.name ?? container.name) : try await renamed(container, place)
            try home.amend(place) { $0.name = name }
        }
        if container.restartPolicy != record.restartPolicy.rawValue {
            try await asked { () async throws(DockerError) in
                try await client.setRestartPolicy(record.restartPolicy.rawValue, of: container.id)
            }
        }
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
        // A container that was written down may be in others, and in others alone.
        if container.written != nil, container.isRunning { try await join(container.id) }
        guard let address = record.address else { return }
        let network = try await projects.run(place.service.project) { () async throws(RuntimeError) in
            try await networks.ensure(place.service.project)
        }
        // Looked at again: a connection that is right by now must not be cut.
        guard let attachment = try await attachment(of: container, to: network.record.name, unless: address)
        else {
            return
        }
        let aliases = container.labels[ContainerLabels.alias]?.split(separator: " ").map(String.init) ?? []
        let endpoint = ContainerPlan.endpointConfig(address: address, aliases: aliases)
        do throws(DockerError) {
            if attachment == .wrong { try await client.disconnect(container.id, from: network.facts.id) }
            try await client.connect(container.id, to: network.facts.id, endpoint: endpoint)
        } catch {
            // Another hand may have been quicker.
            let left = try await self.attachment(of: container, to: network.record.name, unless: address)
            if left != nil { throw error.asRuntime }
        }
    }

    /// How a container is in a network where it is not as it should be.
    private enum Attachment {
        case missing
        case wrong
    }

    /// - Returns: Nil when it has the address, or does not run.
    private func attachment(
        of container: ContainerFacts,
        to network: String,
        unless address: IPv4Address
    ) async throws(RuntimeError) -> Attachment? {
        let now = try await asked { () async throws(DockerError) in try await client.container(container.id) }
        guard let now, now.isRunning else { return nil }
        guard let found = now.networks[network] else { return .missing }
        return found.address == "\(address)" ? nil : .wrong
    }

    /// The record of a place that has a container and none, made from it.
    ///
    /// - Returns: Nil when there is nothing to make it from, or the place went meanwhile.
    func adopted(_ place: ReplicaID) async throws(RuntimeError) -> PlaceRecord? {
        try await places.run(place) { () async throws(RuntimeError) in
            if let record = try home.record(of: place) { return record }
            guard let container = PlaceStanding.sorted(try await containers(of: place), by: nil).first else {
                return nil
            }
            // One that says too little is shown by its labels alone.
            return try? await record(of: container, in: place)
        }
    }

    /// The record of a place; made from what runs there when it was lost.
    private func record(of container: ContainerFacts, in place: ReplicaID) async throws(RuntimeError) -> PlaceRecord {
        if let record = try home.record(of: place) { return record }
        guard let record = try made(from: container, in: place) else {
            throw .refused("the container \(container.name) runs in the place of \(place), and its record is lost")
        }
        try home.write(record, of: place)
        return record
    }

    /// What a container says of a place whose record cannot be read, as far as it does.
    ///
    /// Whether Teal has stopped it is not known then; what ended is said to have ended.
    ///
    /// - Returns: Nil for a container that names no release.
    func shown(by container: ContainerFacts, in place: ReplicaID) throws(RuntimeError) -> PlaceRecord? {
        guard let labels = ContainerLabels(container.labels) else { return nil }
        var record =
            try made(from: container, in: place)
            ?? PlaceRecord(release: labels.release, port: 0, restartPolicy: container.policy)
        record.isStopped = false
        return record
    }

    /// - Returns: Nil when the container says too little.
    private func made(from container: ContainerFacts, in place: ReplicaID) throws(RuntimeError) -> PlaceRecord? {
        guard let labels = ContainerLabels(container.labels),
            let found = Found(container, try networks.record(of: place.service.project))
        else { return nil }
        let published = container.reachedAt
        return PlaceRecord(
            release: labels.release,
            address: found.address,
            endpoint: published.map { Endpoint(address: "127.0.0.1", port: $0) }
                ?? found.reached.map { Endpoint(address: "\($0)", port: found.port) },
            port: found.port,
            container: container.id,
            name: container.name,
            restartPolicy: container.policy,
            isStopped: !container.isLive
        )
    }

    /// What a container says of the place that it was made for.
    private struct Found {
        /// Its address in the project's network; nil for what was written to be outside of it.
        let address: IPv4Address?
        /// Where it is asked; nil for nowhere.
        let reached: IPv4Address?
        let port: Int

        /// - Returns: Nil when it says too little.
        init?(_ container: ContainerFacts, _ network: NetworkRecord?) {
            if let stamp = container.written {
                port = stamp.port
                guard stamp.joinsProject else {
                    address = nil
                    reached = stamp.isOnHost ? .loopback : nil
                    return
                }
                let own = network.flatMap { container.networks[$0.name] }
                guard let found = (own?.wanted ?? own?.address).flatMap({ IPv4Address(parsing: $0) }) else {
                    return nil
                }
                (address, reached) = (found, found)
                return
            }
            // Podman does not tell the address that was wanted, only the one that a running container has.
            let attachment =
                container.networks.values.first { $0.wanted != nil }
                ?? container.networks.values.first { !$0.address.isEmpty }
            let ports = container.environment.lazy.filter { $0.hasPrefix("PORT=") }
            guard let found = (attachment?.wanted ?? attachment?.address).flatMap({ IPv4Address(parsing: $0) }),
                let port = ports.compactMap({ Int($0.dropFirst(5)) }).first
            else { return nil }
            (address, reached) = (found, found)
            self.port = port
        }
    }
}
