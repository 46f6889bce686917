import Synchronization
package import TealCore
package import TealDriverKit

/// Containers that Teal did not make, as far as they have ports that it takes over.
extension DockerRuntime: ForeignContainers {
    package func holding(_ place: HostPort) async throws(RuntimeError) -> [ForeignContainer] {
        let found = try await asked { () async throws(DockerError) in
            try await client.containers(publishing: place.port)
        }
        var holders: [ForeignContainer] = []
        for json in found {
            let labels = json["Labels"].object.compactMapValues(\.string)
            guard labels[ContainerLabels.home] == nil, let id = json["Id"].string else { continue }
            let ports = json["Ports"].array.filter { port in
                port["Type"].string == "tcp" && port["PublicPort"].int == place.port
                    && HostPort(address: port["IP"].string ?? "0.0.0.0", port: place.port).meets(place)
            }
            guard let port = ports.first?["PrivatePort"].int else { continue }
            let name = json["Names"].strings.first ?? id
            holders.append(
                try await foreign(
                    id,
                    name: name.hasPrefix("/") ? String(name.dropFirst()) : name,
                    labels: labels,
                    addresses: ports.map { $0["IP"].string ?? "0.0.0.0" }.sorted(),
                    port: port
                )
            )
        }
        return holders
    }

    package func leaving(_ place: HostPort) async throws(RuntimeError) -> [ForeignContainer] {
        var found: [ForeignContainer] = []
        for (id, replica) in placesOfAdopted().sorted(by: { $0.value < $1.value }) {
            // A record that cannot be read is told of by whoever needs it.
            guard let record = (try? home.record(of: replica)) ?? nil, let own = record.adopted,
                let left = own.leaves?.filter({ $0.meets(place) }), !left.isEmpty
            else { continue }
            let facts = try await asked { () async throws(DockerError) in try await client.container(id) }
            guard let facts else { continue }
            found.append(
                try await foreign(
                    id,
                    name: facts.name,
                    labels: facts.labels,
                    addresses: left.map(\.address).sorted(),
                    port: record.port
                )
            )
        }
        return found
    }

    package func stopLeaving(through way: @escaping StopWay) { stopWay.withLock { $0 = way } }

    /// Whether a place has an adopted container that leaves a port of the host.
    func leavesPort(_ replica: ReplicaID) -> Bool {
        // As above.
        let own = ((try? home.record(of: replica)) ?? nil)?.adopted
        return !(own?.leaves ?? []).isEmpty
    }

    private func foreign(
        _ id: String,
        name: String,
        labels: [String: String],
        addresses: [String],
        port: Int
    ) async throws(RuntimeError) -> ForeignContainer {
        let settings = try await asked { () async throws(DockerError) in try await client.settings(of: id) }
        let replica = placesOfAdopted()[id]
        let release = replica.flatMap { ((try? home.record(of: $0)) ?? nil)?.adopted?.release }  // as above
        return ForeignContainer(
            id: id,
            name: name,
            composeProject: labels["com.docker.compose.project"],
            composeService: labels["com.docker.compose.service"],
            addresses: addresses,
            containerPort: port,
            stopLimit: .seconds(settings?.stopSeconds ?? 10),
            restartPolicy: settings?.restartPolicy ?? "no",
            adopted: replica.flatMap { replica in release.map { .init(replica: replica, release: $0) } }
        )
    }

    package func connections(of container: ForeignContainer) async -> Int? {
        // One that is gone has none; where the Engine does not answer nothing is seen.
        guard let facts = try? await client.container(container.id) else { return nil }
        guard let pid = facts.pid else { return 0 }
        return HostProcesses.connections(seenBy: pid, to: container.containerPort)
    }

    package func isRunning(_ container: ForeignContainer) async throws(RuntimeError) -> Bool {
        try await asked { () async throws(DockerError) in try await client.container(container.id) }?.isLive ?? false
    }

    package func stop(_ container: ForeignContainer, within limit: Duration) async throws(RuntimeError) {
        guard try await isRunning(container) else { return }
        try await asked { () async throws(DockerError) in
            if container.restartPolicy != "no" { try await client.setRestartPolicy("no", of: container.id) }
            try await client.stopContainer(container.id, within: min(limit, container.stopLimit))
        }
    }

    package func start(_ container: ForeignContainer) async throws(RuntimeError) {
        try await asked { () async throws(DockerError) in
            if container.restartPolicy != "no" {
                try await client.setRestartPolicy(container.restartPolicy, of: container.id)
            }
            try await client.startContainer(container.id)
        }
    }
}
