import TealCore
import TealDriverKit
import TealEngine
import Testing

/// Three services in one release, of three kinds: beside the old one with work to hand over, in place, and plain.
@Suite struct `Several services in one release` {
    private static let members: [Member] = {
        var front = Samples.web("front", replicas: 2)
        front.background = Samples.handover
        front.smoke = [Samples.smoke("up"), Samples.smoke("order", method: "POST")]
        var shop = Samples.web("shop", replicas: 1)
        shop.migrate = OnceCommand(command: ["./migrate"])
        shop.smoke = [Samples.smoke("up")]
        shop.hooks = [Hook.Point.beforeStart, .beforeSwitch, .afterSwitch, .afterRelease].map {
            Samples.hook($0.rawValue, $0)
        }
        shop.hooks += [Samples.hook("reverted", .afterRevert)]
        var mail = Samples.web("mail", replicas: 1)
        mail.strategy = .recreate
        return [front, shop, mail].map(Cast.second)
    }()

    /// One step of a release in which all goes well, by what it is of.
    struct Place: Hashable, Sendable, CustomTestStringConvertible {
        let leg: Leg
        let effect: Effect

        var testDescription: String { "\(leg): \(effect)" }
    }

    private static func good() -> Play {
        var play = Play(members)
        play.run()
        return play
    }

    /// Every step on the way forward that is of one service alone, each once.
    ///
    /// The watch's own requests are left out: each is one of many that it judges by.
    static let places: [Place] = {
        var seen: Set<Place> = []
        return good().performed.map { Place(leg: $0.leg, effect: $0.effect) }
            .filter { $0.leg != .watch && member(of: $0.effect) != nil && seen.insert($0).inserted }
    }()

    private static func member(of effect: Effect) -> Int? {
        switch effect {
        case .fetch(let member), .clear(let member, _), .start(let member, _, _), .stop(let member, _),
            .remove(let member, _), .setPolicy(let member, _, _), .setActivity(let member, _, _), .migrate(let member),
            .hook(let member, _), .smokeWrite(let member, _), .probe(let member, _, _), .smoke(let member, _),
            .verify(let member), .look(let member, _):
            member
        case .lease, .preflight, .prepare, .route, .cut, .record, .release, .prune, .sample, .tail: nil
        }
    }

    private static func failure(of effect: Effect) -> StepResult {
        switch effect.kind {
        case .probe, .smoke, .smokeWrite, .verify: .probed(.failed(.status(500)), run: nil)
        case .migrate, .hook: .command(CommandResult(exitCode: 1, tail: ["no"]))
        case .look: .standing([])
        default: .failed(StepFailure(.runtimeFailed(.refused("no"))))
        }
    }

    /// A release in which one step of one service fails each time that it is done.
    private static func play(failing place: Place) -> Play {
        var play = Play(members) { step, _ in
            step.leg == place.leg && step.effect == place.effect ? failure(of: step.effect) : nil
        }
        play.run()
        return play
    }

    @Test func `are all released when nothing goes wrong`() {
        #expect(Self.good().outcome == .settled)
        for member in Self.members.indices {
            #expect(Self.places.contains { Self.member(of: $0.effect) == member && $0.leg == .fetch })
        }
        let phases = Set(Self.places.map(\.leg.phase))
        #expect(phases.isSuperset(of: [.fetch, .migrate, .start, .prove, .smoke, .switching, .settle]))
    }

    @Test(arguments: places)
    func `are released all or none when one of them fails in any phase`(place: Place) {
        let play = Self.play(failing: place)
        let routedNew = play.performed.contains { step in
            if case .route(let directions) = step.effect { directions.contains { $0.side == .new } } else { false }
        }
        switch play.outcome {
        case .settled:
            // What is left over once users are well is only warned of, and so is a restart policy.
            let isMinor = place.leg.isForgiving || place.effect.kind == .setPolicy
            #expect(!place.leg.precedes(.afterRelease) || isMinor, "\(place.testDescription)")
            #expect(!play.warnings.isEmpty)
            return
        case .kept: #expect(!routedNew)
        case .reverted: #expect(routedNew)
        case .halted, nil:
            Issue.record("it ended as \(String(describing: play.outcome))")
            return
        }
        expectTakenBack(play)
    }

