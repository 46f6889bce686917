import TealCore
import TealTestSupport
import Testing

@testable import TealDaemon
@testable import TealEngine

@Suite struct `A rollout whose caller is gone` {
    private func held(_ rollout: Rollout, abortsUntil: Moment?, followers: Int = 0) -> RolloutDesk.Held {
        RolloutDesk.Held(
            runner: RolloutRunner(
                .init(
                    journal: MemoryJournal(),
                    performer: Nobody(),
                    clock: BootClock(),
                    observe: { _ in },
                    reach: { _ in }
                )
            ),
            snapshot: .init(boot: BootID("one"), rollout: rollout, createdAt: 1),
            noteCount: 0,
            isRunning: true,
            followers: followers,
            abortsUntil: abortsUntil
        )
    }

    @Test func `is lost until it is where its caller waited for, and never once it is released`() throws {
        var rollout = try Samples().rollout(in: .watch)
        #expect(held(rollout, abortsUntil: .released).isLost)
        #expect(!held(rollout, abortsUntil: .released, followers: 1).isLost)
        #expect(!held(rollout, abortsUntil: nil).isLost)
        rollout.moments[.switched] = .seconds(1)
        #expect(held(rollout, abortsUntil: .released).isLost)
        #expect(!held(rollout, abortsUntil: .switched).isLost)
        rollout.leg = .drain
        rollout.moments[.released] = .seconds(2)
        #expect(!held(rollout, abortsUntil: .released).isLost)
    }

    private struct Nobody: StepPerformer {
        func perform(_ step: Step, of rollout: Rollout) async -> StepResult { .done }
    }
}

@Suite struct `A halted rollout after a start of the daemon` {
    @Test(arguments: [Leg.migrate, .beforeStart, .afterSwitch])
    func `may be resumed as long as nothing came after it`(leg: Leg) throws {
        let samples = try Samples()
        let rollout = try samples.rollout(in: leg)
        #expect(try !RolloutDesk.isStale(rollout, samples.state(active: 41, last: 42)))
        #expect(try !RolloutDesk.isStale(rollout, samples.state(active: 42)))
    }

    @Test func `is over once a later release was made, or another one is active`() throws {
        let samples = try Samples()
        let deploy = try samples.rollout()
        #expect(try RolloutDesk.isStale(deploy, samples.state(active: 41, last: 43)))
        #expect(try RolloutDesk.isStale(deploy, samples.state(active: 40, last: 42)))
        #expect(RolloutDesk.isStale(deploy, HostState()))
        // A rollback goes to a release that had a successor all along.
        let rollback = try samples.rollout(2, .rollback, 41, over: 42)
        #expect(try !RolloutDesk.isStale(rollback, samples.state(active: 42)))
        #expect(try RolloutDesk.isStale(rollback, samples.state(active: 43)))
    }

    @Test func `is over once a later rollout has begun`() throws {
        let samples = try Samples()
        var halted = try samples.rollout(2)
        halted.stage = .ended(.halted(.stepLost(.smokeWrite, name: "r2-smoke-0-0-1")))
        let running = try samples.rollout(3)
        #expect(RolloutDesk.isOvertaken(halted, by: [halted, running]))
        #expect(try !RolloutDesk.isOvertaken(halted, by: [samples.rollout(1), halted]))
        #expect(!RolloutDesk.isOvertaken(running, by: [halted, running, try samples.rollout(4)]), "it goes on")
    }
}

@Suite struct `How long a rollout has been under way` {
    @Test(arguments: [3600.0, -90])
    func `never goes back, whatever the wall clock says after another boot`(clockIsWrongBy: Double) async throws {
        let samples = try Samples()
        try await Desk.with(try samples.state(active: 41)) { bench in
            let rollout = try samples.rollout(in: .prove)
            let snapshot = RolloutSnapshot(
                boot: BootID("another"),
                rollout: rollout,
                createdAt: bench.clock.wallTime() + clockIsWrongBy
            )
            let note = JournalledNote(
                sequence: 1,
                elapsed: .seconds(40),
                leg: .prove,
                note: .phaseBegan(.prove),
                remaining: nil
            )
            try await bench.journal.append([.rollout(.init(snapshot: snapshot, began: [], ended: [], notes: [note]))])
            await bench.desk.takeUp([snapshot])
            try await eventually { await bench.desk.snapshot(of: rollout.id)?.rollout.earlier != nil }
            let earlier = try #require(await bench.desk.snapshot(of: rollout.id)?.rollout.earlier)
            #expect(earlier >= (clockIsWrongBy > 0 ? .seconds(40) : .seconds(90)))
            #expect(earlier < .seconds(100))
        }
    }
}

@Suite struct `Followers of a rollout` {
    private func telling(
        _ note: RolloutNote,
        isNewest: Bool = true,
        isRunning: Bool,
        _ outcome: Outcome? = nil
    ) -> NoteTelling {
        NoteTelling(note, isNewest: isNewest, isRunning: isRunning, outcome: outcome)
    }

    @Test func `are told of an end once its services are free`() {
        #expect(telling(.phaseBegan(.watch), isRunning: true) == .now(isEnd: false))
        #expect(telling(.moment(.settled), isRunning: true) == .later)
        #expect(telling(.ended(.settled), isRunning: true, .settled) == .later)
        #expect(telling(.ended(.settled), isRunning: false, .settled) == .now(isEnd: true))
    }

    @Test func `are told of a halt that was decided as something that is over`() {
        let halted = Outcome.halted(.impossible("x"))
        #expect(telling(.ended(halted), isRunning: false, halted) == .now(isEnd: true))
        // Written down, and not let go of yet; or resumed, and not yet on its way.
        #expect(telling(.ended(halted), isRunning: true, halted) == .later)
        #expect(telling(.ended(halted), isRunning: true) == .passedHalt)
        #expect(telling(.ended(halted), isNewest: false, isRunning: true) == .passedHalt)
        #expect(telling(.ended(halted), isNewest: false, isRunning: false, .settled) == .passedHalt)
    }
}

@Suite struct `The rollout that is meant when none is named` {
    private func rollouts() throws -> (shop: Rollout, blog: Rollout, halted: Rollout) {
        var halted = try Samples(project: "docs").rollout(3)
        halted.stage = .ended(.halted(.impossible("x")))
        return (try Samples().rollout(1), try Samples(project: "blog").rollout(2), halted)
    }

    @Test func `is the one of the project`() throws {
        let (shop, blog, halted) = try rollouts()
        let all = [blog, shop, halted]
        let project = try ProjectName(parsing: "shop")
        #expect(try LatestRollout.running.choose(from: all, of: project) == shop.id)
        #expect(try LatestRollout.halted.choose(from: all, of: project) == nil)
        #expect(try LatestRollout.halted.choose(from: all, of: ProjectName(parsing: "docs")) == halted.id)
        #expect(try LatestRollout.halted.choose(from: all, of: nil) == halted.id)
    }

    @Test func `is nobody's guess where there are several`() throws {
        let (shop, blog, halted) = try rollouts()
        #expect {
            try LatestRollout.running.choose(from: [blog, shop, halted], of: nil)
        } throws: { error in
            (error as? Problem)?.description == """
                error: nothing has been changed: 2 rollouts are under way [rollout.ambiguous]
                  at:   r1 of shop/web@42, begun by anna, in watch
                        r2 of blog/web@42, begun by anna, in watch
                  next: Name the one that you mean
                """
        }
    }
}
