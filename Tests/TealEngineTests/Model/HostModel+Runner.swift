import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport

/// The twin of `RolloutRunner`, one event at a time.
extension HostModel {
    /// Begins a rollout as the daemon does: releases and records first, then the rollout itself.
    @discardableResult
    func begin(_ planned: Planner.Planned, _ kind: Rollout.Kind) -> RolloutID? {
        guard let daemon, !planned.members.isEmpty,
            planned.members.allSatisfy({ !daemon.isBusy($0.service) })
        else { return nil }
        let failure = change { state in
            for record in planned.made {
                state.releases[record.id] = record
                var service =
                    state.services[record.id.service]
                    ?? ServiceRecord(service: record.id.service, environment: record.release.environment)
                service.lastRelease = record.id.number
                state.services[record.id.service] = service
            }
        }
        if case .journal = failure { return nil }
        let number = (disk.snapshots.keys.map(\.number) + daemon.runs.keys.map(\.number)).max() ?? 0
        let id = RolloutID(number: number + 1)
        let rollout = Rollout(id: id, kind: kind, members: planned.members, author: "ann", now: now)
        withDaemon { $0.runs[id] = ModelRun(core: RunnerCore(rollout: rollout, boot: boot, createdAt: 0)) }
        feed(id, .begin)
        return id
    }

    /// A person decides about a halted rollout.
    func resume(_ id: RolloutID, again: Bool) {
        guard let snapshot = disk.snapshots[id], let daemon,
            snapshot.rollout.services.allSatisfy({ !daemon.isBusy($0) })
        else { return }
        let noteCount = disk.notes(of: id, after: 0).count
        withDaemon { $0.runs[id] = ModelRun(core: RunnerCore(snapshot: snapshot, boot: boot, noteCount: noteCount)) }
        finished[id] = nil
        feed(id, .resume(again: again))
    }

    func feed(_ id: RolloutID, _ input: RunnerCore.Input) {
        guard var run = daemon?.runs[id] else { return }
        if input != .tick { note("\(id) \(run.core.rollout.leg) <- \(input)") }
        var actions = run.core.handle(input, at: now)[...]
        let wasQuiet = actions.isEmpty
        while let action = actions.popFirst() {
            switch action {
            case .journal(let entry):
                let isWritten = write(&run, entry)
                if isWritten || run.core.mayWriteLater(entry, after: .diskFull(path: "/journal")) {
                    notes[id, default: []] += entry.notes.map(\.note)
                    for ended in entry.ended where reach(ended.step, .afterOutcome) { return }
                } else {
                    let full = JournalError.diskFull(path: "/journal")
                    actions = run.core.unwritten(entry, full, before: actions, at: now)[...]
                }
            case .perform(let step):
                performed.append(step)
                note("\(id) performs \(step.number): \(step.effect)")
                if step.effect.kind == .record, !write(&run) {
                    let full = StepFailure(.diskFull(path: "/journal"), isPassing: true)
                    afterInDaemon(.zero) { [unowned self] in self.answer(id, step, .failed(full)) }
                    continue
                }
                if reach(step, .afterIntent) { return }
                perform(step, of: run.core.rollout)
            case .cancel(let number):
                run.cancelled.insert(number)
                answerHanging(id, number)
            case .renew, .giveBack: break  // The model is one host: it has no leases of others.
            }
        }
        setAlarm(&run, id, isTick: input == .tick && wasQuiet)
        withDaemon { $0.runs[id] = run }
        if run.core.rollout.outcome != nil { finish(id) }
    }

    private func setAlarm(_ run: inout ModelRun, _ id: RolloutID, isTick: Bool) {
        run.alarm += 1
        guard run.core.rollout.outcome == nil, let wake = run.core.wakeAt else { return }
        if isTick, wake <= now {
            violations.append("\(id) at \(run.core.rollout.leg) wants to be woken at once, again and again")
        }
        let token = run.alarm
        afterInDaemon(wake.since(now)) { [unowned self] in
            if self.daemon?.runs[id]?.alarm == token { self.feed(id, .tick) }
        }
    }

    private func reach(_ step: Step, _ place: FaultPoint.Place) -> Bool {
        step.effect.kind.effectClass != .observation
            && reach(FaultPoint(leg: step.leg, kind: step.effect.kind, place: place))
    }

    private func write(_ run: inout ModelRun, _ entry: RolloutEntry) -> Bool {
        run.late.add(entry)
        return write(&run)
    }

    private func write(_ run: inout ModelRun) -> Bool {
        guard !run.late.entries.isEmpty else { return true }
        guard !diskIsFull else { return false }
        disk.append(run.late.entries)
        run.late.clear()
        return true
    }

    /// Writes what is left over at the end, as soon as that is possible, then frees the services.
    private func finish(_ id: RolloutID) {
        guard var run = daemon?.runs[id] else { return }
        guard write(&run) else { return afterInDaemon(LateEntries.lastWait) { [unowned self] in self.finish(id) } }
        note("\(id) ended: \(String(describing: run.core.rollout.outcome))")
        withDaemon { $0.runs[id] = nil }
        finished[id] = run.core.rollout
        checkEnd(of: run.core.rollout)
    }

    // MARK: Steps

    /// Carries a step out: intent, effect, answer, each at its own moment.
    private func perform(_ step: Step, of rollout: Rollout) {
        let id = rollout.id
        if let instead = interceptor?(step) {
            return afterInDaemon(.milliseconds(5)) { [unowned self] in self.answer(id, step, instead) }
        }
        if hanging?(step) == true { return }
        let isObservation = step.effect.kind.effectClass == .observation
        if random.chance(faults.hangs), step.effect.kind.effectClass != .onceOnly {
            if !isObservation { excused.formUnion(rollout.services) }
            if step.effect.kind == .cut { cutsFailed = true }
            return note("\(step.number) \(step.effect.kind) hangs")
        }
        let passing = random.chance(faults.stepFailsPassing)
        if passing || random.chance(faults.stepFails) {
            if !passing { excused.formUnion(rollout.services) }
            if step.effect.kind == .cut { cutsFailed = true }
            let failure = StepFailure(.runtimeFailed(.unreachable(reason: "made to fail")), isPassing: passing)
            let result = StepResult.failed(failure)
            return afterInDaemon(.milliseconds(20)) { [unowned self] in self.answer(id, step, result) }
        }
        let isLost = !isObservation && step.effect.kind.effectClass == .repeatable && random.chance(faults.answerLost)
        afterInDaemon(random.milliseconds(1...8)) { [unowned self] in
            if self.daemon?.runs[id]?.cancelled.contains(step.number) == true, self.random.chance(50),
                step.effect.kind.effectClass != .onceOnly
            {
                return self.answer(id, step, .failed(.init(.runtimeFailed(.cancelled))))
            }
            var (result, delay) = self.carryOut(step, of: rollout)
            if self.reach(step, .afterEffect) { return }
            if isLost {
                result = .failed(.init(.runtimeFailed(.unreachable(reason: "answer lost")), isPassing: true))
            }
            self.afterInDaemon(delay + self.random.milliseconds(1...4)) { self.answer(id, step, result) }
        }
    }

    private func answer(_ id: RolloutID, _ step: Step, _ result: StepResult) {
        feed(id, .stepEnded(step.number, result))
    }

    /// A call that was cancelled returns in the end, whatever it hung on; one that has ended is not heard twice.
    private func answerHanging(_ id: RolloutID, _ number: Int) {
        afterInDaemon(.seconds(1)) { [unowned self] in
            self.feed(id, .stepEnded(number, .failed(.init(.runtimeFailed(.cancelled)))))
        }
    }
}
