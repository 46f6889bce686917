package import TealCore
package import TealDriverKit

/// What a host remembers of one service between rollouts.
package struct ServiceRecord: Hashable, Sendable, Codable {
    /// Where the routes of a service lead.
    package enum Routed: Hashable, Sendable, Codable {
        /// The switch does not know the service.
        case absent
        /// The routes exist and answer 503.
        case vacant
        case slot(Slot)
    }

    /// What is in one slot.
    package struct Place: Hashable, Sendable, Codable {
        package var release: ReleaseID
        /// The runs that passed their gates in this slot and have not failed since, by replica position.
        package var proven: [Int: TrafficTarget]

        package init(release: ReleaseID, proven: [Int: TrafficTarget] = [:]) {
            self.release = release
            self.proven = proven
        }
    }

    package let service: ServiceKey
    package var environment: EnvironmentName
    package var blue: Place?
    package var green: Place?
    /// The slot whose release is active.
    package var activeSlot: Slot?
    package var routed: Routed
    /// Where its project's network reaches the switch, as the newest proven run had it (``ReplicaState/gateway``); nil
    /// outside networks.
    package var gateway: String?
    package var lastRelease: Int
    /// Until when the standby goes on running, on the boot clock; nil when it does not.
    package var standbyUntil: Timestamp?
    /// The newest outages, oldest first.
    package var outages: [Outage] = []
    /// Who stopped the active release through Teal; nil while it is to run.
    package var stopped: PersonalStop?

    package init(service: ServiceKey, environment: EnvironmentName) {
        self.service = service
        self.environment = environment
        routed = .absent
        lastRelease = 0
    }

    package subscript(slot: Slot) -> Place? {
        get { slot == .blue ? blue : green }
        set { if slot == .blue { blue = newValue } else { green = newValue } }
    }

    /// Lets routes name a run that has passed its gate.
    package mutating func prove(_ target: TrafficTarget) {
        self[target.replica.slot]?.proven[target.replica.index] = target
        gateway = target.gateway
    }

    /// Whether a person stopped what is active: it is left stopped.
    ///
    /// What was stopped before another release came in its place says nothing of that one.
    package var isStopped: Bool { stopped.map { $0.release == active?.release } ?? false }

    package var active: Place? { activeSlot.flatMap { self[$0] } }
    package var standbySlot: Slot? { activeSlot?.other }
    package var standby: Place? { standbySlot.flatMap { self[$0] } }
}

/// That a person stopped a release that was active, and wants it left so.
package struct PersonalStop: Hashable, Sendable, Codable {
    package let release: ReleaseID
    /// Such as `anna@laptop`.
    package let author: String
    /// Seconds since 1970.
    package let at: Double

    package init(_ release: ReleaseID, by author: String, at: Double) {
        self.release = release
        self.author = author
        self.at = at
    }
}

/// A release and how it fared.
package struct ReleaseRecord: Hashable, Sendable, Codable {
    package let release: Release
    package var wasActive = false
    /// Its rollout settled.
    package var endedWell = false
    /// It was taken back, by the watch or by a person: never the default target of a rollback.
    package var takenBack = false
    /// It never became active.
    package var failed = false
    /// Seconds since 1970, for people.
    package var activeAt: Double?
    /// That it ran before Teal looked after it; nil for what Teal rolled out.
    package var adopted: AdoptedMark?

    package init(release: Release) { self.release = release }

    package var id: ReleaseID { release.id }
}

/// That a release was not rolled out by Teal but adopted from what ran already.
package struct AdoptedMark: Hashable, Sendable, Codable {
    /// The names that its containers had, by position.
    package let containers: [String]
    /// Whether a person vouched for it although it did not pass its gate.
    package let isTrusted: Bool

    package init(containers: [String], isTrusted: Bool) {
        self.containers = containers
        self.isTrusted = isTrusted
    }
}
