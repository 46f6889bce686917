import TealCore
import TealDriverKit

/// What a rollout that failed meant for the users of its services: the first thing that an error says.
struct UserWords {
    private let rollout: Rollout
    private let new: String
    /// Empty when nothing ran before.
    private let old: String

    init(_ rollout: Rollout) {
        self.rollout = rollout
        new = rollout.members.map { "\($0.new.id)" }.joined(separator: ", ")
        old = rollout.members.compactMap { $0.old.map { "\($0.id)" } }.joined(separator: ", ")
    }

    private var hasRoutes: Bool { rollout.members.contains(where: \.isRouted) }

    /// What the old releases do for users: they take traffic, or work without a route.
    private func does(_ when: String) -> String {
        let verb = hasRoutes ? (isMany(old) ? "take" : "takes") : (isMany(old) ? "do" : "does")
        let object = hasRoutes ? "all traffic" : "all work"
        return when == "still" ? "\(old) still \(verb) \(object)" : "\(old) \(verb) \(object) \(when)"
    }

    private func isMany(_ names: String) -> Bool { names.contains(",") }

    /// Where users are after a rollout that never came to be routed.
    var whenKept: String {
        guard !old.isEmpty else {
            return hasRoutes
                ? "\(new) never took traffic, and nothing served before it"
                : "\(new) is gone, and nothing ran before it"
        }
        if let stopped = stoppedMeanwhile {
            return "\(stopped) stood still while its successor was tried in its place; \(does("again"))"
        }
        if let vacant = vacantBefore {
            return "users of \(vacant) had no answer before it either, since an earlier rollout had halted; "
                + "they have one again once it is healthy"
        }
        return "users were not affected: \(does("still"))"
    }

    /// Where users were, and are, after a rollout that was taken back.
    var whenReverted: String {
        let who = old.isEmpty ? (hasRoutes ? "the route is absent again" : "nothing runs in its place") : does("again")
        guard hasRoutes else { return "\(new) worked until it was taken back; \(who)" }
        if rollout.newServedNobody, !old.isEmpty {
            return "users were not affected: no request had reached \(new) when it was taken back; \(who)"
        }
        let were = rollout.reached == .route ? "may have been" : "were"
        return "users \(were) on \(new) until it was taken back; \(who)"
    }

    /// Where a rollout that halted left the users.
    var whenHalted: String {
        let users = old.isEmpty ? "nothing serves yet" : does("still")
        if rollout.leavesNothingServing { return "nothing serves in place of \(new)" }
        guard rollout.hasSwitched, rollout.leg.precedes(.backHandOver), rollout.hasLedBack != true else { return users }
        return hasRoutes ? "users are on \(new)" : "\(new) does the work"
    }

    /// The old releases that nobody was sent to when it began.
    private var vacantBefore: String? {
        let vacant = rollout.members.filter { $0.wasVacant == true }.compactMap(\.old?.id)
        return vacant.isEmpty ? nil : vacant.map { "\($0)" }.joined(separator: ", ")
    }

    /// The old releases that were stopped for their successors, although those never came to be routed.
    private var stoppedMeanwhile: String? {
        let stopped = rollout.members.compactMap { member -> ReleaseID? in
            guard member.mode == .inPlace, member.spec.kind != .job else { return nil }
            let begins: Leg = member.isRouted ? .vacate : .replace
            return rollout.reached.precedes(begins) ? nil : member.old?.id
        }
        return stopped.isEmpty ? nil : stopped.map { "\($0)" }.joined(separator: ", ")
    }
}
