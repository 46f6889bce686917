package import TealCore
package import TealDriverKit

/// Between rollouts: keeps one service's active replicas running and its route on those that are well.
///
/// A value: it takes in what was seen and answers with what to do. It also keeps a running standby proven, so that a
/// rollback need not wait for the whole gate.
package struct Keeper: Sendable {
    /// What to do for one replica, or for the service.
    package enum Task: Hashable, Sendable {
        case probe(ReplicaID, ReleaseID)
        /// Start it; it is known not to run.
        case start(ReplicaID, ReleaseID)
        /// Put right what somebody changed about a run.
        case mend(ReplicaID, ReleaseID, RunID, [ReplicaDrift])
        case setPolicy(RestartPolicy, ReplicaID)
        /// It is to do the service's background work, of which it was told to do none.
        case activate(ReplicaID, ReleaseID)
        /// It may be named by a route again; one that has not passed its whole gate only while no other one is.
        case prove(TrafficTarget, onlyAsFirst: Bool)
        /// It must not be named by a route any more; a run that only answers badly stays when it is the last one.
        case withdraw(TrafficTarget, unlessLast: Bool, why: String)
        /// After a rollout that halted with nothing serving: the active release is well, so users are sent to it.
        case routeActive(ServiceKey, Slot)
        /// The standby's time is over.
        case stopStandby(ReleaseID, Slot)
        /// No record names it, and what is active cannot start, or work, beside it.
        case stopLeft(ReplicaID, ReleaseID)
    }

    /// Whether a rollout holds the service.
    package enum Hold: Sendable {
        case none
        case running
        /// A rollout halted: its slots are a person's to decide, but what is active must run.
        case halted

        /// The one that lets less be done.
        package static func stronger(_ one: Self, _ other: Self) -> Self {
            switch (one, other) {
            case (.running, _), (_, .running): .running
            case (.halted, _), (_, .halted): .halted
            case (.none, .none): .none
            }
        }
    }

    private struct Watched: Sendable {
        var passes = 0
        var failures = 0
        var nextProbe: Timestamp
        var isProbing = false
        var starts = 0
        var nextStart: Timestamp
        var mends = 0
        var nextMend: Timestamp
        var activations = 0
        var nextActivation: Timestamp
        var run: RunID?
        /// When there is something to do for it at the latest.
        var wake: Timestamp

        init(beginning now: Timestamp) {
            nextProbe = now
            nextStart = now
            nextMend = now
            nextActivation = now
            wake = now
        }
    }

    package let service: ServiceKey
    private var replicas: [ReplicaID: Watched] = [:]
    /// The replicas that the present look is about; others are forgotten.
    private var kept: Set<ReplicaID> = []
    /// How often a policy was set that did not stay, and when it may be set again.
    private var policies: [ReplicaID: (tries: Int, next: Timestamp)] = [:]
    /// How often the standby was stopped and did not stop, and when that may be tried again.
    private var standbyStops: (tries: Int, next: Timestamp)?
    /// The same of what no record names.
    private var leftStops: (tries: Int, next: Timestamp)?

    /// Failures in a row after which a replica that ran well leaves the route.
    private static let failuresMax = 3
    private static let firstWait: Duration = .milliseconds(100)
    private static let longestWait: Duration = .seconds(10)
    /// How often it looks when nothing is known to be due.
    private static let idleWait: Duration = .seconds(2)

    package init(service: ServiceKey) { self.service = service }

    /// Decides from what is remembered and what runs.
    ///
    /// - Parameters:
    ///   - state: What the host remembers.
    ///   - running: What the runtime knows of the service's replicas.
    ///   - hold: Whether a rollout holds the service: then only the route is kept right, and replicas of the routed
    ///     slot that are gone start again.
    ///   - now: The present moment.
    /// - Returns: What to do, in order.
    package mutating func look(
        at state: HostState,
        running: [ReplicaState],
        hold: Hold,
        now: Timestamp
    ) -> [Task] {
        guard let record = state.services[service] else { return [] }
        defer { replicas = replicas.filter { kept.contains($0.key) } }
        kept = []
        var tasks: [Task] = []
        /// Whether the active release waits for the standby to stop.
        var mustWait = false
        let routedSlot = record.keptSlot(running: running, hold: hold)
        if let slot = routedSlot, let place = record[slot], let release = state.release(place.release) {
            mustWait = state.runsBeside(release, in: slot, running)
            tasks += keep(
                Member.replicas(of: release, in: slot),
                record,
                place,
                release,
                running,
                mayStart: !mustWait,
                hold,
                now
            )
            if hold == .none { tasks += stopLeft(running, beside: release, in: slot, state, now) }
            // What a rollout that halted left vacant stays so when the one after it ended before it had changed anything.
            if hold != .running, record.routed == .vacant, !place.proven.isEmpty {
                tasks.append(.routeActive(service, slot))
            }
        }
        // After a rollout that halted, the routes may lead to the slot that is not recorded as active.
        if hold == .none, let slot = record.standbySlot, slot != routedSlot, let place = record[slot],
            let release = state.release(place.release)
        {
            // One that somebody gave a policy would come up with the next boot.
            for standby in running where standby.id.service == service && standby.id.slot == slot {
                tasks += policy(.no, of: standby, now)
            }
            if let until = record.standbyUntil, now < until, !mustWait {
                tasks += keep(
                    Member.replicas(of: release, in: slot),
                    record,
                    place,
                    release,
                    running,
                    mayStart: false,
                    hold,
                    now
                )
            } else if running.contains(where: { $0.id.service == service && $0.id.slot == slot && $0.runsOrWill })
                || record.standbyUntil != nil
            {
                let known = standbyStops ?? (0, now)
                if now >= known.next {
                    standbyStops = (known.tries + 1, now + Self.wait(after: known.tries))
                    tasks.append(.stopStandby(place.release, slot))
                }
            } else {
                standbyStops = nil
            }
        } else {
            standbyStops = nil
        }
        return tasks
    }

    /// Stops what a rollout could not clear away from the other slot, where the active release waits for its end.
    private mutating func stopLeft(
        _ running: [ReplicaState],
        beside active: Release,
        in slot: Slot,
        _ state: HostState,
        _ now: Timestamp
    ) -> [Task] {
        let recorded = state.services[service]?[slot.other]?.release
        let handsOver: Bool = if case .handover = active.spec.background { true } else { false }
        let left = running.filter { other in
            let isLeft = other.id.service == service && other.id.slot == slot.other && other.release != recorded
            guard isLeft else { return false }
            return handsOver && other.runsOrWill || state.runsBeside(active, in: slot, [other])
        }
        guard !left.isEmpty else {
            leftStops = nil
            return []
        }
        let known = leftStops ?? (0, now)
        guard now >= known.next else { return [] }
        leftStops = (known.tries + 1, now + Self.wait(after: known.tries))
        return left.map { .stopLeft($0.id, $0.release) }
    }

    private mutating func keep(
        _ ids: [ReplicaID],
        _ record: ServiceRecord,
        _ place: ServiceRecord.Place,
        _ release: Release,
        _ running: [ReplicaState],
        mayStart: Bool,
        _ hold: Hold,
        _ now: Timestamp
    ) -> [Task] {
        var tasks: [Task] = []
        let isBare = !place.proven.values.contains { target in
            running.contains { $0.id == target.replica && $0.run == target.run && $0.isRunning }
        }
        for id in ids {
            var watched = replicas[id] ?? Watched(beginning: now)
            defer { replicas[id] = watched }
            kept.insert(id)
            watched.wake = now + Self.idleWait
            let target = place.proven[id.index]
            let state = running.first { $0.id == id && $0.release == release.id }
            if let target, state?.run != target.run || state?.isRunning != true {
                let why = state?.isRunning == true ? "it was started again" : "it does not run"
                tasks.append(.withdraw(target, unlessLast: false, why: why))
                // Another run begins anew below: one that stays as the last must not keep it from passing.
                if state?.isRunning != true { watched.passes = 0 }
            }
            guard let state, state.isRunning else {
                if case .restarting = state?.phase { continue }
                guard mayStart else { continue }
                guard now >= watched.nextStart else {
                    watched.wake = watched.nextStart
                    continue
                }
                watched.nextStart = now + Self.wait(after: watched.starts)
                watched.starts += 1
                watched.nextProbe = now
                watched.wake = watched.nextStart
                tasks.append(.start(id, release.id))
                continue
            }
            if watched.run != state.run {
                watched.run = state.run
                watched.passes = 0
                watched.failures = 0
                watched.nextProbe = min(watched.nextProbe, now)
            }
            if mayStart, hold == .none { tasks += policy(.unlessStopped, of: state, now) }
            // A rollout may take minutes: what users are sent to is brought back to them meanwhile, all else is left.
            let wrong = hold == .none ? state.drift : state.drift.filter { $0 == .disconnected }
            if wrong.isEmpty {
                watched.mends = 0
            } else if mayStart, now >= watched.nextMend, let run = state.run {
                watched.nextMend = now + Self.wait(after: watched.mends)
                watched.mends += 1
                tasks.append(.mend(id, release.id, run, wrong))
            }
            // A start during a rollout may have come before its work was given back.
            if !idlesInVain(state, release, record, running, hold) {
                watched.activations = 0
            } else if now >= watched.nextActivation {
                watched.nextActivation = now + Self.wait(after: watched.activations)
                watched.activations += 1
                tasks.append(.activate(id, release.id))
            }
            // One that left the route while others were in it is asked at once when they are gone.
            if isBare, watched.passes == 0, watched.failures == 0 { watched.nextProbe = min(watched.nextProbe, now) }
            if !watched.isProbing, now >= watched.nextProbe {
                watched.isProbing = true
                tasks.append(.probe(id, release.id))
            }
            if !watched.isProbing { watched.wake = watched.nextProbe }
        }
        return tasks
    }

    /// Whether an active replica was told to do no work, and nothing is under way that would tell it otherwise.
    private func idlesInVain(
        _ replica: ReplicaState,
        _ release: Release,
        _ record: ServiceRecord,
        _ running: [ReplicaState],
        _ hold: Hold
    ) -> Bool {
        guard case .handover = release.spec.background, hold == .none else { return false }
        // What a rollout left in the other slot is stopped first.
        guard !running.contains(where: { $0.mayWork(beside: replica.id) }) else { return false }
        return replica.id.slot == record.activeSlot && replica.isActive == false
    }

    /// Sets a policy that differs; less and less often where that does not help.
    private mutating func policy(_ wanted: RestartPolicy, of replica: ReplicaState, _ now: Timestamp) -> [Task] {
        guard replica.restartPolicy != wanted else {
            policies[replica.id] = nil
            return []
        }
        let known = policies[replica.id] ?? (0, now)
        guard now >= known.next else { return [] }
        policies[replica.id] = (known.tries + 1, now + Self.wait(after: known.tries))
        return [.setPolicy(wanted, replica.id)]
    }

    /// How long to wait after so many tries that did not help.
    private static func wait(after tries: Int) -> Duration { min(firstWait * (1 << min(tries, 10)), longestWait) }

    /// Takes in that the runtime's own check says a replica is unhealthy: it leaves the route, and may come back once it
    /// has passed its gate again.
    ///
    /// - Parameters:
    ///   - id: The replica.
    ///   - run: The run that was checked; one that was replaced says nothing of the present one. Nil where it is not known.
    ///   - state: What the host remembers.
    ///   - now: The present moment.
    /// - Returns: What to do, in order.
    package mutating func sawUnhealthy(
        _ id: ReplicaID,
        run: RunID? = nil,
        state: HostState,
        now: Timestamp
    ) -> [Task] {
        guard let place = state.services[service]?[id.slot], let target = place.proven[id.index],
            place.proven.count > 1,
            run == nil || run == target.run
        else { return [] }
        replicas[id]?.passes = 0
        return [.withdraw(target, unlessLast: true, why: ProbeWords.text(.unhealthy, at: target.endpoint))]
    }

    /// Takes in the result of a probe that `look` asked for.
    package mutating func probed(
        _ id: ReplicaID,
        _ result: ProbeResult,
        run: RunID?,
        state: HostState,
        running: ReplicaState?,
        now: Timestamp
    ) -> [Task] {
        guard var watched = replicas[id], let record = state.services[service], let place = record[id.slot],
            let release = state.release(place.release)
        else { return [] }
        defer {
            watched.wake = watched.nextProbe
            replicas[id] = watched
        }
        watched.isProbing = false
        if let run, let present = watched.run, run != present {
            // It was asked before it started again: that says nothing of the run that is there now.
            return []
        }
        let gate = release.spec.health
        let isProven = isProven(id, in: place)
        switch result {
        case .passed:
            watched.failures = 0
            watched.passes += 1
            watched.nextProbe = now + (isProven ? gate.interval : gate.spacing)
            if isProven { watched.starts = 0 }
            // With nothing else to send users to, one pass is enough.
            let needed = place.proven.isEmpty ? 1 : gate.passes
            guard !isProven, watched.passes >= needed, let running, let run, running.run == run,
                let endpoint = running.endpoint
            else { return [] }
            let isWhole = watched.passes >= gate.passes
            if isWhole { watched.nextProbe = now + gate.interval }
            return [
                .prove(
                    .init(
                        replica: id,
                        release: release.id,
                        run: run,
                        endpoint: endpoint,
                        gateway: running.gateway
                    ),
                    onlyAsFirst: !isWhole
                )
            ]
        case .failed(let failure):
            watched.passes = 0
            watched.failures += 1
            // What runs and is not well is asked less and less often, down to the gate's own pace.
            let quick = min(Self.wait(after: watched.failures - 1), max(gate.interval, Self.firstWait))
            watched.nextProbe = now + (isProven ? min(gate.interval, .seconds(1)) : quick)
            // The last one stays: a bad answer is better than none.
            guard let target = place.proven[id.index], watched.failures >= Self.failuresMax, place.proven.count > 1
            else { return [] }
            return [.withdraw(target, unlessLast: true, why: ProbeWords.text(failure, at: running?.endpoint))]
        }
    }

    /// Whether the present run of a replica is proven: the one before it may stay in its place as the last one.
    package func isProven(_ id: ReplicaID, in place: ServiceRecord.Place) -> Bool {
        place.proven[id.index].map { $0.run == replicas[id]?.run } ?? false
    }

    /// When it wants to look again, at the latest.
    package func wakeAt(now: Timestamp) -> Timestamp {
        let idle = now + Self.idleWait
        return max(now + .milliseconds(50), min(replicas.values.map(\.wake).min() ?? idle, idle))
    }
}

