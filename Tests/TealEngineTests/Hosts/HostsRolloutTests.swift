import TealCore
import TealDriverKit
import TealEngine
import Testing

/// One rollout of two services on three hosts, one of which is the coordinator's own.
@Suite struct `A release on several hosts` {
    static let bob: HostName = Samples.name("bob")
    static let cyd: HostName = Samples.name("cyd")
    static let hosts: [HostName?] = [nil, bob, cyd]

    static let members: [Member] = {
        var web = Samples.web("web", replicas: 1)
        web.migrate = OnceCommand(command: ["./migrate"])
        web.smoke = [Samples.smoke("up")]
        web.background = Samples.handover
        var mail = Samples.web("mail", replicas: 1)
        mail.strategy = .recreate
        return [web, mail].flatMap { spec in hosts.map { Cast.second(spec).on($0) } }
    }()

    private static func played(_ script: @escaping Play.Script = { _, _ in nil }) -> Play {
        var play = Play(members, .deploy, script)
        play.run()
        return play
    }

    private static func steps(_ play: Play, _ kind: EffectKind) -> [Step] {
        play.performed.filter { $0.effect.kind == kind }
    }

    // MARK: All well

    @Test func `asks each host for its lease first, and gives it back at the end`() {
        let play = Self.played()
        #expect(play.outcome == .settled)
        #expect(play.performed.prefix(2).map(\.effect) == [.lease, .lease])
        #expect(Self.steps(play, .lease).map(\.host) == [Self.bob, Self.cyd])
        #expect(play.givenBack == [Self.bob, Self.cyd])
    }

    @Test func `gives every step its host, and what is of more than one member is one step for each host`() {
        let play = Self.played()
        for step in play.performed {
            guard let member = step.effect.member else { continue }
            #expect(step.host == Self.members[member].host, "\(step.effect)")
        }
        for kind in [EffectKind.preflight, .prune] { #expect(Self.steps(play, kind).map(\.host) == Self.hosts) }
        let records = Self.steps(play, .record)
        #expect(records.map(\.host) == Self.hosts + Self.hosts)
        for step in Self.steps(play, .route) {
            guard case .route(let directions) = step.effect else { continue }
            #expect(directions.allSatisfy { Self.members[$0.member].host == step.host })
        }
    }

    @Test func `migrates once, whatever number of hosts there are`() {
        #expect(Self.steps(Self.played(), .migrate).map(\.host) == [nil])
    }

    @Test func `moves no host's routes before all have them ready`() throws {
        let play = Self.played()
        let prepared = play.performed.indices.filter { play.performed[$0].effect.kind == .prepare }
        let routed = play.performed.indices.filter { play.performed[$0].leg == .route }
        #expect(prepared.count == 3 && routed.count == 3)
        #expect(try #require(prepared.max()) < #require(routed.min()))
        let done = try #require(
            play.entries.firstIndex { $0.ended.contains { $0.step.number == play.performed[prepared[2]].number } }
        )
        let begun = try #require(play.entries.firstIndex { $0.began.contains { $0.leg == .route } })
        #expect(done <= begun)
    }

    @Test func `lets every host know of the release once the watch has passed on all`() throws {
        let play = Self.played()
        #expect(Self.steps(play, .release).map(\.host) == [Self.bob, Self.cyd])
        let told = try #require(play.performed.firstIndex { $0.effect == .release })
        #expect(play.performed[..<told].contains { $0.leg == .watch })
        #expect(!play.performed[told...].contains { $0.leg == .watch })
        #expect(play.rollout.told == [Self.bob, Self.cyd])
    }

    @Test func `is watched on each host by its own counters`() {
        // Only the second host answers errors.
        let play = Self.played { step, play in
            guard step.effect == .sample, step.leg == .watch else { return nil }
            var sides = Array(repeating: TrafficSample.Sides(), count: Self.members.count)
            for index in sides.indices where Self.members[index].host == step.host {
                sides[index].new.successes = UInt64(play.now.nanoseconds / 10_000_000)
                if index == 1 { sides[index].new.serverErrors = sides[index].new.successes }
            }
            return .sampled(TrafficSample(incarnation: step.host?.description ?? "ada", members: sides))
        }
        guard case .reverted(.watchFailed(let release, _), _) = play.outcome else {
            Issue.record("it ended as \(String(describing: play.outcome))")
            return
        }
        #expect(release == Self.members[1].new.id)
        #expect(play.rollout.backHost == Self.bob)
        #expect(play.problem?.contains("on host bob") == true)
    }

    // MARK: One of them fails

    /// One step of a release in which all goes well, by what it is of.
    struct Place: Hashable, Sendable, CustomTestStringConvertible {
        let leg: Leg
        let effect: Effect
        let host: HostName?

