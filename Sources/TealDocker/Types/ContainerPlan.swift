import TealCore
import TealDriverKit

/// What the Engine is told to make (`POST /containers/create`).
struct ContainerPlan: Sendable {
    /// The image's name or ID.
    let image: String
    let release: Release
    let facts: ImageFacts
    /// `NAME=value`, ascending; holds secrets.
    let environment: [String]
    let command: [String]
    /// Names that lead to the network's gateway.
    let neighbours: [ServiceName]
    let network: NetworkRecord
    /// Nil for an address that the Engine chooses.
    let address: IPv4Address?
    /// The port of the host, on loopback alone, and the container's port that it leads to.
    var published: (host: Int, container: Int)?
    /// Further names in the network.
    var aliases: [String] = []
    /// The Engine's names of the volumes that the release names.
    var volumes: [String: String] = [:]
    /// Volumes by name, and where the container sees them: what an accessory's image wants kept.
    var data: [String: String] = [:]
    /// What names in a written container stand for.
    var places = WrittenPlaces()
    /// Whether it runs a command once, which nobody asks whether it is well.
    var isOnce = false
    var logDriver = ContainerPlan.logDriverDefault

    /// What Teal reads lines from.
    static let logDriverDefault = "json-file"

    // MARK: Ports

    /// The port that it takes requests on.
    var port: Int { Self.port(of: release.spec, image: facts) }

    /// The port that a service listens on inside of its container: what was written, or the only one that its image says,
    /// or 8080.
    static func port(of spec: ServiceSpec, image: ImageFacts) -> Int {
        spec.port ?? (image.exposedPorts.count == 1 ? image.exposedPorts[0] : 8080)
    }

    // MARK: Environment

    /// The whole environment of a replica: its own, and what Teal adds, as for a process.
    static func environment(_ order: StartOrder, port: Int, image: ImageFacts) -> [String] {
        var all = base(order.release, order.environment)
        all["TEAL_SLOT"] = "\(order.replica.slot)"
        all["TEAL_REPLICA"] = "\(order.replica.index)"
        all["TEAL_ACTIVE"] = order.active ? "1" : "0"
        // What is written says by itself where it listens.
        if let written = order.release.spec.written { return listed(all) + unset(written, all) }
        all["PORT"] = "\(port)"
        // Its own loopback would be reached by nobody; the network is Teal's.
        if all["HOST"] == nil, !image.environment.contains(where: { $0.hasPrefix("HOST=") }) { all["HOST"] = "0.0.0.0" }
        return listed(all)
    }

    static func environment(_ order: OnceOrder) -> [String] {
        let all = base(order.release, order.environment)
        return listed(all) + (order.release.spec.written.map { unset($0, all) } ?? [])
    }

    /// Variables of the image that are taken away.
    private static func unset(_ written: WrittenContainer, _ all: [String: String]) -> [String] {
        written.unsetVariables.filter { all[$0] == nil }.sorted()
    }

    private static func base(_ release: Release, _ own: [String: Secret]) -> [String: String] {
        // A secret that is a file is no variable.
        let files = release.spec.written?.secretFiles ?? []
        var all = own.filter { !files.contains($0.key) }.mapValues { $0.reveal() }
        all["TEAL_RELEASE"] = "\(release.id)"
        all["TEAL_SERVICE"] = "\(release.id.service.service)"
        return all
    }

    private static func listed(_ all: [String: String]) -> [String] {
        all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }

    // MARK: The request

    /// A hash of everything but the values of the environment, for a label.
    var hash: String {
        let named = ContainerPlan(self, environment: environment.map { String($0.prefix { $0 != "=" }) })
        return ShortHash.of(named.body(labels: [:]).bytes)
    }

    private init(_ plan: ContainerPlan, environment: [String]) {
        self = ContainerPlan(
            image: plan.facts.id,
            release: plan.release,
            facts: plan.facts,
            environment: environment,
            command: plan.command,
            neighbours: plan.neighbours,
            network: plan.network,
            address: plan.address,
            published: plan.published,
            aliases: plan.aliases,
            volumes: plan.volumes,
            data: plan.data,
            places: plan.places,
            isOnce: plan.isOnce,
            logDriver: plan.logDriver
        )
    }

    init(
        image: String,
        release: Release,
        facts: ImageFacts,
        environment: [String],
        command: [String],
        neighbours: [ServiceName],
        network: NetworkRecord,
        address: IPv4Address?,
        published: (host: Int, container: Int)? = nil,
        aliases: [String] = [],
        volumes: [String: String] = [:],
        data: [String: String] = [:],
        places: WrittenPlaces = WrittenPlaces(),
        isOnce: Bool = false,
        logDriver: String = ContainerPlan.logDriverDefault
    ) {
        self.image = image
        self.release = release
        self.facts = facts
        self.environment = environment
        self.command = command
        self.neighbours = neighbours
        self.network = network
        self.address = address
        self.published = published
        self.aliases = aliases
        self.volumes = volumes
        self.data = data
        self.places = places
        self.isOnce = isOnce
        self.logDriver = logDriver
    }

    /// Whether it is in its project's network.
    var isInProject: Bool { release.spec.written.map { WrittenBody(self, $0).joinsProject } ?? true }

    /// How it is in its network; also for putting it back there.
    var endpointConfig: JSONValue { Self.endpointConfig(address: address, aliases: aliases) }

