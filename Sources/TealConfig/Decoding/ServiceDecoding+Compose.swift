import TealCompose
import TealCore

extension ServiceDecoding {
    // MARK: Before it is known what it is

    /// What the section says of the things that decide what a service of a Compose file is.
    mutating func steering() -> ServiceSteering {
        var steering = ServiceSteering()
        if section.has("kind") { steering.kind = section.choice("kind") }
        if section.has("image"), case .image(let text)? = image() { steering.image = text }
        if let image = surroundings.images[name] { steering.image = image }
        steering.port = section.integer("port")
        steering.replicas = section.integer("replicas")
        if section.has("strategy") { steering.strategy = section.choice("strategy") }
        if section.has("background") { steering.background = background(of: steering.kind) }
        if saysRoutes { steering.routes = routes(of: steering.kind) }
        steering.sharesVolumes = section.boolean("shared") ?? false
        steering.publishesEverywhere = section.choice("publish", as: Publishing.self) == .everywhere
        steering.hasHealth = saysHealthCheck
        return steering
    }

    private var saysHealthCheck: Bool {
        guard let node = section.node("health") else { return false }
        guard let entries = node.entries else { return true }
        return entries.contains {
            Self.askingKeys.contains($0.name) || ["tcp", "protocol", "command"].contains($0.name)
        }
    }

    // MARK: Over what the Compose file says

    /// The service of a Compose file, with what the section says laid over it.
    ///
    /// What decides what it is (kind, image, port, routes, replicas, strategy) is in it already, by ``steering()``.
    mutating func decode(over base: TranslatedService) -> DecodedService {
        self.base = base
        isOfCompose = true
        refuseWhatIsWritten()
        var spec = base.spec
        if surroundings.isDevelopment { Development.ease(&spec) }
        spec.groups = section.items("groups").compactMap { section.checkedName(of: $0, for: "groups") }
        for node in section.items("needs") {
            guard let need: ServiceName = section.checkedName(of: node, for: "needs") else { continue }
            if !spec.needs.contains(need) { spec.needs.append(need) }
        }
        if let command = section.command("command") {
            spec.command = command
            spec.written?.command = command
        }
        let ports = decodePorts(&spec)
        decodeEnvironment(&spec)
        let environment = spec.environment
        spec.written?.unsetVariables.removeAll { environment[$0] != nil }
        warnOfVariables()
        warnOfWrittenSecrets(spec)
        decodeResources(&spec, for: spec.source)
        if section.has("strategy"), !surroundings.isDevelopment { _ = strategy(of: spec.kind) }
        if section.has("background") { spec.background = background(of: spec.kind) }
        decodeStop(&spec.stop)
        if section.section("stop")?.has("signal") ?? false { spec.written?.stopSignal = spec.stop.signal }
        decodeRoutes(of: spec)
        spec.hostPorts = hostPorts(beside: spec.hostPorts ?? [], of: spec.kind)
        decodeProxy(&spec.proxy)
        spec.health = health(for: spec)
        takeUsualPort(&spec)
        spec.smoke = smoke(for: spec)
        decodeReleasePolicies(&spec)
        checkKind(spec.kind, spec, isImage: false)
        return DecodedService(
            spec: spec,
            section: section,
            ports: ports,
            sealed: sealed,
            isStrategyKnown: true,
            routeNodes: routeNodes,
            volumeNodes: []
        )
    }

    /// The routes are in the base already; here it is told where each is written, and whether there is one.
    private mutating func decodeRoutes(of spec: ServiceSpec) {
        let isPublic = spec.routes.contains { !$0.internalOnly }
        let isReached = isPublic || spec.hostPorts != nil || surroundings.isDevelopment
        if saysRoutes || spec.kind == .web && !isReached { _ = routes(of: spec.kind) }
        // Those of labels, and of the names inside its networks, stand nowhere in the section.
        while routeNodes.count < spec.routes.count { routeNodes.append(nil) }
    }

    /// Keys that would change what the Compose file says of the container itself.
    private func refuseWhatIsWritten() {
        let others = [
            ("artifact", "it runs from an image", "Remove it."),
            ("volumes", "its volumes are those of the Compose file", "Write it under `volumes` there."),
            (
                "container", "its container is as the Compose file says",
                "Write it there, as `user`, `read_only`, `tmpfs`, `cap_add`, `security_opt` or `pids_limit`."
            ),
        ]
        for (key, why, advice) in others {
            guard let node = section.node(key), !Self.isDefault(node) else { continue }
            section.reportConflict(key, "`\(name)` is a service of a Compose file: \(why)", advice)
        }
    }

    /// Keys that only a service of a Compose file has.
    func refuseComposeKeys() {
        for (key, instead) in [
            ("shared", "Write `shared: true` at the volume."), ("publish", "Remove it; Teal publishes nothing of it."),
        ] {
            guard let node = section.node(key), !Self.isDefault(node) else { continue }
            section.reportConflict(key, "`\(key)` is for services of Compose files, and `\(name)` is none", instead)
        }
    }

    // MARK: Variables

    /// What the Compose file says stays, also where it contradicts the port that is asked.
    mutating func compareWrittenPort(of spec: ServiceSpec) {
        guard let port = spec.port, let text = spec.environment["PORT"], let own = Int(text), own != port else {
            return
        }
        notes.warnings.append(
            "\(name): its variable PORT is \(own), and Teal asks it at port \(port); write `port: \(own)` if it listens there"
        )
    }

    /// Warns of values in the Compose file that look secret and are not named as such.
    private mutating func warnOfWrittenSecrets(_ spec: ServiceSpec) {
        guard let base, !findings.checksFormOnly, !surroundings.isDevelopment else { return }
        let likely = base.spec.environment.filter { name, value in
            spec.environment[name] == value && SecretLook.isLikely(name: name, value: value)
        }.keys.sorted()
        guard !likely.isEmpty else { return }
        let isOne = likely.count == 1
        notes.warnings.append(
            """
            \(name): \(Phrase.all(likely)) of the Compose file \(isOne ? "is" : "are") kept as plain text; if secret, name \
            \(isOne ? "it" : "them") under the service's `secrets`, the value may stay where it is
            """
        )
    }
}