        var testDescription: String { "\(leg): \(effect) on \(host?.description ?? "its own host")" }
    }

    /// Every kind of step in every leg of the way forward, on the second host.
    static let places: [Place] = {
        var seen: Set<String> = []
        return played().performed.filter { step in
            step.host == bob && step.leg != .watch && step.effect != .sample
                && seen.insert("\(step.leg) \(step.effect.kind)").inserted
        }.map { Place(leg: $0.leg, effect: $0.effect, host: $0.host) }
    }()

    private static func failure(of effect: Effect) -> StepResult {
        switch effect.kind {
        case .probe, .smoke, .smokeWrite, .verify: .probed(.failed(.status(500)), run: nil)
        case .migrate, .hook: .command(CommandResult(exitCode: 1, tail: ["no"]))
        case .look: .standing([])
        default: .failed(StepFailure(.runtimeFailed(.refused("no"))))
        }
    }

    @Test func `can fail on one host in every phase`() {
        let phases = Set(Self.places.map(\.leg.phase))
        #expect(phases.isSuperset(of: [.preflight, .fetch, .start, .prove, .smoke, .switching, .watch, .settle]))
    }

    @Test(arguments: places) func `is released on all hosts or on none when one host fails in any phase`(place: Place) {
        let play = Self.played { step, _ in
            step.leg == place.leg && step.effect == place.effect && step.host == place.host
                ? Self.failure(of: step.effect) : nil
        }
        switch play.outcome {
        case .settled:
            let isMinor = place.leg.isForgiving || place.effect.kind == .setPolicy
            #expect(isMinor, "\(place.testDescription)")
        case .halted(.hostsDiffer(let named)): #expect(place.effect == .release && named == [Self.bob])
        case .kept:
            #expect(!play.performed.contains { $0.leg == .route })
            expectBack(play)
        case .reverted: expectBack(play)
        case .halted, nil: Issue.record("it ended as \(String(describing: play.outcome))")
        }
    }

    /// Every host on which anything was started is rid of it, and every one that was routed is routed back.
    private func expectBack(_ play: Play) {
        for (index, member) in Self.members.enumerated() {
            let own = play.performed.filter { $0.effect.member == index }
            let started = own.contains { if case .start(_, .new, _) = $0.effect { true } else { false } }
            let removed = own.contains { $0.effect == .remove(member: index, side: .new) }
            #expect(!started || removed, "\(member.placement) is left")
        }
        for host in Self.hosts where play.performed.contains(where: { $0.leg == .route && $0.host == host }) {
            let isBack = play.performed.contains { $0.leg == .backRoute && $0.effect.kind == .route && $0.host == host }
            #expect(isBack, "\(host?.description ?? "its own host") is not routed back")
        }
    }

    // MARK: Leases

    /// The legs in which a rollout waits or works on the second host.
    static let forward: [Leg] = [.preflight, .fetch, .start, .prove, .smoke, .prepare, .route, .handOver, .watch]

    @Test(arguments: forward)
    func `goes back where it can once leases have not been renewed in time, and begins nothing elsewhere`(leg: Leg) {
        var play = Play(Self.members)
        play.run(to: leg)
        play.now = play.now + .seconds(28)
        play.feed(.tick)
        let after = play.performed.count
        #expect(play.rollout.alone == [Self.bob, Self.cyd])
        play.run()
        switch play.outcome {
        case .kept(.leaseLost), .reverted(.leaseLost, _): break
        default: Issue.record("it ended as \(String(describing: play.outcome))")
        }
        #expect(play.performed[after...].allSatisfy { $0.host == nil })
        #expect(!play.performed[after...].contains { $0.leg == .route })
    }

    @Test func `is held on to as long as its renewals are answered`() {
        var web = Samples.web(replicas: 1)
        // Longer than a lease's limit.
        web.drain.requests = .seconds(60)
        var play = Play(Self.hosts.map { Cast.second(web).on($0) }) { step, play in
            guard step.effect == .sample, step.leg == .drain else { return nil }
            return .sampled(play.sample { _, old in old.requestsInFlight = 1 })
        }
        play.run(to: .drain)
        let began = play.now
        play.run()
        #expect(play.outcome == .settled)
        #expect(play.now.since(began) >= .seconds(60))
        #expect(play.rollout.alone == nil)
    }

