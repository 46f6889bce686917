import TealCore
import TealDriverKit
import TealEngine
import Testing

/// A rollout went back on a full disk, and the daemon ended when only where users went had been written down.
@Suite struct `A way back that was not written down` {
    private static let web = Cast.second(Samples.web(replicas: 1))

    private static func record(_ routed: ServiceRecord.Routed) -> HostState {
        var record = ServiceRecord(service: web.service, environment: Samples.environment)
        record.routed = routed
        return HostState(services: [record])
    }

    /// What is written down of a rollout that has come to a leg.
    private static func written(at leg: Leg) throws -> RolloutSnapshot {
        var play = Play([web])
        let isThere = play.run(to: leg)
        try #require(isThere)
        return try #require(play.entries.last?.snapshot)
    }

    private static func recovering(at leg: Leg) throws -> Play {
        let snapshot = try written(at: leg)
        let later = Timestamp(nanoseconds: 2_000_000_000_000)
        return Play(recovering: snapshot, boot: Play.boot, noteCount: 0, at: later, usersAreBack: true)
    }

    @Test(arguments: [Leg.handOver, .record, .verify, .watch, .drain])
    func `is seen by where the routes lead`(leg: Leg) throws {
        let rollout = try Self.written(at: leg).rollout
        #expect(Self.record(.slot(.blue)).hasTakenBack(rollout))
        #expect(!Self.record(.slot(.green)).hasTakenBack(rollout))
    }

    @Test func `is none before the routes were moved, or once it goes back`() throws {
        #expect(!Self.record(.slot(.blue)).hasTakenBack(try Self.written(at: .prove).rollout))
        #expect(!Self.record(.slot(.blue)).hasTakenBack(try Self.written(at: .route).rollout), "it may be on its way")
        var play = Play([Self.web]) { step, _ in
            step.effect.kind == .verify ? .probed(.failed(.status(502)), run: nil) : nil
        }
        let isBack = play.run(to: .backDrain)
        try #require(isBack)
        #expect(!Self.record(.slot(.blue)).hasTakenBack(play.rollout))
    }

    @Test(arguments: [Leg.handOver, .record, .verify, .watch, .drain])
    func `is gone once more`(leg: Leg) throws {
        var play = try Self.recovering(at: leg)
        play.run()
        #expect(play.outcome == .reverted(.unwritten, notCausedByRelease: false))
        #expect(!play.performed.contains { !$0.leg.isBack })
        #expect(play.wayBack.contains("record takenBack") && !play.wayBack.contains("stop web old"))
        let problem = try #require(play.problem)
        #expect(
            problem.contains(
                "users were on web@2 until it was taken back; web@1 takes all traffic again: when the daemon started again, "
                    + "it had gone back while its journal could not be written, or nothing of the new release ran any more "
                    + "[deploy.unwritten]"
            )
        )
    }

    @Test(arguments: [ServiceRecord.Routed.slot(Self.web.slot), .vacant])
    func `leads the routes back when its end is recorded`(routed: ServiceRecord.Routed) throws {
        let member = Self.web
        var record = ServiceRecord(service: member.service, environment: Samples.environment)
        record.activeSlot = member.slot
        record.routed = routed
        var state = HostState(services: [record])
        let rollout = try Self.written(at: .watch).rollout
        state.end(.takenBack, of: rollout, now: Timestamp(nanoseconds: 0), wallTime: 0)
        #expect(state.services[member.service]?.activeSlot == member.oldSlot)
        #expect(state.services[member.service]?.routed == member.oldSlot.map { .slot($0) })
    }

    /// The switch gave no answer for a while, and a replica started anew meanwhile.
    @Test func `keeps runs that were proven after it was begun`() {
        let member = Self.web
        let place = ReplicaID(service: member.service, slot: member.slot, index: 0)
        let (before, later) = (
            Cast.target(place, member.new.id, run: "1"), Cast.target(place, member.new.id, run: "2")
        )
        var record = ServiceRecord(service: member.service, environment: Samples.environment)
        record[member.slot] = .init(release: member.new.id)
        var state = HostState(services: [record])
        let step = [Effect.Direction(member: 0, side: .new, targets: [before])]
        state.direct(step, of: [member])
        #expect(state.services[member.service]?[member.slot]?.proven == [0: before])
        state.services[member.service]?.prove(later)
        state.direct(step, of: [member])
        #expect(state.services[member.service]?[member.slot]?.proven == [0: later])
    }

    @Test func `is none once the old release was told to stop`() throws {
        var play = try Self.recovering(at: .settle)
        play.run()
        #expect(play.outcome == .settled)
    }
}
