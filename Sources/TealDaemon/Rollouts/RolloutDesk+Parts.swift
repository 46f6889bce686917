import Logging
import TealCore
import TealEngine

/// Parts of rollouts that other hosts coordinate, among the rollouts of this host.
extension RolloutDesk: PartDesk {
    func admit(_ services: [ServiceKey]) async -> RolloutID? {
        guard reserve(services) else { return nil }
        await overtake(services)
        return nextID()
    }

    func dismiss(_ services: [ServiceKey]) async { giveUp(services) }

    func hold(_ part: RolloutSnapshot) async {
        await book.hold(part.rollout)
        put(part)
        giveUp(part.rollout.services)
    }

    func letGo(of part: RolloutID) async {
        remove(part)
        await book.letGo(of: part)
    }

    func goOnAlone(_ part: RolloutSnapshot) async {
        let runner = put(part)
        let core = RunnerCore(
            snapshot: part,
            boot: clock.boot,
            noteCount: 0,
            age: clock.since(part.createdAt)
        )
        logger.warning(
            "Rollout goes on without its coordinator",
            metadata: [
                "rollout.id": "\(part.rollout.id)",
                "host.name": "\(part.part?.lease.claim.coordinator.description ?? "")",
            ]
        )
        work.yield(.init(runner: runner, core: core, first: .abandoned))
    }
}
