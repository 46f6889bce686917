package import TealCore

/// A container of the host that Teal did not make and that has ports of the host.
package struct ForeignContainer: Hashable, Sendable, Codable {
    package let id: String
    package let name: String
    /// The Compose project and service that it was made for; nil for one that was made by hand.
    package let composeProject: String?
    package let composeService: String?
    /// Where it can be reached at the port that was asked for; the addresses of the host.
    package let addresses: [String]
    /// The port in the container that this leads to.
    package let containerPort: Int
    /// How long it may take to end once it is told to, before it is killed.
    package let stopLimit: Duration
    /// The restart policy's name, such as `unless-stopped`.
    package let restartPolicy: String

    package init(
        id: String,
        name: String,
        composeProject: String? = nil,
        composeService: String? = nil,
        addresses: [String],
        containerPort: Int,
        stopLimit: Duration = .seconds(10),
        restartPolicy: String = "no"
    ) {
        self.id = id
        self.name = name
        self.composeProject = composeProject
        self.composeService = composeService
        self.addresses = addresses
        self.containerPort = containerPort
        self.stopLimit = stopLimit
        self.restartPolicy = restartPolicy
    }
}

/// Containers of the host that Teal did not make.
///
/// Nothing is done to one but what a person agreed to, and none is ever removed.
package protocol ForeignContainers: Sendable {
    /// Those that run and have a TCP port of the host where a connection to `place` could come in.
    func holding(_ place: HostPort) async throws(RuntimeError) -> [ForeignContainer]

    /// How many connections to its port it has open; nil when that cannot be seen.
    func connections(of container: ForeignContainer) async -> Int?

    /// Whether it runs, or is about to; false when it is not there any more.
    func isRunning(_ container: ForeignContainer) async throws(RuntimeError) -> Bool

    /// Stops it, with its own signal and within its own limit, at most the one given, and keeps the Engine from starting it
    /// again; one that does not run is left so.
    func stop(_ container: ForeignContainer, within limit: Duration) async throws(RuntimeError)

    /// Starts it again, with the restart policy that it had.
    func start(_ container: ForeignContainer) async throws(RuntimeError)
}
