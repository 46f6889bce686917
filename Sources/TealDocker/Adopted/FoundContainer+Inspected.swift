import TealCore
import TealDriverKit

extension FoundContainer {
    /// Reads what the Engine says of a container (`GET /containers/{id}/json`) and of its image; nil for what is no container.
    ///
    /// - Parameters:
    ///   - json: The container.
    ///   - image: Its image (`GET /images/{name}/json`); null when that is not there any more.
    init?(_ json: JSONValue, image: JSONValue) {
        guard let facts = ContainerFacts(json) else { return nil }
        let config = json["Config"]
        let host = json["HostConfig"]
        let reference = config["Image"].string ?? facts.imageID
        let container = InspectedContainer(json, image: image)
        self.init(
            id: facts.id,
            name: facts.name,
            image: reference,
            content: Self.content(reference, facts, image),
            phase: Self.phase(facts),
            labels: facts.labels,
            ports: InspectedPorts.ports(of: json),
            exposedPorts: config["ExposedPorts"].object.keys.compactMap { InspectedPorts.number($0) }.sorted(),
            addresses: facts.networks.mapValues(\.address).filter { !$0.value.isEmpty },
            environment: container.environment.mapValues { Secret($0) },
            written: container.written,
            resources: Resources(
                memoryBytesMax: facts.memoryBytesMax,
                cpusMax: host["NanoCpus"].int.flatMap { $0 > 0 ? Double($0) / 1e9 : nil }
            ),
            restartPolicy: facts.restartPolicy,
            obstacles: Self.obstacles(facts, host, image),
            losses: container.losses
        )
    }

    /// The registry's digest where the image has one under that name, else its ID.
    private static func content(_ reference: String, _ facts: ContainerFacts, _ image: JSONValue) -> ReleaseContent {
        guard let name = ImageReference(parsing: reference), let found = ImageFacts(image),
            let digest = found.digest(in: name.name), digest != found.id
        else { return .localImage(id: facts.imageID) }
        return .image(digest: digest)
    }

    private static func phase(_ facts: ContainerFacts) -> ReplicaPhase {
        let exit = ReplicaExit(code: facts.exitCode, outOfMemory: facts.diedOfMemory)
        switch facts.status {
        case "running": return .running
        case "paused": return .foreign("paused")
        case "restarting": return .restarting(exit)
        case "exited": return .exited(exit)
        default: return .stopped
        }
    }

    /// What keeps a container from being looked after as it is.
    private static func obstacles(_ facts: ContainerFacts, _ host: JSONValue, _ image: JSONValue) -> [String] {
        var found: [String] = []
        if host["AutoRemove"].bool ?? false {
            found.append("was started with `--rm`: the engine gives it no restart policy, and removes it once it ends")
        }
        if facts.labels["com.docker.swarm.service.id"] != nil { found.append("belongs to a service of Docker Swarm") }
        if facts.isPaused { found.append("is paused") }
        if facts.isRestarting { found.append("waits for its next start after it ended with \(facts.exitCode)") }
        if image.isNull { found.append("has an image that is not on this host any more") }
        return found
    }
}

/// The ports of the host that lead into a container.
enum InspectedPorts {
    /// Those that are open now, and for one that does not run those that it would open; each address and port once.
    static func ports(of json: JSONValue) -> [WrittenPort] {
        let open = read(json["NetworkSettings"]["Ports"])
        return open.isEmpty ? read(json["HostConfig"]["PortBindings"]) : open
    }

    private static func read(_ bindings: JSONValue) -> [WrittenPort] {
        bindings.object.sorted { $0.key < $1.key }.flatMap { name, places -> [WrittenPort] in
            guard let port = number(name, anyTransport: true) else { return [] }
            let transport = name.split(separator: "/").dropFirst().first.map(String.init) ?? "tcp"
            return places.array.compactMap { place in
                guard let host = place["HostPort"].string.flatMap({ Int($0) }), host > 0 else { return nil }
                let address = place["HostIp"].string ?? ""
                return WrittenPort(
                    hostAddress: address.isEmpty ? "0.0.0.0" : address,
                    hostPort: host,
                    containerPort: port,
                    transport: transport
                )
            }
        }
    }

    /// The port of `8000/tcp`; nil for another transport unless any will do.
    static func number(_ text: String, anyTransport: Bool = false) -> Int? {
        let parts = text.split(separator: "/")
        guard anyTransport || parts.count == 1 || parts[1] == "tcp" else { return nil }
        return parts.first.flatMap { Int($0) }
    }
}
