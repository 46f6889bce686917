import TealAPI
import TealCore
import TealEngine

/// The API's words for how rollouts stand and end.
enum OutcomeWords {
    static func state(_ outcome: Outcome) -> String { self.state(of: outcome).rawValue }

    static func state(of outcome: Outcome) -> RolloutOutcome.State {
        switch outcome {
        case .settled: .settled
        case .kept: .kept
        case .reverted: .reverted
        case .halted: .halted
        }
    }

    static func outcome(of rollout: Rollout) -> RolloutOutcome {
        guard let outcome = rollout.outcome else {
            return .init(rollout.moments[.released] == nil || rollout.backReason != nil ? .running : .released)
        }
        let old = rollout.members.compactMap { $0.old.map { "\($0.id)" } }
        switch outcome {
        case .settled: return .init(.settled)
        case .kept(let reason), .reverted(let reason, _):
            return .init(
                state(of: outcome),
                old: old,
                because: RolloutProblem.text(of: reason, members: rollout.members)
            )
        case .halted(let reason):
            return .init(
                .halted,
                old: old,
                because: RolloutProblem.text(of: reason, members: rollout.members),
                next: RolloutProblem.problem(of: rollout)?.next ?? []
            )
        }
    }

    static func impact(of rollout: Rollout) -> UserImpact {
        switch rollout.outcome {
        case .reverted: rollout.newServedNobody ? .none : .brief
        case .halted: rollout.hasSwitched || rollout.leavesNothingServing ? .ongoing : .none
        case .kept where rollout.members.contains(where: { $0.wasVacant == true }) && !hasStoppedOld(rollout): .ongoing
        default: rollout.backReason != nil && hasStoppedOld(rollout) ? .brief : .none
        }
    }

    /// Whether an old release stood still for its successor, or may have.
    private static func hasStoppedOld(_ rollout: Rollout) -> Bool {
        rollout.hasReplaced
            && rollout.members.contains { $0.mode == .inPlace && $0.spec.kind != .job && $0.old != nil }
    }
}
