import Foundation
import TealCore
import TealDriverKit
import TealEngine
import Testing

/// Rollouts as an earlier build wrote them down, one for each leg.
///
/// `TEAL_UPDATE_FIXTURES=1` writes them anew, which only a change of the stored form's version may make necessary.
@Suite struct `A rollout that an earlier build wrote down goes on in this one` {
    /// Legs that only pass by: the cut belongs to the drain that it ends, and some are of several hosts alone.
    static let passing: Set<Leg> = [.cut, .backCut, .lease, .prepare, .release]
    static let stored = Leg.allCases.filter { !passing.contains($0) }
    static let isUpdating = ProcessInfo.processInfo.environment["TEAL_UPDATE_FIXTURES"] == "1"
    /// More notes than any stored rollout has.
    private static let noteCount = 100

    private static func file(_ leg: Leg) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(leg.rawValue).json")
    }

    /// A blue-green and an in-place service with everything that gives a leg something to do.
    private static var members: [Member] {
        var web = Samples.web(replicas: 1)
        web.background = Samples.handover
        web.migrate = OnceCommand(command: ["./migrate"])
        web.hooks = Hook.Point.allCases.map { Samples.hook($0.rawValue, $0) }
        web.smoke = [Samples.smoke("home"), Samples.smoke("order", method: "POST")]
        web.switchWhen = .quiet(upgradedMax: 0, limit: .seconds(1))
        var ledger = Samples.web("ledger", replicas: 1)
        ledger.strategy = .recreate
        ledger.smoke = [Samples.smoke("books")]
        return [Cast.second(web), Cast.second(ledger)]
    }

    /// The first entry of each leg of a rollout that settles, and of one that is taken back under traffic.
    private static func played() -> [Leg: RolloutSnapshot] {
        var forward = Play(members)
        forward.run()
        var back = Play(members) { step, play in
            // The old release has ended meanwhile, so that it has to be started and proven again.
            if case .look(_, .old) = step.effect { return .standing([]) }
            guard step.effect == .sample, step.leg == .watch else { return nil }
            return .sampled(play.sample { new, _ in new.serverErrors = new.successes })
        }
        back.run()
        var first: [Leg: RolloutSnapshot] = [:]
        for entry in forward.entries + back.entries where first[entry.snapshot.rollout.leg] == nil {
            first[entry.snapshot.rollout.leg] = entry.snapshot
        }
        return first
    }

    @Test func `every leg is entered by one of the two rollouts that the fixtures come from`() throws {
        let played = Self.played()
        #expect(Set(played.keys) == Set(Self.stored))
        guard Self.isUpdating else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        for (leg, snapshot) in played { try encoder.encode(snapshot).write(to: Self.file(leg)) }
    }

    @Test(arguments: stored) func `it is read as it was written`(leg: Leg) throws {
        let snapshot = try Self.read(leg)
        #expect(snapshot.format == 1)
        #expect(snapshot.rollout.leg == leg)
        #expect(snapshot.rollout.outcome == nil)
        let again = try JSONDecoder().decode(RolloutSnapshot.self, from: JSONEncoder().encode(snapshot))
        #expect(again == snapshot)
    }

    @Test(arguments: stored, [true, false])
    func `it comes to its end by itself, in the same boot and after another`(leg: Leg, sameBoot: Bool) throws {
        let snapshot = try Self.read(leg)
        let now =
            sameBoot
            ? snapshot.rollout.began + .seconds(60) : Timestamp(nanoseconds: Duration.seconds(5).nanoseconds)
        var play = Play(
            recovering: snapshot,
            boot: sameBoot ? snapshot.boot : BootID("another"),
            noteCount: Self.noteCount,
            at: now
        )
        let ended = play.run()
        #expect(ended, "it stands still in \(play.rollout.leg)")
        if leg.isBack {
            guard case .reverted(.watchFailed, _) = play.outcome else {
                Issue.record("\(leg) ended as \(String(describing: play.outcome))")
                return
            }
        } else {
            #expect(play.outcome == .settled)
            #expect(play.rollout.moments.keys.count == Moment.allCases.count)
        }
        let numbers = play.entries.flatMap(\.notes).map(\.sequence)
        #expect(numbers == Array(numbers.indices).map { Self.noteCount + 1 + $0 })
        #expect(Set(play.performed.map(\.number)).count == play.performed.count)
    }

    private static func read(_ leg: Leg) throws -> RolloutSnapshot {
        try JSONDecoder().decode(RolloutSnapshot.self, from: Data(contentsOf: file(leg)))
    }
}
