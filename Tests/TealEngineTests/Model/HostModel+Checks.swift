import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport

/// What must hold after every event, and at the end of every rollout.
extension HostModel {
    /// How long a dead replica may stay in the table while daemon and switch are there.
    private static let withdrawalLimit: Int64 = 600_000_000

    func check() {
        checkRoutes()
        checkWork()
        for service in state.services.keys {
            guard let target = state.rollbackTarget(of: service), let active = state.services[service]?.active else {
                continue
            }
            if target.id.number >= active.release.number || target.takenBack || !target.endedWell {
                violations.append("the default rollback of \(active.release) would go to \(target.id)")
            }
        }
    }

    private func checkRoutes() {
        let targets = traffic.targets
        for target in targets {
            if runtime.passes[target.run, default: 0] == 0 {
                violations.append("a route names \(target.id), which never passed its gate")
            }
            let replica = runtime.replicas[target.replica]
            if replica?.run == target.run, replica?.isRunning == true {
                unwellSince[target.id] = nil
                continue
            }
            let since = unwellSince[target.id, default: time]
            unwellSince[target.id] = since
            let counted = max(since, daemonSince, reachableSince)
            if daemon != nil, traffic.isReachable, !diskIsFull, !traffic.isFull,
                time - counted > Self.withdrawalLimit
            {
                violations.append("a route still names \(target.id), which does not run")
            }
        }
        if !unwellSince.isEmpty {
            let named = Set(targets.map(\.id))
            unwellSince = unwellSince.filter { named.contains($0.key) }
        }
    }

    /// Background work is done by one release at a time, and by none that did not pass its gate.
    private func checkWork() {
        var working: [ServiceKey: Set<ReleaseID>] = [:]
        for (id, replica) in runtime.replicas where replica.isActive && replica.isRunning {
            working[id.service, default: []].insert(replica.release)
        }
        for (service, releases) in working where releases.count > 1 && !hasForgotten {
            violations.append("\(releases.sorted()) of \(service) do background work at the same time")
        }
    }

    /// Called before a replica is stopped by Teal.
    func checkStop(_ id: ReplicaID, _ release: ReleaseID, _ run: RunID, by rollout: Rollout?) {
        let target = TargetID(release: release, replica: id, run: run)
        let place = rollout.map { "\($0.id) at \($0.leg)" } ?? "the keeper or a clearing"
        if traffic.targets.contains(where: { $0.id == target }) {
            violations.append("\(target) is stopped by \(place) while a route names it")
        }
        if traffic.requests(on: target, at: time) > 0, !cutsFailed {
            violations.append("\(target) is stopped by \(place) with requests in flight")
        }
        if traffic.upgraded(on: target, at: time) > 0, !cutsFailed {
            violations.append("\(target) is stopped by \(place) with upgraded connections that nobody cut")
        }
        guard let rollout, !rollout.leg.isBack, rollout.leg.precedes(.settle) else { return }
        for member in rollout.members where member.mode == .blueGreen && member.old?.id == release {
            violations.append("\(release) is stopped by \(place), before settle")
        }
    }

    /// Called when a rollout has ended.
    func checkEnd(of rollout: Rollout) {
        guard let outcome = rollout.outcome else { return }
        for member in rollout.members where member.spec.kind != .job && !excused.contains(member.service) {
            switch outcome {
            case .settled: checkSettled(member, rollout)
            case .kept, .reverted: checkTakenBack(member, rollout)
            case .halted: break
            }
        }
    }

    private func checkSettled(_ member: Member, _ rollout: Rollout) {
        guard let record = state.services[member.service], !diskIsFull else { return }
        func expect(_ holds: Bool, _ text: String) {
            if !holds { violations.append("\(rollout.id) settled and \(text)") }
        }
        expect(record.activeSlot == member.slot, "\(member.new.id) is not recorded as active")
        expect(record.active?.release == member.new.id, "the active slot holds \(String(describing: record.active))")
        expect(state.releases[member.new.id]?.endedWell == true, "\(member.new.id) has not ended well")
        if !member.spec.routes.isEmpty {
            expect(record.routed == .slot(member.slot), "routes lead to \(record.routed)")
        } else if !member.takesTraffic(.new) {
            expect(record.routed == .absent, "routes lead to \(record.routed)")
        }
        expect(
            markers[member.service] == member.slot,
            ".current_env says \(String(describing: markers[member.service]))"
        )
        for id in member.replicas(.new) where !hasLostReplicas {
            expect(runtime.replicas[id]?.isRunning == true, "\(id) does not run")
            expect(runtime.replicas[id]?.policy == .unlessStopped, "\(id) has no restart policy")
            if member.spec.background != .none { expect(runtime.replicas[id]?.isActive == true, "\(id) does no work") }
        }
        for id in member.replicas(.old) {
            expect(runtime.replicas[id]?.policy != .unlessStopped, "\(id) still has a restart policy")
            if member.spec.keep.standby == .zero {
                expect(runtime.replicas[id]?.isRunning != true, "\(id) still runs")
            }
        }
        for release in [member.old?.id, state.rollbackTarget(of: member.service)?.id].compactMap({ $0 }) {
            expect(runtime.contents.contains(release), "\(release) is not restorable any more")
        }
    }

