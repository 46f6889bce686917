package import TealCore
package import TealDriverKit

/// What to write down and what to do next around one rollout, as a value without `async`.
///
/// It knows the order of journal and effect, which results may be tried again, and what a recovered journal means. The
/// shell around it only awaits drivers and feeds results back.
package struct RunnerCore: Sendable {
    package enum Input: Sendable, Hashable {
        case begin
        case stepEnded(Int, StepResult)
        case replicaEvent(ReplicaEvent)
        /// As ``replicaEvent(_:)``, of another host.
        case hostEvent(HostName, ReplicaEvent)
        /// What came of ``Action/renew(_:_:)``.
        case renewed(HostName, HeldLease.Answer)
        case tick
        case takeBack(Reason)
        case hurry(by: String)
        case recovered
        case resume(again: Bool)
        /// Who coordinated this part of a rollout has not renewed its lease: from here on it goes on alone.
        case abandoned
    }

    package enum Action: Sendable, Hashable {
        /// To be synced before any later action is carried out.
        case journal(RolloutEntry)
        case perform(Step)
        /// Its task is cancelled; its result is still fed back.
        case cancel(Int)
        /// Another host is asked to let its lease hold on.
        case renew(HostName, LeaseToken)
        /// Another host is told that its lease is needed no more; it may not hear of it.
        case giveBack(HostName, LeaseToken)
    }

    package private(set) var rollout: Rollout
    /// How many notes people were told so far.
    package private(set) var noteCount: Int
    /// Whether another daemon has taken the rollout over: nothing is decided or begun here any more.
    package private(set) var isSuperseded = false

    private let boot: BootID
    private let snapshotBoot: BootID
    private let createdAt: Double
    private let age: Duration
    /// What it is on this host when another one coordinates it.
    private let part: HostPart?
    /// The leases of other hosts that it acts under.
    private var leases: [HostName: HeldLease] = [:]
    /// When each lease was asked for that has no answer yet, by step.
    private var asked: [Int: Timestamp] = [:]
    private let usersAreBack: Bool
    private let servesOld: Bool
    /// Repeatable steps that failed for a passing reason and are tried again.
    private var retries: [Int: Retry] = [:]
    private var notes: [JournalledNote] = []
    private var ended: [EndedStep] = []
    /// Steps whose result is not wanted any more: they are not tried again.
    private var cancelled: Set<Int> = []

    private struct Retry: Sendable, Hashable {
        let step: Step
        let first: Timestamp
        var count: Int
        var due: Timestamp?
    }

    /// How long a passing failure is tried again on the way forward; and on the way back, where users wait for it, and
    /// in the end, where nobody does.
    private static let forwardLimit: Duration = .seconds(15)
    private static let backLimit: Duration = .seconds(120)
    private static let firstWait: Duration = .milliseconds(100)
    private static let longestWait: Duration = .seconds(2)

    package init(rollout: Rollout, boot: BootID, createdAt: Double) {
        self.rollout = rollout
        self.boot = boot
        snapshotBoot = boot
        self.createdAt = createdAt
        part = nil
        age = .zero
        usersAreBack = false
        servesOld = false
        noteCount = 0
    }

    /// Takes up a rollout that was journalled before.
    ///
    /// - Parameters:
    ///   - snapshot: What the journal holds of it.
    ///   - boot: The present boot.
    ///   - noteCount: How many notes of it are in the journal.
    ///   - age: How long ago it began by the wall clock, which is all that is known after another boot.
    ///   - usersAreBack: What ``HostState/hasTakenBack(_:)`` says of it.
    ///   - servesOld: What ``HostState/servesOld(in:)`` says of it.
    package init(
        snapshot: RolloutSnapshot,
        boot: BootID,
        noteCount: Int,
        age: Duration = .zero,
        usersAreBack: Bool = false,
        servesOld: Bool = false
    ) {
        rollout = snapshot.rollout
        self.usersAreBack = usersAreBack
        self.servesOld = servesOld
        self.age = max(age, .zero)
        self.boot = boot
        snapshotBoot = snapshot.boot
        createdAt = snapshot.createdAt
        part = snapshot.part
        self.noteCount = noteCount
    }

    /// When it wants `tick`, at the latest.
    package var wakeAt: Timestamp? {
        guard !isSuperseded else { return nil }
        let wakes = retries.values.compactMap(\.due) + leases.values.map(\.wakeAt)
        return (wakes + (rollout.wakeAt.map { [$0] } ?? [])).min()
    }

    /// Takes in one input and answers with what to do, in order.
    package mutating func handle(_ input: Input, at now: Timestamp) -> [Action] {
        guard !isSuperseded else { return [] }
        // Nothing is begun in the name of a lease that is not believed in any more, whatever has just happened.
        return loseOverdue(at: now) + take(input, at: now)
    }

    private mutating func take(_ input: Input, at now: Timestamp) -> [Action] {
        switch input {
        case .begin: return react(to: .begin, at: now)
        case .stepEnded(let number, let result): return stepEnded(number, result, at: now)
        case .replicaEvent(let event): return replicaEvent(event, on: nil, at: now)
        case .hostEvent(let host, let event): return replicaEvent(event, on: host, at: now)
        case .renewed(let host, let answer): return renewed(host, answer, at: now)
        case .abandoned: return react(to: .abandoned(age), at: now)
        case .tick: return tick(at: now)
        case .takeBack(let reason): return react(to: .takeBack(reason), at: now)
        case .hurry(let by): return react(to: .hurry(by: by), at: now)
        case .recovered:
            let otherBoot = snapshotBoot == boot ? nil : age
            return react(
                to: .recovered(otherBoot: otherBoot, usersAreBack: usersAreBack, servesOld: servesOld),
                at: now
            )
        case .resume(let again):
            // A halted one is taken up only now; its clock may be that of another boot.
            let isOfThisBoot = snapshotBoot == boot
            let before =
                isOfThisBoot
                ? [] : react(to: .recovered(otherBoot: age, usersAreBack: false, servesOld: false), at: now)
            return before + react(to: .resume(again: again), at: now)
        }
    }

    /// Whether the steps of an entry that could not be written down may begin all the same.
    ///
    /// Never when it could not because another daemon has taken over: what users need then is the other one's to do.
    package func mayWriteLater(_ entry: RolloutEntry, after error: JournalError) -> Bool {
        if case .superseded = error { return false }
        // A cut harms nobody twice, and without it what is stopped next would end connections without a word.
        return rollout.leg.mayBeWrittenLater
            || !entry.began.isEmpty && entry.began.allSatisfy { $0.effect.kind == .cut }
    }

    /// Takes in that an entry could not be written down: nothing in it is begun, and users stay or are taken back.
    ///
    /// When another daemon has taken over, all that is left to do is to give up what is under way.
    ///
    /// - Parameters:
    ///   - entry: What could not be written down.
    ///   - error: Why.
    ///   - rest: The actions that were to follow it.
    ///   - now: The present moment.
    /// - Returns: What to do instead of `rest`: all of it but the steps that may not begin, and what that leads to.
    package mutating func unwritten(
        _ entry: RolloutEntry,
        _ error: JournalError,
        before rest: some Sequence<Action>,
        at now: Timestamp
    ) -> [Action] {
        if case .superseded = error { return superseded() }
        let instead = withdraw(entry, error, at: now)
        let open = Set(rollout.openSteps.map(\.number))
        let kept = rest.filter { if case .perform(let step) = $0 { open.contains(step.number) } else { true } }
        return kept + instead
    }

    /// Takes in that another daemon has taken over: from here on nothing is decided, and what is under way is given up.
    package mutating func superseded() -> [Action] {
        guard !isSuperseded else { return [] }
        isSuperseded = true
        retries = [:]
        return rollout.openSteps.map { .cancel($0.number) }
    }

    private mutating func withdraw(_ entry: RolloutEntry, _ error: JournalError, at now: Timestamp) -> [Action] {
        let reason = Reason(error)
        guard !entry.began.isEmpty else { return react(to: .takeBack(reason), at: now) }
        var actions: [Action] = []
        for step in entry.began {
            cancelled.remove(step.number)
            actions += react(to: .stepEnded(step.number, .failed(.init(reason))), at: now)
        }
        return actions
    }

    private mutating func stepEnded(_ number: Int, _ result: StepResult, at now: Timestamp) -> [Action] {
        let isWanted = cancelled.remove(number) == nil
        if isWanted, case .failed(let failure) = result, failure.isPassing,
            let step = rollout.openSteps.first(where: { $0.number == number }),
            step.effect.kind.effectClass == .repeatable
        {
            var retry = retries[number] ?? Retry(step: step, first: now, count: 0, due: nil)
            let limit = rollout.leg.mayBeWrittenLater ? Self.backLimit : Self.forwardLimit
            // The rollout itself says how long its end may take to be written down.
            if now.since(retry.first) < limit || rollout.leg.mayBeWrittenLater && step.effect.kind == .record {
                retry.count += 1
                let wait = min(Self.firstWait * (1 << min(retry.count - 1, 10)), Self.longestWait)
                retry.due = now + wait
                retries[number] = retry
                return []
            }
        }
        retries[number] = nil
        noteLease(number, result, at: now)
        return react(to: .stepEnded(number, result), at: now)
    }

    private mutating func replicaEvent(_ event: ReplicaEvent, on host: HostName?, at now: Timestamp) -> [Action] {
        let replica = PlacedReplica(event.replica, on: host)
        // An event may be late: what it tells of a run before the present one is over.
        if let run = event.run, let own = rollout.started[replica]?.run, run != own { return [] }
        switch event.kind {
        case .ended(let exit): return react(to: .replicaEnded(replica, exit), at: now)
        case .removed: return react(to: .replicaEnded(replica, .init(code: 137, outOfMemory: false)), at: now)
        case .unhealthy: return react(to: .replicaUnwell(replica), at: now)
        // Of a process below the first one it may be: an end is told as such.
        case .outOfMemory, .started, .changed: return []
        }
    }

    private mutating func tick(at now: Timestamp) -> [Action] {
        var again: [Action] = []
        for (number, retry) in retries.sorted(by: { $0.key < $1.key }) {
            guard let due = retry.due, due <= now else { continue }
            retries[number]?.due = nil
            again.append(.perform(retry.step))
        }
        for host in leases.keys.sorted() where leases[host]?.takeDue(at: now) == true {
            if let token = leases[host]?.token { again.append(.renew(host, token)) }
        }
        return again + react(to: .tick, at: now)
    }

    // MARK: Leases

    /// Whether a step may still be asked of its host: the lease that it was begun under may have run out since.
    package func mayAsk(_ step: Step, at now: Timestamp) -> Bool {
        guard step.effect != .lease, let lease = step.host.flatMap({ leases[$0] }) else { return true }
        return lease.isBelieved(at: now)
    }

    private mutating func loseOverdue(at now: Timestamp) -> [Action] {
        var actions: [Action] = []
        for host in leases.keys.sorted() where leases[host]?.isBelieved(at: now) == false {
            leases[host] = nil
            actions += react(to: .hostLost(host), at: now)
        }
        return actions
    }

    private mutating func renewed(_ host: HostName, _ answer: HeldLease.Answer, at now: Timestamp) -> [Action] {
        // Why it is lost makes no difference to what follows.
        guard leases[host]?.answered(answer, at: now) != nil else {
            if let token = leases[host]?.token { rollout.tokens?[host] = token }
            return []
        }
        leases[host] = nil
        return react(to: .hostLost(host), at: now)
    }

    /// Takes in what a step of leases brought back.
    private mutating func noteLease(_ number: Int, _ result: StepResult, at now: Timestamp) {
        guard let since = asked.removeValue(forKey: number), case .leased(let grant) = result,
            let host = rollout.openSteps.first(where: { $0.number == number })?.host
        else { return }
        leases[host] = HeldLease(grant, asked: since)
    }

    /// Leases that are needed no more, once the rollout has ended.
    private mutating func giveBack() -> [Action] {
        guard rollout.outcome != nil else { return [] }
        let held = leases.sorted { $0.key < $1.key }.map { Action.giveBack($0.key, $0.value.token) }
        leases = [:]
        return held
    }

    private mutating func react(to event: Rollout.Event, at now: Timestamp) -> [Action] {
        if case .stepEnded(let number, let result) = event,
            let step = rollout.openSteps.first(where: { $0.number == number }),
            step.effect.kind.effectClass != .observation
        {
            ended.append(.init(step: step, result: result))
        }
        var leg = rollout.leg
        let reaction = rollout.handle(event, at: now)
        for note in reaction.notes {
            // What is told before the next phase begins belongs to the leg that led there.
            if case .phaseBegan = note { leg = rollout.leg }
            keep(note, during: leg, at: now)
        }
        var actions: [Action] = []
        let began = reaction.steps.filter { $0.effect.kind.effectClass != .observation }
        if reaction.isDecision || !notes.isEmpty {
            let snapshot = RolloutSnapshot(boot: boot, rollout: rollout, createdAt: createdAt, part: part)
            actions.append(.journal(.init(snapshot: snapshot, began: began, ended: ended, notes: notes)))
            notes = []
            ended = []
        }
        for step in reaction.steps where step.effect == .lease { asked[step.number] = now }
        for host in leases.keys where rollout.alone?.contains(host) == true { leases[host] = nil }
        actions += reaction.steps.map { .perform($0) }
        for number in reaction.cancelled {
            if let retry = retries.removeValue(forKey: number), retry.due != nil {
                // It waits for its next try and is not under way: it ends at once.
                actions += react(to: .stepEnded(number, .failed(.init(.runtimeFailed(.cancelled)))), at: now)
            } else {
                cancelled.insert(number)
                actions.append(.cancel(number))
            }
        }
        return actions + giveBack()
    }

    private mutating func keep(_ note: RolloutNote, during leg: Leg, at now: Timestamp) {
        noteCount += 1
        let remaining: Duration? = if case .waiting(_, let until) = note { until.since(now) } else { nil }
        notes.append(
            .init(
                sequence: noteCount,
                elapsed: rollout.elapsed(at: now),
                leg: leg,
                note: note,
                remaining: remaining
            )
        )
    }
}
