package import TealCore
package import TealDriverKit

/// One performance of an effect within a rollout.
package struct Step: Hashable, Sendable, Codable {
    /// Counts up from 1 within the rollout.
    package let number: Int
    package let leg: Leg
    package let effect: Effect
    /// Which try of a once-only effect this is, from 1; a person who says `--again` makes the next.
    package let attempt: Int
    /// The host on which it is done; nil for the one whose journal holds the rollout.
    package let host: HostName?

    package init(number: Int, leg: Leg, effect: Effect, attempt: Int = 1, host: HostName? = nil) {
        self.number = number
        self.leg = leg
        self.effect = effect
        self.attempt = attempt
        self.host = host
    }

    /// A once-only step's name for ever: rollout, leg, effect and attempt; the same after a recovery.
    package func onceName(in rollout: RolloutID) -> String {
        switch effect {
        case .migrate(let member): "\(rollout)-migrate-\(member)-\(attempt)"
        case .hook(let member, let index): "\(rollout)-\(leg.rawValue)-hook-\(member)-\(index)-\(attempt)"
        case .smokeWrite(let member, let index): "\(rollout)-smoke-\(member)-\(index)-\(attempt)"
        default: "\(rollout)-\(effect.kind.rawValue)-\(number)"
        }
    }
}

/// What a step brought back.
package enum StepResult: Hashable, Sendable, Codable {
    case done
    case leased(LeaseGrant)
    /// Replicas were started, or found running.
    case started([ReplicaState])
    case probed(ProbeResult, run: RunID?)
    case sampled(TrafficSample)
    /// The runs that were proven and are still there.
    case standing([TrafficTarget])
    case cut(CutReport)
    case command(CommandResult)
    case preflighted(warnings: [String])
    /// The routes lead where they were to; what to say of it beside, such as a place where nobody listens.
    case routed(warnings: [String])
    /// There is no route that a request could be sent through, and why.
    case unverified(String)
    /// Lines that a replica wrote, masked, oldest first.
    case lines([String])
    case failed(StepFailure)
}

/// Why a step did not reach its end state.
package struct StepFailure: Hashable, Sendable, Codable, Error {
    package let reason: Reason
    /// Whether the same step may succeed a moment later.
    package let isPassing: Bool

    package init(_ reason: Reason, isPassing: Bool = false) {
        self.reason = reason
        self.isPassing = isPassing
    }
}

/// What the switch counted, for the two sides of every member.
package struct TrafficSample: Hashable, Sendable, Codable {
    /// The two sides of one member.
    package struct Sides: Hashable, Sendable, Codable {
        package var new = TargetCounters()
        package var old = TargetCounters()

        package init() {}
    }

    package let incarnation: String
    /// In the order of the rollout's members.
    package let members: [Sides]

    package init(incarnation: String, members: [Sides]) {
        self.incarnation = incarnation
        self.members = members
    }

    /// All members' new sides together.
    package var new: TargetCounters { total(\.new) }
    /// All members' old sides together.
    package var old: TargetCounters { total(\.old) }
    /// Only what was counted for some of the members, by position.
    package func limited(to isMeant: (Int) -> Bool) -> TrafficSample {
        let sides = members.indices.map { isMeant($0) ? members[$0] : Sides() }
        return TrafficSample(incarnation: incarnation, members: sides)
    }

    /// Upgraded connections that are open on the old side.
    package var upgradedOnOld: Int { Int(clamping: old.upgradedOpen) }

    private func total(_ side: KeyPath<Sides, TargetCounters>) -> TargetCounters {
        members.reduce(into: TargetCounters()) { $0.add($1[keyPath: side]) }
    }
}