    private func checkTakenBack(_ member: Member, _ rollout: Rollout) {
        guard let record = state.services[member.service] else { return }
        func expect(_ holds: Bool, _ text: String) {
            if !holds { violations.append("\(rollout.id) was \(String(describing: rollout.outcome)) and \(text)") }
        }
        expect(record.activeSlot == member.oldSlot, "the active slot is \(String(describing: record.activeSlot))")
        if !member.spec.routes.isEmpty, !(rollout.reached.precedes(.migrate)) {
            let wanted: ServiceRecord.Routed =
                member.takesTraffic(.old) ? member.oldSlot.map { .slot($0) } ?? .absent : .absent
            expect(record.routed == wanted, "routes lead to \(record.routed)")
        }
        if let old = member.old {
            expect(record.active?.release == old.id, "the active slot holds \(String(describing: record.active))")
            expect(runtime.contents.contains(old.id), "\(old.id) is not restorable any more")
        }
        guard !rollout.reached.precedes(.start) else { return }
        expect(record[member.slot]?.release == member.displaced, "the slot was not refilled")
        for id in member.replicas(.new) {
            let there = runtime.replicas[id]
            expect(there?.release != member.new.id || there?.isRunning != true, "\(id) still runs")
            expect(there?.release != member.new.id || member.displaced == member.new.id, "\(id) was left behind")
        }
        for id in member.replicas(.old) where !hasLostReplicas {
            expect(runtime.replicas[id]?.isRunning == true, "\(id) does not run")
            expect(runtime.replicas[id]?.policy == .unlessStopped, "\(id) has no restart policy")
            if old(member).background != .none { expect(runtime.replicas[id]?.isActive == true, "\(id) does no work") }
        }
    }

    private func old(_ member: Member) -> ServiceSpec { member.old?.spec ?? member.spec }

    /// Called when everything was left alone for a while: all records and the world agree.
    func checkRest() {
        guard let daemon else { return violations.append("the daemon does not run") }
        for id in daemon.runs.keys.sorted() { violations.append("\(id) does not end") }
        if daemon.ledger.table.services != traffic.table.services {
            violations.append("the switch follows another table")
        }
        if Dictionary(uniqueKeysWithValues: disk.services.map { ($0.key, $0.value) }) != state.services {
            violations.append("the journal holds other service records")
        }
        if disk.table?.services ?? [] != traffic.table.services { violations.append("the journal holds another table") }
        for (service, record) in state.services {
            guard let slot = record.activeSlot, let release = state.release(record.active?.release) else { continue }
            if markers[service] != slot { violations.append(".current_env of \(service) is wrong") }
            guard behaviour(release.id).isHealthy, behaviour(release.id).crashesAfter == nil,
                !behaviour(release.id).flaps
            else { continue }
            for id in Member.replicas(of: release, in: slot) where runtime.replicas[id]?.isRunning != true {
                violations.append("\(id) of the active \(release.id) does not run")
            }
            guard !release.spec.routes.isEmpty else { continue }
            let named = traffic.targets.filter { $0.replica.service == service }
            if named.count != release.spec.replicas || named.contains(where: { $0.release != release.id }) {
                violations.append("routes of \(service) name \(named.map(\.id)) and not all of \(release.id)")
            }
        }
        for (id, replica) in runtime.replicas where replica.isRunning && !excused.contains(id.service) {
            guard let record = state.services[id.service] else { continue }
            let isActive = record.activeSlot == id.slot && record.active?.release == replica.release
            let isStandby =
                record.standbySlot == id.slot && (record.standbyUntil.map { now < $0 + .seconds(1) } ?? false)
            if !isActive, !isStandby { violations.append("\(id) of \(replica.release) still runs") }
            if !isActive, replica.policy == .unlessStopped { violations.append("\(id) has a restart policy") }
        }
    }
}
