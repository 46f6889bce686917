/// Everything that a service's release is made and judged by, resolved and checked; nothing in it is optional by mistake.
package struct ServiceSpec: Hashable, Sendable, Codable {
    package var name: ServiceName
    package var kind: ServiceKind
    package var groups: [GroupName]
    package var source: ServiceSource
    /// The program and its arguments; empty for an image that brings its own.
    ///
    /// Relative to the artifact's root.
    package var command: [String]
    /// The port that the service is told to listen on inside its container; a process gets its own by `PORT`.
    package var port: Int?
    /// Fixed loopback ports, one a slot; nil for ports of Teal's own range.
    package var fixedPorts: FixedPorts?
    /// Ports of the host that lead to its requests, ascending, each once; nil for none.
    package var hostPorts: [HostPort]?
    /// `1...64`.
    package var replicas: Int
    package var needs: [ServiceName]
    package var environment: [String: String]
    package var secrets: [SecretReference]
    package var resources: Resources
    /// How its container is confined; neither processes nor ``written`` containers use it.
    package var container: ContainerPolicy
    /// Its container as somebody wrote it down, and then exactly so; nil for Teal's own confinement by ``container`` and
    /// ``volumes``.
    package var written: WrittenContainer?
    /// Who pulls its image; nil for anybody.
    package var pull: PullAccess?
    package var volumes: [Volume]
    package var background: Background
    package var strategy: Strategy
    package var stop: StopPolicy
    package var routes: [Route]
    package var proxy: ProxyPolicy
    package var health: HealthGate
    package var smoke: [SmokeRequest]
    package var drain: DrainPolicy
    package var watch: WatchPolicy
    package var switchWhen: SwitchWhen
    package var timeouts: PhaseTimeouts
    package var migrate: OnceCommand?
    package var hooks: [Hook]
    package var keep: KeepPolicy
    /// Where a second copy of `.current_env` goes, an absolute path; nil for none.
    package var currentEnvFile: String?

    package init(name: ServiceName, kind: ServiceKind, source: ServiceSource) {
        self.name = name
        self.kind = kind
        self.source = source
        groups = []
        command = []
        port = nil
        fixedPorts = nil
        hostPorts = nil
        replicas = 1
        needs = []
        environment = [:]
        secrets = []
        resources = Resources()
        container = ContainerPolicy()
        written = nil
        pull = nil
        volumes = []
        background = kind == .worker ? .exclusive : .none
        strategy = .blueGreen
        stop = StopPolicy()
        routes = []
        proxy = ProxyPolicy()
        health = HealthGate()
        smoke = []
        drain = DrainPolicy()
        watch = WatchPolicy()
        switchWhen = .atOnce
        timeouts = PhaseTimeouts()
        migrate = nil
        hooks = []
        keep = KeepPolicy()
        currentEnvFile = nil
    }

    /// Whether requests are led to it: by a route, or by its name inside its project's network.
    package var takesTraffic: Bool { kind == .web || !routes.isEmpty }

    /// The names of all secrets that a release of it needs: the service's own, then the password of who pulls its image, or
    /// what its build needs.
    package var secretNames: [String] {
        let own = secrets.map(\.name)
        return own + (pull.map { [$0.passwordSecret] } ?? source.secretNames).filter { !own.contains($0) }
    }
}

/// What a service does.
package enum ServiceKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Takes traffic.
    case web
    /// Runs without taking traffic.
    case worker
    /// Runs once and ends.
    case job
    /// Stateful, such as a database: never blue-green.
    case accessory
}

/// How a new release takes the place of the old one.
package enum Strategy: String, Hashable, Sendable, Codable, CaseIterable {
    case blueGreen = "blue-green"
    case recreate
}

/// What a service runs from.
package enum ServiceSource: Hashable, Sendable, Codable {
    /// A directory or a tarball on the person's machine, by path; handed over before a rollout begins.
    case artifact(path: String)
    /// An image reference.
    case image(String)
    /// Sources that the host makes an artifact of, before a rollout begins.
    case git(GitSource)

    /// The names of the secrets that are needed to have it on the host.
    var secretNames: [String] { if case .git(let source) = self { source.secretNames } else { [] } }
}

/// Fixed loopback ports of a service's two slots; replica `i` of a slot listens on its port plus `i`.
package struct FixedPorts: Hashable, Sendable, Codable {
    package var blue: Int
    package var green: Int

    package init(blue: Int, green: Int) {
        self.blue = blue
        self.green = green
    }

    package func port(of slot: Slot) -> Int { slot == .blue ? blue : green }
}

/// A secret that a service gets as an environment variable, by name.
package struct SecretReference: Hashable, Sendable, Codable {
    package var name: String
    /// Whether a rollback takes the newest value instead of the one that the release had.
    package var rotates: Bool

    package init(name: String, rotates: Bool = false) {
        self.name = name
        self.rotates = rotates
    }
}

/// What one replica may use.
package struct Resources: Hashable, Sendable, Codable {
    /// Resident memory of the replica's process tree; beyond it the replica is stopped and counts as out of memory.
    package var memoryBytesMax: Int?
    /// Processor cores, such as 0.5; for containers.
    package var cpusMax: Double?

    package init(memoryBytesMax: Int? = nil, cpusMax: Double? = nil) {
        self.memoryBytesMax = memoryBytesMax
        self.cpusMax = cpusMax
    }
}

/// A directory of the host that a service reads or writes.
package struct Volume: Hashable, Sendable, Codable {
    /// An absolute path on the host, or a volume's name.
    package var source: String
    /// An absolute path as the service sees it; the same as `source` for a process.
    package var target: String
    package var readOnly: Bool
    /// Says that two releases may write to it at the same time.
    package var shared: Bool

    package init(source: String, target: String, readOnly: Bool, shared: Bool) {
        self.source = source
        self.target = target
        self.readOnly = readOnly
        self.shared = shared
    }
}

/// What a service does beside answering requests, and how two releases of it share that work.
package enum Background: Hashable, Sendable, Codable {
    case none
    /// A release starts passive (`TEAL_ACTIVE=0`) and is told when to begin and to end.
    case handover(activate: ActivityCall, deactivate: ActivityCall)
    /// Only one release runs at a time: the old one stops before the new one starts.
    case exclusive

    package var name: String {
        switch self {
        case .none: "none"
        case .handover: "handover"
        case .exclusive: "exclusive"
        }
    }
}

/// How a replica is told to begin or to end its background work.
package enum ActivityCall: Hashable, Sendable, Codable {
    /// `POST` to this path on the replica's own endpoint; any 2xx is yes. It may take as long as the stop grace.
    case post(path: String)
    /// A signal to the replica's first process, such as `USR1`.
    case signal(String)
}
