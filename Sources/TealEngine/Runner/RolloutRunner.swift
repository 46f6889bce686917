import TealCore
import TealDriverKit

/// The thin shell around a ``RunnerCore``: it writes down what the core says, awaits the drivers, and feeds results back.
package final class RolloutRunner: Sendable {
    /// What a runner needs of its surroundings.
    package struct Surroundings: Sendable {
        package let journal: any Journal
        package let performer: any StepPerformer
        package let clock: any HostClock
        /// Told of every decision once it is written down.
        package let observe: @Sendable (RolloutEntry) async -> Void
        /// Reached around every journalled step; does nothing outside the crash tests.
        package let reach: @Sendable (FaultPoint) async -> Void

        package init(
            journal: any Journal,
            performer: any StepPerformer,
            clock: any HostClock,
            observe: @escaping @Sendable (RolloutEntry) async -> Void,
            reach: @escaping @Sendable (FaultPoint) async -> Void
        ) {
            self.journal = journal
            self.performer = performer
            self.clock = clock
            self.observe = observe
            self.reach = reach
        }
    }

    private let surroundings: Surroundings
    private let inbox: AsyncStream<RunnerCore.Input>
    private let sender: AsyncStream<RunnerCore.Input>.Continuation

    package init(_ surroundings: Surroundings) {
        self.surroundings = surroundings
        (inbox, sender) = AsyncStream.makeStream(of: RunnerCore.Input.self, bufferingPolicy: .unbounded)
    }

    /// Gives the rollout something to take in; ignored once it has ended.
    package func send(_ input: RunnerCore.Input) { sender.yield(input) }

    /// Runs until the rollout has ended, and answers with it.
    ///
    /// - Parameter first: `begin`, `recovered` or `resume`.
    package func run(_ start: RunnerCore, first: RunnerCore.Input) async -> Rollout {
        var core = start
        var tasks: [Int: Task<Void, Never>] = [:]
        var alarm: Task<Void, Never>?
        var queue = RecordQueue(journal: surroundings.journal)
        sender.yield(first)
        for await input in inbox {
            if case .stepEnded(let number, _) = input { tasks[number] = nil }
            var actions = core.handle(input, at: surroundings.clock.now())[...]
            while let action = actions.popFirst() {
                switch action {
                case .journal(let entry):
                    guard let error = await queue.append(entry, mayWait: core.rollout.leg.isBack) else {
                        await noteOutcomes(entry)
                        await surroundings.observe(entry)
                        continue
                    }
                    // Nothing that was not written down is begun; users stay, or are taken back.
                    actions = withdraw(entry, error, &core)[...]
                case .perform(let step): tasks[step.number] = perform(step, of: core.rollout)
                case .cancel(let number): tasks[number]?.cancel()
                }
            }
            alarm?.cancel()
            guard core.rollout.outcome == nil else { break }
            alarm = core.wakeAt.map { moment in
                // Owned by this loop: cancelled after the next input, and at the end.
                Task { [surroundings, sender] in
                    await surroundings.clock.sleep(until: moment)
                    if !Task.isCancelled { sender.yield(.tick) }
                }
            }
        }
        sender.finish()
        for task in tasks.values { task.cancel() }
        for task in tasks.values { await task.value }
        for entry in await queue.flush(clock: surroundings.clock) { await surroundings.observe(entry) }
        return core.rollout
    }

    /// Begins a step. The task is owned by `run`, which cancels and awaits it.
    private func perform(_ step: Step, of rollout: Rollout) -> Task<Void, Never> {
        Task { [surroundings, sender] in
            let isJournalled = step.effect.kind.effectClass != .observation
            func reach(_ place: FaultPoint.Place) async {
                guard isJournalled else { return }
                await surroundings.reach(.init(leg: step.leg, kind: step.effect.kind, place: place))
            }
            await reach(.afterIntent)
            let result = await surroundings.performer.perform(step, of: rollout)
            await reach(.afterEffect)
            sender.yield(.stepEnded(step.number, result))
        }
    }

    private func noteOutcomes(_ entry: RolloutEntry) async {
        for ended in entry.ended {
            await surroundings.reach(.init(leg: ended.step.leg, kind: ended.step.effect.kind, place: .afterOutcome))
        }
    }

    private func withdraw(_ entry: RolloutEntry, _ error: JournalError, _ core: inout RunnerCore) -> [RunnerCore.Action]
    {
        let now = surroundings.clock.now()
        let reason: Reason =
            if case .diskFull(let path) = error { .diskFull(path: path) } else { .impossible("\(error)") }
        var actions: [RunnerCore.Action] = []
        for step in entry.began { actions += core.handle(.stepEnded(step.number, .failed(.init(reason))), at: now) }
        if entry.began.isEmpty { actions += core.handle(.takeBack(reason), at: now) }
        return actions
    }
}

/// Entries on their way to the journal: on the way back, users come first and the record follows.
private struct RecordQueue {
    let journal: any Journal
    private var late: [RolloutEntry] = []

    /// How often, and for how long, a record that could not be written on the way back is tried again at the end.
    private static let lastTries = 120

    init(journal: any Journal) { self.journal = journal }

    /// Writes an entry; nil when it is written, or may be written later.
    mutating func append(_ entry: RolloutEntry, mayWait: Bool) async -> JournalError? {
        do throws(JournalError) {
            try await journal.append((late + [entry]).map { .rollout($0) })
            late = []
            return nil
        } catch {
            guard mayWait else { return error }
            late.append(entry)
            return nil
        }
    }

    /// Writes what is left over.
    mutating func flush(clock: any HostClock) async -> [RolloutEntry] {
        let entries = late
        for _ in 0..<Self.lastTries where !late.isEmpty {
            do throws(JournalError) {
                try await journal.append(late.map { .rollout($0) })
                late = []
            } catch {
                await clock.sleep(until: clock.now() + .seconds(1))
            }
        }
        return entries
    }
}
