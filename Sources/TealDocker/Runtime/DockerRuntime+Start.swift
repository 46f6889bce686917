import Synchronization
import TealCore
package import TealDriverKit

extension DockerRuntime {
    package func start(_ order: StartOrder) async throws(RuntimeError) -> ReplicaState {
        try await places.run(order.replica) { () async throws(RuntimeError) in
            try await knownEngine()
            let place = order.replica
            var origin = ReplicaOrigin.found
            let found = PlaceStanding.sorted(try await containers(of: place), by: try home.record(of: place))
            if let live = found.first(where: \.isLive) {
                guard let release = ContainerLabels(live.labels)?.release else {
                    throw .refused("the container \(live.name) in the place of \(place) has no release")
                }
                guard release == order.release.id else { throw .placeTaken(by: release) }
                try await mend(live, in: place)
            } else {
                origin = try await launch(order, found)
            }
            guard let state = try await standing(of: place)?.state else { throw .noSuchReplica(place) }
            return state.started(origin)
        }
    }

    /// Starts a place in which nothing lives: the container that is there, if it is the same, or a new one.
    private func launch(_ order: StartOrder, _ found: [ContainerFacts]) async throws(RuntimeError) -> ReplicaOrigin {
        let before = try home.record(of: order.replica)
        // One that leaves a port of the host to the switch does not start any more once that has it. Until then it is
        // started as it is: whoever stopped it by hand loses nothing, and its users have it back at once.
        if let own = before?.adopted, own.release == order.release.id, (own.leaves ?? []).allSatisfy(\.isFree),
            let kept = found.first(where: { $0.id == own.container && !["removing", "dead"].contains($0.status) })
        {
            try await startAdopted(kept, order)
            return .kept
        }
        guard let image = try await shelf.kept(order.release) else { throw .contentMissing(order.release.id) }
        let (plan, networkID) = try await plan(order, image, instead: Set(found.map(\.id)))
        let labels = ContainerLabels(
            home: try home.id(),
            place: order.replica,
            release: order.release.id,
            spec: plan.hash
        )
        let same = found.first { isSame($0, plan, labels, networkID) }
        for container in found where container.id != same?.id {
            let isOwn = before?.adopted?.container != container.id
            do throws(DockerError) {
                // What somebody else's container wrote is theirs.
                try await client.removeContainer(container.id, withVolumes: isOwn)
            } catch {
                // One that the engine failed to remove never runs again, and holds nothing that the next one needs.
                guard container.status == "dead" else { throw error.asRuntime }
            }
        }
        if before?.adopted != nil {
            try home.amend(order.replica) { $0.adopted = nil }
            adoptedPlaces.withLock { $0 = nil }
        }
        let id: String
        let name: String
        if let same {
            (id, name) = (same.id, try await renamed(same, order.replica))
            if same.restartPolicy != "no" {
                try await asked { () async throws(DockerError) in try await client.setRestartPolicy("no", of: same.id) }
            }
        } else {
            (id, name) = try await create(plan, labels, order.replica)
        }
        try home.amend(order.replica) { record in
            record.container = id
            record.name = name
            record.isStopped = false
        }
        tails.leave([], at: order.replica)
        try await checkWritable(id, plan)
        try await join(id)
        await keepTail(of: order.replica, id)
        do throws(DockerError) {
            try await client.startContainer(id)
            startsCutOff.withLock { _ = $0.remove(id) }
        } catch {
            // Without the engine's no it may go on with the start when nobody waits any more.
            if error.message == nil { _ = startsCutOff.withLock { $0.insert(id) } }
            try home.amend(order.replica) { $0.isStopped = true }
            throw error.asStart(of: order.release.id, publishing: plan.published?.host) { port in
                HostListeners.holder(of: port)
            }
        }
        if same != nil { return .kept }
        let isLost =
            before?.release == order.release.id
            && before?.container.map { lost in
                !found.contains { $0.id == lost }
            } ?? false
        return isLost ? .remade : .made
    }

    /// Whether a stopped container is what a start would make: the same spec and environment, in the network of today.
    private func isSame(
        _ container: ContainerFacts,
        _ plan: ContainerPlan,
        _ labels: ContainerLabels,
        _ networkID: String
    ) -> Bool {
        guard ContainerLabels(container.labels) == labels, container.status != "removing", container.status != "dead"
        else { return false }
        guard plan.isInProject else { return Set(plan.environment).isSubset(of: container.environment) }
        let attachment = container.networks[plan.network.name]
        // A network that was made anew has another id, and what was made in the old one does not start.
        // Podman knows networks by name alone, and what was made in the old one starts.
        guard
            [networkID, plan.network.name].contains(attachment?.networkID)
                || attachment?.networkID.isEmpty == true && container.startedAt == nil
        else { return false }
        return Set(plan.environment).isSubset(of: container.environment)
    }

