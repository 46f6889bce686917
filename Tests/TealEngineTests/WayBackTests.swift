import TealCore
import TealDriverKit
import TealEngine
import Testing

/// Users are sent only to what runs and was proven.
@Suite struct `On the way, and on the way back,` {
    private static let web = Cast.second(Samples.web(replicas: 2))

    private static func play(_ member: Member = web, standing: [TrafficTarget]?) -> Play {
        var play = Play([member]) { step, _ in
            switch step.effect {
            case .verify: .probed(.failed(.status(502)), run: nil)
            case .look(_, .old):
                standing.map { .standing($0) } ?? .failed(StepFailure(.runtimeFailed(.unreachable(reason: "x"))))
            default: nil
            }
        }
        play.run()
        return play
    }

    private static func route(_ play: Play) -> [TrafficTarget]? {
        for step in play.performed where step.leg == .backRoute {
            if case .route(let directions) = step.effect { return directions.first?.targets }
        }
        return nil
    }

    @Test func `old replicas that still run as they were proven take the traffic at once`() {
        let all = Cast.targets(Self.web, .old)
        let play = Self.play(standing: all)
        #expect(Self.route(play) == all)
        #expect(!play.wayBack.contains("start web old"))
    }

    @Test func `one old replica that is left takes the traffic, and no dead one is named`() {
        let one = [Cast.targets(Self.web, .old)[1]]
        #expect(Self.route(Self.play(standing: one)) == one)
    }

    @Test(arguments: [[], nil] as [[TrafficTarget]?])
    func `old replicas that ended are started and proven before users are sent to them`(standing: [TrafficTarget]?) {
        let play = Self.play(standing: standing)
        #expect(play.wayBack.prefix(2) == ["start web old", "route web old"])
        let proof = play.performed.filter { $0.leg == .backReviveProve && $0.effect.kind == .probe }
        #expect(proof.count == 2 * Self.web.spec.health.passes)
        #expect(Self.route(play) == Cast.targets(Self.web, .old))
        guard case .reverted = play.outcome else {
            Issue.record("it ended with \(String(describing: play.outcome))")
            return
        }
    }

    @Test func `when the old release does not become healthy, users stay where they are and are told`() {
        var play = Play([Self.web]) { step, _ in
            switch step.effect {
            case .verify: .probed(.failed(.status(502)), run: nil)
            case .look(_, .old): .standing([])
            case .probe where step.leg.isBack: .probed(.failed(.status(500)), run: nil)
            default: nil
            }
        }
        play.run()
        guard case .halted(.revertFailed) = play.outcome else {
            Issue.record("it ended with \(String(describing: play.outcome))")
            return
        }
        #expect(play.problem?.hasPrefix("error: users are on web@2; the rollout halted") == true)
    }

    // MARK: In place

    private static func inPlace(_ change: (inout ServiceSpec) -> Void = { _ in }) -> Member {
        var spec = Samples.web(replicas: 1)
        spec.strategy = .recreate
        change(&spec)
        return Cast.second(spec)
    }

    @Test func `a service that is replaced in place is smoke-tested before users come to it`() {
        let member = Self.inPlace { $0.smoke = [Samples.smoke("home")] }
        var play = Play([member]) { step, _ in
            step.effect.kind == .smoke ? .probed(.failed(.status(500)), run: nil) : nil
        }
        play.run()
        guard case .kept(.smokeFailed) = play.outcome else {
            Issue.record("it ended with \(String(describing: play.outcome))")
            return
        }
        #expect(!play.performed.contains { $0.leg == .route })
        #expect(play.wayBack.contains("start web old"))
    }

    /// Users had been led back on a full disk, which was written down nowhere, when the daemon ended.
    @Test(arguments: [Leg.route, .record, .watch])
    func `after a start what is in flight on the old release ends before that is stopped in place`(leg: Leg) throws {
        let member = Self.inPlace()
        var before = Play([member])
        let isThere = before.run(to: leg)
        try #require(isThere)
        let snapshot = try #require(before.entries.last?.snapshot)
        var again = Play(recovering: snapshot, boot: Play.boot, noteCount: 0, at: before.now) { step, play in
            guard step.effect == .sample, step.leg == .drainVacated else { return nil }
            return .sampled(play.sample { _, old in old.upgradedOpen = 1 })
        }
        let isReplaced = again.run(to: .replace)
        try #require(isReplaced)
        #expect(again.now.since(before.now) >= member.spec.drain.upgraded)
        #expect(again.performed.contains { $0.effect == .cut(side: .old, requests: true, upgraded: true) })
        #expect(!again.performed.contains { $0.leg == .vacate }, "users of the new one stay there")
    }

