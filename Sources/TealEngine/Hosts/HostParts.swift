import TealCore
package import TealDriverKit

/// What rollouts that other hosts coordinate have on this host: grants their leases, carries out their steps, and lets them
/// go on alone when a lease runs out.
///
/// Whatever changes something is written down here first, under the token that it came with.
package actor HostParts {
    /// What it needs of its host.
    package struct Surroundings: Sendable {
        package let journal: any Journal
        package let performer: any StepPerformer
        package let book: HostBook
        package let desk: any PartDesk
        package let clock: any HostClock
        /// Told of every decision once it is written down.
        package let observe: @Sendable (RolloutEntry) async -> Void

        package init(
            journal: any Journal,
            performer: any StepPerformer,
            book: HostBook,
            desk: any PartDesk,
            clock: any HostClock,
            observe: @escaping @Sendable (RolloutEntry) async -> Void = { _ in }
        ) {
            self.journal = journal
            self.performer = performer
            self.book = book
            self.desk = desk
            self.clock = clock
            self.observe = observe
        }
    }

    private struct Part {
        var snapshot: RolloutSnapshot
        var running: [Int: Running] = [:]
        /// Steps that were told to end and have, which is not written down yet.
        var ended: [EndedStep] = []
        /// What its replicas did since the last renewal.
        var events: [ReplicaEvent] = []
        /// What ended while nobody saw it: told with each renewal, since one answer may be lost.
        var unseen: [ReplicaEvent] = []
        var late = LateEntries()
    }

    private struct Running {
        let step: Step
        let task: Task<StepResult, Never>
    }

    /// How many events wait for the next renewal at most; older ones are left out.
    private static let eventsMax = 200
    /// Among how many of the newest rollouts a part is looked for whose lease is asked for late.
    private static let partsMax = 100

    private let host: Surroundings
    private var ledger = LeaseLedger()
    private var parts: [RolloutID: Part] = [:]
    private var isBusy = false
    private var queue: [CheckedContinuation<Void, Never>] = []
    private var isWaiting = false
    private let bells: AsyncStream<Void>
    private let ringer: AsyncStream<Void>.Continuation

    package init(_ surroundings: Surroundings) {
        host = surroundings
        (bells, ringer) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    private var now: Timestamp { host.clock.now() }

    // MARK: Start and end

    /// Takes up a part that the journal holds: its lease holds for one more limit, since who coordinates it may have renewed
    /// it without a word in the journal.
    ///
    /// One that goes on alone has no lease any more: its runner is the desk's, and hears of its replicas there.
    package func takeUp(_ snapshot: RolloutSnapshot) async {
        guard var own = snapshot.part, !own.isAlone, snapshot.rollout.outcome == nil else { return }
        let id = snapshot.rollout.id
        own.lease.takenUp(in: host.clock.boot, at: now)
        ledger.keep(own.lease)
        var rollout = snapshot.rollout
        if snapshot.boot != host.clock.boot {
            rollout.earlier = max(rollout.earlier ?? .zero, host.clock.since(snapshot.createdAt))
            rollout.began = now
        }
        let state = await host.book.state
        parts[id] = Part(
            snapshot: .init(boot: host.clock.boot, rollout: rollout, createdAt: snapshot.createdAt, part: own)
        )
        // Nobody saw it end: users have nobody while the old release serves, and their coordinator has to know.
        parts[id]?.unseen = rollout.members.filter { state.wayOut($0.service, rollout) != nil }
            .flatMap { $0.replicas(.new) }
            .map { ReplicaEvent(replica: $0, kind: .removed, run: rollout.started[PlacedReplica($0)]?.run) }
        await host.desk.hold(snapshot)
        ring()
    }

    /// Watches over the leases until cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            ring()
            for await _ in bells {
                await expire()
                guard let wake = ledger.wakeAt, !isWaiting else { continue }
                isWaiting = true
                group.addTask { [self, clock = host.clock] in
                    await clock.sleep(until: wake)
                    await wakeUp()
                }
            }
            group.cancelAll()
        }
        for part in parts.values { for running in part.running.values { running.task.cancel() } }
    }

    private func wakeUp() {
        isWaiting = false
        ring()
    }

    private func ring() { ringer.yield() }

    /// Keeps what happened to a part's replicas for its coordinator.
    package func saw(_ event: ReplicaEvent) {
        for id in parts.keys where parts[id]?.snapshot.rollout.services.contains(event.replica.service) == true {
            parts[id]?.events.append(event)
            if let count = parts[id]?.events.count, count > Self.eventsMax { parts[id]?.events.removeFirst() }
        }
    }

    // MARK: Questions

    package func answer(_ request: HostRequest) async -> HostAnswer {
        switch request {
        case .state:
            let state = await host.book.state
            return .state(
                state.services.values.sorted { $0.service < $1.service },
                state.releases.values.sorted { $0.id < $1.id }
            )
        case .lease(let request): return await inTurn { await lease(request) }
        case .renew(let token): return renew(token)
        case .step(let step): return await carryOut(step)
        case .giveBack(let token, let outcome): return await inTurn { await giveBack(token, outcome) }
        }
    }

    private func lease(_ request: LeaseRequest) async -> HostAnswer {
        let before = ledger
        switch ledger.judge(request.claim, known: request.known, at: now) {
        case .refused(let refusal): return .refused(refusal)
        case .known(let id):
            guard let lease = ledger[id] else { return .refused(.unknown) }
            if before[id]?.token != lease.token, let refusal = await write(id, lease: lease) {
                return .refused(refusal)
            }
            return .leased(lease.grant)
        case .free: return await grant(request)
        }
    }

    private func grant(_ request: LeaseRequest) async -> HostAnswer {
        let services = request.claim.services
        do throws(JournalError) {
            if try await isOver(request) { return .refused(.ended) }
        } catch {
            return .refused(.unwritten("\(error)"))
        }
        if let text = await host.book.state.misfit(of: request.members, kind: request.kind) {
            return .refused(.outdated(text))
        }
        guard let id = await host.desk.admit(services) else { return .refused(.busy("another rollout")) }
        let rollout = Rollout(
            id: id,
            kind: request.kind,
            members: request.members,
            author: request.author,
            now: now
        )
        let lease = ledger.grant(request.claim, as: id, boot: host.clock.boot, at: now)
        parts[id] = Part(
            snapshot: .init(
                boot: host.clock.boot,
                rollout: rollout,
                createdAt: host.clock.wallTime(),
                part: HostPart(lease: lease)
            )
        )
        var refusal: LeaseRefusal?
        do throws(BookError) {
            try await host.book.change { state in
                for member in request.members { state.make(ReleaseRecord(release: member.new)) }
            }
        } catch {
            // A switch that does not follow now is asked again in preflight.
            if case .journal(let cause) = error { refusal = .unwritten("\(cause)") }
        }
        if refusal == nil { refusal = await write(id) }
        if let refusal {
            ledger.end(id)
            ledger.forget(id)
            parts[id] = nil
            await host.desk.dismiss(services)
            return .refused(refusal)
        }
        if let snapshot = parts[id]?.snapshot {
            await host.book.hold(snapshot.rollout)
            await host.desk.hold(snapshot)
        }
        ring()
        return .leased(lease.grant)
    }

    /// Whether a question comes late, or twice: its part was granted before, and has ended since.
    private func isOver(_ request: LeaseRequest) async throws(JournalError) -> Bool {
        let project = request.claim.services.first?.project
        let newest = try await host.journal.rollouts(of: project, most: Self.partsMax)
            .first { $0.part?.lease.claim.isSame(as: request.claim) == true }
        guard let newest, let before = newest.part?.lease.claim, newest.rollout.outcome != nil,
            // A home that was made anew counts from 1 again; what it brings has other numbers.
            newest.rollout.members.map(\.new.id) == request.members.map(\.new.id)
        else { return false }
        // What is resumed asks anew, by a later step.
        return !before.isEarlier(than: request.claim)
    }

    private func renew(_ token: LeaseToken) -> HostAnswer {
        if let refusal = ledger.renew(token, at: now) { return .refused(refusal) }
        let events = parts[token.part].map { $0.unseen + $0.events } ?? []
        parts[token.part]?.events = []
        return .renewal(Renewal(.renewed(ledger[token.part]?.token ?? token), events: events))
    }

    private func giveBack(_ token: LeaseToken, _ outcome: Outcome) async -> HostAnswer {
        let id = token.part
        if let refusal = ledger.refusal(of: token, at: now) { return refusal == .ended ? .done : .refused(refusal) }
        await stop(id) { _ in true }
        guard let part = parts[id], var lease = ledger[id] else { return .refused(.unknown) }
        lease.end()
        var snapshot = part.snapshot
        snapshot.rollout.give(back: outcome)
        snapshot.part?.lease = lease
        let entry = RolloutEntry(snapshot: snapshot, began: [], ended: part.ended, notes: [])
        if let refusal = await append(entry, of: id) { return .refused(refusal) }
        ledger.end(id)
        ledger.forget(id)
        parts[id] = nil
        await host.book.letGo(of: id)
        await host.desk.letGo(of: id)
        return .done
    }

    // MARK: Steps

    private func carryOut(_ asked: PartStep) async -> HostAnswer {
        let id = asked.token.part
        if let refusal = refusal(of: asked) { return .refused(refusal) }
        guard asked.step.effect.kind.effectClass != .observation else {
            guard let rollout = parts[id].map({ adopted(asked.rollout, in: $0) }) else { return .refused(.unknown) }
            return .result(await host.performer.perform(asked.step, of: rollout))
        }
        let begun = await inTurn { await begin(asked) }
        switch begun {
        case .answered(let answer): return answer
        case .running(let task):
            let result = await task.value
            return await inTurn { await end(asked.step, result, of: id) }
        }
    }

    private enum Begun {
        case answered(HostAnswer)
        case running(Task<StepResult, Never>)
    }

    /// Why a step is not begun; nil when it may be.
    private func refusal(of asked: PartStep) -> LeaseRefusal? {
        if let refusal = ledger.refusal(of: asked.token, at: now) { return refusal }
        guard let newest = parts[asked.token.part]?.snapshot.rollout else { return .unknown }
        // What comes late, after steps that followed it, is over: only what is still open may be asked for again.
        let isOver = asked.step.number < newest.nextNumber && newest.open[asked.step.number] == nil
        let isKnown = parts[asked.token.part]?.snapshot.part?.ended.contains { $0.step.number == asked.step.number }
        return isOver && isKnown != true ? .passed : nil
    }

    private func begin(_ asked: PartStep) async -> Begun {
        let id = asked.token.part
        let number = asked.step.number
        if let refusal = refusal(of: asked) { return .answered(.refused(refusal)) }
        if let known = parts[id]?.snapshot.part?.ended.first(where: { $0.step.number == number }) {
            return .answered(.result(known.result))
        }
        if let running = parts[id]?.running[number] { return .running(running.task) }
        // What its coordinator does not wait for any more has to have ended before anything new begins.
        guard let wanted = parts[id].map({ adopted(asked.rollout, in: $0).open }) else {
            return .answered(.refused(.unknown))
        }
        await stop(id) { wanted[$0] == nil }
        if let refusal = refusal(of: asked) { return .answered(.refused(refusal)) }
        guard let part = parts[id], let lease = ledger[id] else { return .answered(.refused(.unknown)) }
        let wasBegun = part.snapshot.part?.begun.contains(number) ?? false
        if wasBegun, asked.step.effect.kind == .smokeWrite {
            // It was begun by a daemon that is gone: whether it was sent cannot be found out.
            let name = asked.step.onceName(in: id)
            return .answered(.result(.failed(.init(.stepLost(.smokeWrite, name: name)))))
        }
        var snapshot = part.snapshot
        snapshot.rollout = adopted(asked.rollout, in: part)
        snapshot.part?.lease = lease
        if asked.step.effect.kind.effectClass == .onceOnly, !wasBegun { snapshot.part?.begun.append(number) }
        let entry = RolloutEntry(snapshot: snapshot, began: [asked.step], ended: part.ended, notes: [])
        if let refusal = await append(entry, of: id) { return .answered(.refused(refusal)) }
        parts[id]?.snapshot = snapshot
        parts[id]?.ended = []
        let rollout = snapshot.rollout
        // Owned by the part: awaited by who asked, and before anything later begins.
        let task = Task { [performer = host.performer] in await performer.perform(asked.step, of: rollout) }
        parts[id]?.running[number] = Running(step: asked.step, task: task)
        return .running(task)
    }

    /// Writes down how a step has ended; its result is true whether or not that can be written by now.
    private func end(_ step: Step, _ result: StepResult, of id: RolloutID) async -> HostAnswer {
        guard parts[id]?.running.removeValue(forKey: step.number) != nil, var snapshot = parts[id]?.snapshot else {
            return .result(result)
        }
        let ended = EndedStep(step: step, result: result)
        if step.effect.kind.effectClass == .onceOnly { snapshot.part?.ended.append(ended) }
        if let lease = ledger[id] { snapshot.part?.lease = lease }
        parts[id]?.snapshot = snapshot
        let entry = RolloutEntry(snapshot: snapshot, began: [], ended: [ended], notes: [])
        // What comes to nothing since another daemon has taken over is asked of that one again.
        if case .unwritten(let why)? = await append(entry, of: id, mayBeLate: true) { return .refused(.unwritten(why)) }
        return .result(result)
    }

    /// A part as its coordinator has it now, with this host's own name and clock.
    private func adopted(_ rollout: Rollout, in part: Part) -> Rollout {
        let own = part.snapshot.rollout
        guard rollout.nextNumber >= own.nextNumber else { return own }
        var adopted = rollout
        adopted.id = own.id
        adopted.began = own.began
        adopted.earlier = own.earlier
        return adopted
    }

    /// Ends steps that are under way, and waits until they have.
    private func stop(_ id: RolloutID, _ isMeant: (Int) -> Bool) async {
        let meant = (parts[id]?.running ?? [:]).filter { isMeant($0.key) }.sorted { $0.key < $1.key }
        for (_, running) in meant { running.task.cancel() }
        for (number, running) in meant {
            let result = await running.task.value
            parts[id]?.running[number] = nil
            parts[id]?.ended.append(EndedStep(step: running.step, result: result))
        }
    }

    // MARK: Alone

    /// Lets the parts go on alone whose leases have run out.
    private func expire() async {
        await inTurn {
            for id in ledger.expire(at: now) { await goOnAlone(id) }
        }
    }

    private func goOnAlone(_ id: RolloutID) async {
        await stop(id) { _ in true }
        guard let part = parts[id], let lease = ledger[id] else { return }
        var snapshot = part.snapshot
        snapshot.part?.lease = lease
        snapshot.part?.isAlone = true
        // What cannot be written now is written by who carries it out from here on.
        let entry = RolloutEntry(snapshot: snapshot, began: [], ended: part.ended, notes: [])
        _ = await append(entry, of: id, mayBeLate: true)
        parts[id] = nil
        ledger.forget(id)
        await host.desk.goOnAlone(snapshot)
    }

    // MARK: Writing

    private func write(_ id: RolloutID, lease: HostLease? = nil) async -> LeaseRefusal? {
        if let lease { parts[id]?.snapshot.part?.lease = lease }
        guard let snapshot = parts[id]?.snapshot else { return .unknown }
        return await append(.init(snapshot: snapshot, began: [], ended: [], notes: []), of: id)
    }

    /// Writes an entry after those that could not be written before it.
    ///
    /// On the way back users come first, and the record follows, as for what this host coordinates itself.
    ///
    /// - Returns: Why it may not be done; nil when it may.
    private func append(_ entry: RolloutEntry, of id: RolloutID, mayBeLate: Bool = false) async -> LeaseRefusal? {
        let late = parts[id]?.late ?? LateEntries()
        do throws(JournalError) {
            try await host.journal.append(late.entries + [.rollout(entry)])
            parts[id]?.late.clear()
        } catch {
            switch error {
            case .tokenPassed: return .passed
            case .superseded: return .unwritten("another daemon has taken over")
            case .diskFull, .newerFormat, .damaged, .unavailable:
                guard mayBeLate || !entry.began.isEmpty && entry.snapshot.rollout.leg.mayBeWrittenLater else {
                    return .unwritten("\(error)")
                }
                parts[id]?.late.add(entry)
            }
        }
        await host.observe(entry)
        return nil
    }

    // MARK: Turns

    /// Does one thing after the other, in the order in which they came.
    private func inTurn<Answer: Sendable>(_ body: () async -> Answer) async -> Answer {
        if isBusy { await withCheckedContinuation { queue.append($0) } }
        isBusy = true
        let answer = await body()
        if queue.isEmpty { isBusy = false } else { queue.removeFirst().resume() }
        return answer
    }
}
