import TealAPI
import TealCore
import TealTestSupport
import Testing

@testable import TealDaemon
@testable import TealEngine

@Suite struct `A rollback and a rollout that is under way` {
    private static let unnamed = RollbackWish(release: nil)

    private func move(_ wish: RollbackWish, over rollout: Rollout) -> RollbackWish.Move { wish.move(over: rollout) }

    @Test(arguments: [Leg.preflight, .migrate, .prove, .route, .watch, .drain])
    func `a deploy is taken back in every phase`(leg: Leg) throws {
        #expect(move(Self.unnamed, over: try Samples().rollout(in: leg)) == .takeBack)
    }

    @Test(arguments: [Leg.settle, .prune])
    func `one that settles is left to its end, and a rollback follows`(leg: Leg) throws {
        #expect(move(Self.unnamed, over: try Samples().rollout(in: leg)) == .await)
    }

    @Test(arguments: [Leg.prove, .watch, .drain])
    func `a rollback that runs is followed and never taken back`(leg: Leg) throws {
        let rollback = try Samples().rollout(1, .rollback, 41, over: 42, in: leg)
        #expect(move(Self.unnamed, over: rollback) == .follow)
        #expect(move(.init(release: 41), over: rollback) == .follow)
        #expect(move(.init(release: 40), over: rollback) == .await)
        #expect(move(.init(release: 42), over: rollback) == .await)
    }

    @Test func `a rollback that goes back itself leads forward, so another one follows it`() throws {
        let rollback = try Samples().rollout(1, .rollback, 41, over: 42, in: .backDrain)
        #expect(move(Self.unnamed, over: rollback) == .await)
        #expect(move(.init(release: 42), over: rollback) == .follow)
    }

    @Test func `a deploy that goes back already is followed`() throws {
        let deploy = try Samples().rollout(in: .backDrain)
        #expect(move(Self.unnamed, over: deploy) == .follow)
        #expect(move(.init(release: 41), over: deploy) == .follow)
        #expect(move(.init(release: 40), over: deploy) == .await)
    }

    @Test func `a named release is reached by the way back alone where it leads there`() throws {
        let deploy = try Samples().rollout(in: .drain)
        #expect(move(.init(release: 41), over: deploy) == .takeBack)
        #expect(move(.init(release: 40), over: deploy) == .takeBackFirst)
        #expect(move(.init(release: 42), over: deploy) == .follow)
    }

    @Test func `users are back once nothing leads to the new release any more`() throws {
        let samples = try Samples()
        #expect(try !samples.rollout(in: .watch).usersAreBack)
        #expect(try !samples.rollout(in: .backRoute).usersAreBack)
        #expect(try samples.rollout(in: .backHandOver).usersAreBack)
        #expect(try samples.rollout(in: .backDrain).usersAreBack)
        // Where the old release was stopped it has to start first.
        let recreated = try samples.rollout(in: .backDrain) { $0.strategy = .recreate }
        #expect(!recreated.usersAreBack)
        #expect(try samples.rollout(in: .backRemove) { $0.strategy = .recreate }.usersAreBack)
        // Users never left.
        var early = try samples.rollout(in: .backRemove)
        early.reached = .prove
        #expect(early.usersAreBack)
    }

    @Test func `views and events tell that users are back`() throws {
        let samples = try Samples()
        func view(_ leg: Leg) throws -> RolloutView {
            let snapshot = RolloutSnapshot(boot: BootID("one"), rollout: try samples.rollout(in: leg), createdAt: 1)
            return RolloutViews.view(snapshot, lastEvent: 1, elapsed: nil, wait: nil)
        }
        #expect(try view(.watch).back == nil)
        #expect(try view(.backRoute).back == .init(usersAreBack: false, because: "rolled back by bert"))
        #expect(try view(.backDrain).back?.usersAreBack == true)
        let snapshot = RolloutSnapshot(boot: BootID("one"), rollout: try samples.rollout(in: .backDrain), createdAt: 1)
        func event(_ note: RolloutNote, _ leg: Leg) -> Bool? {
            let note = JournalledNote(sequence: 1, elapsed: .zero, leg: leg, note: note, remaining: nil)
            return RolloutViews.event(note, of: snapshot).usersAreBack
        }
        let wait = RolloutNote.waiting(.drain(requests: 0, upgraded: 0), until: Timestamp(nanoseconds: 9))
        #expect(event(wait, .drain) == nil)
        #expect(event(wait, .backRoute) == true)
        #expect(event(.ended(.reverted(.rolledBack(by: "bert"), notCausedByRelease: false)), .backRecord) == true)
        #expect(event(.ended(.halted(.revertFailed("x"))), .backRoute) == nil)
    }
}

@Suite struct `The way of a rollback` {
    private func way(_ desk: Desk) -> RollbackWay {
        RollbackWay(desk: desk.desk, journal: desk.journal, clock: desk.clock)
    }

    @Test func `a second rollback is answered with the first one, which goes on`() async throws {
        let samples = try Samples()
        try await Desk.with(samples.state(active: 42)) { desk in
            let first = try await desk.begin(.rollback, 41, over: 42)
            let room = await way(desk).clear([try samples.key], for: .init(release: nil), by: "bert")
            guard case .answered(let answer) = room else {
                Issue.record("\(room)")
                return
            }
            #expect(answer.rollout.id == first.rollout.id)
            #expect(!answer.rollout.isGoingBack && answer.rollout.outcome == nil)
        }
    }

    @Test func `a deploy is told to go back, and its end is the answer`() async throws {
        let samples = try Samples()
        try await Desk.with(samples.state(active: 41, last: 42)) { desk in
            let deploy = try await desk.begin(.deploy, 42, over: 41)
            let room = await way(desk).clear([try samples.key], for: .init(release: nil), by: "bert")
            guard case .answered(let answer) = room else {
                Issue.record("\(room)")
                return
            }
            #expect(answer.rollout.id == deploy.rollout.id)
            try await eventually { await desk.desk.snapshot(of: deploy.rollout.id) == nil }
            let ended = try await desk.journal.rollout(deploy.rollout.id)?.rollout.outcome
            #expect(ended == .kept(.rolledBack(by: "bert")))
        }
    }

    @Test func `an older release is gone to once the deploy has gone back`() async throws {
        let samples = try Samples()
        try await Desk.with(samples.state(active: 41, last: 42)) { desk in
            let deploy = try await desk.begin(.deploy, 42, over: 41)
            let room = await way(desk).clear([try samples.key], for: .init(release: 40), by: "bert")
            guard case .free = room else {
                Issue.record("\(room)")
                return
            }
            #expect(await desk.desk.snapshot(of: deploy.rollout.id) == nil)
        }
    }

    @Test func `a caller that leaves while it waits gets nothing`() async throws {
        let samples = try Samples()
        try await Desk.with(samples.state(active: 42)) { desk in
            _ = try await desk.begin(.rollback, 41, over: 42)
            let key = try samples.key
            let waiting = Task { await way(desk).clear([key], for: .init(release: 40), by: "bert") }
            try await Task.sleep(for: .milliseconds(50))
            waiting.cancel()
            guard case .held = await waiting.value else {
                Issue.record("it did not stay held")
                return
            }
        }
    }
}
