import Synchronization
import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport
import Testing

@Suite struct `A daemon from which another one has taken over` {
    private static let lost = JournalError.superseded(by: 2)
    private static let web = Cast.second(Samples.web(replicas: 1))

    /// Two openings of one journal: the second has begun.
    private static func openings() async throws -> (first: Lease, second: MemoryJournal, contents: JournalContents) {
        let journal = MemoryJournal()
        let first = Lease(journal)
        let contents = try await first.read()
        let second = await journal.again()
        _ = try await second.read()
        return (first, second, contents)
    }

    // MARK: Rollouts

    @Test(arguments: [Leg.fetch, .start, .route, .watch, .drain, .settle])
    func `gives up what is under way, and decides nothing any more`(leg: Leg) {
        var play = Play([Self.web])
        play.run(to: leg)
        var core = play.core
        let open = core.rollout.openSteps.map { RunnerCore.Action.cancel($0.number) }
        #expect(core.superseded() == open)
        #expect(core.isSuperseded && core.wakeAt == nil)
        let later = play.now + .seconds(3600)
        let inputs: [RunnerCore.Input] = [
            .tick, .takeBack(.rolledBack(by: "ann")), .hurry(by: "ann"), .stepEnded(1, .done), .recovered,
        ]
        for input in inputs { #expect(core.handle(input, at: later).isEmpty) }
        #expect(core.rollout.outcome == nil && core.rollout.leg == leg)
        #expect(core.superseded().isEmpty)
    }

    @Test func `takes no users back because that could not be written down`() throws {
        var play = Play([Self.web]) { step, play in
            guard step.effect == .sample, step.leg == .watch else { return nil }
            return .sampled(play.sample { new, _ in new.serverErrors = new.successes })
        }
        var seen: Set<Leg> = []
        while play.outcome == nil {
            let leg = play.rollout.leg
            if let entry = play.entries.last, seen.insert(leg).inserted {
                #expect(!play.core.mayWriteLater(entry, after: Self.lost), "\(leg)")
                var core = play.core
                let instead = core.unwritten(entry, Self.lost, before: [], at: play.now)
                #expect(instead.allSatisfy { if case .cancel = $0 { true } else { false } }, "\(leg)")
                #expect(core.isSuperseded)
            }
            try #require(play.run { $0.rollout.leg != leg })
        }
        #expect(seen.contains(.backRoute) && seen.contains(.backRecord))
        // What a full disk allows on the way back is another matter.
        #expect(play.core.mayWriteLater(play.entries[play.entries.count - 1], after: .diskFull(path: "/journal")))
    }

    @Test(.timeLimit(.minutes(1))) func `ends its rollouts without an end, and without another step`() async throws {
        let journal = MemoryJournal()
        let lease = Lease(journal)
        _ = try await lease.read()
        let performer = Overtaken(journal: journal)
        let rollout = Rollout(
            id: RolloutID(number: 7),
            kind: .deploy,
            members: [Self.web],
            author: "ann",
            now: Timestamp(nanoseconds: 0)
        )
        let runner = RolloutRunner(
            .init(journal: lease, performer: performer, clock: WillingHost(), observe: { _ in }, reach: { _ in })
        )
        let ended = await runner.run(RunnerCore(rollout: rollout, boot: Play.boot, createdAt: 0), first: .begin)
        #expect(ended.outcome == nil)
        #expect(performer.kinds == [.preflight])
        #expect(lease.successor == 2)
        // Nothing of the end of that step was written either.
        #expect(try await journal.rollout(RolloutID(number: 7))?.rollout.leg == .preflight)
    }

    /// The first step is performed while another daemon begins.
    private final class Overtaken: StepPerformer {
        private let journal: MemoryJournal
        private let performed = Mutex<[EffectKind]>([])

        init(journal: MemoryJournal) { self.journal = journal }

        var kinds: [EffectKind] { performed.withLock(\.self) }

        func perform(_ step: Step, of rollout: Rollout) async -> StepResult {
            performed.withLock { $0.append(step.effect.kind) }
            // In memory nothing can go wrong.
            _ = try? await journal.again().read()
            return .preflighted(warnings: [])
        }
    }

    // MARK: Book

    @Test func `changes nothing that it remembers, and tells the switch nothing`() async throws {
        let (lease, _, contents) = try await Self.openings()
        let trafficSwitch = CountingSwitch()
        let book = HostBook(contents: contents, journal: lease, trafficSwitch: trafficSwitch)
        let record = ServiceRecord(service: Self.web.service, environment: Samples.environment)
        let body: @Sendable (inout HostState) -> Void = { $0.services[record.service] = record }
        await #expect(throws: BookError.journal(Self.lost)) { try await book.change(body) }
        await #expect(throws: BookError.journal(Self.lost)) { try await book.changeUnrecorded(body) }
        await book.catchUp()
        #expect(await book.state.services.isEmpty)
        #expect(trafficSwitch.told == 0)
        #expect(!BookError.journal(Self.lost).isStorage)
    }

    @Test func `has its tables refused by the switch, since the first change of a successor numbers the table anew`() {
        let old = TrafficTable(position: .init(epoch: 1, version: 5), services: [])
        let contents = JournalContents(
            epoch: 2,
            services: [],
            releases: [],
            table: old,
            unended: [],
            lastRollout: 0
        )
        var ledger = HostLedger(contents: contents)
        let first = ledger.draft { _ in }
        let renumbered = TrafficTable(position: .init(epoch: 2, version: 6), services: [])
        #expect(first.entries == [.table(renumbered)])
        ledger.make(first, written: true)
        #expect(ledger.table == renumbered && !ledger.isPublished)
        #expect(ledger.draft { _ in }.entries.isEmpty)
    }

    // MARK: Drivers

    @Test func `changes nothing on the host, and can still look`() async throws {
        let (lease, _, contents) = try await Self.openings()
        let (runtime, trafficSwitch, host) = (CountingRuntime(), CountingSwitch(), WillingHost())
        let drivers = HostDrivers(
            runtime: runtime,
            trafficSwitch: trafficSwitch,
            probe: ScriptedProbe(answer: .passed(latency: .zero)),
            environments: host,
            preflight: host,
            marker: host,
            lease: lease
        )
        let book = HostBook(contents: contents, journal: lease, trafficSwitch: drivers.trafficSwitch)
        let performer = HostPerformer(drivers: drivers, book: book, clock: host)
        var spec = Samples.web(replicas: 1)
        spec.smoke = [Samples.smoke("order", method: "POST")]
        spec.hooks = [Samples.hook("tell", .beforeStart)]
        let rollout = Rollout(
            id: RolloutID(number: 7),
            kind: .deploy,
            members: [Cast.second(spec)],
            author: "ann",
            now: host.now()
        )
        let effects: [Effect] = [
            .preflight, .fetch(member: 0), .clear(member: 0, side: .new), .start(member: 0, side: .new, active: true),
            .stop(member: 0, side: .old), .remove(member: 0, side: .old),
            .setPolicy(member: 0, side: .new, .unlessStopped),
            .setActivity(member: 0, side: .new, active: true), .route([.init(member: 0, side: .new)]),
            .cut(side: .old, requests: true, upgraded: true), .record(.settled), .prune, .migrate(member: 0),
            .hook(member: 0, index: 0), .smokeWrite(member: 0, index: 0),
        ]
        for (number, effect) in effects.enumerated() {
            let step = Step(number: number, leg: .start, effect: effect)
            let result = await performer.perform(step, of: rollout)
            #expect(result == .failed(.init(.runtimeFailed(.cancelled))), "\(effect)")
        }
        let replica = Self.web.replicas(.new)[0]
        await #expect(throws: RuntimeError.cancelled) {
            try await drivers.runtime.setRestartPolicy(.no, of: replica)
        }
        await #expect(throws: RuntimeError.cancelled) { try await drivers.runtime.mend(replica, run: RunID("1")) }
        await #expect(throws: RuntimeError.cancelled) { try await drivers.runtime.remove(replica) }
        await #expect(throws: SwitchError.cancelled) { try await drivers.trafficSwitch.forget([]) }
        await #expect(throws: RuntimeError.cancelled) {
            try await drivers.marker.mark(.blue, of: replica.service, alsoAt: nil)
        }
        #expect(runtime.changes == 0 && trafficSwitch.told == 0)
        #expect(try await drivers.runtime.replicas().isEmpty)
        #expect(try await drivers.trafficSwitch.position() == .init(epoch: 1, version: 1))
    }

    // MARK: The lease

    @Test(.timeLimit(.minutes(1))) func `is told so once, and for good`() async throws {
        let (lease, second, _) = try await Self.openings()
        #expect(lease.successor == nil, "nobody has asked yet")
        #expect(await lease.untilLost(on: WillingHost()) == 2)
        #expect(lease.successor == 2)
        #expect(await !lease.isHeld())
        await #expect(throws: Self.lost) { try await lease.read() }
        await #expect(throws: Self.lost) { try await lease.append([]) }
        #expect(await Lease(second).isHeld())
    }

    @Test func `knows no better while the journal cannot be read`() async {
        #expect(await Lease(Unreadable()).isHeld())
    }

    private struct Unreadable: Journal {
        private var error: JournalError { .unavailable("input/output error") }

        func append(_ entries: [JournalEntry]) async throws(JournalError) { throw error }
        func read() async throws(JournalError) -> JournalContents { throw error }
        func check() async throws(JournalError) { throw error }
        func rollouts(of project: ProjectName?, most: Int) async throws(JournalError) -> [RolloutSnapshot] {
            throw error
        }
        func rollout(_ id: RolloutID) async throws(JournalError) -> RolloutSnapshot? { throw error }
        func notes(of rollout: RolloutID, after sequence: Int) async throws(JournalError) -> [JournalledNote] {
            throw error
        }
    }
}

