package import TealCore

/// What a host knows a lease by: later than that of every lease that it granted before.
///
/// A step that takes an older one along is refused in the transaction that would write it down.
package struct LeaseToken: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The number of the part in the journal of the host that granted it; never given twice.
    package let part: RolloutID
    /// Counts up from 1 with everything after which what was sent before must not be done any more.
    package let turn: Int

    package init(part: RolloutID, turn: Int = 1) {
        self.part = part
        self.turn = turn
    }

    package var next: LeaseToken { LeaseToken(part: part, turn: turn + 1) }

    package var description: String { "\(part).\(turn)" }

    package static func < (one: Self, other: Self) -> Bool { (one.part, one.turn) < (other.part, other.turn) }
}

/// A lease as it is given to who asked for it.
package struct LeaseGrant: Hashable, Sendable, Codable {
    package let token: LeaseToken
    /// How long it holds on the host's clock, from some moment after it was asked for.
    package let limit: Duration

    package init(token: LeaseToken, limit: Duration) {
        self.token = token
        self.limit = limit
    }
}

/// Who asks for a lease, and for what.
package struct LeaseClaim: Hashable, Sendable, Codable {
    /// The host that coordinates.
    package let coordinator: HostName
    /// The rollout in that host's journal.
    package let rollout: RolloutID
    /// The opening of that journal: of two daemons of one home the later one has it.
    package let epoch: UInt64
    /// The number of the step that asks: what is asked anew has a later one, what comes twice has the same.
    package let step: Int
    package let services: [ServiceKey]

    package init(coordinator: HostName, rollout: RolloutID, epoch: UInt64, step: Int, services: [ServiceKey]) {
        self.coordinator = coordinator
        self.rollout = rollout
        self.epoch = epoch
        self.step = step
        self.services = services
    }

    /// Whether both are of the same rollout.
    func isSame(as other: LeaseClaim) -> Bool { coordinator == other.coordinator && rollout == other.rollout }

    /// Whether it was asked before another one of the same rollout.
    func isEarlier(than other: LeaseClaim) -> Bool { (epoch, step) < (other.epoch, other.step) }
}

/// Why a host does not do what it is asked for in the name of a lease.
package enum LeaseRefusal: Hashable, Sendable, Codable {
    /// Another rollout holds one of the services there.
    case busy(String)
    /// A later token was granted since.
    case passed
    /// It ran out, or was given back.
    case ended
    /// The host is not as it was when the rollout was planned.
    case outdated(String)
    /// The host's journal cannot be written.
    case unwritten(String)
    /// There is no such lease.
    case unknown
}
