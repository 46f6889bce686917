import Synchronization
import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport
import Testing

/// What a host does with the steps that another one asks of it, over a journal in memory.
@Suite(.timeLimit(.minutes(1))) struct `A host that others coordinate` {
    private static let ada: HostName = Samples.name("ada")
    private static let bob: HostName = Samples.name("bob")
    private static let member = Cast.first(Samples.web(replicas: 1))

    /// The host with everything that it needs.
    private struct Bench {
        let journal = MemoryJournal()
        let performer = NotingPerformer()
        let desk = NotingDesk()
        let clock = HandClock()
        let parts: HostParts
        let book: HostBook

        init() async throws {
            let contents = try await journal.read()
            book = HostBook(contents: contents, journal: journal, trafficSwitch: WillingHost())
            parts = HostParts(.init(journal: journal, performer: performer, book: book, desk: desk, clock: clock))
        }

        func claim(
            epoch: UInt64 = 1,
            step: Int = 1,
            known: LeaseToken? = nil,
            by name: HostName = ada,
            of parts: HostParts? = nil
        ) async -> HostAnswer {
            await (parts ?? self.parts).answer(
                .lease(
                    .init(
                        claim: .init(
                            coordinator: name,
                            rollout: RolloutID(number: 7),
                            epoch: epoch,
                            step: step,
                            services: [member.service]
                        ),
                        known: known,
                        kind: .deploy,
                        author: "ann",
                        members: [member]
                    )
                )
            )
        }

        /// The same host after its daemon was started again.
        func startedAgain() -> HostParts {
            HostParts(.init(journal: journal, performer: performer, book: book, desk: desk, clock: clock))
        }

        func lease() async throws -> LeaseToken {
            guard case .leased(let grant) = await claim() else { throw ContractFailure("no lease was granted") }
            return grant.token
        }

        func written() async throws -> RolloutSnapshot? { try await journal.rollout(RolloutID(number: 1)) }
    }

    /// The coordinator's rollout as it stands when it has come to a step of a kind.
    private static func asked(_ kind: EffectKind, _ token: LeaseToken) throws -> PartStep {
        var spec = Samples.web(replicas: 1)
        spec.migrate = OnceCommand(command: ["./migrate"])
        var play = Play([Cast.first(spec).on(bob)])
        play.run { $0.performed.last?.effect.kind == kind }
        let step = try #require(play.performed.last)
        let part = RolloutPart(of: play.rollout, on: bob)
        return PartStep(token: token, step: try #require(part.step(step)), rollout: part.rollout)
    }

    // MARK: Leases

    @Test func `writes down what it grants, and holds the services`() async throws {
        let bench = try await Bench()
        let token = try await bench.lease()
        #expect(token == LeaseToken(part: RolloutID(number: 1)))
        let written = try #require(try await bench.written())
        #expect(written.format == 2 && written.part?.lease.token == token)
        #expect(written.rollout.leg == .preflight && written.rollout.outcome == nil)
        #expect(await bench.desk.held == [RolloutID(number: 1)])
        #expect(await bench.book.state.releases[Self.member.new.id] != nil)
    }

    @Test func `grants the same lease when it is asked again, and none to another host meanwhile`() async throws {
        let bench = try await Bench()
        let token = try await bench.lease()
        #expect(try await bench.lease() == token)
        #expect(await bench.claim(by: Self.bob) == .refused(.busy("r7 of ada")))
    }

    @Test func `grants nothing that one of its own rollouts holds, or that was planned by an old state`() async throws {
        let bench = try await Bench()
        await bench.desk.setBusy(true)
        #expect(await bench.claim() == .refused(.busy("another rollout")))
        await bench.desk.setBusy(false)
        try await bench.book.change { state in
            state.make(ReleaseRecord(release: Cast.release(Samples.web(), 5)))
        }
        #expect(await bench.claim() == .refused(.outdated("shop/web has had release 5 there")))
        #expect(try await bench.written() == nil)
    }

    @Test func `grants nothing that it cannot write down`() async throws {
        let bench = try await Bench()
        await bench.journal.fill(true)
        guard case .refused(.unwritten) = await bench.claim() else {
            Issue.record("it was granted")
            return
        }
        #expect(await bench.desk.held.isEmpty)
        await bench.journal.fill(false)
        _ = try await bench.lease()
    }

    // MARK: Steps

    @Test func `writes a step down before it is done, and then how it ended`() async throws {
        let bench = try await Bench()
        let token = try await bench.lease()
        let asked = try Self.asked(.fetch, token)
        bench.performer.before = { [journal = bench.journal] in
            // In memory nothing can go wrong.
            try? await journal.rollout(RolloutID(number: 1))?.rollout.leg
        }
        #expect(await bench.parts.answer(.step(asked)) == .result(.done))
        #expect(bench.performer.seen == [.fetch])
        #expect(bench.performer.done == [asked.step])
    }

    @Test func `does no step under a token that a later daemon of its coordinator has passed`() async throws {
        let bench = try await Bench()
        let token = try await bench.lease()
        #expect(await bench.claim(epoch: 2, known: token) == .leased(.init(token: token.next, limit: HostLease.limit)))
        #expect(await bench.parts.answer(.step(try Self.asked(.fetch, token))) == .refused(.passed))
        #expect(await bench.parts.answer(.renew(token)) == .refused(.passed))
        #expect(bench.performer.done.isEmpty)
        #expect(await bench.parts.answer(.step(try Self.asked(.fetch, token.next))) == .result(.done))
    }

    @Test func `is refused by its own journal what another of its daemons has passed`() async throws {
        let bench = try await Bench()
        let token = try await bench.lease()
        var snapshot = try #require(try await bench.written())
        snapshot = RolloutSnapshot(
            boot: snapshot.boot,
            rollout: snapshot.rollout,
            createdAt: 0,
            part: {
                var part = snapshot.part
                part?.lease.end()
                return part
            }()
        )
        try await bench.journal.append([.rollout(.init(snapshot: snapshot, began: [], ended: [], notes: []))])
        #expect(await bench.parts.answer(.step(try Self.asked(.fetch, token))) == .refused(.passed))
        #expect(bench.performer.done.isEmpty)
    }

    @Test func `does no step that comes late, after others have followed it`() async throws {
        let bench = try await Bench()
        let token = try await bench.lease()
        let late = try Self.asked(.fetch, token)
        #expect(await bench.parts.answer(.step(try Self.asked(.start, token))) == .result(.done))
        #expect(await bench.parts.answer(.step(late)) == .refused(.passed))
        #expect(bench.performer.done.map(\.effect.kind) == [.start])
    }

    @Test func `does a repeatable step again when it is asked again, and says of others how they ended`() async throws {
        let bench = try await Bench()
        let token = try await bench.lease()
        let fetch = try Self.asked(.fetch, token)
        for _ in 0..<2 { #expect(await bench.parts.answer(.step(fetch)) == .result(.done)) }
        #expect(bench.performer.done.count == 2)
        bench.performer.result = .command(CommandResult(exitCode: 3, tail: []))
        let migrate = try Self.asked(.migrate, token)
        for _ in 0..<2 {
            #expect(await bench.parts.answer(.step(migrate)) == .result(.command(.init(exitCode: 3, tail: []))))
        }
        #expect(bench.performer.done.count == 3)
    }

    // MARK: Its end

    @Test func `ends its part as the whole has ended, and holds the services no more`() async throws {
        let bench = try await Bench()
        let token = try await bench.lease()
        _ = await bench.parts.answer(.step(try Self.asked(.start, token)))
        #expect(await bench.parts.answer(.giveBack(token, .settled)) == .done)
        #expect(try await bench.written()?.rollout.outcome == .settled)
        #expect(await bench.desk.held.isEmpty)
        #expect(await bench.parts.answer(.step(try Self.asked(.route, token))) == .refused(.unknown))
    }

    /// The network may bring a question twice, and the second time after all is over.
    @Test func `grants nothing to a question that comes once more after its part has ended`() async throws {
        let bench = try await Bench()
        let token = try await bench.lease()
        #expect(await bench.parts.answer(.giveBack(token, .settled)) == .done)
        #expect(await bench.claim() == .refused(.ended))
        #expect(await bench.claim(of: bench.startedAgain()) == .refused(.ended))
        #expect(await bench.desk.held.isEmpty)
        #expect(try await bench.journal.rollouts(most: 9).count == 1)
        // What is resumed asks anew, by a later step.
        guard case .leased = await bench.claim(step: 9) else {
            Issue.record("what is resumed gets no lease")
            return
        }
    }

    @Test func `lets its part go on alone when its lease has run out, and follows its coordinator no more`()
        async throws
    {
        let bench = try await Bench()
        let token = try await bench.lease()
        _ = await bench.parts.answer(.step(try Self.asked(.route, token)))
        let running = Task { await bench.parts.run() }
        bench.clock.move(by: .seconds(20))
        #expect(await bench.parts.answer(.renew(token)) == .renewal(Renewal(.renewed(token))))
        bench.clock.move(by: .seconds(29))
        #expect(await bench.desk.alone.isEmpty)
        bench.clock.move(by: .seconds(2))
        try await eventually { await bench.desk.alone.count == 1 }
        let alone = try #require(await bench.desk.alone.first)
        #expect(alone.part?.isAlone == true && alone.rollout.leg == .route)
        #expect(try await bench.written()?.part?.lease.token == token.next)
        #expect(await bench.parts.answer(.step(try Self.asked(.release, token))) == .refused(.unknown))
        running.cancel()
        await running.value
    }

    @Test func `gives its coordinator one more limit after it was started again`() async throws {
        let bench = try await Bench()
        let token = try await bench.lease()
        let written = try #require(try await bench.written())
        bench.clock.move(by: .seconds(29))
        let again = bench.startedAgain()
        await again.takeUp(written)
        bench.clock.move(by: .seconds(29))
        #expect(await again.answer(.step(try Self.asked(.fetch, token))) == .result(.done))
    }

    /// Its daemon was away when the new release ended, and users would have somebody only where they were before.
    @Test(arguments: [true, false])
    func `tells its coordinator of an end that nobody saw, after it was started again`(hasEnded: Bool) async throws {
        let bench = try await Bench()
        let web = Cast.second(Samples.web(replicas: 1))
        let written = try Play.part(of: web, at: .watch, isAlone: false)
        let token = try #require(written.part?.lease.token)
        var record = ServiceRecord(service: web.service, environment: Samples.environment)
        record.blue = .init(release: try #require(web.old?.id))
        record.green = .init(release: web.new.id)
        for target in Cast.targets(web, .old) + (hasEnded ? [] : Cast.targets(web, .new)) { record.prove(target) }
        record.routed = .slot(.green)
        try await bench.book.change { [record] in $0.services[web.service] = record }
        await bench.parts.takeUp(written)
        guard case .renewal(let first) = await bench.parts.answer(.renew(token)),
            case .renewal(let second) = await bench.parts.answer(.renew(token))
        else {
            Issue.record("its lease was not renewed")
            return
        }
        #expect(first.events.map(\.replica) == (hasEnded ? web.replicas(.new) : []))
        #expect(first.events.allSatisfy { $0.kind == .removed && $0.run != nil })
        #expect(second.events == first.events, "an answer may be lost")
    }

    @Test func `leaves a part that goes on alone to who carries it out, after it was started again`() async throws {
        let bench = try await Bench()
        let token = try await bench.lease()
        let written = try #require(try await bench.written())
        var part = try #require(written.part)
        part.isAlone = true
        let again = try await Bench()
        await again.parts.takeUp(
            RolloutSnapshot(boot: written.boot, rollout: written.rollout, createdAt: 0, part: part)
        )
        #expect(await again.desk.held.isEmpty, "its runner would hear of its replicas no more")
        #expect(await again.parts.answer(.step(try Self.asked(.fetch, token))) == .refused(.unknown))
    }
}

/// Notes which steps it is asked to perform.
private final class NotingPerformer: StepPerformer {
    private struct State {
        var done: [Step] = []
        var seen: [Leg] = []
        var result = StepResult.done
        var before: (@Sendable () async -> Leg?)?
    }

    private let state = Mutex(State())

    var done: [Step] { state.withLock(\.done) }
    /// The leg that was written down when a step was performed.
    var seen: [Leg] { state.withLock(\.seen) }
    var result: StepResult {
        get { state.withLock(\.result) }
        set { state.withLock { $0.result = newValue } }
    }
    var before: (@Sendable () async -> Leg?)? {
        get { state.withLock(\.before) }
        set { state.withLock { $0.before = newValue } }
    }

    func perform(_ step: Step, of rollout: Rollout) async -> StepResult {
        if let leg = await before?() { state.withLock { $0.seen.append(leg) } }
        return state.withLock {
            $0.done.append(step)
            return $0.result
        }
    }
}

/// Holds what it is told to.
private actor NotingDesk: PartDesk {
    private(set) var held: Set<RolloutID> = []
    private(set) var alone: [RolloutSnapshot] = []
    private var isBusy = false
    private var last = 0

    func setBusy(_ busy: Bool) { isBusy = busy }

    func admit(_ services: [ServiceKey]) async -> RolloutID? {
        guard !isBusy else { return nil }
        last += 1
        return RolloutID(number: last)
    }

    func dismiss(_ services: [ServiceKey]) async { last -= 1 }
    func hold(_ part: RolloutSnapshot) async { held.insert(part.rollout.id) }
    func letGo(of part: RolloutID) async { held.remove(part) }
    func goOnAlone(_ part: RolloutSnapshot) async { alone.append(part) }
}

/// A clock that is moved by hand.
private final class HandClock: HostClock {
    private struct State {
        var now = Timestamp(nanoseconds: 1_000_000_000)
        var sleepers: [Int: (until: Timestamp, continuation: CheckedContinuation<Void, Never>)] = [:]
        var last = 0
    }

    private let state = Mutex(State())

    var boot: BootID { Play.boot }
    func now() -> Timestamp { state.withLock(\.now) }
    func wallTime() -> Double { 0 }

    func sleep(until moment: Timestamp) async {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.now >= moment || Task.isCancelled { return true }
                    state.sleepers[number] = (moment, continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: number) }?.continuation.resume()
        }
    }

    func move(by span: Duration) {
        let due = state.withLock { state in
            state.now = state.now + span
            let due = state.sleepers.filter { $0.value.until <= state.now }
            for number in due.keys { state.sleepers[number] = nil }
            return due
        }
        for sleeper in due.values { sleeper.continuation.resume() }
    }
}
