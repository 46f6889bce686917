import TealCore
import TealDriverKit

/// A port that an adopted container leaves to the proxy.
///
/// The container is a release like any other: users come to it through the proxy too, at an address of its own, and its
/// rollout stops it. So nothing is done as long as users are on it, it is never stopped or started for its port, and until
/// it has ended a way back needs nothing but another table.
extension PortTakeover {
    /// What is seen of an adopted container and of where its users are.
    struct OwnFacts: Hashable, Sendable {
        enum Stand: Hashable, Sendable {
            case running
            /// It does not run; the engine may still start it again where its policy says so.
            case stopped
            /// Nothing that has the port is in its place any more: it was removed, or made anew without it.
            case gone
            /// The engine does not say.
            case unknown
        }

        var container = Stand.unknown
        /// Whether the followed table names the port for its service.
        var isNamed = true
        /// Whether the table leads users to another release, and to none of its own.
        var isElsewhere = false
    }

    /// Whether a table has the proxy listen at this port for the service, whatever that leads to.
    func isNamed(in table: TrafficTable) -> Bool {
        table.services.contains { $0.service == service && $0.ports?.contains(place) ?? false }
    }

    /// Whether a table leads users of the service to other releases than the container's alone.
    func isElsewhere(in table: TrafficTable) -> Bool {
        let targets = table.services.first { $0.service == service }?.targets ?? []
        return !targets.isEmpty && !targets.contains { $0.release == container.adopted?.release }
    }

    /// Decides what is to be done about a port that an adopted container has.
    func nextOfAdopted(_ facts: Facts) -> Step {
        let own = facts.own
        switch (state, own.container) {
        case (_, _) where !own.isNamed: return standIn == nil ? .forget : .giveBack
        case (.taken, _): return .forget
        case (_, .gone): return .listen
        case (_, .stopped): return own.isElsewhere ? .listen : .wait
        case (_, .unknown): return .wait
        case (.agreed, .running) where own.isElsewhere: return facts.mayRedirect ? .redirect : .wait
        case (.agreed, .running): return facts.hasSettled ? .forget : .wait
        case (.redirected, .running): return !own.isElsewhere && facts.hasSettled ? .giveBack : .wait
        case (.stopping, .running): return .wait
        }
    }
}
