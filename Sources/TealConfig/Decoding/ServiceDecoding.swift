import TealCompose
import TealCore

/// Turns one service's mapping into its specification.
struct ServiceDecoding {
    let name: ServiceName
    let section: Section
    let surroundings: Surroundings
    var notes = Notes()
    var routeNodes: [ConfigurationNode?] = []
    var volumeNodes: [ConfigurationNode] = []
    /// Values of secrets that came from the service's env files.
    var sealed: [String: Secret] = [:]
    /// What a Compose file says of it, which the section is laid over; nil for a service that stands by itself.
    var base: TranslatedService?
    /// Whether a Compose file names it, also before ``base`` is known.
    var isOfCompose = false
    /// The services of the project's Compose files, as they are written there.
    var composeServices: [String] = []
    /// The branch of the environment that is released.
    var branch: String?

    init(name: ServiceName, section: Section, surroundings: Surroundings) {
        self.name = name
        self.section = section
        self.surroundings = surroundings
    }

    var findings: Findings { section.findings }

    /// Whether it has a port: one that it was told, fit or not, or the one that its image exposes.
    var hasPort: Bool {
        if let base { return base.spec.port != nil || takesExposedPort }
        return isOfCompose || section.has("port") || section.has("ports") || takesExposedPort
    }

    /// Whether its port is the one that its image exposes.
    var takesExposedPort: Bool {
        if let base { return base.spec.port == nil && base.spec.kind == .web }
        guard section.has("image"), !section.has("port"), !section.has("ports") else { return false }
        return section.node("kind").map { $0.scalar?.text == ServiceKind.web.rawValue } ?? true
    }

    /// The service.
    ///
    /// Everything that is wrong has a finding and a stand-in value, so that later checks still see the rest.
    mutating func decode() -> DecodedService {
        refuseComposeKeys()
        // What a misspelt kind would ask for is not known, so nothing is said about that.
        let kind: ServiceKind? = section.has("kind") ? section.choice("kind") : .web
        let source = source()
        var spec = ServiceSpec(name: name, kind: kind ?? .web, source: source ?? .image("unknown"))
        if surroundings.isDevelopment { Development.ease(&spec) }
        spec.groups = section.items("groups").compactMap { section.checkedName(of: $0, for: "groups") }
        spec.needs = section.items("needs").compactMap { section.checkedName(of: $0, for: "needs") }
        spec.command = command(for: source)
        let ports = decodePorts(&spec)
        spec.replicas = section.integer("replicas") ?? 1
        decodeEnvironment(&spec)
        warnOfVariables()
        decodeResources(&spec, for: source)
        spec.volumes = volumes(isArtifact: spec.source.isArtifact)
        decodeContainer(&spec, for: source)
        spec.strategy = strategy(of: kind)
        spec.background = background(of: kind)
        decodeStop(&spec.stop)
        spec.routes = routes(of: kind)
        spec.hostPorts = hostPorts(beside: [], of: kind)
        decodeProxy(&spec.proxy)
        spec.health = health(for: spec)
        takeUsualPort(&spec)
        spec.smoke = smoke(for: spec)
        decodeReleasePolicies(&spec)
        if surroundings.isDevelopment { runInPlace(&spec) }
        if let kind { checkKind(kind, spec, isImage: source.map { !$0.isArtifact } ?? false) }
        if spec.background == .exclusive, spec.keep.standby > .zero {
            notes.warnings.append(
                "\(name): keep.standby has no effect, as exclusive work leaves no release running beside the active one"
            )
        }
        return DecodedService(
            spec: spec,
            section: section,
            ports: ports,
            sealed: sealed,
            isStrategyKnown: kind != nil || section.has("strategy"),
            routeNodes: routeNodes,
            volumeNodes: volumeNodes
        )
    }

    /// What the service runs from; nil with a finding.
    private mutating func source() -> ServiceSource? {
        let written = ["image", "artifact", "source"].filter(section.has)
        guard written.count < 2 else {
            section.reportConflict(
                written[1],
                "`\(section.key)` has both `\(written[0])` and `\(written[1])`",
                "Keep the one that it runs from."
            )
            return nil
        }
        if section.has("image") { return image() }
        if section.has("source") { return gitSource() }
        guard section.has("artifact") else {
            section.reportMissing(
                "artifact",
                "`\(section.key)` has neither `image`, `artifact` nor `source`"
                    + (composeServices.isEmpty ? "" : ", and no Compose file has a service `\(name)`"),
                NearestWord.to("\(name)", in: composeServices).map { "Did you mean `\($0)` of the Compose file?" }
                    ?? "Write `artifact: build/` for a directory or a tarball, or `image: name:tag`."
            )
            return nil
        }
        guard let text = section.text("artifact"), let node = section.node("artifact") else { return nil }
        let path = surroundings.absolute(text)
        switch LocalFile.kind(path) {
        case nil:
            findings.add(
                .artifact,
                on: node,
                "the artifact \(path) does not exist",
                surroundings.isDevelopment
                    ? "Build it first, or say what is worked on: `dev: {artifact: ., command: npm run dev}`."
                    : "Build it first, or correct the path."
            )
        case .other:
            findings.add(.artifact, on: node, "the artifact \(path) is neither a directory nor a file")
        case .file where !Self.isTarball(path):
            findings.add(
                .artifact,
                on: node,
                "the artifact \(path) is neither a directory nor a .tar, .tar.gz or .tgz file",
                "Name the directory that holds it."
            )
        case .file, .directory: break
        }
        return .artifact(path: path)
    }

