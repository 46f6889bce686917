import TealCore
import TealDriverKit
import TealEngine
import Testing

/// What users and people see when a phase fails: the outcome, the way back in order, and the words.
@Suite struct `A phase that fails leaves users on the old release` {
    private static let web = Cast.second(Samples.web(replicas: 1))
    private static let old = web.old?.id ?? web.new.id
    private static let replica = ReplicaID(service: web.service, slot: .green, index: 0)
    /// The way back before the switch.
    private static let removal = ["stop web new", "remove web new", "record kept"]
    /// The way back after the switch.
    private static let reversal = [
        "route web old", "policy web old unless-stopped", "policy web new no", "stop web new", "remove web new",
        "record takenBack",
    ]

    private static func play(
        _ members: [Member] = [web],
        _ kind: Rollout.Kind = .deploy,
        _ script: @escaping Play.Script = { _, _ in nil }
    ) -> Play {
        var play = Play(members, kind, script)
        play.run()
        return play
    }

    private static func failing(_ kind: EffectKind, _ reason: Reason) -> Play.Script {
        { step, _ in step.effect.kind == kind && !step.leg.isBack ? .failed(StepFailure(reason)) : nil }
    }

    private static func probing(_ failure: ProbeFailure) -> Play.Script {
        { step, _ in step.effect.kind == .probe ? .probed(.failed(failure), run: RunID("web-green-0-1")) : nil }
    }

    private static func problem(_ lines: String...) -> String { lines.joined(separator: "\n") }

    // MARK: Before anything runs

    @Test func `preflight: nothing has changed, and the one problem is told as it is`() {
        let full = Problem("preflight.disk", "nothing has been changed: 2 MB are free, 80 MB are needed", at: ["/var"])
        let play = Self.play([Self.web], .deploy, Self.failing(.preflight, .preflight([full])))
        #expect(play.outcome == .kept(.preflight([full])))
        #expect(play.wayBack.isEmpty)
        #expect(play.problem == full.description)
    }

