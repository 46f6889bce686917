import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport

/// Users, the switch and the book.
extension HostModel {
    // MARK: Users

    /// Sends requests as long as the model runs.
    func sendRequests() {
        let rounds = 10
        after(.seconds(1) / rounds) { [unowned self] in
            self.traffic.forgetFlights(endedBy: self.time)
            for service in self.traffic.table.services {
                for _ in 0..<max(1, self.requestsPerSecond / rounds) where self.request(service.service) == nil {
                    self.unanswered += 1
                    if !self.hasLostReplicas, !self.hasForgotten,
                        self.runtime.replicas.keys.contains(where: { $0.service == service.service }),
                        !self.mayBeVacant(service.service), !self.hasJustDied(service.service)
                    {
                        self.violations.append("a user of \(service.service) got no answer")
                    }
                }
            }
            self.sendRequests()
        }
    }

    /// In-place services answer 503 while they are replaced, which is said beforehand.
    private func mayBeVacant(_ service: ServiceKey) -> Bool {
        let members = (daemon?.runs.values.map(\.core.rollout) ?? []).flatMap(\.members)
        if members.contains(where: { $0.service == service && $0.mode == .inPlace }) { return true }
        let releases = runtime.replicas.filter { $0.key.service == service }.map(\.value.release)
        return releases.contains { state.release($0).map { Member.mode(of: $0.spec, replacing: nil) } != .blueGreen }
    }

    /// Whether a service's replicas ended by themselves, and are still to be proven again.
    private func hasJustDied(_ service: ServiceKey) -> Bool {
        let replicas = runtime.replicas.filter { $0.key.service == service && $0.value.restarts > 0 }
        let since = max(daemonSince, replicas.map(\.value.startedAt).max() ?? 0)
        return !replicas.isEmpty && time - since < 2_000_000_000
    }

    /// One request; nil when no release answered it.
    func request(_ service: ServiceKey) -> TrafficTarget? {
        let targets = traffic.targets.filter { $0.replica.service == service }
        guard let first = targets.randomElement(using: &random) else { return nil }
        let order = [first] + targets.filter { $0.id != first.id }
        guard let target = order.first(where: { listens($0) }) else {
            traffic.count(first.id, \.switchErrors)
            return nil
        }
        if random.chance(Double(behaviour(target.release).errorPercent)) {
            traffic.count(target.id, \.serverErrors)
        } else {
            traffic.count(target.id, \.successes)
            let ends = time + requestTakes.nanoseconds
            traffic.flights.append(.init(target: target.id, endsAt: ends, isUpgraded: false))
            if let upgradedTakes, random.chance(5) {
                let ends = time + upgradedTakes.nanoseconds
                traffic.flights.append(.init(target: target.id, endsAt: ends, isUpgraded: true))
            }
        }
        return target
    }

    private func listens(_ target: TrafficTarget) -> Bool {
        guard let replica = runtime.replicas[target.replica], replica.run == target.run, replica.isRunning else {
            return false
        }
        return time >= replica.startedAt + behaviour(target.release).boot.nanoseconds
    }

    // MARK: The book

    /// The twin of `HostBook.change`.
    func change(_ body: (inout HostState) -> Void) -> BookError? {
        guard let draft = daemon?.ledger.draft(body) else { return nil }
        if !draft.entries.isEmpty {
            guard !diskIsFull else { return .journal(.diskFull(path: "/journal")) }
            disk.append(draft.entries)
        }
        withDaemon { $0.ledger.make(draft, written: true) }
        return publish(stored: true)
    }

    /// The twin of `HostBook.changeUnrecorded`.
    func changeUnrecorded(_ body: (inout HostState) -> Void) -> BookError? {
        withDaemon { daemon in daemon.ledger.make(daemon.ledger.draft(body), written: false) }
        return publish(stored: false)
    }

    /// The twin of `HostBook.catchUp`.
    func catchUp() {
        guard daemon?.ledger.isAheadOfJournal == true else { return }
        _ = change { _ in }
    }

    /// The twin of `HostBook.publish`.
    func publish(stored: Bool) -> BookError? {
        guard let ledger = daemon?.ledger, ledger.wantsPublishing else { return nil }
        do throws(SwitchError) {
            try traffic.publish(ledger.table, stored: stored)
        } catch .stale(let current) {
            var entries: [JournalEntry]?
            withDaemon { entries = $0.ledger.renumber(after: current) }
            guard let entries else { return .traffic(.stale(current: current)) }
            if stored {
                guard !diskIsFull else { return .journal(.diskFull(path: "/journal")) }
                disk.append(entries)
                withDaemon { $0.ledger.noteTableWritten() }
            }
            guard let table = daemon?.ledger.table else { return nil }
            do throws(SwitchError) { try traffic.publish(table, stored: stored) } catch { return .traffic(error) }
        } catch {
            return .traffic(error)
        }
        withDaemon { $0.ledger.notePublished() }
        note("table \(traffic.table.position): \(traffic.targets.map(\.id))")
        return nil
    }

    // MARK: Steps

    func route(_ directions: [Effect.Direction], of rollout: Rollout) -> StepResult {
        guard let error = change({ $0.direct(directions, of: rollout.members) }) else { return .done }
        guard rollout.leg.isBack, error.isStorage else { return .failed(StepFailure(error)) }
        let late = changeUnrecorded { $0.direct(directions, of: rollout.members) }
        return late.map { .failed(StepFailure($0)) } ?? .done
    }

    func cut(_ side: Side, _ rollout: Rollout, _ requests: Bool, _ upgraded: Bool) -> StepResult {
        do throws(SwitchError) {
            let followed = Set((daemon?.ledger.table.services ?? []).flatMap(\.targets).map(\.id))
            let targets = try traffic.counters(at: time).targets.keys.filter { target in
                !followed.contains(target)
                    && rollout.members.indices.contains { index in
                        rollout.isDrained(index) && target.belongs(to: rollout.members[index], side)
                    }
            }
            return .cut(try traffic.cut(Array(targets), requests: requests, upgraded: upgraded, at: time))
        } catch {
            cutsFailed = true
            return .failed(.init(.switchFailed(error), isPassing: error.isPassing))
        }
    }

    func record(_ end: Effect.RecordedEnd, of rollout: Rollout) -> StepResult {
        let now = now
        if let error = change({ $0.end(end, of: rollout, now: now, wallTime: 0) }) {
            let failure = StepFailure(error)
            return .failed(
                .init(failure.reason, isPassing: failure.isPassing || rollout.leg.mayBeWrittenLater && error.isStorage)
            )
        }
        for member in rollout.members { markers[member.service] = state.services[member.service]?.activeSlot }
        return .done
    }
}
