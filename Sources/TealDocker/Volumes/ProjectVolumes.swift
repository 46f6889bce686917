import TealCore
import TealDriverKit

/// Finds and makes the volumes of projects.
///
/// A volume is found by its labels, so that the same name in two projects is two volumes, and a name that somebody else has
/// is left to them.
struct ProjectVolumes: Sendable {
    let client: EngineClient
    let home: DockerHome

    /// The Engine's names of the volumes that a service names, each made when it is not there.
    func written(in spec: ServiceSpec, of project: ProjectName) async throws(RuntimeError) -> [String: String] {
        var names: [String: String] = [:]
        for volume in spec.volumes where !volume.source.hasPrefix("/") && names[volume.source] == nil {
            let labels = [ContainerLabels.project: "\(project)", ContainerLabels.volume: volume.source]
            names[volume.source] = try await ensure("\(project)_\(volume.source)", labels)
        }
        return names
    }

    /// The volumes that keep an accessory's data past its container, by name, and where the container sees each: an image's
    /// own `VOLUME` would be a new, empty one in every container.
    func data(of place: ReplicaID, _ paths: [String]) async throws(RuntimeError) -> [String: String] {
        var targets: [String: String] = [:]
        for target in paths {
            let labels = [
                ContainerLabels.project: "\(place.service.project)",
                ContainerLabels.service: "\(place.service.service)",
                ContainerLabels.replica: "\(place.index)", ContainerLabels.volume: target,
            ]
            let name = Self.name(of: place, target)
            targets[try await ensure(name, labels)] = target
        }
        return targets
    }

    /// No name of a project or service has a `_`, so that no two places have one name.
    static func name(of place: ReplicaID, _ target: String) -> String {
        "\(place.service.project)_\(place.service.service)_\(place.index)_\(ShortHash.of(target).prefix(8))"
    }

    private func ensure(_ name: String, _ labels: [String: String]) async throws(RuntimeError) -> String {
        let own = try home.id()
        var all = labels
        all[ContainerLabels.home] = own
        let labels = all
        return try await asked { () async throws(DockerError) in
            if let found = try await client.volumes(labelled: labels).first { return found.name }
            let second = "\(name)_\(own.prefix(8))"
            let chosen = try await client.volume(name) == nil ? name : second
            try await client.createVolume(chosen, labels: labels)
            return chosen
        }
    }
}
