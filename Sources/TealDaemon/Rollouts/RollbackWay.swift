import TealCore
import TealEngine

/// Makes room for a rollback: rollouts that hold its services are followed, taken back, or left to their near end.
struct RollbackWay: Sendable {
    /// How long a rollout that was told to go back may take until it is seen to do so.
    static let seenLimit = Duration.seconds(2)
    /// How long a rollout that is not the answer may take to its end.
    static let freeLimit = Duration.seconds(540)

    /// What a rollback comes to.
    enum Room: Sendable {
        /// A rollout that does, or did, what is asked.
        case answered(RolloutSnapshot)
        /// Nothing holds the services.
        case free
        /// A rollout did not end in time, or the caller has left.
        case held(RolloutSnapshot)
    }

    let desk: RolloutDesk
    let journal: any Journal
    let clock: any HostClock

    /// Returns when a rollback of the services is answered, or may begin.
    func clear(_ services: [ServiceKey], for wish: RollbackWish, by author: String) async -> Room {
        let end = clock.now() + Self.freeLimit
        while true {
            let holders = await desk.holders(of: services)
            guard let holder = holders.first else { return .free }
            guard !Task.isCancelled, clock.now() < end else { return .held(holder) }
            // What another host coordinates is taken back there.
            if let part = holder.part, !part.isAlone { return .held(holder) }
            switch wish.move(over: holder.rollout) {
            case .follow: return .answered(holder)
            case .takeBack:
                for holder in holders { await takeBack(holder, author) }
                if let seen = await goingBack(holder) { return .answered(seen) }
            case .takeBackFirst:
                for holder in holders { await takeBack(holder, author) }
                if let seen = await goingBack(holder), case .halted = seen.rollout.outcome { return .answered(seen) }
                _ = await desk.waitUntilFree(services, until: end)
            case .await: _ = await desk.waitUntilFree(services, until: end)
            }
        }
    }

    private func takeBack(_ holder: RolloutSnapshot, _ author: String) async {
        await desk.send(.takeBack(.rolledBack(by: author)), to: holder.rollout.id)
    }

    /// Waits until a rollout that was told to go back does so.
    ///
    /// - Returns: The rollout; nil when that came too late, since it settles or has settled.
    private func goingBack(_ told: RolloutSnapshot) async -> RolloutSnapshot? {
        let id = told.rollout.id
        let end = clock.now() + Self.seenLimit
        if let seen = await desk.next(of: id, until: end, where: { $0.isGoingBack || $0.phase == .settle }) {
            let isTooLate = !seen.rollout.isGoingBack && seen.rollout.outcome == nil && seen.rollout.phase == .settle
            // Else it goes back, if only after a step that must not be cut short.
            return isTooLate ? nil : seen
        }
        // It has ended meanwhile; what the journal cannot tell is taken from what was seen last.
        let ended = (try? await journal.rollout(id)) ?? told
        if case .settled = ended.rollout.outcome { return nil }
        return ended
    }
}
