import TealCore
import TealDriverKit
import TealEngine
import Testing

/// A rollout over several hosts went back on a full disk, and the daemon ended when only where users of its own host went
/// had been written down.
@Suite struct `A way back over several hosts that was not written down` {
    private static let bob: HostName = Samples.name("bob")
    private static let web = Samples.web(replicas: 1)
    private static let members = [Cast.second(web), Cast.second(web).on(bob)]

    private static func record(_ routed: ServiceRecord.Routed) -> HostState {
        var record = ServiceRecord(service: members[0].service, environment: Samples.environment)
        record.routed = routed
        return HostState(services: [record])
    }

    private static func written(at leg: Leg, _ members: [Member] = members) throws -> RolloutSnapshot {
        var play = Play(members)
        let isThere = play.run(to: leg)
        try #require(isThere)
        return try #require(play.entries.last?.snapshot)
    }

    private static func recovering(_ snapshot: RolloutSnapshot) -> Play {
        let later = Timestamp(nanoseconds: 2_000_000_000_000)
        return Play(recovering: snapshot, boot: Play.boot, noteCount: 0, at: later, usersAreBack: true)
    }

    @Test(arguments: [Leg.handOver, .record, .verify, .watch])
    func `is gone once more, under leases that are asked for first`(leg: Leg) throws {
        var play = Self.recovering(try Self.written(at: leg))
        play.run()
        #expect(play.outcome == .reverted(.unwritten, notCausedByRelease: false))
        #expect(play.performed.first?.effect == .lease)
        #expect(play.performed.dropFirst().allSatisfy { $0.leg.isBack })
        let routed = play.performed.filter { $0.effect.kind == .route }.map(\.host)
        #expect(Set(routed) == [nil, Self.bob])
    }

    @Test func `ends though the daemon is gone again before it has its leases`() throws {
        let first = Self.recovering(try Self.written(at: .watch))
        let snapshot = try #require(first.entries.last?.snapshot)
        #expect(snapshot.rollout.leg == .lease && snapshot.rollout.backReason == .unwritten)
        #expect(!Self.record(.slot(.blue)).hasTakenBack(snapshot.rollout), "it goes back by what is written down")
        var second = Self.recovering(snapshot)
        second.run()
        #expect(second.outcome == .reverted(.unwritten, notCausedByRelease: false))
    }

    @Test func `is not seen in the routes of other hosts, whose slots are others`() throws {
        let there = Self.members[1]
        let turned = Member(
            service: there.service,
            new: there.new,
            old: there.old,
            slot: .blue,
            oldSlot: .green,
            displaced: nil,
            mode: there.mode,
            warmRuns: false
        )
        let rollout = try Self.written(at: .watch, [Self.members[0], turned.on(Self.bob)]).rollout
        #expect(!Self.record(.slot(.green)).hasTakenBack(rollout))
        #expect(Self.record(.slot(.blue)).hasTakenBack(rollout))
    }
}