    /// The same, once that users are back is written down and that the rollout goes back is not.
    @Test func `a route that leads to the old release again after it was vacated tells of a way back`() throws {
        let member = Self.inPlace()
        var play = Play([member])
        let isThere = play.run(to: .route)
        try #require(isThere)
        let rollout = try #require(play.entries.last?.snapshot.rollout)
        var record = ServiceRecord(service: member.service, environment: Samples.environment)
        for routed in [ServiceRecord.Routed.vacant, .slot(member.slot)] {
            record.routed = routed
            #expect(!HostState(services: [record]).hasTakenBack(rollout))
        }
        record.routed = .slot(try #require(member.oldSlot))
        #expect(HostState(services: [record]).hasTakenBack(rollout))
    }

    @Test(arguments: Strategy.allCases)
    func `old replicas that are healthy again take the traffic though another one is not`(strategy: Strategy) {
        let member = Self.inPlace {
            $0.strategy = strategy
            $0.replicas = 2
        }
        var play = Play([member]) { step, _ in
            switch step.effect {
            case .verify: .probed(.failed(.status(502)), run: nil)
            case .look(_, .old): .standing([])
            case .probe(_, .old, index: 0) where step.leg.isBack: .probed(.failed(.status(500)), run: nil)
            default: nil
            }
        }
        play.run()
        guard case .reverted = play.outcome else {
            Issue.record("it ended with \(String(describing: play.outcome))")
            return
        }
        let routed = play.performed.compactMap { step in
            if step.leg.isBack, case .route(let directions) = step.effect { directions.first?.targets } else { nil }
        }
        #expect(routed.last == [Cast.targets(member, .old)[1]])
        let words = "did not become healthy again; the rollout goes back with the others"
        #expect(play.warnings.contains { $0.hasSuffix("-0 \(words)") })
    }

    /// Its runtime gives no answer to another start of one that ended, or to its policy, which are not waited for once the
    /// others are healthy.
    @Test(arguments: [EffectKind.start, .setPolicy])
    func `users do not wait for an old replica that is given up`(silent: EffectKind) {
        let member = Self.inPlace { $0.replicas = 2 }
        var began: Timestamp?
        var play = Play([member]) { step, _ in
            switch step.effect {
            case .verify: .probed(.failed(.status(502)), run: nil)
            case .probe(_, .old, index: 0): .probed(.failed(.notRunning(nil)), run: nil)
            default:
                step.leg == .backProve && step.effect.kind == silent
                    ? .failed(.init(.runtimeFailed(.timedOut("a call")), isPassing: true)) : nil
            }
        }
        play.run { play in
            if play.rollout.leg == .backProve, began == nil { began = play.now }
            return play.rollout.leg == .backRouteReplaced
        }
        let limit = member.spec.health.deadline + .seconds(1)
        #expect(began.map { play.now.since($0) < limit } == true)
        #expect(play.rollout.givenUp == [PlacedReplica(member.replicas(.old)[0])])
    }

    /// One of several was healthy again and users were led to it; the daemon ended while a hook ran.
    @Test func `who was led back in place stays there when the daemon starts again`() throws {
        let member = Self.inPlace { $0.replicas = 2 }
        let old = try #require(member.oldSlot)
        var record = ServiceRecord(service: member.service, environment: Samples.environment)
        record[old] = .init(release: try #require(member.old?.id))
        for routed in [ServiceRecord.Routed.vacant, .slot(member.slot), .slot(old)] {
            record.routed = routed
            #expect(!HostState(services: [record]).servesOld(member), "nobody is proven there")
        }
        record.prove(Cast.targets(member, .old)[1])
        #expect(HostState(services: [record]).servesOld(member))
        record.routed = .slot(member.slot)
        #expect(!HostState(services: [record]).servesOld(member))
        var before = Play([member]) { step, _ in
            step.effect.kind == .verify ? .probed(.failed(.status(502)), run: nil) : nil
        }
        let isThere = before.run(to: .backRemove)
        try #require(isThere)
        let snapshot = try #require(before.entries.last?.snapshot)
        for servesOld in [true, false] {
            var again = Play(
                recovering: snapshot,
                boot: Play.boot,
                noteCount: 0,
                at: before.now,
                servesOld: servesOld
            ) { step, _ in
                if case .probe(_, .old, _) = step.effect { .probed(.failed(.status(500)), run: nil) } else { nil }
            }
            again.run()
            guard case .halted(.revertFailed) = again.outcome else {
                Issue.record("it ended with \(String(describing: again.outcome))")
                return
            }
            let words = again.problem ?? "none"
            // The old one may have ended while the daemon was gone, or with its machine.
            #expect(words.contains("nothing serves in place of web@2") == !servesOld, "\(words)")
            #expect(words.contains("web@1 still takes all traffic") == servesOld, "\(words)")
        }
    }

    /// What serves is asked of all that is replaced in place on this host, and of nothing else.
    @Test func `a rollout's old releases serve when each that was replaced in place does`() throws {
        let member = Self.inPlace()
        let old = try #require(member.oldSlot)
        let now = Timestamp(nanoseconds: 0)
        func serves(_ state: HostState, _ members: Member...) -> Bool {
            state.servesOld(in: Rollout(id: .init(number: 7), kind: .deploy, members: members, author: "ann", now: now))
        }
        #expect(!serves(HostState(), member))
        #expect(serves(HostState(), Cast.second(Samples.web()), member.on(Samples.name("bob"))))
        var record = ServiceRecord(service: member.service, environment: Samples.environment)
        record[old] = .init(release: try #require(member.old?.id))
        record.routed = .slot(old)
        record.prove(Cast.targets(member, .old)[0])
        #expect(serves(HostState(services: [record]), member, Cast.second(Samples.web())))
    }

    @Test func `a halt with nothing serving says so first`() {
        let member = Self.inPlace()
        var play = Play([member]) { step, _ in
            step.effect.kind == .probe ? .probed(.failed(.status(500)), run: nil) : nil
        }
        play.run()
        #expect(play.rollout.leavesNothingServing)
        #expect(play.problem?.hasPrefix("error: nothing serves in place of web@2; the rollout halted") == true)
    }

    @Test func `hooks before the start have their own limits, not that of the start`() {
        var spec = Samples.web(replicas: 1)
        spec.hooks = [Samples.hook("backup", .beforeStart)]
        var play = Play([Cast.second(spec)])
        play.run(to: .beforeStart)
        play.now = play.now + spec.timeouts.start + .seconds(1)
        play.feed(.tick)
        #expect(play.rollout.leg == .beforeStart)
        play.run()
        #expect(play.outcome == .settled)
    }

    // MARK: Before the switch

    @Test func `a replica that died after its proof is noticed before users come to it`() {
        var play = Play([Self.web]) { step, _ in
            guard case .look(_, .new) = step.effect else { return nil }
            return .standing([Cast.targets(Self.web, .new)[0]])
        }
        play.run()
        let dead = Self.web.replicas(.new)[1]
        #expect(play.outcome == .kept(.replicaDied(Self.web.new.id, dead, nil)))
        #expect(!play.performed.contains { $0.effect.kind == .route })
    }

    @Test func `after another boot no route names what was proven before it`() {
        var state = HostState()
        var record = ServiceRecord(service: Self.web.service, environment: Samples.environment)
        let targets = Cast.targets(Self.web, .old)
        record.blue = .init(release: targets[0].release, proven: [0: targets[0], 1: targets[1]])
        state.services[record.service] = record
        let running = Cast.running(Self.web, .old)
        state.keepProven(running: [running[1]], now: 0)
        #expect(state.services[record.service]?.blue?.proven == [1: targets[1]])
        state.keepProven(running: [Cast.running(running[1].id, targets[1].release, run: "2")], now: 0)
        #expect(state.services[record.service]?.blue?.proven.isEmpty == true)
    }

    /// A host on which both releases are proven and users are led to one of them.
    private static func proven(routed slot: Slot) -> HostState {
        var record = ServiceRecord(service: web.service, environment: Samples.environment)
        record.blue = .init(release: Cast.targets(web, .old)[0].release)
        record.green = .init(release: web.new.id)
        for target in Cast.targets(web, .old) + Cast.targets(web, .new) { record.prove(target) }
        record.routed = .slot(slot)
        return HostState(services: [record])
    }

    /// A rollout that goes back after its switch, as it was written down last.
    private static func goingBack(to leg: Leg) throws -> RolloutSnapshot {
        var play = Play([web]) { step, _ in
            step.effect.kind == .verify ? .probed(.failed(.status(502)), run: nil) : nil
        }
        let isThere = play.run(to: leg)
        try #require(isThere)
        return try #require(play.entries.last?.snapshot)
    }

    /// The daemon ended before the switch had said that it follows the new release, which ended meanwhile.
    @Test(arguments: [Leg.route, .handOver])
    func `after a start users stay with the old release when the new one is gone first`(leg: Leg) throws {
        var play = Play([Self.web])
        let isThere = play.run(to: leg)
        try #require(isThere)
        let snapshot = try #require(play.entries.last?.snapshot)
        var state = Self.proven(routed: .green)
        var alive = state
        alive.keepProven(running: Cast.running(Self.web, .new), unended: [snapshot], now: 0)
        #expect(alive.services[Self.web.service]?.routed == .slot(.green))
        state.keepProven(running: Cast.running(Self.web, .old), unended: [snapshot], now: 0)
        #expect(state.services[Self.web.service]?.routed == .slot(.blue))
        // Once they were there, they had nobody until now.
        #expect(state.services[Self.web.service]?.outages.count == (leg == .route ? 0 : 1))
        #expect(state.services[Self.web.service]?.outages.allSatisfy { $0.ended != nil } == true)
    }

    /// The daemon ended with the new release, which had users and was not released yet: nobody waits for it.
    @Test(arguments: [Leg.handOver, .verify, .watch])
    func `after a start users go back at once when the new release is gone, and the rollout follows`(leg: Leg) throws {
        var play = Play([Self.web])
        let isThere = play.run(to: leg)
        try #require(isThere)
        let snapshot = try #require(play.entries.last?.snapshot)
        var state = Self.proven(routed: .green)
        state.keepProven(running: Cast.running(Self.web, .old), unended: [snapshot], now: 0)
        #expect(state.services[Self.web.service]?.routed == .slot(.blue))
        #expect(state.hasTakenBack(snapshot.rollout))
        var again = Play(recovering: snapshot, boot: Play.boot, noteCount: 0, at: play.now, usersAreBack: true)
        again.run()
        #expect(again.outcome == .reverted(.unwritten, notCausedByRelease: false))
        #expect(!again.wayBack.contains("stop web old"))
        var both = Self.proven(routed: .green)
        both.keepProven(running: [], unended: [snapshot], now: 0)
        #expect(both.services[Self.web.service]?.routed == .slot(.green), "nobody is better off elsewhere")
    }

    /// The same on a host that another one coordinates: it says so, and is told where users go.
    @Test(arguments: [false, true])
    func `after a start users of a part are moved only once it is alone`(isAlone: Bool) throws {
        let snapshot = try Play.part(of: Self.web, at: .watch, isAlone: isAlone)
        var state = Self.proven(routed: .green)
        state.keepProven(running: Cast.running(Self.web, .old), unended: [snapshot], now: 0)
        #expect(state.services[Self.web.service]?.routed == .slot(isAlone ? .blue : .green))
        #expect(state.services[Self.web.service]?.outages.map { $0.ended != nil } == [isAlone])
    }

    @Test(arguments: [Leg.watch, .drain])
    func `after a start the end of a release that was gone back to, or released, moves nobody`(leg: Leg) throws {
        var play = Play(
            [leg == .drain ? Self.web : Cast.back(Samples.web(replicas: 2))],
            leg == .drain ? .deploy : .rollback
        )
        let isThere = play.run(to: leg)
        try #require(isThere)
        let snapshot = try #require(play.entries.last?.snapshot)
        let member = snapshot.rollout.members[0]
        var record = ServiceRecord(service: member.service, environment: Samples.environment)
        for target in Cast.targets(member, .old) + Cast.targets(member, .new) {
            if record[target.replica.slot] == nil { record[target.replica.slot] = .init(release: target.release) }
            record.prove(target)
        }
        record.routed = .slot(member.slot)
        var state = HostState(services: [record])
        state.keepProven(running: Cast.running(member, .old), unended: [snapshot], now: 0)
        #expect(state.services[member.service]?.routed == .slot(member.slot))
    }

    // MARK: Hooks

    private static func hooked(_ point: Hook.Point) -> Member {
        var spec = Samples.web(replicas: 1)
        spec.hooks = [Samples.hook("warm", point)]
        return Cast.second(spec)
    }

    @Test func `a hook of the new release does not keep users there`() throws {
        var play = Play([Self.hooked(.afterSwitch)])
        let isThere = play.run(to: .afterSwitch)
        try #require(isThere)
        play.feed(.takeBack(.rolledBack(by: "ann")))
        #expect(play.rollout.leg == .backLook)
        #expect(!play.rollout.openSteps.contains { $0.effect.kind == .hook })
        #expect(
            play.warnings == ["the hook 'warm' of web@2 is not waited for: it goes on by itself, up to its limit"]
        )
        play.run()
        #expect(play.outcome == .reverted(.rolledBack(by: "ann"), notCausedByRelease: false))
    }

    @Test func `before the switch a hook is waited for, since users are well`() throws {
        var play = Play([Self.hooked(.beforeSwitch)])
        let isThere = play.run(to: .beforeSwitch)
        try #require(isThere)
        play.feed(.takeBack(.rolledBack(by: "ann")))
        #expect(play.rollout.leg == .beforeSwitch && play.rollout.openSteps.contains { $0.effect.kind == .hook })
        play.run()
        #expect(play.outcome == .kept(.rolledBack(by: "ann")))
        #expect(play.warnings.isEmpty)
    }

    // MARK: Ends that take long to be written down

    /// The journal's disk is full for so many seconds from the first try on.
    private static func slowRecord(_ end: Effect.RecordedEnd, seconds: Int, fails: Bool) -> Play {
        var first: Timestamp?
        var play = Play([Cast.second(Samples.web(replicas: 1))]) { step, play in
            if fails, step.effect.kind == .verify { return .probed(.failed(.status(502)), run: nil) }
            guard step.effect == .record(end) else { return nil }
            if first == nil { first = play.now }
            guard let since = first, play.now.since(since) < .seconds(seconds) else { return nil }
            return .failed(StepFailure(.diskFull(path: "/journal"), isPassing: true))
        }
        play.run()
        return play
    }

    private static func isWritten(_ end: Effect.RecordedEnd, _ play: Play) -> Bool {
        play.entries.flatMap(\.ended).contains { $0.step.effect == .record(end) && $0.result == .done }
    }

    @Test(arguments: [30, 200, 420])
    func `what has ended is written down as soon as there is room, however long that takes`(seconds: Int) {
        let settled = Self.slowRecord(.settled, seconds: seconds, fails: false)
        #expect(settled.outcome == .settled && Self.isWritten(.settled, settled))
        let back = Self.slowRecord(.takenBack, seconds: seconds, fails: true)
        #expect(Self.isWritten(.takenBack, back))
        guard case .reverted = back.outcome else {
            Issue.record("it ended with \(String(describing: back.outcome))")
            return
        }
    }

    /// The same on the way back: the old release ended before the switch had said that it follows it again.
    @Test(arguments: [Leg.backRoute, .backDrain])
    func `after a start users stay with the new release when the old one is gone first`(leg: Leg) throws {
        let snapshot = try Self.goingBack(to: leg)
        var state = Self.proven(routed: .blue)
        state.keepProven(running: Cast.running(Self.web, .new), unended: [snapshot], now: 0)
        #expect(state.services[Self.web.service]?.routed == .slot(leg == .backRoute ? .green : .blue))
    }

    /// The new release ended and the rollout had begun to go back, when the daemon ended as well.
    @Test(arguments: [Leg.backLook, .backRoute])
    func `after a start users are led back to the old release when the new one is gone`(leg: Leg) throws {
        let snapshot = try Self.goingBack(to: leg)
        var state = Self.proven(routed: .green)
        state.keepProven(running: Cast.running(Self.web, .old), unended: [snapshot], now: 0)
        #expect(state.services[Self.web.service]?.routed == .slot(.blue))
    }
}
