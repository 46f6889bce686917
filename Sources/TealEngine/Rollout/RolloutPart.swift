package import TealCore
import TealDriverKit

/// What of a rollout over several hosts is one host's, as that host sees it: its own members alone, which have their
/// positions among themselves.
package struct RolloutPart: Hashable, Sendable, Codable {
    package var rollout: Rollout
    /// The position of each of its members in the whole.
    package let positions: [Int]

    /// Takes a host's part out of a rollout.
    package init(of whole: Rollout, on host: HostName?) {
        positions = whole.members.indices.filter { whole.members[$0].host == host }
        let own = Dictionary(uniqueKeysWithValues: positions.enumerated().map { ($1, $0) })
        rollout = whole
        rollout.members = positions.map { whole.members[$0].on(nil) }
        rollout.started = Self.here(whole.started, host)
        rollout.proven = Self.here(whole.proven, host)
        rollout.standing = Self.moved(whole.standing, own)
        rollout.stillActive = Set(whole.stillActive.compactMap { own[$0] })
        rollout.doneOnce = Self.doneOnce(in: whole, positions)
        rollout.onceAttempts = [:]
        rollout.open = whole.open.filter { $0.value.host == host }.compactMapValues { Self.step($0, own) }
        (rollout.baselineFrom, rollout.baselineTo, rollout.backFrom) = (nil, nil, nil)
        (rollout.tokens, rollout.alone, rollout.told, rollout.readings) = (nil, nil, nil, nil)
        (rollout.afterLease, rollout.backHost) = (nil, nil)
        // Who goes on with it enters its leg again, by its own clock.
        if rollout.outcome == nil { rollout.stage = .working(rest: []) }
        (rollout.legDeadline, rollout.limitBegan) = (nil, nil)
    }

    /// A step of the whole as the host is asked for it; nil when it is another host's.
    package func step(_ step: Step) -> Step? {
        Self.step(step, Dictionary(uniqueKeysWithValues: positions.enumerated().map { ($1, $0) }))
    }

    /// A result as the whole takes it in.
    package func whole(_ result: StepResult, members count: Int) -> StepResult {
        guard case .sampled(let sample) = result else { return result }
        var sides = Array(repeating: TrafficSample.Sides(), count: count)
        for (position, counted) in zip(positions, sample.members) { sides[position] = counted }
        return .sampled(.init(incarnation: sample.incarnation, members: sides))
    }

    private static func step(_ step: Step, _ own: [Int: Int]) -> Step? {
        step.effect.renumbered(own).map {
            Step(number: step.number, leg: step.leg, effect: $0, attempt: step.attempt)
        }
    }

    private static func here<Value>(_ values: [PlacedReplica: Value], _ host: HostName?) -> [PlacedReplica: Value] {
        let own = values.filter { $0.key.host == host }.map { (PlacedReplica($0.key.id), $0.value) }
        return Dictionary(uniqueKeysWithValues: own)
    }

    private static func moved<Value>(_ values: [Int: Value], _ own: [Int: Int]) -> [Int: Value] {
        Dictionary(uniqueKeysWithValues: values.compactMap { key, value in own[key].map { ($0, value) } })
    }

    /// What is done once and was done, by the host's own positions.
    private static func doneOnce(in whole: Rollout, _ positions: [Int]) -> Set<String> {
        var done: Set<String> = []
        for (own, position) in positions.enumerated() {
            let spec = whole.members[position].spec
            let effects: [(Effect, Effect)] =
                [(.migrate(member: position), .migrate(member: own))]
                + spec.hooks.indices.map { (.hook(member: position, index: $0), .hook(member: own, index: $0)) }
                + spec.smoke.indices.map {
                    (.smokeWrite(member: position, index: $0), .smokeWrite(member: own, index: $0))
                }
            for (before, after) in effects where whole.doneOnce.contains(whole.onceKey(before)) {
                done.insert(whole.onceKey(after))
            }
        }
        return done
    }
}
