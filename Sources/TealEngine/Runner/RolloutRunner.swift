import TealCore
import TealDriverKit

/// The thin shell around a ``RunnerCore``: it writes down what the core says, awaits the drivers, and feeds results back.
package final class RolloutRunner: Sendable {
    /// What a runner needs of its surroundings.
    package struct Surroundings: Sendable {
        package let journal: any Journal
        package let performer: any StepPerformer
        /// Asks other hosts for their leases; nil where there are none.
        package let leases: (any LeaseKeeping)?
        package let clock: any HostClock
        /// Told of every decision once it is written down.
        package let observe: @Sendable (RolloutEntry) async -> Void
        /// Reached around every journalled step; does nothing outside the crash tests.
        package let reach: @Sendable (FaultPoint) async -> Void

        package init(
            journal: any Journal,
            performer: any StepPerformer,
            leases: (any LeaseKeeping)? = nil,
            clock: any HostClock,
            observe: @escaping @Sendable (RolloutEntry) async -> Void,
            reach: @escaping @Sendable (FaultPoint) async -> Void
        ) {
            self.journal = journal
            self.performer = performer
            self.leases = leases
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

    /// Runs until the rollout has ended, or another daemon has taken it over, and answers with it.
    ///
    /// - Parameters:
    ///   - start: The rollout, new or as the journal holds it.
    ///   - first: `begin`, `recovered` or `resume`.
    /// - Returns: The rollout with its outcome; without one when it was cancelled or taken over.
    package func run(_ start: RunnerCore, first: RunnerCore.Input) async -> Rollout {
        var core = start
        var tasks: [Int: Task<Void, Never>] = [:]
        var partings: [Task<Void, Never>] = []
        var alarm: Task<Void, Never>?
        var late = LateEntries()
        var isTold = true
        sender.yield(first)
        for await input in inbox {
            if case .stepEnded(let number, _) = input { tasks[number] = nil }
            var actions = core.handle(input, at: surroundings.clock.now())[...]
            while let action = actions.popFirst() {
                switch action {
                case .journal(let entry):
                    let error = await write(&late, and: entry)
                    isTold = error.map { core.mayWriteLater(entry, after: $0) } ?? true
                    if isTold {
                        await noteOutcomes(entry)
                        await surroundings.observe(entry)
                    } else if let error {
                        // Nothing that was not written down is begun; what is under way is still told to stop.
                        let instead = core.unwritten(entry, error, before: actions, at: surroundings.clock.now())
                        actions = instead[...]
                    }
                case .perform(let step):
                    let error = step.effect.kind == .record ? await write(&late) : nil
                    if case .superseded = error {
                        actions = core.superseded()[...]
                    } else if let error {
                        // The services must not be recorded as ended while their rollout is not written to be there.
                        sender.yield(.stepEnded(step.number, .failed(.init(.init(error), isPassing: true))))
                    } else if let host = step.host, !core.mayAsk(step, at: surroundings.clock.now()) {
                        // Writing it down took longer than the lease held on.
                        sender.yield(.stepEnded(step.number, .failed(.init(.hostUnreachable(host), isPassing: true))))
                    } else {
                        tasks[step.number] = perform(step, of: core.rollout)
                    }
                case .cancel(let number): tasks[number]?.cancel()
                case .renew(let host, let token): renew(token, on: host)
                case .giveBack(let host, let token):
                    partings += giveBack(token, on: host, core.rollout.outcome)
                }
            }
            alarm?.cancel()
            guard core.rollout.outcome == nil, !core.isSuperseded else { break }
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
        // A daemon that ends does not wait for hosts that give no answer: their leases run out by themselves.
        let farewells = partings
        await withTaskCancellationHandler {
            for farewell in farewells { await farewell.value }
        } onCancel: {
            for farewell in farewells { farewell.cancel() }
        }
        if !core.isSuperseded { await flush(&late, isTold: isTold) }
        return core.rollout
    }

    /// Writes an entry after those that could not be written before it; on an error all of them are kept for later.
    private func write(_ late: inout LateEntries, and entry: RolloutEntry) async -> JournalError? {
        late.add(entry)
        return await write(&late)
    }

    private func write(_ late: inout LateEntries) async -> JournalError? {
        guard !late.entries.isEmpty else { return nil }
        do throws(JournalError) {
            try await surroundings.journal.append(late.entries)
            late.clear()
            return nil
        } catch {
            return error
        }
    }

    /// Writes what is left over at the end, as soon as that is possible.
    ///
    /// Until then a start of the daemon would take the rollout up again where it was last written; another daemon that has
    /// taken over has done so already. An end that nobody was told of, since it could not be written, is told then: who
    /// holds the rollout goes by what it was told.
    private func flush(_ late: inout LateEntries, isTold: Bool) async {
        let newest = late.newest
        while let error = await write(&late), !Task.isCancelled {
            if case .superseded = error { return }
            await surroundings.clock.sleep(until: surroundings.clock.now() + LateEntries.lastWait)
        }
        if !isTold, late.newest == nil, let newest { await surroundings.observe(newest) }
    }

    /// Begins a step.
    ///
    /// The task is owned by `run`, which cancels and awaits it.
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

    /// Asks another host to let its lease hold on, and tells of what its replicas did meanwhile.
    private func renew(_ token: LeaseToken, on host: HostName) {
        guard let leases = surroundings.leases else {
            sender.yield(.renewed(host, .refused(.unknown)))
            return
        }
        // Ends by itself, since every question has a limit; after the end of the rollout nobody hears its answer.
        Task { [sender] in
            let renewal = await leases.renew(token, on: host)
            for event in renewal.events { sender.yield(.hostEvent(host, event)) }
            sender.yield(.renewed(host, renewal.answer))
        }
    }

    /// Gives a lease back; awaited by `run`.
    private func giveBack(_ token: LeaseToken, on host: HostName, _ outcome: Outcome?) -> [Task<Void, Never>] {
        guard let leases = surroundings.leases, let outcome else { return [] }
        return [Task { await leases.giveBack(token, on: host, outcome) }]
    }

    private func noteOutcomes(_ entry: RolloutEntry) async {
        for ended in entry.ended {
            await surroundings.reach(.init(leg: ended.step.leg, kind: ended.step.effect.kind, place: .afterOutcome))
        }
    }
}
