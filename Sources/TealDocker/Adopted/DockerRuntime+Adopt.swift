import Synchronization
package import TealCore
package import TealDriverKit

/// Containers that somebody else made, taken over as they are.
///
/// Labels cannot be added to a container that runs: the place's record says which container it is, and everything that looks
/// for labels is given those that it would have had.
extension DockerRuntime: ContainerAdopter {
    /// The most containers that are looked at.
    private static let strangersMax = 512

    package func strangers() async throws(RuntimeError) -> [FoundContainer] {
        let own = placesOfAdopted()
        let ids = try await asked { () async throws(DockerError) in try await client.containers(labelled: [:]) }
        var found: [FoundContainer] = []
        for id in ids.prefix(Self.strangersMax) where own[id] == nil {
            let (container, image) = try await asked { () async throws(DockerError) -> (JSONValue?, JSONValue?) in
                // One that vanished since the list was made is not there.
                guard let container = try await client.inspectedContainer(id) else { return (nil, nil) }
                return (container, try await client.inspectedImage(container["Image"].string ?? ""))
            }
            guard let container, let one = FoundContainer(container, image: image ?? .null) else { continue }
            guard one.labels[ContainerLabels.home] == nil else { continue }
            found.append(one)
        }
        return found.sorted { $0.name < $1.name }
    }

    package func adopt(_ order: AdoptOrder) async throws(RuntimeError) {
        try await places.run(order.replica) { () async throws(RuntimeError) in
            try await knownEngine()
            if let record = try home.record(of: order.replica) {
                guard record.adopted?.container == order.container, record.release == order.release else {
                    throw .placeTaken(by: record.release)
                }
                return
            }
            let facts = try await asked { () async throws(DockerError) in try await client.container(order.container) }
            guard let facts else { throw .noSuchReplica(order.replica) }
            let record = PlaceRecord(
                release: order.release,
                endpoint: order.endpoint,
                port: order.port,
                container: facts.id,
                name: facts.name,
                restartPolicy: facts.policy,
                isStopped: !facts.isLive,
                adopted: .init(
                    container: facts.id,
                    release: order.release,
                    network: order.network,
                    leaves: order.leaves.isEmpty ? nil : order.leaves
                )
            )
            try home.write(record, of: order.replica)
            adoptedPlaces.withLock { $0 = nil }
        }
        await keepTail(of: order.replica, order.container)
    }

    package func letGo(_ replica: ReplicaID) async throws(RuntimeError) {
        try await places.run(replica) { () async throws(RuntimeError) in
            guard let own = try home.record(of: replica)?.adopted else { return }
            try await shelf.letGo(of: own.release)
            tails.forget(replica)
            try home.forget(replica)
            adoptedPlaces.withLock { $0 = nil }
        }
    }

    package func adopted() -> [ReplicaID: ReleaseID] {
        var found: [ReplicaID: ReleaseID] = [:]
        for place in placesOfAdopted().values {
            // One that cannot be read is told of by whoever needs it.
            if let record = try? home.record(of: place), let own = record.adopted { found[place] = own.release }
        }
        return found
    }

    // MARK: Finding them again

    /// The places of adopted containers, by the containers' ids.
    func placesOfAdopted() -> [String: ReplicaID] {
        if let known = adoptedPlaces.withLock({ $0 }) { return known }
        var found: [String: ReplicaID] = [:]
        for place in home.allPlaces() {
            // As above.
            if let record = try? home.record(of: place), let own = record.adopted { found[own.container] = place }
        }
        let made = found
        adoptedPlaces.withLock { $0 = made }
        return made
    }

    /// Whether a container is one that somebody else made, and that has this place.
    func isAdopted(_ container: String, in place: ReplicaID) -> Bool { placesOfAdopted()[container] == place }

    /// The adopted container of a place, with the labels that it would have; nil when there is none, or it is gone.
    func adoptedContainer(in place: ReplicaID) async throws(RuntimeError) -> ContainerFacts? {
        // Where it cannot be read, nothing but labels tells of the place.
        guard let own = ((try? home.record(of: place)) ?? nil)?.adopted else { return nil }
        let facts = try await asked { () async throws(DockerError) in try await client.container(own.container) }
        return try facts.map { facts throws(RuntimeError) in try known(facts, in: place, own) }
    }

    /// What is told of a container in a place, with the labels that it would have were it Teal's.
    func known(
        _ facts: ContainerFacts,
        in place: ReplicaID,
        _ own: PlaceRecord.Adopted?
    ) throws(RuntimeError) -> ContainerFacts {
        guard let own, own.container == facts.id else { return facts }
        return facts.carrying(
            ContainerLabels(home: try home.id(), place: place, release: own.release, spec: "adopted").all
        )
    }

    // MARK: Keeping them

    /// Starts an adopted container again, as it was made.
    func startAdopted(_ container: ContainerFacts, _ order: StartOrder) async throws(RuntimeError) {
        if container.restartPolicy != "no" {
            try await asked { () async throws(DockerError) in
                try await client.setRestartPolicy("no", of: container.id)
            }
        }
        try home.amend(order.replica) { record in
            record.restartPolicy = .no
            record.isStopped = false
        }
        tails.leave([], at: order.replica)
        await keepTail(of: order.replica, container.id)
        do throws(DockerError) {
            try await client.startContainer(container.id)
            startsCutOff.withLock { _ = $0.remove(container.id) }
        } catch {
            // Without the engine's no it may go on with the start when nobody waits any more.
            if error.message == nil { _ = startsCutOff.withLock { $0.insert(container.id) } }
            try home.amend(order.replica) { $0.isStopped = true }
            throw error.asStart(of: order.release.id, publishing: container.published) { port in
                HostListeners.holder(of: port)
            }
        }
    }

    /// Gives an adopted container the name back under which others know it.
    ///
    /// - Returns: The name that it has now: another's name is left to it.
    func named(_ container: ContainerFacts, _ name: String) async throws(RuntimeError) -> String {
        do throws(DockerError) {
            try await client.renameContainer(container.id, to: name)
            return name
        } catch {
            guard error.isNameTaken else { throw error.asRuntime }
            return container.name
        }
    }
}
