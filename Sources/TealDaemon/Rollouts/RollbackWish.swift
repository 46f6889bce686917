import TealCore
import TealEngine

/// Where a rollback wants users to be, and what that means to a rollout that holds its services.
struct RollbackWish: Hashable, Sendable {
    /// The number of the release to go to; nil for the newest that was active, ended well and was not taken back.
    let release: Int?

    /// What becomes of a rollout that is under way.
    enum Move: Hashable, Sendable {
        /// It goes where users are wanted: it is the answer.
        case follow
        /// It goes back to where users are wanted: it is the answer.
        case takeBack
        /// It goes back first, and a rollout to the wanted release follows it.
        case takeBackFirst
        /// It is left to its end, which is near, and a rollout to the wanted release follows it.
        case await
    }

    /// What a rollback does with a rollout; only `teal abort` ever ends a rollback.
    func move(over rollout: Rollout) -> Move {
        // The old release is being stopped, or is gone: this one is over in a moment.
        if rollout.phase == .settle { return .await }
        if rollout.isGoingBack { return leads(rollout, to: .old) ? .follow : .await }
        if rollout.leadsBack { return leads(rollout, to: .new) ? .follow : .await }
        if release != nil, leads(rollout, to: .new) { return .follow }
        return leads(rollout, to: .old) ? .takeBack : .takeBackFirst
    }

    /// Whether one side of every member is where users are wanted.
    private func leads(_ rollout: Rollout, to side: Side) -> Bool {
        guard let release else {
            // Away from what a deploy brings, or to where a rollback goes; what a rollback leaves is not wanted.
            return !rollout.leadsBack || side == .new
        }
        return rollout.members.allSatisfy { $0.release(side)?.id.number == release }
    }
}

extension Rollout {
    /// Whether it is on its way back.
    var isGoingBack: Bool { backReason != nil || leg.isBack }

    /// Whether an old release was stopped for its successor, so that it has to start before users are back.
    var hasReplaced: Bool {
        !reached.precedes(.vacate) && members.contains { $0.mode == .inPlace && $0.spec.kind != .job }
    }

    /// Whether no route leads to the new releases any more on the way back.
    var usersAreBack: Bool {
        guard isGoingBack else { return false }
        if hasReplaced { return leg.isBack && !leg.precedes(.backRemove) }
        return !hasSwitched || leg.isBack && !leg.precedes(.backHandOver)
    }
}
