package import TealCore

/// A container that Teal did not make, as its engine tells of it.
package struct FoundContainer: Hashable, Sendable {
    package let id: String
    /// As people see it, such as `shop-blue`.
    package let name: String
    /// The image as it was asked for, such as `ghcr.io/acme/shop:1.4.2`, or an ID.
    package let image: String
    /// The same by what it is.
    package let content: ReleaseContent
    package let phase: ReplicaPhase
    package let labels: [String: String]
    /// The ports of the host that lead into it.
    package let ports: [WrittenPort]
    /// The TCP ports that it says it listens on, ascending.
    package let exposedPorts: [Int]
    /// Its address by the networks that it is in; empty while it does not run.
    package let addresses: [String: String]
    /// What it has beside its image's own variables, by name.
    package let environment: [String: Secret]
    /// How it would be made again, environment and own port left out.
    package let written: WrittenContainer
    package let resources: Resources
    /// `no`, `always`, `unless-stopped` or `on-failure`.
    package let restartPolicy: String
    /// Why it cannot be taken over as it is, in clauses without a full stop; empty when it can.
    package let obstacles: [String]
    /// What would not be the same about one that is made anew, in clauses.
    package let losses: [String]

    package init(
        id: String,
        name: String,
        image: String,
        content: ReleaseContent,
        phase: ReplicaPhase,
        labels: [String: String] = [:],
        ports: [WrittenPort] = [],
        exposedPorts: [Int] = [],
        addresses: [String: String] = [:],
        environment: [String: Secret] = [:],
        written: WrittenContainer,
        resources: Resources = Resources(),
        restartPolicy: String = "no",
        obstacles: [String] = [],
        losses: [String] = []
    ) {
        self.id = id
        self.name = name
        self.image = image
        self.content = content
        self.phase = phase
        self.labels = labels
        self.ports = ports
        self.exposedPorts = exposedPorts
        self.addresses = addresses
        self.environment = environment
        self.written = written
        self.resources = resources
        self.restartPolicy = restartPolicy
        self.obstacles = obstacles
        self.losses = losses
    }

    package var isRunning: Bool { phase == .running }

    /// Where Compose says that it belongs; nil for what Compose did not make.
    package var compose: (project: String, service: String, number: Int)? {
        guard let project = labels["com.docker.compose.project"], let service = labels["com.docker.compose.service"],
            labels["com.docker.compose.oneoff"]?.lowercased() != "true"
        else { return nil }
        return (project, service, labels["com.docker.compose.container-number"].flatMap { Int($0) } ?? 1)
    }
}

/// Takes over containers that somebody else made; what a runtime of containers can do beside ``ContainerRuntime``.
package protocol ContainerAdopter: Sendable {
    /// Every container of the engine that no home of Teal's has made or adopted, running or not, by name.
    func strangers() async throws(RuntimeError) -> [FoundContainer]

    /// Makes a container the replica in a place, as it is: nothing is started, stopped, renamed or labelled.
    ///
    /// From then on it is told of, stopped, started and removed as any other replica; its volumes are never removed with it.
    /// Repeating it for the same container succeeds.
    ///
    /// - Throws: ``RuntimeError/placeTaken(by:)`` where the place has something else; ``RuntimeError/noSuchReplica(_:)``
    ///   when there is no such container any more.
    func adopt(_ order: AdoptOrder) async throws(RuntimeError)

    /// Forgets that a container was adopted, and the tag of its image; the container itself stays as it is.
    ///
    /// Succeeds without a change for a place that has no adopted container.
    func letGo(_ replica: ReplicaID) async throws(RuntimeError)

    /// The adopted containers of this home, by their records alone.
    func adopted() -> [ReplicaID: ReleaseID]
}

/// What is needed to take over one container.
package struct AdoptOrder: Hashable, Sendable {
    package let replica: ReplicaID
    package let release: ReleaseID
    /// The container's id.
    package let container: String
    /// Where it is reached; nil for what has no port.
    package let endpoint: Endpoint?
    /// The network of whose address ``endpoint`` is, which changes with every start; nil for a port of the host.
    package let network: String?
    /// The port inside of the container; 0 for none.
    package let port: Int
    /// The ports of the host that it leaves to the switch once it is stopped: it is not started again with them, but made
    /// anew without.
    package let leaves: [HostPort]

    package init(
        replica: ReplicaID,
        release: ReleaseID,
        container: String,
        endpoint: Endpoint?,
        network: String?,
        port: Int,
        leaves: [HostPort] = []
    ) {
        self.replica = replica
        self.release = release
        self.container = container
        self.endpoint = endpoint
        self.network = network
        self.port = port
        self.leaves = leaves
    }
}
