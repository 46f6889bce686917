/// One stretch of a rollout: a list of steps, a gate, or a wait.
///
/// Legs follow each other in the order of their cases;
/// one that has nothing to do is left out.
package enum Leg: String, Hashable, Sendable, Codable, CaseIterable {
    /// Leases of the other hosts, before anything else and again after each time that nobody has renewed them.
    case lease
    case preflight
    case fetch
    case migrate
    /// Hooks that come before anything is started; each has a limit of its own.
    case beforeStart
    /// The new replicas of blue-green members.
    case start
    case prove
    case smoke
    case beforeSwitch
    /// Waits, bounded, for few upgraded connections.
    case quiet
    /// In-place members: their routes answer 503, and what is in flight finishes.
    case vacate
    case drainVacated
    /// In-place members: the old replicas stop, then the new ones start.
    case replace
    case proveReplaced
    case smokeReplaced
    /// The new replicas get the restart policy of the active slot.
    case arm
    /// On several hosts: all have what is to be routed ready, before the first of them moves.
    case prepare
    /// The new replicas are seen to be still those that were proven, as the last thing before users come to them.
    case confirm
    /// All routes of the release move in one table version of each host.
    case route
    /// The old replicas lose the restart policy; background work is handed over.
    case handOver
    /// The service's active slot and `.current_env` follow.
    case record
    /// The new release is seen to answer through the public route.
    case verify
    case afterSwitch
    case watch
    /// On several hosts: each hears that the watch has passed on all, and goes on by itself from here on.
    case release
    case afterRelease
    case drain
    case cut
    case settle
    case prune

    // The way back, in the order that is best for users.

    /// Whether the old replicas are still those that were proven.
    case backLook
    /// Old replicas that are not start again, before users are sent to them.
    case backRevive
    case backReviveProve
    case backRoute
    case backHandOver
    case backDrain
    case backCut
    /// In-place members: the new replicas go, the old ones start again.
    case backReplace
    case backProve
    case backRouteReplaced
    case backRemove
    case backRecord
    case afterRevert

    /// The phase that people see it as part of.
    package var phase: Phase {
        switch self {
        case .lease, .preflight: .preflight
        case .fetch: .fetch
        case .migrate: .migrate
        case .beforeStart, .start: .start
        case .prove: .prove
        case .smoke: .smoke
        case .beforeSwitch, .quiet, .vacate, .drainVacated, .replace, .proveReplaced, .smokeReplaced, .arm, .prepare,
            .confirm, .route, .handOver, .record, .verify:
            .switching
        case .afterSwitch, .watch, .release, .afterRelease: .watch
        case .drain, .cut: .drain
        case .settle, .prune: .settle
        case .backLook, .backRevive, .backReviveProve, .backRoute, .backReplace, .backProve, .backRouteReplaced,
            .backHandOver, .backDrain, .backCut, .backRemove, .backRecord, .afterRevert:
            .revert
        }
    }

    /// Whether it belongs to the way back.
    package var isBack: Bool { phase == .revert }

    /// Whether a failure in it is told and passed over: users are where they belong already.
    package var isForgiving: Bool {
        switch self {
        case .release, .afterRelease, .drain, .cut, .settle, .prune, .backLook, .backHandOver, .backDrain, .backCut,
            .backRemove,
            .afterRevert:
            true
        default: false
        }
    }

    /// Whether what it does may be written down later than it is done: on the way back users come first, and what is
    /// left to do in the end only asks for end states.
    package var mayBeWrittenLater: Bool { isBack || self == .settle || self == .prune }

    /// The leg after this one in the same direction; nil at the end of the way.
    package var next: Leg? {
        let all = Self.allCases
        guard let here = all.firstIndex(of: self), here + 1 < all.count else { return nil }
        let candidate = all[here + 1]
        return candidate.isBack == isBack ? candidate : nil
    }

    /// Whether this leg comes before `other` in the order of cases.
    package func precedes(_ other: Leg) -> Bool {
        let all = Self.allCases
        return (all.firstIndex(of: self) ?? 0) < (all.firstIndex(of: other) ?? 0)
    }
}