    /// All members are back: whatever was started is gone, and no old release that runs beside was stopped.
    private func expectTakenBack(_ play: Play) {
        for (index, member) in Self.members.enumerated() {
            let own = play.performed.filter { Self.member(of: $0.effect) == index }
            let started = own.contains { if case .start(_, .new, _) = $0.effect { true } else { false } }
            let removed = own.contains { $0.effect == .remove(member: index, side: .new) }
            #expect(!started || removed, "\(member.service) is left")
            guard member.mode == .blueGreen else {
                let stopped = own.lastIndex { $0.effect == .stop(member: index, side: .old) }
                let again = own.lastIndex { if case .start(_, .old, _) = $0.effect { true } else { false } }
                #expect(stopped.map { (again ?? -1) > $0 } ?? true, "\(member.service) was not started again")
                continue
            }
            #expect(!own.contains { $0.effect == .stop(member: index, side: .old) }, "\(member.service) was stopped")
        }
        let ends = play.performed.compactMap { if case .record(let end) = $0.effect { end } else { nil } }
        if play.rollout.reached != .fetch { #expect(ends.last == .kept || ends.last == .takenBack) }
    }

    /// The old releases of the others take all the traffic meanwhile, which never ends.
    @Test func `stand still in place only until what was in flight there has ended`() throws {
        var play = Play(Self.members) { step, _ in
            guard step.effect == .sample, step.leg == .drainVacated else { return nil }
            let counted = Self.members.map { member in
                var sides = TrafficSample.Sides()
                if member.mode == .blueGreen { sides.old.requestsInFlight = 5 }
                return sides
            }
            return .sampled(TrafficSample(incarnation: "one", members: counted))
        }
        let isVacated = play.run(to: .drainVacated)
        try #require(isVacated)
        let since = play.now
        #expect(Self.members.indices.filter(play.rollout.isDrained) == [2])
        let isReplaced = play.run(to: .replace)
        try #require(isReplaced)
        #expect(play.now.since(since) < .seconds(1))
        #expect(!play.performed.contains { $0.effect.kind == .cut })
        #expect(Self.members.indices.allSatisfy(play.rollout.isDrained))
    }

    @Test(arguments: 0..<3)
    func `wait in each phase for the slowest of them`(slow: Int) throws {
        // Every step of one of them takes until nothing else is left to do.
        var core = RunnerCore(
            rollout: Rollout(
                id: RolloutID(number: 7),
                kind: .deploy,
                members: Self.members,
                author: "ann",
                now: Timestamp(nanoseconds: 0)
            ),
            boot: Play.boot,
            createdAt: 0
        )
        let answers = Play(Self.members)
        var now = Timestamp(nanoseconds: 0)
        var quick: [Step] = []
        var late: [Step] = []
        var actions = core.handle(.begin, at: now)
        for _ in 0..<3000 where core.rollout.outcome == nil {
            for case .perform(let step) in actions {
                let open = (quick + late).filter { $0.effect.kind.effectClass != .observation }
                if step.effect.kind.effectClass != .observation {
                    for other in open {
                        #expect(other.leg == step.leg, "\(step.effect) begins before \(other.effect) has ended")
                    }
                }
                if Self.member(of: step.effect) == slow { late.append(step) } else { quick.append(step) }
            }
            now = now + .milliseconds(5)
            if let step = quick.first ?? late.first {
                if quick.isEmpty { late.removeFirst() } else { quick.removeFirst() }
                actions = core.handle(.stepEnded(step.number, answers.answer(to: step, at: now)), at: now)
            } else {
                now = max(now, try #require(core.wakeAt))
                actions = core.handle(.tick, at: now)
            }
        }
        #expect(core.rollout.outcome == .settled)
    }
}