    private static func isTarball(_ path: String) -> Bool {
        [".tar", ".tar.gz", ".tgz"].contains { path.hasSuffix($0) }
    }

    /// The command; for an artifact without one the program that its directory offers.
    private mutating func command(for source: ServiceSource?) -> [String] {
        if section.has("command") { return section.command("command") ?? [] }
        if section.has("source") {
            section.reportMissing(
                "command",
                "`\(section.key)` does not say which program of what is built to run",
                "Write `command: node index.js`, from the directory that `source.output` names."
            )
            return []
        }
        guard case .artifact(let path) = source, let kind = LocalFile.kind(path) else { return [] }
        guard kind == .directory else {
            notes.assumptions.append("\(name): no command given, so ./\(name) of the artifact is run")
            return ["./\(name)"]
        }
        let candidates = ["\(name)", "bin/\(name)", "run", "start"]
        let programs = LocalFile.names(in: path).filter { LocalFile.isProgram("\(path)/\($0)") }
        let found =
            candidates.first { LocalFile.isProgram("\(path)/\($0)") } ?? (programs.count == 1 ? programs[0] : nil)
        guard let found else {
            let suggestion =
                programs.first.map { "Write `command: ./\($0)`." } ?? "Write `command: ./program --its arguments`."
            if !findings.checksFormOnly {
                section.reportMissing(
                    "command",
                    "`\(section.key)` does not say which program of its artifact to run",
                    suggestion
                )
            }
            return []
        }
        notes.assumptions.append("\(name): no command given, so ./\(found) of the artifact is run")
        return ["./\(found)"]
    }

    /// The fixed ports that could be read, by slot.
    mutating func decodePorts(_ spec: inout ServiceSpec) -> [Slot: Int] {
        if base == nil { spec.port = section.integer("port") }
        if takesExposedPort {
            notes.assumptions.append("\(name): no port given, so the one port that its image exposes")
        }
        guard let ports = section.section("ports") else { return [:] }
        for slot in ["blue", "green"] where !ports.has(slot) { ports.reportMissing(slot) }
        var found: [Slot: Int] = [:]
        found[.blue] = ports.integer("blue")
        found[.green] = ports.integer("green")
        if let blue = found[.blue], let green = found[.green] { spec.fixedPorts = FixedPorts(blue: blue, green: green) }
        return found
    }

    /// A directory that is worked on is run where it is, and not from a copy.
    private func runInPlace(_ spec: inout ServiceSpec) {
        guard case .artifact(let path) = spec.source, LocalFile.kind(path) == .directory else { return }
        spec.command = Development.command(spec.command, in: path)
    }

    func decodeResources(_ spec: inout ServiceSpec, for source: ServiceSource?) {
        guard let resources = section.section("resources") else { return }
        spec.resources.memoryBytesMax = resources.size("memory") ?? spec.resources.memoryBytesMax
        spec.resources.cpusMax = resources.number("cpus") ?? spec.resources.cpusMax
        if let source, source.isArtifact, let node = resources.node("cpus"), !Self.isDefault(node) {
            resources.reportConflict(
                "cpus",
                "`cpus` limits containers, and `\(section.key)` runs its artifact as processes",
                "Remove it, or run an `image`."
            )
        }
    }

    /// Whether a key stands under `defaults`, where it is for those services that it fits.
    static func isDefault(_ node: ConfigurationNode) -> Bool {
        node.key.hasPrefix("defaults.") || node.key.hasPrefix("x-teal.defaults.")
    }

    func decodeProxy(_ policy: inout ProxyPolicy) {
        guard let proxy = section.section("proxy") else { return }
        policy.balance = proxy.choice("balance") ?? policy.balance
        policy.bodyBytesMax = proxy.size("bodyMax") ?? policy.bodyBytesMax
        policy.upstreamIdle = proxy.duration("upstreamIdle") ?? policy.upstreamIdle
        policy.responseIdle = proxy.duration("responseIdle") ?? policy.responseIdle
    }

    /// What does not fit the kind.
    func checkKind(_ kind: ServiceKind, _ spec: ServiceSpec, isImage: Bool) {
        let route = ["hosts", "routes", "path"].first(where: section.has)
        switch kind {
        case .web:
            if !hasPort {
                section.reportMissing(
                    "port",
                    "`\(section.key)` takes traffic but has no port",
                    "Write `port: 8080`, or `kind: worker` if it takes no traffic."
                )
            }
        case .worker, .accessory, .job:
            if let route {
                section.reportConflict(
                    route,
                    "\(kind == .accessory ? "an" : "a") \(kind) takes no traffic, so it has no `\(section.written(route))`",
                    "Remove it, or write `kind: web`."
                )
            }
        }
        if isImage, section.has("ports"), !section.has("port") {
            section.reportMissing(
                "port",
                "`\(section.key)` has `ports` on the host, but no port in its container",
                "Write `port: 8080`, the port that the image listens on."
            )
        }
        guard kind == .job else { return }
        for key in ["port", "ports", "health", "smoke"] where section.has(key) {
            section.reportConflict(
                key,
                "a job runs once and ends, so it has no `\(key)`",
                "Remove it, or choose another kind."
            )
        }
        if spec.replicas > 1 {
            section.reportConflict("replicas", "a job runs once, so it has one replica", "Remove `replicas`.")
        }
    }
}
