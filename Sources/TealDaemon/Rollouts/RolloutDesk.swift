import Logging
import TealCore
import TealDriverKit
import TealEngine

/// Begins rollouts, keeps them off each other's services, follows them, and takes them up again after a start.
actor RolloutDesk {
    /// A rollout that is under way, or halted and waiting for a person.
    struct Held {
        let runner: RolloutRunner
        var snapshot: RolloutSnapshot
        var noteCount: Int
        /// How long it had been under way at its newest note: it never goes back, whatever the wall clock says.
        var elapsed: Duration = .zero
        var isRunning: Bool
        var followers = 0
        /// Until which moment it is aborted when nobody follows it; nil when its caller may leave.
        var abortsUntil: Moment?

        /// Whether its caller, who wanted it aborted in that case, is gone before it got what it waited for.
        var isLost: Bool {
            guard isRunning, followers == 0, let abortsUntil else { return false }
            let moments = snapshot.rollout.moments
            return moments[abortsUntil] == nil && moments[.released] == nil
        }
    }

    let book: HostBook
    private let journal: any Journal
    private let runtime: any ContainerRuntime
    private let surroundings: @Sendable (@escaping @Sendable (RolloutEntry) async -> Void) -> RolloutRunner.Surroundings
    let clock: any HostClock
    let logger: Logger
    private var held: [RolloutID: Held] = [:]
    private var lastNumber: Int
    private var waiters: [Int: AsyncStream<Void>.Continuation] = [:]
    private var lastWaiter = 0
    private let inbox: AsyncStream<Work>
    let work: AsyncStream<Work>.Continuation

    /// A rollout for the service loop to run.
    struct Work: Sendable {
        let runner: RolloutRunner
        let core: RunnerCore
        let first: RunnerCore.Input
    }

    init(
        contents: JournalContents,
        book: HostBook,
        journal: any Journal,
        runtime: any ContainerRuntime,
        clock: any HostClock,
        logger: Logger,
        surroundings:
            @escaping @Sendable (@escaping @Sendable (RolloutEntry) async -> Void) -> RolloutRunner.Surroundings
    ) {
        self.book = book
        self.journal = journal
        self.runtime = runtime
        self.clock = clock
        self.logger = logger
        self.surroundings = surroundings
        lastNumber = contents.lastRollout
        (inbox, work) = AsyncStream.makeStream(of: Work.self, bufferingPolicy: .unbounded)
    }

    // MARK: Running

    /// Takes up what the journal holds.
    ///
    /// To be done before anything else looks at the host: the services of these rollouts are held from here on, so that no
    /// keeper stops what they have started.
    ///
    /// Parts of what other hosts coordinate are not its own to go on with, unless they were left alone.
    func takeUp(_ unended: [RolloutSnapshot]) async {
        for snapshot in unended
        where (snapshot.part?.isAlone ?? true) && !Self.isOvertaken(snapshot.rollout, by: unended.map(\.rollout)) {
            await takeUp(snapshot)
        }
    }

    /// Whether a halted rollout shares a service with a later one that has not ended: what becomes of it is that one's.
    static func isOvertaken(_ rollout: Rollout, by others: [Rollout]) -> Bool {
        guard rollout.outcome != nil else { return false }
        return others.contains { $0.id > rollout.id && !Set($0.services).isDisjoint(with: rollout.services) }
    }

    /// Runs rollouts until the daemon stops.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { [weak self, runtime] in
                for await event in runtime.events() { await self?.tell(event) }
            }
            for await item in inbox {
                group.addTask { [weak self] in
                    let ended = await item.runner.run(item.core, first: item.first)
                    await self?.ended(ended)
                }
            }
            group.cancelAll()
        }
    }

    /// Ends the loop; rollouts under way stay in the journal and are taken up at the next start.
    func stop() { work.finish() }

    private func takeUp(_ snapshot: RolloutSnapshot) async {
        let id = snapshot.rollout.id
        // A count that cannot be read would only number notes again.
        let notes = (try? await journal.notes(of: id, after: 0)) ?? []
        let core = RunnerCore(
            snapshot: snapshot,
            boot: clock.boot,
            noteCount: notes.last?.sequence ?? 0,
            age: age(of: snapshot, atLeast: notes.last?.elapsed ?? .zero),
            usersAreBack: await book.state.hasTakenBack(snapshot.rollout),
            servesOld: await book.state.servesOld(in: snapshot.rollout)
        )
        let isHalted = snapshot.rollout.outcome != nil
        if isHalted, await isStale(snapshot.rollout) { return }
        let runner = makeRunner()
        held[id] = Held(
            runner: runner,
            snapshot: snapshot,
            noteCount: core.noteCount,
            elapsed: notes.last?.elapsed ?? .zero,
            isRunning: !isHalted
        )
        await book.hold(snapshot.rollout)
        guard !isHalted else { return }
        logger.notice("Rollout taken up again", metadata: ["rollout.id": "\(id)"])
        work.yield(.init(runner: runner, core: core, first: snapshot.part == nil ? .recovered : .abandoned))
    }

    /// How long ago a rollout began, by the wall clock, which may have been wrong then or be wrong now.
    private func age(of snapshot: RolloutSnapshot, atLeast elapsed: Duration) -> Duration {
        max(.milliseconds(Int64((clock.wallTime() - snapshot.createdAt) * 1000)), elapsed)
    }

    /// Whether a halted rollout has been overtaken by a later one, so that resuming it means nothing.
    private func isStale(_ rollout: Rollout) async -> Bool { Self.isStale(rollout, await book.state) }

    /// Whether a later release was made of any of its services, or another release than its two is active.
    static func isStale(_ rollout: Rollout, _ state: HostState) -> Bool {
        rollout.members.contains { member in
            guard let record = state.services[member.service] else { return true }
            // A rollback goes to a release that had a successor all along.
            if rollout.kind != .rollback, record.lastRelease > member.new.id.number { return true }
            let active = record.active?.release
            return active != member.old?.id && active != member.new.id
        }
    }

    private func makeRunner() -> RolloutRunner {
        RolloutRunner(surroundings { [weak self] entry in await self?.observed(entry) })
    }

    /// Takes in a decision of a rollout, once it is written down.
    func observed(_ entry: RolloutEntry) {
        let id = entry.snapshot.rollout.id
        held[id]?.snapshot = entry.snapshot
        if let last = entry.notes.last {
            held[id]?.noteCount = last.sequence
            held[id]?.elapsed = last.elapsed
        }
        wakeAll()
    }

    private func ended(_ rollout: Rollout) async {
        // Cancelled, or taken over by another daemon: it goes on there, and nothing else here may touch its services.
        guard rollout.outcome != nil else { return }
        logger.notice(
            "Rollout ended",
            metadata: [
                "rollout.id": "\(rollout.id)",
                "outcome": "\(rollout.outcome.map { OutcomeWords.state($0) } ?? "running")",
            ]
        )
        if case .halted = rollout.outcome {
            held[rollout.id]?.isRunning = false
        } else {
            held[rollout.id] = nil
            await book.letGo(of: rollout.id)
        }
        wakeAll()
    }

    private func tell(_ event: ReplicaEvent) {
        for entry in held.values
        where entry.isRunning && entry.snapshot.rollout.services.contains(event.replica.service) {
            entry.runner.send(.replicaEvent(event))
        }
    }

    // MARK: Asking

    /// The services that a rollout holds, because it runs or because it halted and keeps both slots.
    var holds: [ServiceKey: Keeper.Hold] {
        var holds: [ServiceKey: Keeper.Hold] = [:]
        for entry in held.values where !entry.isRunning {
            for service in entry.snapshot.rollout.services { holds[service] = .halted }
        }
        for entry in held.values where entry.isRunning {
            for service in entry.snapshot.rollout.services { holds[service] = .running }
        }
        for service in reserved { holds[service] = .running }
        return holds
    }

    /// The rollout that holds a service, as it was last told of: the one that runs, else one that halted.
    func holder(of service: ServiceKey) -> Rollout? {
        let holders = held.values.filter { $0.snapshot.rollout.services.contains(service) }
        let halted = holders.max { $0.snapshot.rollout.id < $1.snapshot.rollout.id }
        return (holders.first(where: \.isRunning) ?? halted)?.snapshot.rollout
    }

    var busyServices: Set<ServiceKey> { Set(holds.keys) }

    var unended: [RolloutSnapshot] {
        held.values.map(\.snapshot).sorted { $0.rollout.id > $1.rollout.id }
    }

    func snapshot(of id: RolloutID) -> RolloutSnapshot? { held[id]?.snapshot }

    /// Whether a rollout holds its services because it is under way.
    func isRunning(_ id: RolloutID) -> Bool { held[id]?.isRunning ?? false }

    func noteCount(of id: RolloutID) -> Int? { held[id]?.noteCount }

    /// The running rollouts that hold any of the services, newest first.
    func holders(of services: [ServiceKey]) -> [RolloutSnapshot] {
        held.values.filter { $0.isRunning && !Set($0.snapshot.rollout.services).isDisjoint(with: services) }
            .map(\.snapshot).sorted { $0.rollout.id > $1.rollout.id }
    }

    // MARK: Beginning

    /// Writes a new rollout down and begins it, if nothing holds its services; nil otherwise.
    ///
    /// `plan` is asked under the lock, so that it sees what the rollout before it has left.
    func begin(
        kind: Rollout.Kind,
        author: String,
        abortsUntil: Moment?,
        services: [ServiceKey],
        plan: @Sendable (HostState) -> Planner.Planned
    ) async throws(Problem) -> Begun {
        guard isFree(services) else { return .busy }
        reserved.formUnion(services)
        defer {
            reserved.subtract(services)
            wakeAll()
        }
        let planned = plan(await book.state)
        if let problem = planned.problems.first {
            throw planned.problems.count == 1 ? problem : Self.together(planned.problems)
        }
        guard !planned.members.isEmpty else { return .unchanged(planned.unchanged) }
        lastNumber += 1
        let rollout = Rollout(
            id: RolloutID(number: lastNumber),
            kind: kind,
            members: planned.members,
            author: author,
            now: clock.now()
        )
        await book.hold(rollout)
        do {
            try await write(planned, rollout)
        } catch {
            await book.letGo(of: rollout.id)
            throw error
        }
        await overtake(services)
        let snapshot = RolloutSnapshot(boot: clock.boot, rollout: rollout, createdAt: clock.wallTime())
        let runner = makeRunner()
        held[rollout.id] = Held(
            runner: runner,
            snapshot: snapshot,
            noteCount: 0,
            isRunning: true,
            abortsUntil: abortsUntil
        )
        logger.notice("Rollout begun", metadata: ["rollout.id": "\(rollout.id)", "kind": "\(kind.rawValue)"])
        let core = RunnerCore(rollout: rollout, boot: clock.boot, createdAt: snapshot.createdAt)
        work.yield(.init(runner: runner, core: core, first: .begin))
        return .begun(snapshot)
    }

    /// What halted is decided by releasing anew.
    func overtake(_ services: [ServiceKey]) async {
        for (id, entry) in held
        where !entry.isRunning && !Set(entry.snapshot.rollout.services).isDisjoint(with: services) {
            held[id] = nil
            await book.letGo(of: id)
        }
    }

    enum Begun {
        case begun(RolloutSnapshot)
        case unchanged([ServiceKey])
        case busy
    }

    private var reserved: Set<ServiceKey> = []

    /// Reserves services; false when one of them is held.
    func reserve(_ services: [ServiceKey]) -> Bool {
        guard isFree(services) else { return false }
        reserved.formUnion(services)
        return true
    }

    /// Ends a reservation.
    func giveUp(_ services: [ServiceKey]) {
        reserved.subtract(services)
        wakeAll()
    }

    func nextID() -> RolloutID {
        lastNumber += 1
        return RolloutID(number: lastNumber)
    }

    /// Holds a rollout that somebody else carries out until its runner is told to.
    @discardableResult
    func put(_ part: RolloutSnapshot) -> RolloutRunner {
        let runner = makeRunner()
        held[part.rollout.id] = Held(runner: runner, snapshot: part, noteCount: 0, isRunning: true)
        wakeAll()
        return runner
    }

    func remove(_ part: RolloutID) {
        held[part] = nil
        wakeAll()
    }

    /// Whether no rollout runs, or is just beginning, on any of the services.
    private func isFree(_ services: [ServiceKey]) -> Bool {
        holders(of: services).isEmpty && reserved.isDisjoint(with: services)
    }

    private func write(_ planned: Planner.Planned, _ rollout: Rollout) async throws(Problem) {
        do throws(BookError) {
            try await book.change { state in
                for record in planned.made { state.make(record) }
            }
            let snapshot = RolloutSnapshot(boot: clock.boot, rollout: rollout, createdAt: clock.wallTime())
            do throws(JournalError) {
                try await journal.append([.rollout(.init(snapshot: snapshot, began: [], ended: [], notes: []))])
            } catch {
                throw .journal(error)
            }
        } catch {
            guard case .journal(let cause) = error else { return }  // the switch is asked again in preflight
            if case .superseded = cause {
                throw Problem(
                    "daemon.superseded",
                    "nothing has been changed: another daemon has taken over this one's home",
                    next: ["Try again: the other one answers at the same socket once this one has ended"]
                )
            }
            throw Problem(
                "daemon.journal",
                "nothing has been changed: the journal cannot be written: \(cause)",
                next: ["Free some space on the disk that holds the home, then try again"]
            )
        }
    }

    /// Several problems as one.
    static func together(_ problems: [Problem]) -> Problem {
        guard problems.count > 1 else { return problems[0] }
        return Problem(
            problems[0].code,
            problems[0].summary,
            at: problems.dropFirst().map(\.summary) + problems.flatMap(\.at),
            next: problems.flatMap(\.next)
        )
    }

    // MARK: Steering

    func send(_ input: RunnerCore.Input, to id: RolloutID) { held[id]?.runner.send(input) }

    /// Goes on with a halted rollout; false when it is not halted, or has been overtaken by a later one.
    func resume(_ id: RolloutID, again: Bool) async -> Bool {
        let state = await book.state
        guard let entry = held[id], !entry.isRunning, isFree(entry.snapshot.rollout.services),
            !Self.isStale(entry.snapshot.rollout, state)
        else { return false }
        let runner = makeRunner()
        held[id] = Held(
            runner: runner,
            snapshot: entry.snapshot,
            noteCount: entry.noteCount,
            elapsed: entry.elapsed,
            isRunning: true
        )
        let core = RunnerCore(
            snapshot: entry.snapshot,
            boot: clock.boot,
            noteCount: entry.noteCount,
            age: age(of: entry.snapshot, atLeast: entry.elapsed)
        )
        work.yield(.init(runner: runner, core: core, first: .resume(again: again)))
        return true
    }

    // MARK: Following

    /// Signals each time any rollout has changed; begins with one signal.
    func changes() -> AsyncStream<Void> {
        lastWaiter += 1
        let number = lastWaiter
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        continuation.onTermination = { [weak self] _ in
            // Ends by itself: it only removes the entry.
            Task { await self?.drop(number) }
        }
        waiters[number] = continuation
        continuation.yield()
        return stream
    }

    private func drop(_ number: Int) { waiters[number] = nil }

    private func wakeAll() { for waiter in waiters.values { waiter.yield() } }

    func followed(_ id: RolloutID, by difference: Int) {
        held[id]?.followers += difference
    }

    /// Whether a rollout that is to be aborted with its caller has nobody left who follows it.
    func isLost(_ id: RolloutID) -> Bool { held[id]?.isLost ?? false }

    /// Waits until none of the services is held, or until `moment`, or until the calling task is cancelled.
    func waitUntilFree(_ services: [ServiceKey], until moment: Timestamp) async -> Bool {
        await wait(until: moment) { self.isFree(services) }
        return isFree(services)
    }

    /// Waits until a rollout is as `condition` says or has halted, or until `moment`.
    ///
    /// - Returns: The rollout as it stands then; nil when it has ended otherwise.
    func next(
        of id: RolloutID,
        until moment: Timestamp,
        where condition: @Sendable (Rollout) -> Bool
    ) async -> RolloutSnapshot? {
        await wait(until: moment) {
            guard let entry = self.held[id] else { return true }
            return !entry.isRunning || condition(entry.snapshot.rollout)
        }
        return held[id]?.snapshot
    }

    private func wait(until moment: Timestamp, for condition: () -> Bool) async {
        let alarm = Task { [clock] in
            await clock.sleep(until: moment)
            self.wakeAll()
        }
        defer { alarm.cancel() }
        for await _ in changes() where condition() || clock.now() >= moment { return }
    }
}
