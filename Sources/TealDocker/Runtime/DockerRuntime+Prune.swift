import Synchronization
package import TealCore
package import TealDriverKit

extension DockerRuntime {
    /// Takes away Teal's own alone: tags, containers without a place, ended once-only runs whose end is on record, and
    /// networks of projects that have nothing here any more.
    package func prune(keeping kept: [Release]) async throws(RuntimeError) -> [String] {
        try await checkEngine()
        // Before the containers: what is put there meanwhile is not among them.
        let secrets = files.secretPlaces()
        let underWay = onceUnderWay.withLock { $0 }
        let all = try await leftovers()
        var needed = Set(kept.map(\.id))
        for place in home.allPlaces() { if let record = try home.record(of: place) { needed.insert(record.release) } }
        var removed: [String] = []
        for container in all {
            let release = ContainerLabels.release(of: container.labels)
            if isDone(container) {
                try await asked { () async throws(DockerError) in
                    try await client.removeContainer(container.id, withVolumes: true)
                }
                removed.append("container \(container.name)")
            } else if let release {
                needed.insert(release)
            }
        }
        removed += try await shelf.prune(keeping: needed)
        pruneSecrets(secrets, all, underWay)
        pruneFiles(keeping: kept)
        return removed + (try await pruneNetworks(keeping: Set(needed.map(\.service.project))))
    }

    /// Takes the copies of secrets away that once-only runs left behind: those of what does not run and is not begun now.
    private func pruneSecrets(
        _ found: [(project: ProjectName, place: String)],
        _ containers: [ContainerFacts],
        _ underWay: Set<String>
    ) {
        let live = containers.filter(\.isLive).compactMap { $0.labels[ContainerLabels.once] }
        let needed = underWay.union(live.map { Self.place(ofOnce: $0) })
        for (project, place) in found {
            // A replica's go with its place.
            guard DockerHome.place(place, project) == nil, !needed.contains(place) else { continue }
            // A run that is begun just now has written its own.
            onceUnderWay.withLock { now in
                if !now.contains(place) { files.forgetSecrets(of: project, in: place) }
            }
        }
    }

    /// Takes copies of configurations away that no release needs; where a place has one that is not told of, all stay.
    private func pruneFiles(keeping kept: [Release]) {
        let told = Set(kept.map(\.id))
        let places = home.allPlaces()
        for project in Set(kept.map(\.id.service.project)) {
            // A record that cannot be read may need anything.
            let releases = places.filter { $0.service.project == project }.map { (try? home.record(of: $0))??.release }
            guard releases.allSatisfy({ $0.map(told.contains) ?? false }) else { continue }
            let files = kept.filter { $0.id.service.project == project }.flatMap { $0.spec.written?.files ?? [] }
            self.files.prune(project, keeping: files)
        }
    }

    /// Every container of this home, replicas and once-only runs.
    private func leftovers() async throws(RuntimeError) -> [ContainerFacts] {
        let labels = [ContainerLabels.home: try home.id()]
        return try await asked { () async throws(DockerError) in try await containers(labelled: labels) }
            .sorted { $0.name < $1.name }
    }

    /// Whether nothing needs a container any more.
    private func isDone(_ container: ContainerFacts) -> Bool {
        guard !container.isLive else { return false }
        if let name = container.labels[ContainerLabels.once] {
            // What cannot be read says nothing.
            let record: OnceRecord? = (try? home.read(home.file(ofOnce: name))) ?? nil
            return record?.end != nil && record?.container == container.id
        }
        guard let place = ContainerLabels(container.labels)?.place else { return false }
        return !knows(place)
    }

    private func pruneNetworks(keeping kept: Set<ProjectName>) async throws(RuntimeError) -> [String] {
        var removed: [String] = []
        let own = try home.id()
        for name in DurableFile.names(in: home.networks) {
            guard let project = try? ProjectName(parsing: name), !kept.contains(project),
                home.allPlaces(of: project).isEmpty
            else { continue }
            let isGone = try await projects.run(project) { () async throws(RuntimeError) -> Bool in
                guard let record = try networks.record(of: project) else { return false }
                return try await asked { () async throws(DockerError) in
                    guard let facts = try await client.network(record.name), facts.labels[ContainerLabels.home] == own
                    else { return true }
                    return try await client.removeNetwork(facts.id)
                }
            }
            guard isGone else { continue }
            try await removeWrittenNetworks(of: project)
            files.prune(project, keeping: [])
            try home.remove(home.file(of: project))
            removed.append("network of \(project)")
        }
        return removed
    }

    /// Takes the networks away that were made as they were written, as far as nothing is in them.
    private func removeWrittenNetworks(of project: ProjectName) async throws(RuntimeError) {
        let own = try home.id()
        try await asked { () async throws(DockerError) in
            for network in try await client.networks() where network.labels[ContainerLabels.network] != nil {
                guard network.labels[ContainerLabels.home] == own,
                    network.labels[ContainerLabels.project] == "\(project)"
                else { continue }
                _ = try await client.removeNetwork(network.id)
            }
        }
    }
}
