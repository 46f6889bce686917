import TealCore
import TealDriverKit
import TealEngine

/// What an adopted release is made and judged by: the container as it is, the rest as the project describes it.
struct AdoptedSpec: Sendable {
    let spec: ServiceSpec
    let key: ServiceKey
    let fixedPorts: FixedPorts?

    init(_ spec: ServiceSpec, _ key: ServiceKey, _ fixedPorts: FixedPorts?) {
        self.spec = spec
        self.key = key
        self.fixedPorts = fixedPorts
    }

    /// The least length at which a value is looked for in what is recorded, in bytes.
    private static let shownBytesMin = 6

    func spec(of container: FoundContainer, replicas: Int, _ place: AdoptionPlace) -> ServiceSpec {
        var made = spec
        made.source = .image(container.image)
        made.written = written(container, place.left)
        // What it was started with is in the container's own words, and its environment in the encrypted store.
        made.command = []
        made.environment = [:]
        made.volumes = []
        made.secrets = Self.secretNames(container, spec).map { SecretReference(name: $0) }
        made.resources = container.resources
        made.replicas = replicas
        made.port = place.port == 0 ? nil : place.port
        made.fixedPorts = fixedPorts
        // Those are of later releases: this one is done with its own.
        made.migrate = nil
        made.hooks = []
        made.smoke = []
        return made
    }

    private func written(_ container: FoundContainer, _ left: LeftPorts?) -> WrittenContainer {
        var written = container.written
        written.network.keepsApart = spec.written?.network.keepsApart ?? false
        written.network.proxiedNames = spec.written?.network.proxiedNames ?? []
        let isAlone = Member.mode(of: spec, replacing: nil) == .inPlace
        // Of two that run side by side neither can have the other's port or address, and what takes requests has no name.
        // Nor does anyone publish again what is the proxy's by then.
        if isAlone, fixedPorts == nil {
            written.network.ports = container.ports.filter { !(left?.holds($0) ?? false) }
        }
        written.network.networks = written.network.networks.map { network in
            var network = network
            if spec.takesTraffic { network.aliases = [] }
            if !isAlone { (network.ipv4Address, network.ipv6Address) = (nil, nil) }
            return network
        }
        return written
    }

    /// The variables whose values are masked wherever lines are shown: those that the project calls secret, and those that
    /// look so.
    static func secretNames(_ container: FoundContainer, _ spec: ServiceSpec) -> [String] {
        let declared = Set(spec.secrets.map(\.name))
        return container.environment.filter { name, value in
            declared.contains(name) || SecretLook.isLikely(name: name, value: value.reveal())
        }.keys.sorted()
    }

    /// The secrets whose values stand in what would be recorded in the open: command, labels, check.
    static func shownSecrets(_ container: FoundContainer, _ spec: ServiceSpec) -> [String] {
        let written = container.written
        let texts =
            (written.entrypoint ?? []) + (written.command ?? []) + Array(written.labels.values)
            + Array(written.annotations.values) + (written.healthcheck?.test ?? []) + written.network.extraHosts
        return secretNames(container, spec).filter { name in
            guard let value = container.environment[name]?.reveal(), value.utf8.count >= shownBytesMin else {
                return false
            }
            return texts.contains { $0.contains(value) }
        }
    }
}
