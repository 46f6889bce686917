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
    /// The place that it has since it was adopted; nil for one that is nobody's here.
    package let adopted: Adopted?

    /// Whose an adopted container is.
    package struct Adopted: Hashable, Sendable, Codable {
        package let replica: ReplicaID
        package let release: ReleaseID

        package init(replica: ReplicaID, release: ReleaseID) {
            self.replica = replica
            self.release = release
        }
    }

    package init(
        id: String,
        name: String,
        composeProject: String? = nil,
        composeService: String? = nil,
        addresses: [String],
        containerPort: Int,
        stopLimit: Duration = .seconds(10),
        restartPolicy: String = "no",
        adopted: Adopted? = nil
    ) {
        self.id = id
        self.name = name
        self.composeProject = composeProject
        self.composeService = composeService
        self.addresses = addresses
        self.containerPort = containerPort
        self.stopLimit = stopLimit
        self.restartPolicy = restartPolicy
        self.adopted = adopted
    }
}

/// Stops a replica, with what belongs to it: which, how long it may take to end, and what stops it.
///
/// It throws what that throws.
package typealias StopWay =
    @Sendable (
        ReplicaID, Duration, @escaping @Sendable () async throws(RuntimeError) -> Void
    ) async throws(RuntimeError) -> Void

/// Containers of the host that Teal did not make.
///
/// Nothing is done to one but what a person agreed to, and none is ever removed.
package protocol ForeignContainers: Sendable {
    /// Those that run and have a TCP port of the host where a connection to `place` could come in.
    func holding(_ place: HostPort) async throws(RuntimeError) -> [ForeignContainer]

    /// Those that were adopted and leave a TCP port of the host where a connection to `place` could come in, running or not.
    ///
    /// Such a one has the port until it is stopped; what is started in its place later is made anew without it. Nothing is
    /// asked of the engine where no record names the port.
    func leaving(_ place: HostPort) async throws(RuntimeError) -> [ForeignContainer]

    /// Has those that leave a port stopped by way of somebody who sees to that port; replaces who was named before.
    func stopLeaving(through way: @escaping StopWay)

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