/// Counts what it is told to change.
private final class CountingSwitch: TrafficSwitch {
    private let count = Mutex(0)

    var told: Int { count.withLock(\.self) }

    private func tell() { count.withLock { $0 += 1 } }

    func publish(_ table: TrafficTable) async throws(SwitchError) { tell() }
    func publishUnstored(_ table: TrafficTable) async throws(SwitchError) { tell() }
    func position() async throws(SwitchError) -> TablePosition { .init(epoch: 1, version: 1) }
    func counters() async throws(SwitchError) -> TrafficCounters {
        .init(incarnation: "one", position: .init(epoch: 1, version: 1), targets: [:])
    }
    func cut(_ targets: [TargetID], requests: Bool, upgraded: Bool) async throws(SwitchError) -> CutReport {
        tell()
        return .init(requests: 0, upgraded: 0)
    }
    func forget(_ targets: [TargetID]) async throws(SwitchError) { tell() }
    func request(_ expectation: HTTPExpectation, host: String?, within limit: Duration) async -> ProbeResult {
        .passed(latency: .zero)
    }
    func publicEndpoint() async -> Endpoint? { nil }
}

/// Has no replicas, and counts what it is told to change.
private final class CountingRuntime: ContainerRuntime {
    private let count = Mutex(0)

    var changes: Int { count.withLock(\.self) }

