import Logging
import ServiceLifecycle
import TealAdopt
import TealCore
import TealDriverKit
import TealEngine

/// What moves the traffic of this host, with all that the daemon does and says around its driver.
protocol HostSwitch: Sendable {
    var kind: SwitchKind { get }
    var driver: any TrafficSwitch { get }

    /// Whether the keepers publish a table again that was not followed; else ``watch(_:_:_:)`` does, at a pace of its own.
    var isRetriedByKeepers: Bool { get }

    /// Looks after it as long as the daemon runs.
    func watch(_ book: HostBook, _ clock: any HostClock, _ logger: Logger) -> any Service

    /// What of a rollout it would not do, or would do otherwise; looked at before anything is changed.
    func check(_ rollout: Rollout, _ state: HostState) async -> PreflightReport

    /// Notes what may be taken over from containers that Teal did not make: those of the very services by their Compose
    /// labels, and any that has a port of theirs where a person has said so.
    func agree(_ members: [Member], takesAny: Bool) async throws(Problem)

    /// What is in the way of services whose ports of the host others have already.
    func owners(of members: [Member], _ state: HostState) -> [Problem]

    /// Why new connections to a port of the host cannot be led away from a container that has it; nil when they can.
    func redirectRefusal() async -> String?

    /// The newest times in which nobody answered at a port of the host, while it passed from an adopted container, oldest
    /// first.
    func portGaps() async -> [PortGap]

    /// What differs from what it was told, beside the table's position; one a line, empty while it does not answer.
    func drift(from table: TrafficTable) async -> [String]

    /// What the doctor looks at beside whether it answers.
    func checks(_ table: TrafficTable) async -> [SwitchCheck]

    /// The line of its configuration that leads to a service that it does not switch yet, where it has such lines.
    ///
    /// - Parameters:
    ///   - service: Whose.
    ///   - endpoints: Where it may lead.
    /// - Returns: Nil where no line of somebody else's is the service's.
    func line(to service: ServiceKey, knowing endpoints: [Endpoint]) async -> SwitchLine?

    /// What a person looks at when it gives no answer, in order.
    var advice: [String] { get }
}

extension HostSwitch {
    func agree(_ members: [Member], takesAny: Bool) async throws(Problem) {}
    func line(to service: ServiceKey, knowing endpoints: [Endpoint]) async -> SwitchLine? { nil }
    func owners(of members: [Member], _ state: HostState) -> [Problem] { [] }
    func redirectRefusal() async -> String? { nil }
    func portGaps() async -> [PortGap] { [] }
}

/// Something that the doctor looks at about a switch.
struct SwitchCheck: Hashable, Sendable {
    struct Finding: Hashable, Sendable {
        let isError: Bool
        let text: String
        var next: [String] = []
    }

    let name: String
    var findings: [Finding] = []
}
