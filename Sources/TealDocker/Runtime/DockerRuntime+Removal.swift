import TealCore
package import TealDriverKit

/// What was taken from an engine with a home.
package struct HomeRemoval: Hashable, Sendable {
    /// Names of containers, ascending.
    package var containers: [String] = []
    /// Names of networks, ascending.
    package var networks: [String] = []
    /// Names of volumes that are gone, ascending.
    package var volumes: [String] = []
    /// Names of volumes that are left, ascending.
    package var keptVolumes: [String] = []

    package init() {}
}

/// Everything of a home, for one that is given up.
extension DockerRuntime {
    /// How long a container may take to stop, whatever was written for it.
    private static let stopLimit: Duration = .seconds(600)

    /// Stops and removes the home's containers, as their services want to be stopped, and its networks; images lose Teal's tags
    /// and stay.
    ///
    /// Only what carries this home's name is touched, and repeating it removes what a first try has left. No daemon may have the
    /// home meanwhile.
    ///
    /// - Parameters:
    ///   - withVolumes: Whether the volumes go too, which cannot be had back.
    ///   - atOnce: Whether containers are killed instead of told to stop.
    /// - Returns: What went and what is left; nil when the home never had anything on an engine.
    /// - Throws: What the engine said; what went is gone all the same.
    package func removeHome(withVolumes: Bool, atOnce: Bool) async throws(RuntimeError) -> HomeRemoval? {
        // Asked for its name, it would get one.
        guard DurableFile(path: home.root + "/id").exists else { return nil }
        let own = try home.id()
        let mark = [ContainerLabels.home: own]
        let removal = try await asked { () async throws(DockerError) in
            var removal = HomeRemoval()
            removal.containers = try await self.removeContainers(mark, atOnce: atOnce)
            for network in try await self.client.networks() where network.labels[ContainerLabels.home] == own {
                if try await self.client.removeNetwork(network.id) { removal.networks.append(network.name) }
            }
            removal.networks.sort()
            for volume in try await self.client.volumes(labelled: mark) {
                if withVolumes {
                    try await self.client.removeVolume(volume.name)
                    removal.volumes.append(volume.name)
                } else {
                    removal.keptVolumes.append(volume.name)
                }
            }
            return removal
        }
        for release in home.allReleases() { try await shelf.letGo(of: release) }
        return removal
    }

    /// All at the same time: one that waits for its last requests keeps no other from stopping.
    private func removeContainers(_ mark: [String: String], atOnce: Bool) async throws(DockerError) -> [String] {
        let ids = try await client.containers(labelled: mark)
        let client = client
        let results = await withTaskGroup(of: Result<String?, DockerError>.self) { group in
            for id in ids {
                group.addTask {
                    do throws(DockerError) {
                        let name = try await client.container(id)?.name
                        try await atOnce ? client.haltContainer(id) : client.endContainer(id, within: Self.stopLimit)
                        try await client.removeContainer(id, withVolumes: true)
                        return .success(name)
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var names: [String] = []
        for result in results {
            if let name = try result.get() { names.append(name) }
        }
        return names.sorted()
    }
}
