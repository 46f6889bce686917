import TealCore
import TealDriverKit

extension DockerRuntime {
    /// Makes ready what a release's container was written with: networks, volumes, and copies of its files.
    ///
    /// - Parameters:
    ///   - release: What is to run.
    ///   - place: A name for the place or the run, which is a path's part.
    ///   - values: The secrets' values, by name.
    /// - Returns: What the container's names stand for; nothing for a container of Teal's own making.
    /// - Throws: ``RuntimeError/refused(_:)`` for an external network or volume, or another service, that is not there.
    func places(
        for release: Release,
        in place: String,
        _ values: [String: Secret]
    ) async throws(RuntimeError) -> WrittenPlaces {
        guard let written = release.spec.written else { return WrittenPlaces() }
        let project = release.id.service.project
        if written.network.mode == nil {
            for network in written.network.networks {
                try await networks.ensure(network, of: project, written: written.project)
            }
        }
        try await volumes.ensure(written.volumes, of: project, written: written.project)
        var places = WrittenPlaces()
        places.files = try files.put(written.files, of: project, in: place, values)
        for name in written.peers { places.peers[name] = try await peer(name, of: release.id) }
        return places
    }

    /// The running container of a service that another one shares something with.
    private func peer(_ name: String, of release: ReleaseID) async throws(RuntimeError) -> String {
        guard let service = try? ServiceName(parsing: name) else { throw .refused("'\(name)' is no service") }
        let key = ServiceKey(project: release.service.project, service: service)
        let labels = ContainerLabels.finding(key, home: try home.id())
        let found = try await asked { () async throws(DockerError) in try await containers(labelled: labels) }
        let live = found.filter(\.isLive).min { $0.name < $1.name }
        guard let live else {
            throw .refused("it shares something with \(name), which does not run; release \(name) first, or with it")
        }
        return live.id
    }

    /// The volumes that keep data past a container, by name, and where the container sees them.
    func data(
        of place: ReplicaID,
        _ spec: ServiceSpec,
        _ image: ImageFacts
    ) async throws(RuntimeError) -> [String: String] {
        var targets = spec.kind == .accessory ? image.volumes : []
        // Of two that run side by side each has its own; what is never two at a time finds its data again.
        if let written = spec.written, spec.kind == .accessory || spec.strategy == .recreate {
            let taken = Set(written.mounts.filter { $0.source != .anonymous }.map(\.target))
            targets += written.mounts.filter { $0.source == .anonymous }.map(\.target)
            targets = Set(targets).subtracting(taken).sorted()
        }
        return try await volumes.data(of: place, targets)
    }

    // MARK: Networks

    /// Puts a written container into those of its networks that it is not in, as its label says.
    ///
    /// A network that was made anew under the same name is joined anew.
    func join(_ id: String) async throws(RuntimeError) {
        let facts = try await asked { () async throws(DockerError) in try await client.container(id) }
        guard let facts, let stamp = facts.written else { return }
        for (name, config) in stamp.endpoints.sorted(by: { $0.key < $1.key }) {
            let attachment = facts.networks[name]
            try await asked { () async throws(DockerError) in
                guard let network = try await client.network(name) else {
                    throw .status(404, message: "the network \(name) is not there", call: "inspect network")
                }
                // Podman knows networks by name alone.
                let known = attachment?.networkID ?? ""
                guard attachment == nil || ![network.id, name, ""].contains(known) else { return }
                if attachment != nil { try await client.disconnect(id, from: name) }
                try await client.connect(id, to: network.id, endpoint: config)
            }
        }
    }

    /// The name of a once-only run as a path's part.
    static func place(ofOnce name: String) -> String { "once-\(ShortHash.of(name))" }
}
