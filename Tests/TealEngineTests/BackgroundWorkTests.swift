import TealCore
import TealDriverKit
import TealEngine
import Testing

/// Which release does background work on the way back, when the new one cannot be told to end its own.
@Suite struct `A job is done by one release at a time` {
    private static var queue: Member {
        var spec = Samples.web(replicas: 1)
        spec.background = Samples.handover
        return Cast.second(spec)
    }

    private static func play(failing kinds: Set<EffectKind>) -> Play {
        let reason = Reason.runtimeFailed(.refused("made to fail"))
        var play = Play([queue]) { step, _ in
            if step.effect.kind == .verify { return .probed(.failed(.status(502)), run: nil) }
            let isWay = step.leg == .backHandOver || step.leg == .backRemove
            guard isWay, kinds.contains(step.effect.kind), step.effect != begun else { return nil }
            return .failed(StepFailure(reason))
        }
        play.run()
        return play
    }

    private static let ended = Effect.setActivity(member: 0, side: .new, active: false)
    private static let begun = Effect.setActivity(member: 0, side: .old, active: true)

    private static func order(_ play: Play) -> [Effect] {
        let told = [ended, begun, .stop(member: 0, side: .new)]
        return play.performed.filter { $0.leg.isBack && told.contains($0.effect) }.map(\.effect)
    }

    @Test func `the old release works as soon as the new one has said that it does not`() {
        #expect(Self.order(Self.play(failing: [])) == [Self.ended, Self.begun, .stop(member: 0, side: .new)])
    }

    /// What was to start again would come up working, as it was made.
    @Test func `the old release starts again by itself only once it works`() throws {
        let effects = Self.play(failing: []).performed.map(\.effect)
        let works = try #require(effects.firstIndex(of: Self.begun))
        let policy = Effect.setPolicy(member: 0, side: .old, .unlessStopped)
        #expect(effects.filter { $0 == policy }.count == 1)
        #expect(try #require(effects.firstIndex(of: policy)) > works)
        let stuck = Self.play(failing: [.setActivity, .stop]).performed.map(\.effect)
        #expect(!stuck.contains(policy))
    }

    @Test func `an old release that ends while it is proven again is started without work`() throws {
        var play = Play([Self.queue]) { step, _ in
            switch step.effect {
            case .verify: .probed(.failed(.status(502)), run: nil)
            case .look(_, .old): .standing([])
            default: nil
            }
        }
        let isThere = play.run(to: .backReviveProve)
        try #require(isThere)
        let old = Self.queue.replicas(.old)[0]
        play.feed(.replicaEvent(ReplicaEvent(replica: old, kind: .ended(.init(code: 137, outOfMemory: false)))))
        play.run()
        let starts = play.performed.filter { if case .start(_, .old, _) = $0.effect { true } else { false } }
        #expect(starts.map(\.leg) == [.backRevive, .backReviveProve])
        #expect(starts.allSatisfy { $0.effect == .start(member: 0, side: .old, active: false) })
        #expect(Self.order(play).prefix(2) == [Self.ended, Self.begun])
    }

    @Test func `which release works for sure is not known while the work is handed over, nor on the way back`() throws {
        var play = Play([Self.queue]) { step, _ in
            step.effect.kind == .verify ? .probed(.failed(.status(502)), run: nil) : nil
        }
        let known: [(Leg, Slot?)] = [
            (.prove, .blue), (.route, .blue), (.handOver, nil), (.record, .green), (.verify, .green), (.backRoute, nil),
            (.backRecord, nil),
        ]
        for (leg, slot) in known {
            let isThere = play.run(to: leg)
            try #require(isThere, "\(leg)")
            #expect(play.rollout.workingSlot(of: Self.queue.service) == slot, "\(leg)")
        }
    }

    @Test func `which release works for sure is known after a start once the work was handed over again`() throws {
        var before = Play([Self.queue])
        let isSwitched = before.run(to: .watch)
        try #require(isSwitched)
        let snapshot = try #require(before.entries.last?.snapshot)
        var play = Play(recovering: snapshot, boot: Play.boot, noteCount: 0, at: before.now)
        #expect(play.rollout.workingSlot(of: Self.queue.service) == nil)
        let isHandedOver = play.run(to: .record)
        try #require(isHandedOver)
        #expect(play.rollout.workingSlot(of: Self.queue.service) == .green)
    }

    @Test func `before the work is handed over the old release does it, also on the way back`() throws {
        var spec = Samples.web(replicas: 1)
        spec.background = Samples.handover
        var first = Play([Cast.first(spec)])
        #expect(first.rollout.workingSlot(of: Self.queue.service) == nil)
        let isFirst = first.run(to: .watch)
        try #require(isFirst)
        #expect(first.rollout.workingSlot(of: Self.queue.service) == .blue)
        var aborted = Play([Self.queue])
        let isProving = aborted.run(to: .prove)
        try #require(isProving)
        aborted.feed(.takeBack(.aborted(by: "ann")))
        #expect(aborted.rollout.workingSlot(of: Self.queue.service) == .blue)
    }

    /// Users are on what a halted rollout led them to, and what was active before still works beside it.
    @Test func `what users are on starts without work while what is recorded as active works`() throws {
        var play = Play([Self.queue])
        let isProving = play.run(to: .prove)
        try #require(isProving)
        var record = ServiceRecord(service: Self.queue.service, environment: Samples.environment)
        record.activeSlot = .green
        let state = HostState(services: [record])
        let users = Self.queue.replicas(.old)[0]
        let other = ReplicaID(service: Self.queue.service, slot: .green, index: 0)
        func mayWork(besideWork works: Bool?) -> Bool {
            let running = [Cast.running(other, Self.queue.new.id, isActive: works)]
            return state.mayWork(users, Self.queue.new, during: play.rollout, beside: running)
        }
        #expect(!mayWork(besideWork: true) && !mayWork(besideWork: nil))
        #expect(mayWork(besideWork: false))
        record.activeSlot = .blue
        #expect(HostState(services: [record]).mayWork(users, Self.queue.new, during: play.rollout))
    }

    @Test func `when the new release says nothing, the old one works once it is gone`() {
        let play = Self.play(failing: [.setActivity])
        #expect(Self.order(play) == [Self.ended, .stop(member: 0, side: .new), Self.begun])
    }

    @Test func `when the new release cannot even be stopped, the old one is not set to work beside it`() {
        let play = Self.play(failing: [.setActivity, .stop])
        #expect(Self.order(play) == [Self.ended, .stop(member: 0, side: .new)])
        guard case .reverted = play.outcome else {
            Issue.record("it ended with \(String(describing: play.outcome))")
            return
        }
    }
}