    static func endpointConfig(address: IPv4Address?, aliases: [String]) -> JSONValue {
        var config: [String: JSONValue] = [:]
        if let address { config["IPAMConfig"] = ["IPv4Address": .string("\(address)")] }
        if !aliases.isEmpty { config["Aliases"] = JSONValue(aliases) }
        return .object(config)
    }

    /// The accessory's own name leads to itself: it has one slot at a time, and no proxy before it.
    static func aliases(of place: ReplicaID, _ spec: ServiceSpec) -> [String] {
        if let written = spec.written {
            // Others of its project that are not written find it in Teal's network; where all are, in their own.
            guard !written.network.keepsApart, !spec.takesTraffic, spec.kind != .job else { return [] }
        } else if spec.kind != .accessory {
            return []
        }
        return ["\(place.service.service)", "\(place.service.service).\(place.service.project)"]
    }

    func body(labels: [String: String]) -> JSONValue {
        if let written = release.spec.written { return WrittenBody(self, written).json(labels: labels) }
        let confinement = Confinement(
            release.spec.container,
            kind: release.spec.kind,
            image: facts,
            volumes: release.spec.volumes
        )
        var labels = labels
        if !aliases.isEmpty { labels[ContainerLabels.alias] = aliases.joined(separator: " ") }
        var body: [String: JSONValue] = [
            "Image": .string(image),
            "Env": JSONValue(environment),
            "Labels": JSONValue(labels),
            // Always named: a kill with any other signal then leaves the restart policy alone.
            "StopSignal": .string("SIG" + release.spec.stop.signal),
            "StopTimeout": .int(stopSeconds),
            "HostConfig": .object(hostConfig(confinement)),
            "NetworkingConfig": ["EndpointsConfig": .object([network.name: endpointConfig])],
        ]
        if !command.isEmpty { body["Cmd"] = JSONValue(command) }
        if let user = confinement.user { body["User"] = .string(user) }
        if let healthcheck { body["Healthcheck"] = healthcheck }
        if let published { body["ExposedPorts"] = .object(["\(published.container)/tcp": [:]]) }
        return .object(body)
    }

    /// The Engine's own timer for the image's check; nil for what has none.
    ///
    /// Off where nothing is to be asked, and otherwise not before the gate's deadline the judge of a replica that has never
    /// passed.
    private var healthcheck: JSONValue? {
        let gate = release.spec.health
        if gate.check == .off || isOnce { return facts.healthcheck == nil ? nil : ["Test": ["NONE"]] }
        guard facts.healthcheck != nil else { return nil }
        var settings = facts.healthcheckSettings
        let deadline = Int(gate.deadline.components.seconds) * 1_000_000_000
        settings["StartPeriod"] = .int(max(settings["StartPeriod"]?.int ?? 0, deadline))
        return .object(settings)
    }

    var stopSeconds: Int { Int(max(release.spec.stop.grace.components.seconds, 1)) }

    private func hostConfig(_ confinement: Confinement) -> [String: JSONValue] {
        var config = confinement.hostConfig
        config["NetworkMode"] = .string(network.name)
        config["RestartPolicy"] = ["Name": "no"]
        config["AutoRemove"] = false
        config["LogConfig"] = ["Type": .string(logDriver), "Config": JSONValue(logOptions)]
        config["ExtraHosts"] = JSONValue(hosts)
        config["Mounts"] = .array(mounts(confinement))
        if let bytes = release.spec.resources.memoryBytesMax {
            config["Memory"] = .int(bytes)
            // The same: none of it may be swapped out.
            config["MemorySwap"] = .int(bytes)
        }
        if let cpus = release.spec.resources.cpusMax { config["NanoCpus"] = .int(Int(cpus * 1e9)) }
        if let published {
            let binding: JSONValue = ["HostIp": "127.0.0.1", "HostPort": .string("\(published.host)")]
            config["PortBindings"] = .object(["\(published.container)/tcp": [binding]])
        }
        return config
    }

    /// The names that lead to the network's gateway, as the Engine takes them.
    var hosts: [String] { neighbours.flatMap { names(of: $0) }.map { "\($0):\(network.gateway)" } }

    /// A service's name, and the longer one that is the same in every project's network.
    private func names(of service: ServiceName) -> [String] {
        ["\(service)", "\(service).\(release.id.service.project)"]
    }

    var logOptions: [String: String] {
        ["json-file", "local"].contains(logDriver) ? ["max-size": "10m", "max-file": "3"] : [:]
    }

    private func mounts(_ confinement: Confinement) -> [JSONValue] {
        let written: [JSONValue] = release.spec.volumes.map { volume in
            [
                "Type": volume.source.hasPrefix("/") ? "bind" : "volume",
                "Source": .string(volumes[volume.source] ?? volume.source),
                "Target": .string(volume.target),
                "ReadOnly": .bool(volume.readOnly),
            ]
        }
        let targets = Set(release.spec.volumes.map(\.target))
        let kept: [JSONValue] = data.sorted { $0.key < $1.key }.filter { !targets.contains($0.value) }.map { volume in
            ["Type": "volume", "Source": .string(volume.key), "Target": .string(volume.value)]
        }
        return written + kept + confinement.copied.map { ["Type": "volume", "Target": .string($0)] }
    }
}
