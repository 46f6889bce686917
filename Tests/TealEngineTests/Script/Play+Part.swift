import TealCore
import TealEngine
import TealTestSupport
import Testing

extension Play {
    /// The part of a member that another host has of a rollout over two, as it is written down there at a leg.
    static func part(of member: Member, at leg: Leg, isAlone: Bool) throws -> RolloutSnapshot {
        let bob: HostName = Samples.name("bob")
        var play = Play([member, member.on(bob)])
        let isThere = play.run(to: leg)
        try #require(isThere)
        let whole = try #require(play.entries.last?.snapshot)
        let claim = LeaseClaim(
            coordinator: Samples.name("ada"),
            rollout: whole.rollout.id,
            epoch: 1,
            step: 1,
            services: [member.service]
        )
        var part = HostPart(lease: HostLease(claim, as: whole.rollout.id, boot: whole.boot, at: play.now))
        part.isAlone = isAlone
        let own = RolloutPart(of: whole.rollout, on: bob).rollout
        return RolloutSnapshot(boot: whole.boot, rollout: own, createdAt: 0, part: part)
    }
}