    @Test func `names a host that could not be told of the release, and halts with what brings it after`() {
        let play = Self.played { step, _ in
            step.effect == .release && step.host == Self.bob
                ? .failed(StepFailure(.leaseRefused(Self.bob, .ended))) : nil
        }
        #expect(play.outcome == .halted(.hostsDiffer([Self.bob])))
        #expect(play.problem?.contains("bob may be on another release") == true)
        #expect(play.problem?.contains("teal deploy mail web") == true)
        // The others have been settled all the same.
        let settled = play.performed.filter { $0.effect == .record(.settled) }.map(\.host)
        #expect(settled == [nil, Self.cyd])
    }

    @Test func `goes on when a host's lease is lost after it has been told of the release`() {
        let play = Self.played { step, _ in
            step.leg == .settle && step.host == Self.bob ? .failed(StepFailure(.leaseRefused(Self.bob, .ended))) : nil
        }
        #expect(play.outcome == .settled)
        #expect(play.warnings.contains { $0.contains("bob") })
    }

    @Test func `goes back without a host whose lease is refused at once, with nothing changed`() {
        let play = Self.played { step, _ in
            step.effect == .lease && step.host == Self.cyd
                ? .failed(StepFailure(.leaseRefused(Self.cyd, .busy("r3 of bob")))) : nil
        }
        #expect(play.outcome == .kept(.leaseRefused(Self.cyd, .busy("r3 of bob"))))
        #expect(play.performed.allSatisfy { $0.effect == .lease })
    }

    @Test(arguments: [Leg.start, .watch, .drain, .settle])
    func `asks for its leases again after its daemon was gone, and goes on`(leg: Leg) throws {
        var play = Play(Self.members)
        play.run(to: leg)
        let snapshot = try #require(play.entries.last?.snapshot)
        var again = Play(recovering: snapshot, boot: Play.boot, noteCount: 0, at: play.now + .seconds(1))
        #expect(again.performed.map(\.effect) == [.lease, .lease])
        again.run()
        #expect(again.outcome == .settled)
        #expect(!again.warnings.contains { $0.contains("by itself") })
    }

    @Test func `asks nothing more of hosts that refuse their leases while it goes back already`() throws {
        var play = Play(Self.members)
        play.run(to: .prove)
        let snapshot = try #require(play.entries.last?.snapshot)
        let later = play.now + .seconds(60)
        var again = Play(recovering: snapshot, boot: Play.boot, noteCount: 0, at: later) { step, _ in
            guard step.effect == .lease, let host = step.host else { return nil }
            return .failed(StepFailure(.leaseRefused(host, .ended)))
        }
        again.run()
        #expect(again.outcome == .kept(.leaseRefused(Self.bob, .ended)))
        #expect(again.rollout.alone == [Self.bob, Self.cyd])
        #expect(again.performed.allSatisfy { $0.effect == .lease || $0.host == nil })
    }

    @Test func `leads a host back under the lease that it has granted while another one refused`() throws {
        var play = Play(Self.members)
        play.run(to: .prove)
        let snapshot = try #require(play.entries.last?.snapshot)
        let later = play.now + .seconds(60)
        var again = Play(recovering: snapshot, boot: Play.boot, noteCount: 0, at: later) { step, _ in
            guard step.effect == .lease, step.host == Self.bob else { return nil }
            return .failed(StepFailure(.leaseRefused(Self.bob, .ended)))
        }
        again.run()
        #expect(again.outcome == .kept(.leaseRefused(Self.bob, .ended)))
        #expect(again.performed.contains { $0.leg == .backRemove && $0.host == Self.cyd })
        #expect(again.givenBack == [Self.cyd])
    }

    // MARK: Alone

    /// What a host does by itself once its lease has run out, by the last leg of which it has written anything down.
    @Test(arguments: [
        (Leg.preflight, "kept"), (.fetch, "kept"), (.start, "kept"), (.smoke, "kept"), (.prepare, "kept"),
        (.route, "reverted"), (.handOver, "reverted"), (.watch, "reverted"),
        (.release, "settled"), (.drain, "settled"), (.settle, "settled"),
    ])
    func `is carried on alone by what a host has written down last`(leg: Leg, end: String) throws {
        var play = Play(Self.members)
        play.run(to: leg)
        let part = RolloutPart(of: play.rollout, on: Self.bob).rollout
        #expect(part.members.allSatisfy { $0.host == nil } && part.members.count == 2)
        var alone = Play(abandoned: part, at: play.now + .seconds(30))
        alone.run()
        let word =
            switch alone.outcome {
            case .kept: "kept"
            case .reverted: "reverted"
            case .settled: "settled"
            case .halted, nil: "\(String(describing: alone.outcome))"
            }
        #expect(word == end)
        let routes = alone.performed.filter { $0.effect.kind == .route }
        #expect(routes.isEmpty == (end != "reverted") || end == "kept")
        #expect(!alone.performed.contains { $0.effect.kind == .migrate })
    }
}