    private func change() { count.withLock { $0 += 1 } }

    func fetch(_ release: Release) async throws(RuntimeError) { change() }
    func start(_ order: StartOrder) async throws(RuntimeError) -> ReplicaState {
        change()
        return Cast.running(order.replica, order.release.id)
    }
    func mend(_ replica: ReplicaID, run: RunID) async throws(RuntimeError) { change() }
    func stop(_ replica: ReplicaID, policy: StopPolicy) async throws(RuntimeError) { change() }
    func remove(_ replica: ReplicaID) async throws(RuntimeError) { change() }
    func setRestartPolicy(_ policy: RestartPolicy, of replica: ReplicaID) async throws(RuntimeError) { change() }
    func setActivity(
        _ active: Bool,
        of replica: ReplicaID,
        by call: ActivityCall,
        within limit: Duration
    ) async throws(RuntimeError) { change() }
    func runOnce(_ order: OnceOrder) async throws(RuntimeError) -> CommandResult {
        change()
        return CommandResult(exitCode: 0, tail: [])
    }
    func prune(keeping kept: [Release]) async throws(RuntimeError) -> [String] {
        change()
        return []
    }
    func replicas() async throws(RuntimeError) -> [ReplicaState] { [] }
    func replica(_ id: ReplicaID) async throws(RuntimeError) -> ReplicaState? { nil }
    func logTail(of replica: ReplicaID, linesMax: Int) async throws(RuntimeError) -> [LogLine] { [] }
    func followLog(of replica: ReplicaID, linesMax: Int) -> AsyncThrowingStream<LogLine, any Error> {
        AsyncThrowingStream { $0.finish() }
    }
    func usage(of replica: ReplicaID) async throws(RuntimeError) -> ReplicaUsage? { nil }
    func listeners(of replica: ReplicaID) async throws(RuntimeError) -> ListenerReport {
        ListenerReport(owner: .nobody, ownPorts: [])
    }
    func execute(
        _ command: [String],
        beside replica: ReplicaID,
        within limit: Duration
    ) async throws(RuntimeError) -> CommandResult { CommandResult(exitCode: 0, tail: []) }
    func onceState(of name: String) async throws(RuntimeError) -> OnceState { .neverBegun }
    func events() -> AsyncStream<ReplicaEvent> { AsyncStream { $0.finish() } }
}
