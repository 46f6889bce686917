import TealCore
import TealDriverKit

/// A port of the host on its way from a container that Teal did not make to the proxy.
///
/// Says what is to be done next by what is seen; ``PortTaking`` does it, and writes each state down before it does. With
/// the right to, a rule of the packet filter leads new connections to another port where the proxy listens, so that
/// nobody waits: the container finishes what it has, and runs until the release has settled, so that users can go back to
/// it. Without, the container is stopped when users are switched, and nobody answers until the proxy has the port.
///
/// One that was adopted is a release's own, and stopped by its rollout alone: ``nextOfAdopted(_:)``.
struct PortTakeover: Hashable, Sendable, Codable {
    enum State: Hashable, Sendable, Codable {
        /// It may be taken over; nothing has been done. Leaves when the service's users are switched.
        case agreed
        /// New connections come to the proxy, at another port; the container finishes its own. Leaves when the release has
        /// settled and they have ended or their limit has passed, or when users are taken back.
        case redirected(standIn: Int)
        /// The container is being stopped. Leaves when the proxy has the port.
        case stopping(standIn: Int?)
        /// The proxy has the port. Leaves when the release has settled, or when users are taken back.
        case taken
    }

    /// What is seen of the service and the container.
    struct Facts: Hashable, Sendable {
        /// Whether the followed table leads users at this port to a running release.
        var usersAreHere: Bool
        /// Whether no rollout of the service is under way any more.
        var hasSettled: Bool
        /// Whether new connections can be led away by the packet filter.
        var mayRedirect: Bool
        /// How many connections the container has; nil when that cannot be seen.
        var connections: Int?
        /// How long it has been in its state.
        var waited: Duration
        /// How long the connections may take.
        var limit: Duration
        /// Of one that was adopted, what is seen of it and of where its users are.
        var own = OwnFacts()
    }

    /// What is to be done next.
    enum Step: Hashable, Sendable {
        /// Nothing, until something else is seen.
        case wait
        /// Lead new connections to the proxy.
        case redirect
        /// Stop the container.
        case stop
        /// Have the proxy listen at the port, then lead nothing away any more.
        case listen
        /// Let the container have its connections again, started if it was stopped.
        case giveBack
        /// Nothing is left to be done.
        case forget
    }

    /// How long a consent counts that nothing has come of.
    static let consentLimit: Duration = .seconds(600)

    let service: ServiceKey
    let place: HostPort
    let container: ForeignContainer
    var state: State = .agreed
    /// When its state was written down, in seconds since 1970.
    var since: Double

    /// Where new connections are led to now; nil for nowhere else.
    var standIn: Int? {
        switch state {
        case .redirected(let port): port
        case .stopping(let port): port
        case .agreed, .taken: nil
        }
    }

    /// Whether a table leads users at this port to a running release.
    func hasUsers(in table: TrafficTable) -> Bool {
        table.services.contains { traffic in
            traffic.service == service && !traffic.targets.isEmpty && traffic.ports?.contains(place) ?? false
        }
    }

    /// Whether the container is to have its connections again before a table is followed.
    ///
    /// The proxy ends what stands in for a port with the table that no longer names it: a rule that is left then leads to
    /// nobody.
    ///
    /// One that was adopted is reached through the proxy as well, as long as the table names the port.
    func goesBack(before table: TrafficTable) -> Bool {
        standIn != nil && !(container.adopted == nil ? hasUsers(in: table) : isNamed(in: table))
    }

    /// Decides what is to be done.
    func next(_ facts: Facts) -> Step {
        guard container.adopted == nil else { return nextOfAdopted(facts) }
        return switch state {
        case .agreed where facts.usersAreHere: facts.mayRedirect ? .redirect : .stop
        case .agreed: facts.hasSettled && facts.waited > Self.consentLimit ? .forget : .wait
        case .redirected where !facts.usersAreHere: .giveBack
        case .redirected where !facts.hasSettled: .wait
        case .redirected: facts.connections == 0 || facts.waited >= facts.limit ? .stop : .wait
        case .stopping: facts.usersAreHere ? .listen : .giveBack
        case .taken where !facts.usersAreHere: .giveBack
        case .taken: facts.hasSettled ? .forget : .wait
        }
    }
}