extension HostState {
    /// Whether something runs in the other slot beside which a release must not start.
    ///
    /// A rollout that halted may have left it there: it is stopped first, as each rollout of such a service does.
    package func runsBeside(_ release: Release, in slot: Slot, _ running: [ReplicaState]) -> Bool {
        running.contains { other in
            other.id.service == release.id.service && other.id.slot != slot && other.runsOrWill
                && Member.mode(of: release.spec, replacing: self.release(other.release)?.spec) == .inPlace
        }
    }
}

extension ReplicaState {
    /// Whether it runs in the other slot of a replica's service and is not known to do no work.
    func mayWork(beside replica: ReplicaID) -> Bool {
        id.service == replica.service && id.slot != replica.slot && runsOrWill && isActive != false
    }
}

extension ServiceRecord {
    /// The slot whose replicas are kept running: the routed one, else the active one where no rollout decides.
    ///
    /// A rollout that halted between stopping one release and starting the other may have left the other running: then
    /// nothing is started beside it.
    package func keptSlot(running: [ReplicaState], hold: Keeper.Hold) -> Slot? {
        if case .slot(let slot) = routed { return slot }
        guard let activeSlot, hold != .running else { return nil }
        let other = running.contains { $0.id.service == service && $0.id.slot != activeSlot && $0.runsOrWill }
        return hold == .halted && other ? nil : activeSlot
    }

    /// Takes a run out of those that a route may name; a later run in its place stays.
    ///
    /// - Parameters:
    ///   - target: The run.
    ///   - unlessLast: It stays when no other is left: a bad answer is better than none.
    package mutating func withdraw(_ target: TrafficTarget, unlessLast: Bool) {
        let slot = target.replica.slot
        guard let proven = self[slot]?.proven, proven[target.replica.index]?.run == target.run else { return }
        guard !unlessLast || proven.count > 1 else { return }
        self[slot]?.proven[target.replica.index] = nil
    }
}