    @Test func `preflight: several problems are told together`() {
        let one = Problem("preflight.disk", "the disk is full", at: ["/var"], next: ["Free space"])
        let two = Problem("preflight.memory", "memory is short")
        let play = Self.play([Self.web], .deploy, Self.failing(.preflight, .preflight([one, two])))
        #expect(play.wayBack.isEmpty)
        #expect(
            play.problem
                == Self.problem(
                    "error: users were not affected: web@1 still takes all traffic; "
                        + "the disk is full; memory is short [deploy.preflight]",
                    "  at:   the disk is full",
                    "        /var",
                    "        memory is short",
                    "  next: Free space"
                )
        )
    }

    @Test func `fetch: nothing has changed`() {
        let reason = Reason.fetchFailed(Self.web.new.id, .contentDamaged("it hashes to 12"))
        let play = Self.play([Self.web], .deploy, Self.failing(.fetch, reason))
        #expect(play.outcome == .kept(reason))
        #expect(play.wayBack.isEmpty)
        #expect(
            play.problem
                == "error: users were not affected: web@1 still takes all traffic; "
                + "web@2 could not be fetched: its content is damaged: it hashes to 12 [deploy.fetch-failed]"
        )
    }

    @Test func `migrate: the old keeps all traffic and what it wrote last is told`() {
        var spec = Samples.web(replicas: 1)
        spec.migrate = OnceCommand(command: ["./migrate"])
        let end = CommandResult(exitCode: 1, tail: ["adds the column", "relation exists already"])
        let play = Self.play([Cast.second(spec)]) { step, _ in step.effect.kind == .migrate ? .command(end) : nil }
        #expect(play.outcome == .kept(.migrationFailed(Self.web.new.id, end)))
        #expect(play.wayBack == ["record kept"])
        #expect(
            play.problem
                == Self.problem(
                    "error: users were not affected: web@1 still takes all traffic; "
                        + "the migration of web@2 ended with 1: relation exists already [deploy.migration-failed]",
                    "  at:     | adds the column",
                    "          | relation exists already"
                )
        )
    }

    @Test func `migrate: an end that cannot be found halts the rollout until a person decides`() {
        var spec = Samples.web(replicas: 1)
        spec.migrate = OnceCommand(command: ["./migrate"])
        let reason = Reason.stepLost(.migrate, name: "r7-migrate-0-1")
        var play = Self.play([Cast.second(spec)], .deploy, Self.failing(.migrate, reason))
        #expect(play.outcome == .halted(reason))
        #expect(play.wayBack.isEmpty)
        #expect(
            play.problem
                == Self.problem(
                    "error: web@1 still takes all traffic; the rollout halted: how the migrate 'r7-migrate-0-1' ended "
                        + "cannot be found, and it is never repeated by itself [deploy.step-unknown]",
                    "  next: Look whether the migrate was done, then `teal resume r7 --done` or `teal resume r7 --again`"
                )
        )
        play.feed(.resume(again: false))
        let ended = play.run()
        #expect(ended)
        #expect(play.outcome == .settled)
        #expect(play.performed.count { $0.effect.kind == .migrate } == 1)
    }

    @Test func `migrate: what a person has repeated runs under a new name`() {
        var spec = Samples.web(replicas: 1)
        spec.migrate = OnceCommand(command: ["./migrate"])
        let reason = Reason.stepLost(.migrate, name: "r7-migrate-0-1")
        var play = Self.play([Cast.second(spec)]) { step, _ in
            step.effect.kind == .migrate && step.attempt == 1 ? .failed(StepFailure(reason)) : nil
        }
        play.feed(.resume(again: true))
        let ended = play.run()
        #expect(ended)
        #expect(play.outcome == .settled)
        let names = play.performed.filter { $0.effect.kind == .migrate }.map { $0.onceName(in: play.rollout.id) }
        #expect(names == ["r7-migrate-0-1", "r7-migrate-0-2"])
    }

    // MARK: Before the switch

    @Test func `start: the new replicas are removed`() {
        let reason = Reason.startFailed(Self.web.new.id, .portTaken(port: 9100, by: "nginx"))
        let play = Self.play([Self.web], .deploy, Self.failing(.start, reason))
        #expect(play.outcome == .kept(reason))
        #expect(play.wayBack == Self.removal)
        #expect(
            play.problem
                == Self.problem(
                    "error: users were not affected: web@1 still takes all traffic; "
                        + "web@2 could not be started: port 9100 is taken by nginx [deploy.start-failed]",
                    "  next: Free the port or change `ports` of the service in teal.yml"
                )
        )
    }

    @Test(
        arguments: [
            (ProbeFailure.status(503), "answered 503", 7),
            (.status(404), "answered 404: the health path does not exist there", 7),
            (.refused, "nothing listens on 127.0.0.1:9100", 167),
            (.wrongPort(own: [8080, 9090]), "nothing listens on 127.0.0.1:9100; it listens on 8080, 9090", 167),
            (
                .anotherProcess(pid: 12, name: "nginx"),
                "another process answers on 127.0.0.1:9100 ('nginx', pid 12)", 7
            ),
            (.redirected(status: 302, to: "/login"), "answered 302, redirected to /login", 7),
        ]
    )
    func `prove: a deadline tells what was seen last`(failure: ProbeFailure, words: String, probes: Int) {
        let play = Self.play([Self.web], .deploy, Self.probing(failure))
        guard case .kept(.unhealthy(let release, let diagnosis)) = play.outcome else {
            Issue.record("it ended as \(String(describing: play.outcome))")
            return
        }
        #expect(release == Self.web.new.id)
        #expect(diagnosis.failure == failure)
        #expect(diagnosis.exit == nil)
        #expect(play.wayBack == Self.removal)
        #expect(
            play.problem
                == Self.problem(
                    "error: users were not affected: web@1 still takes all traffic; "
                        + "web@2 was not healthy within 5 s: \(words) [deploy.health-timeout]",
                    "  at:   web-green-0 at 127.0.0.1:9100, \(probes) probes",
                    "          | last words",
                    "  next: See its last lines with `teal logs web@2`, or change `health` of web in teal.yml"
                )
        )
    }

    @Test func `prove: a replica that is killed for its memory fails at once, not at the deadline`() {
        var play = Play([Self.web], .deploy, Self.probing(.refused))
        play.run(to: .prove)
        let began = play.now
        play.run { $0.performed.count { $0.effect.kind == .probe } == 2 }
        let exit = ReplicaExit(code: 137, outOfMemory: true)
        play.feed(.replicaEvent(ReplicaEvent(replica: Self.replica, kind: .ended(exit))))
        #expect(play.rollout.leg.isBack)
        #expect(play.now.since(began) < .milliseconds(100))
        play.run()
        #expect(play.wayBack == Self.removal)
        #expect(
            play.problem
                == Self.problem(
                    "error: users were not affected: web@1 still takes all traffic; "
                        + "web@2 exited 137, out of memory before it was healthy [deploy.exited]",
                    "  at:   web-green-0 at 127.0.0.1:9100, 1 probe",
                    "          | last words",
                    "  next: See its last lines with `teal logs web@2`, or change `health` of web in teal.yml"
                )
        )
    }

    @Test func `prove: what is told late of the run before, or of a process below the first one, decides nothing`() {
        var play = Play([Self.web], .deploy, Self.probing(.refused))
        play.run(to: .prove)
        play.run { $0.performed.count { $0.effect.kind == .probe } == 2 }
        let exit = ReplicaExit(code: 137, outOfMemory: true)
        let before = RunID("the run before")
        let own = Cast.running(play.rollout.members[0], .new).first?.run
        for kind in [ReplicaEvent.Kind.ended(exit), .unhealthy, .removed] {
            play.feed(.replicaEvent(ReplicaEvent(replica: Self.replica, kind: kind, run: before)))
        }
        play.feed(.replicaEvent(ReplicaEvent(replica: Self.replica, kind: .outOfMemory)))
        #expect(!play.rollout.leg.isBack)
        play.feed(.replicaEvent(ReplicaEvent(replica: Self.replica, kind: .ended(exit), run: own)))
        #expect(play.rollout.leg.isBack)
    }

    @Test func `prove: what the image's own check finds unhealthy fails at once, not at the deadline`() {
        var play = Play([Self.web], .deploy, Self.probing(.refused))
        play.run(to: .prove)
        let began = play.now
        play.run { $0.performed.count { $0.effect.kind == .probe } == 2 }
        play.feed(.replicaEvent(ReplicaEvent(replica: Self.replica, kind: .unhealthy)))
        #expect(play.rollout.leg.isBack)
        #expect(play.now.since(began) < .milliseconds(100))
        play.run()
        #expect(play.wayBack == Self.removal)
        #expect(
            play.problem
                == Self.problem(
                    "error: users were not affected: web@1 still takes all traffic; "
                        + "web@2 is unhealthy: its own health check says so [deploy.unhealthy]",
                    "  at:   web-green-0 at 127.0.0.1:9100, 1 probe",
                    "          | last words",
                    "  next: See its last lines with `teal logs web@2`, or change `health` of web in teal.yml"
                )
        )
    }

    @Test func `watch: a new release that turns unhealthy is taken back; the old one's own check decides nothing`() {
        var play = Play([Self.web])
        play.run(to: .watch)
        let old = ReplicaID(service: Self.web.service, slot: .blue, index: 0)
        play.feed(.replicaEvent(ReplicaEvent(replica: old, kind: .unhealthy)))
        #expect(!play.rollout.leg.isBack)
        play.feed(.replicaEvent(ReplicaEvent(replica: Self.replica, kind: .unhealthy)))
        #expect(play.rollout.leg.isBack)
        play.feed(.replicaEvent(ReplicaEvent(replica: old, kind: .unhealthy)))
        play.run()
        #expect(play.wayBack == Self.reversal)
        guard case .reverted(.unhealthy, _) = play.outcome else {
            Issue.record("it ended as \(String(describing: play.outcome))")
            return
        }
    }

    @Test func `a service that is only called by its name is switched and drained as any other`() {
        var spec = Samples.web(replicas: 1)
        spec.routes = []
        let member = Cast.second(spec)
        let play = Self.play([member])
        #expect(play.outcome == .settled)
        let routes = play.performed.compactMap { step -> [Effect.Direction]? in
            if case .route(let directions) = step.effect { directions } else { nil }
        }
        #expect(routes == [[.init(member: 0, side: .new, targets: Cast.targets(member, .new))]])
        let legs = play.entries.map(\.snapshot.rollout.leg)
        #expect(legs.contains(.watch) && legs.contains(.drain))
        #expect(play.rollout.watched.synthetic == 0)
    }

    @Test func `smoke: a wrong answer keeps the new release from its users`() {
        var spec = Samples.web(replicas: 1)
        spec.smoke = [Samples.smoke("home")]
        let play = Self.play([Cast.second(spec)]) { step, _ in
            step.effect.kind == .smoke
                ? .probed(.failed(.bodyDiffers(expected: "data.ready = true", got: "false")), run: nil) : nil
        }
        #expect(play.wayBack == Self.removal)
        #expect(
            play.problem
                == Self.problem(
                    "error: users were not affected: web@1 still takes all traffic; web@2 failed its smoke test "
                        + "'home': its body differs: expected data.ready = true, got false [deploy.smoke-failed]",
                    "  at:     | last words",
                    "  next: See its last lines with `teal logs web@2`"
                )
        )
    }

    @Test func `smoke: a writing request whose end is unknown is not sent again`() throws {
        var spec = Samples.web(replicas: 1)
        spec.smoke = [Samples.smoke("order", method: "POST")]
        var first = Play([Cast.second(spec)])
        first.run { $0.performed.last?.effect.kind == .smokeWrite }
        let snapshot = try #require(first.entries.last?.snapshot)
        var play = Play(recovering: snapshot, boot: Play.boot, noteCount: 50, at: first.now)
        let ended = play.run()
        #expect(ended)
        #expect(play.outcome == .halted(.stepLost(.smokeWrite, name: "r7-smoke-0-0-1")))
        #expect(play.performed.isEmpty)
        play.feed(.resume(again: false))
        let endedAgain = play.run()
        #expect(endedAgain)
        #expect(play.outcome == .settled)
        #expect(play.performed.allSatisfy { $0.effect.kind != .smokeWrite })
    }

    @Test(arguments: [Play.boot, BootID("another")])
    func `the time that a rollout was halted counts as its time, and not against its limit`(boot: BootID) throws {
        var spec = Samples.web(replicas: 1)
        spec.migrate = OnceCommand(command: ["./migrate"])
        let reason = Reason.stepLost(.migrate, name: "r7-migrate-0-1")
        let halted = Self.play([Cast.second(spec)], .deploy, Self.failing(.migrate, reason))
        let snapshot = try #require(halted.entries.last?.snapshot)
        // After another boot its clock begins anew, and the wall clock says how long ago it was.
        let now = boot == Play.boot ? halted.now + .seconds(7200) : Timestamp(nanoseconds: 5_000_000_000)
        var play = Play(recovering: snapshot, boot: boot, noteCount: 50, at: now, age: .seconds(7200))
        play.feed(.resume(again: false))
        let ended = play.run()
        #expect(ended && play.outcome == .settled)
        let moment = try #require(play.rollout.moments[.switched])
        #expect(moment >= .seconds(7200) && moment < .seconds(7260))
    }

    @Test func `a first release that fails says that nothing served before it`() {
        let play = Self.play([Cast.first(Samples.web(replicas: 1))], .deploy, Self.probing(.status(500)))
        #expect(play.wayBack == Self.removal)
        #expect(
            play.problem
                == Self.problem(
                    "error: web@1 never took traffic, and nothing served before it; "
                        + "web@1 was not healthy within 5 s: answered 500 [deploy.health-timeout]",
                    "  at:   web-blue-0 at 127.0.0.1:9000, 7 probes",
                    "          | last words",
                    "  next: See its last lines with `teal logs web@1`, or change `health` of web in teal.yml"
                )
        )
    }

    @Test func `a person who aborts keeps the old release`() {
        var play = Play([Self.web])
        play.run(to: .prove)
        play.feed(.takeBack(.aborted(by: "ann")))
        play.run()
        #expect(play.outcome == .kept(.aborted(by: "ann")))
        #expect(play.wayBack == Self.removal)
        #expect(
            play.problem
                == "error: users were not affected: web@1 still takes all traffic; aborted by ann [deploy.aborted]"
        )
    }

    @Test func `what was done for good before a failure is said`() {
        var spec = Samples.web(replicas: 1)
        spec.migrate = OnceCommand(command: ["./migrate"])
        spec.hooks = [Samples.hook("warm", .beforeStart), Samples.hook("tell", .afterRevert)]
        let play = Self.play([Cast.second(spec)], .deploy, Self.probing(.status(503)))
        #expect(play.rollout.doneForGood == [.migrate(member: 0), .hook(member: 0, index: 0)])
        #expect(
            play.problem
                == Self.problem(
                    "error: users were not affected: web@1 still takes all traffic; "
                        + "web@2 was not healthy within 5 s: answered 503 [deploy.health-timeout]",
                    "  at:   web-green-0 at 127.0.0.1:9100, 7 probes",
                    "          | last words",
                    "        the migration of web@2 was applied before that and stays",
                    "        the hook 'warm' of web@2 ran before that",
                    "  next: See its last lines with `teal logs web@2`, or change `health` of web in teal.yml"
                )
        )
    }

    @Test func `a service that was replaced in place is not said to have gone on`() {
        var spec = Samples.web(replicas: 1)
        spec.strategy = .recreate
        let play = Self.play([Cast.second(spec)]) { step, _ in
            step.effect.kind == .probe && !step.leg.isBack ? .probed(.failed(.status(503)), run: nil) : nil
        }
        #expect(
            play.wayBack == [
                "route web nowhere", "stop web new", "remove web new", "start web old",
                "policy web old unless-stopped", "route web old", "stop web new", "remove web new", "record kept",
            ]
        )
        #expect(
            play.problem?.hasPrefix(
                "error: web@1 stood still while its successor was tried in its place; web@1 takes all traffic again; "
                    + "web@2 was not healthy within 5 s: answered 503 [deploy.health-timeout]"
            ) == true
        )
    }

    // MARK: After the switch

    @Test func `switch: a table that is refused is taken back at once`() {
        let reason = Reason.switchFailed(.refused("two routes for web.example"))
        let play = Self.play([Self.web], .deploy, Self.failing(.route, reason))
        #expect(play.outcome == .reverted(reason, notCausedByRelease: false))
        #expect(play.wayBack == Self.reversal)
        #expect(
            play.problem
                == Self.problem(
                    "error: users may have been on web@2 until it was taken back; web@1 takes all traffic again: the "
                        + "switch failed: two routes for web.example [deploy.switch-failed]",
                    "  next: Look at `teal doctor`"
                )
        )
    }

    @Test func `switch: when no request came to the new release, its users were not affected`() {
        let reason = Reason.diskFull(path: "/home/proxy/table")
        let play = Self.play { step, play in
            switch step.effect.kind {
            case .route where step.leg == .route: .failed(StepFailure(reason))
            case .sample: .sampled(play.sample { new, _ in new = TargetCounters() })
            default: nil
            }
        }
        #expect(play.outcome == .reverted(reason, notCausedByRelease: false))
        #expect(
            play.problem?.hasPrefix(
                "error: users were not affected: no request had reached web@2 when it was taken back; web@1 takes all "
                    + "traffic again: the disk that holds /home/proxy/table is full [deploy.disk-full]"
            ) == true
        )
    }

    @Test(arguments: [ReplicaExit(code: 137, outOfMemory: false), nil] as [ReplicaExit?])
    func `way back, in place: an old replica that ends while it proves itself is started again`(exit: ReplicaExit?) {
        var web = Samples.web(replicas: 1)
        web.strategy = .recreate
        let member = Cast.second(web)
        var asked = 0
        var play = Play([member], .deploy) { step, _ in
            guard step.leg == .proveReplaced || step.leg == .backProve, step.effect.kind == .probe else { return nil }
            guard step.leg == .backProve else { return .probed(.failed(.status(500)), run: nil) }
            asked += 1
            return asked > 2
                ? nil : .probed(.failed(.notRunning(exit)), run: nil)
        }
        play.run()
        #expect(asked == 5, "two that found it gone, three that it passed")
        #expect(play.performed.filter { $0.leg == .backProve && $0.effect.kind == .start }.count == 2)
        #expect(play.performed.filter { $0.leg == .backProve && $0.effect.kind == .setPolicy }.count == 2)
        guard case .kept(.unhealthy) = play.outcome else {
            Issue.record("it ended with \(String(describing: play.outcome))")
            return
        }
    }

    @Test func `switch: a release that does not answer through the public route is taken back`() {
        let play = Self.play { step, _ in
            step.effect.kind == .verify ? .probed(.failed(.status(502)), run: nil) : nil
        }
        #expect(play.wayBack == Self.reversal)
        #expect(play.performed.count { $0.effect.kind == .verify } == 4)
        #expect(
            play.problem
                == Self.problem(
                    "error: users were on web@2 until it was taken back; web@1 takes all traffic again: web@2 did not "
                        + "answer through the public route: answered 502 [deploy.not-reachable]",
                    "  at:     | last words",
                    "  next: See what it wrote with `teal logs web@2`"
                )
        )
    }

    /// From the switch on half of the new release's answers are errors, and of the old one's from the revert on.
    private static func errors(alike: Bool) -> Play.Script {
        { step, play in
            guard step.effect == .sample else { return nil }
            if step.leg == .watch { return .sampled(play.sample { new, _ in new.serverErrors = new.successes }) }
            guard alike, step.leg == .backDrain else { return nil }
            return .sampled(play.sample { _, old in old.serverErrors = old.successes })
        }
    }

    @Test func `watch: errors under traffic take users back`() {
        let play = Self.play([Self.web], .deploy, Self.errors(alike: false))
        let failure = WatchVerdict.Failure.errors(share: 0.5, before: 0, requests: 50)
        #expect(play.outcome == .reverted(.watchFailed(Self.web.new.id, failure), notCausedByRelease: false))
        #expect(play.wayBack == Self.reversal)
        #expect(play.rollout.moments[.switched] != nil)
        #expect(play.rollout.moments[.released] == nil)
        #expect(
            play.problem
                == Self.problem(
                    "error: users were on web@2 until it was taken back; web@1 takes all traffic again: web@2 failed "
                        + "under traffic: 50.0 % of 50 answers were errors, 0.0 % before the switch [deploy.watch-failed]",
                    "  at:     | last words",
                    "  next: See what it wrote with `teal logs web@2`"
                )
        )
    }

    @Test func `watch: an old release that fails alike is said not to be this release's doing`() {
        let play = Self.play([Self.web], .deploy, Self.errors(alike: true))
        guard case .reverted(.watchFailed, notCausedByRelease: true) = play.outcome else {
            Issue.record("it ended as \(String(describing: play.outcome))")
            return
        }
        #expect(
            play.problem?.contains(
                "0.0 % before the switch, and the old release fails alike: not caused by this release [deploy.watch"
            ) == true
        )
    }

    @Test func `watch: a person who rolls back brings the old release back at once`() {
        var play = Play([Self.web])
        play.run(to: .watch)
        play.feed(.takeBack(.rolledBack(by: "ann")))
        #expect(play.performed.last?.effect.kind == .look)
        play.run { $0.rollout.leg == .backRoute }
        #expect(play.performed.last?.effect.kind == .route)
        play.run()
        #expect(play.outcome == .reverted(.rolledBack(by: "ann"), notCausedByRelease: false))
        #expect(play.wayBack == Self.reversal)
        #expect(
            play.problem
                == "error: users were on web@2 until it was taken back; web@1 takes all traffic again: "
                + "rolled back by ann [deploy.rolled-back]"
        )
    }

    @Test func `switch: a rollback goes back when its release ends before its route is followed`() {
        let member = Cast.back(Samples.web())
        var play = Play([member], .rollback) { step, _ in
            guard step.leg == .route else { return nil }
            return .failed(.init(.switchFailed(.unreachable(reason: "no answer")), isPassing: true))
        }
        play.run(to: .route)
        let exit = ReplicaExit(code: 3, outOfMemory: false)
        play.feed(.replicaEvent(.init(replica: member.replicas(.new)[0], kind: .ended(exit))))
        play.run()
        let reason = Reason.replicaDied(member.new.id, member.replicas(.new)[0], exit)
        #expect(play.outcome == .reverted(reason, notCausedByRelease: false))
    }

    @Test func `switch: the same after a start of the daemon, unless users may have been led there before it`() throws {
        let member = Cast.back(Samples.web())
        let unheard: Play.Script = { step, _ in
            guard step.leg == .route else { return nil }
            return .failed(.init(.switchFailed(.unreachable(reason: "no answer")), isPassing: true))
        }
        for (leg, isTakenBack) in [(Leg.prove, true), (.route, false)] {
            var before = Play([member], .rollback, unheard)
            let isThere = before.run(to: leg)
            try #require(isThere)
            let snapshot = try #require(before.entries.last?.snapshot)
            var play = Play(recovering: snapshot, boot: Play.boot, noteCount: 0, at: before.now, unheard)
            let isRouting = play.run { $0.rollout.leg == .route && !$0.rollout.openSteps.isEmpty }
            try #require(isRouting)
            let exit = ReplicaExit(code: 3, outOfMemory: false)
            play.feed(.replicaEvent(.init(replica: member.replicas(.new)[0], kind: .ended(exit))))
            #expect((play.rollout.leg != .route || play.rollout.waitsToGoBack) == isTakenBack, "\(leg)")
        }
    }

    @Test func `watch: a rollback stays where it is and says what it saw`() {
        let play = Self.play([Cast.back(Samples.web())], .rollback, Self.errors(alike: false))
        #expect(play.outcome == .settled)
        #expect(play.problem == nil)
        #expect(
            play.warnings == [
                "web@1 failed under traffic: 50.0 % of 50 answers were errors, 0.0 % before the switch"
            ]
        )
    }

    @Test func `watch: a rollback that names a later release is taken back as a deploy is`() {
        let play = Self.play([Self.web], .rollback, Self.errors(alike: false))
        guard case .reverted(.watchFailed, _) = play.outcome else {
            Issue.record("it ended with \(String(describing: play.outcome))")
            return
        }
        #expect(play.wayBack.contains("record takenBack"))
    }

    @Test func `whoever wants no more waiting is told what that cuts, and nobody is cut on the way back for it`() throws
    {
        var play = Play([Self.web]) { step, play in
            guard step.effect == .sample, step.leg == .backDrain else { return nil }
            return .sampled(play.sample { new, _ in new.requestsInFlight = 1 })
        }
        let isThere = play.run(to: .verify)
        try #require(isThere)
        play.feed(.hurry(by: "ben"))
        #expect(
            play.warnings == [
                "it is not watched under traffic, and what is in flight on the old release is cut once users have left it, "
                    + "since ben wants no more waiting"
            ]
        )
        play.feed(.takeBack(.rolledBack(by: "ann")))
        let isDraining = play.run(to: .backDrain)
        try #require(isDraining)
        let began = play.now
        let isCut = play.run { $0.performed.contains { $0.effect.kind == .cut } }
        try #require(isCut)
        #expect(play.now.since(began) >= Self.web.spec.drain.requests)
    }

    @Test func `drain: what is still in flight is cut at its limit and counted`() {
        let play = Self.play { step, play in
            switch step.effect {
            case .sample where step.leg == .drain:
                .sampled(
                    play.sample { _, old in
                        old.requestsInFlight = 2
                        old.upgradedOpen = 1
                    }
                )
            case .cut(_, let requests, let upgraded):
                .cut(CutReport(requests: requests ? 2 : 0, upgraded: upgraded ? 1 : 0))
            default: nil
            }
        }
        #expect(play.outcome == .settled)
        #expect(play.wayBack.isEmpty)
        let cuts = play.performed.map(\.effect).filter { $0.kind == .cut }
        #expect(
            cuts == [
                .cut(side: .old, requests: true, upgraded: false), .cut(side: .old, requests: true, upgraded: true),
            ]
        )
        #expect(play.rollout.cutUpgraded == 1)
    }

    @Test func `settle: an old release that does not stop is told, and users are well`() {
        let reason = Reason.runtimeFailed(.doesNotStop(ReplicaID(service: Self.web.service, slot: .blue, index: 0)))
        let play = Self.play([Self.web], .deploy, Self.failing(.stop, reason))
        #expect(play.outcome == .settled)
        #expect(play.problem == nil)
        #expect(play.warnings == ["web-blue-0 does not end although it was killed"])
        #expect(play.performed.contains { $0.effect == .record(.settled) })
    }

    @Test func `a way back that fails halts and says where users are`() {
        let reason = Reason.switchFailed(.refused("no"))
        let play = Self.play { step, play in
            if step.effect.kind == .route, step.leg.isBack { return .failed(StepFailure(reason)) }
            return Self.errors(alike: false)(step, play)
        }
        #expect(play.outcome == .halted(.revertFailed("the switch failed: no")))
        #expect(
            play.problem
                == Self.problem(
                    "error: users are on web@2; the rollout halted: the way back failed: the switch failed: "
                        + "no [deploy.revert-failed]",
                    "  at:     | last words",
                    "  next: Look at `teal status web` and `teal doctor`"
                )
        )
    }

    // MARK: Restart policies

    private static let refused = RuntimeError.refused("container is marked for removal and cannot be updated")

    private static func playing(policyOf side: Side, _ leg: Leg, _ error: RuntimeError) -> Play {
        play([web]) { step, _ in
            guard case .setPolicy(_, side, _) = step.effect, step.leg == leg else { return nil }
            return .failed(StepFailure(.runtimeFailed(error), isPassing: error.isPassing))
        }
    }

    @Test(arguments: [refused, .unreachable(reason: "the socket is gone"), .noSuchReplica(replica)])
    func `the old release's restart policy is no reason to take a good one back`(error: RuntimeError) {
        let play = Self.playing(policyOf: .old, .handOver, error)
        #expect(play.outcome == .settled)
        #expect(play.warnings == [RuntimeWords.text(error)])
    }

    @Test func `a new release that takes no restart policy is looked at again before users come to it`() {
        #expect(Self.playing(policyOf: .new, .arm, Self.refused).outcome == .settled)
        let gone = Self.play([Self.web]) { step, _ in
            switch step.effect {
            case .setPolicy(_, .new, .unlessStopped): .failed(StepFailure(.runtimeFailed(.noSuchReplica(Self.replica))))
            case .look(_, .new): .standing([])
            default: nil
            }
        }
        #expect(gone.outcome == .kept(.replicaDied(Self.web.new.id, Self.replica, nil)))
        let away = RuntimeError.unreachable(reason: "the socket is gone")
        #expect(Self.playing(policyOf: .new, .arm, away).outcome == .kept(.runtimeFailed(away)))
    }
}