    /// Decides what is made, and gives the place its address before anything has it.
    private func plan(
        _ order: StartOrder,
        _ image: ImageShelf.Kept,
        instead own: Set<String>
    ) async throws(RuntimeError) -> (plan: ContainerPlan, networkID: String) {
        let place = order.replica
        let spec = order.release.spec
        return try await projects.run(place.service.project) { () async throws(RuntimeError) in
            let network = try await networks.ensure(
                place.service.project,
                apart: spec.written?.network.keepsApart ?? false
            )
            // What ended a moment ago may still be shown with the place's own address.
            let members = network.facts.members.filter { !own.contains($0.key) }
            let isInside = spec.written?.joinsProject(takingTraffic: spec.takesTraffic) ?? true
            let address = isInside ? try address(of: place, network.record, Set(members.values)) : nil
            let port = ContainerPlan.port(of: spec, image: image.facts)
            let fixed = spec.fixedPorts.map { $0.port(of: place.slot) + place.index }
            let before = try home.record(of: place)
            // What is in the host's own network is found at its loopback.
            let reached = address ?? (spec.written?.network.mode == "host" ? .loopback : nil)
            let record = PlaceRecord(
                release: order.release.id,
                address: address,
                endpoint: fixed.map { Endpoint(address: "127.0.0.1", port: $0) }
                    ?? reached.map { Endpoint(address: "\($0)", port: port) },
                port: port,
                container: before?.release == order.release.id ? before?.container : nil,
                // Until it is gone: without this nobody would know whose it is.
                adopted: before?.adopted
            )
            try home.write(record, of: place)
            let plan = ContainerPlan(
                image: image.name,
                release: order.release,
                facts: image.facts,
                environment: ContainerPlan.environment(order, port: port, image: image.facts),
                command: spec.command,
                neighbours: order.neighbours,
                network: network.record,
                address: address,
                published: fixed.map { (host: $0, container: port) },
                aliases: ContainerPlan.aliases(of: place, spec),
                volumes: try await volumes.written(in: spec, of: place.service.project),
                data: try await data(of: place, spec, image.facts),
                places: try await places(for: order.release, in: "\(place)", order.environment),
                logDriver: logDriver
            )
            return (plan, network.facts.id)
        }
    }

    /// The place's own address while it may have it; otherwise the lowest that no place and no container has.
    private func address(
        of place: ReplicaID,
        _ network: NetworkRecord,
        _ members: Set<IPv4Address>
    ) throws(RuntimeError) -> IPv4Address {
        var book = AddressBook(subnet: network.subnet, taken: members)
        for other in home.allPlaces(of: place.service.project) where other != place {
            if let taken = try home.record(of: other)?.address { book.taken.insert(taken) }
        }
        if let own = try home.record(of: place)?.address, book.mayGive(own), !book.taken.contains(own) { return own }
        guard let free = book.free() else {
            throw .refused("all \(AddressBook.placesMax) addresses of \(network.name) are given")
        }
        return free
    }

    /// Makes the container under the first name that is free.
    private func create(
        _ plan: ContainerPlan,
        _ labels: ContainerLabels,
        _ place: ReplicaID
    ) async throws(RuntimeError) -> (id: String, name: String) {
        var refusal = RuntimeError.refused("every name for \(place) belongs to something else")
        for name in ContainerName.candidates(for: place, home: labels.home) {
            do throws(DockerError) {
                let body = plan.body(labels: labels.all)
                let platform = plan.release.spec.written?.platform
                return (try await client.createContainer(body, named: name, platform: platform), name)
            } catch {
                refusal = error.asStart(of: plan.release.id, publishing: nil) { _ in nil }
                guard error.isNameTaken else { throw refusal }
            }
        }
        throw refusal
    }

    /// Gives a container its name back.
    ///
    /// - Returns: The name that it has now: another's name is left to it.
    func renamed(_ container: ContainerFacts, _ place: ReplicaID) async throws(RuntimeError) -> String {
        let candidates = ContainerName.candidates(for: place, home: try home.id())
        guard !candidates.contains(container.name) else { return container.name }
        for name in candidates {
            do throws(DockerError) {
                try await client.renameContainer(container.id, to: name)
                return name
            } catch {
                guard error.isNameTaken else { throw error.asRuntime }
            }
        }
        return container.name
    }
}

extension HostPort {
    /// Whether nobody is seen to listen there; of an address that is neither the host's own nor all, that is not known.
    fileprivate var isFree: Bool { (isEverywhere || isLoopback) && HostListeners.owner(of: port) == .nobody }
}
