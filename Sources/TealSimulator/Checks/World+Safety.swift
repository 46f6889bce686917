import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport

/// What must never be, checked after every step.
extension World {
    /// How long a dead replica may stay in the table while everything that could take it out is there.
    private static let withdrawalLimit: Int64 = 12_000_000_000

    func check() {
        checkRoutes()
        checkWork()
    }

    // MARK: Routes

    /// The proxy follows another table, which it was handed at `asked` at the earliest.
    func follow(_ table: TrafficTable, asked: Int64) {
        checkLiving(table, asked)
        checkFollow(table, asked)
        proxy.follow(table, at: time)
        for target in proxy.targets {
            if audit.named[target.run] == nil { audit.named[target.run] = time }
            audit.ledAt[target.release] = time
        }
        isDirty = true
        note(
            "the proxy follows \(table.position): \(table.services.map { "\($0.service.service): \($0.targets.map(\.id.description))" })"
        )
    }

    private func checkFollow(_ next: TrafficTable, _ asked: Int64) {
        // What was decided while the proxy gave no answer is handed over late, by what held then.
        guard asked - proxyHeardAt > Self.tableTakes else { return }
        for service in next.services {
            let before = proxy.table.services.first { $0.service == service.service }?.targets ?? []
            for target in service.targets where audit.named[target.run] == nil { checkGate(target, before, asked) }
        }
        for traffic in proxy.table.services where audit.known.contains(traffic.service) {
            let service = traffic.service
            // One that answers badly is still better than none.
            guard let lost = traffic.targets.first(where: serves), !mayBeVacant(service), !isFirst(service),
                !audit.hasForgotten
            else { continue }
            let after = next.services.first { $0.service == service }?.targets ?? []
            if !after.contains(where: isAble), !after.contains(where: { wasProven($0, asked) }) {
                violate(.usersAreServed, "table \(next.position) takes \(lost.id) away from users, and leaves no other")
            }
        }
    }

    /// Long before a daemon decides, or hands a table over, it must have heard of what has ended.
    static let hearsWithin: Int64 = 2_000_000_000

    /// Nobody is sent away from a replica that listens to some that are known to have ended.
    private func checkLiving(_ next: TrafficTable, _ asked: Int64) {
        guard !audit.hasForgotten, !audit.journalFailed else { return }
        // Tables wait for each other, and what is decided meanwhile comes after those that wait.
        let decided = audit.decided(within: Self.hearsWithin, at: asked)
        // A way back leads to what it has found running, however long the proxy gives no answer.
        let back = audit.rollouts.values.filter { $0.leg.isBack && audit.active.contains($0.id) }.flatMap(\.services)
        for service in next.services
        where !service.targets.isEmpty && audit.known.contains(service.service) && !back.contains(service.service) {
            let before = proxy.table.services.first { $0.service == service.service }?.targets ?? []
            guard let left = before.first(where: listens), !service.targets.contains(where: { $0.id == left.id }) else {
                continue
            }
            let ended = service.targets.map { audit.endedRuns[$0.run] ?? .max }
            guard let last = ended.max(), last < decided - Self.hearsWithin else { continue }
            violate(
                .usersAreServed,
                "table \(next.position) takes \(left.id) away from users, for \(service.targets[0].id), which had ended"
            )
        }
    }

    private func listens(_ target: TrafficTarget) -> Bool {
        guard let replica = replicas[target.replica], replica.run == target.run else { return false }
        return replica.isRunning && !replica.isStopping && !replica.isCutOff && time >= replica.readyAt
    }

    /// Whether it answers; a proxy may lead to what had left the route before, since it was unwell, when it has just started
    /// or a daemon has, which was not told of the table in between.
    private func serves(_ target: TrafficTarget) -> Bool {
        let isUnwell = replicas[target.replica]?.health == .unhealthy
        let began = max(proxyStartedAt, daemon?.startedAt ?? time)
        return listens(target) && !(isUnwell && time - began < Self.adoptionLimit)
    }

    private func isAble(_ target: TrafficTarget) -> Bool {
        guard let replica = replicas[target.replica], replica.run == target.run else { return false }
        return isAble(replica)
    }

    /// Whether a target passed its gate: a release that turned bad since is not the table's doing.
    private func wasProven(_ target: TrafficTarget, _ asked: Int64) -> Bool {
        passes(of: target, asked) > 0 || audit.named[target.run] != nil
    }

    /// How often a target had passed its gate for whoever decided on a table that was handed over at `asked`.
    private func passes(of target: TrafficTarget, _ asked: Int64) -> Int {
        audit.passes(of: target.run, before: Self.tableTakes + time - asked, at: time)
    }

    /// How long a table may be on its way, from what it was decided by.
    private static let tableTakes: Int64 = 5_000_000_000

    private func checkGate(_ target: TrafficTarget, _ before: [TrafficTarget], _ asked: Int64) {
        guard let spec = release(target.release)?.spec else {
            return violate(.routesNameProven, "\(target.id) is of no known release")
        }
        if spec.health.check == .none { return }
        // With nothing else to send users to, one pass is enough; that may have changed while the table was on its way.
        let hasOthers = before.contains { other in
            guard other.id != target.id, isAble(other), let since = audit.named[other.run] else { return false }
            return audit.decided(within: Self.tableTakes, at: time) - since > Self.tableTakes
        }
        // It may have been the only one when it was proven, and is gone back to since.
        let needed = hasOthers && !isGoneBackTo(target.release) ? spec.health.passes : 1
        let passes = passes(of: target, asked)
        if passes < needed {
            violate(.routesNameProven, "\(target.id) has passed its gate \(passes) times, \(needed) are needed")
        }
    }

    private func isGoneBackTo(_ release: ReleaseID) -> Bool {
        audit.rollouts.values.contains { rollout in
            guard isRecent(rollout) else { return false }
            return rollout.members.contains { member in
                rollout.leg.isBack && member.old?.id == release
                    || rollout.leadsBack && member.new.id == release && member.warm?.isEmpty == false
            }
        }
    }

    /// Whether a rollout is under way, or ended so short a while ago that a table of it may be.
    fileprivate func isRecent(_ rollout: Rollout) -> Bool {
        // One that is to be taken up is under way in no daemon yet, and a daemon that was overtaken may still see to it.
        audit.active.contains(rollout.id) || audit.open.contains(rollout.id)
            || time - (audit.endedAt[rollout.id] ?? .min / 2) < Self.tableTakes
    }

    private func checkRoutes() {
        let targets = proxy.targets
        for target in targets {
            guard let replica = replicas[target.replica], replica.run == target.run, replica.isRunning else {
                let since = audit.unwellSince[target.id, default: time]
                audit.unwellSince[target.id] = since
                if !isDisturbed, time - max(since, audit.disturbedAt) > Self.withdrawalLimit {
                    violate(.routesNameProven, "a route still names \(target.id), which does not run")
                }
                continue
            }
            audit.unwellSince[target.id] = nil
        }
        if !audit.unwellSince.isEmpty {
            let named = Set(targets.map(\.id))
            audit.unwellSince = audit.unwellSince.filter { named.contains($0.key) }
        }
    }

    // MARK: Stopping

    /// How long a proxy that started from its last stored table may follow it before it is told otherwise.
    private static let adoptionLimit: Int64 = 5_000_000_000

    /// Teal is about to stop, or remove, a replica that runs.
    func checkStop(_ id: ReplicaID, _ replica: ModelReplica) {
        guard let target = target(id, replica) else { return }
        let rollout = audit.rollouts.values.filter { audit.active.contains($0.id) && $0.services.contains(id.service) }
            .max { $0.id < $1.id }
        let place = rollout.map { "\($0.id) at \($0.leg)" } ?? "no rollout"
        let isAdopted = time - proxyStartedAt < Self.adoptionLimit
        if proxy.targets.contains(where: { $0.id == target }), proxy.isUp, !isAdopted {
            violate(.routesNameProven, "\(target) is stopped by \(place) while a route names it")
        }
        if proxy.isUp, !isAdopted, !isHurried(target, id.service) {
            // What a cut did not reach is stopped as well, once its limit is over.
            let flights = proxy.flights.filter { $0.target == target && $0.endsAt > time && !isOver($0) }
            if !flights.isEmpty {
                let upgraded = flights.filter(\.isUpgraded).count
                violate(
                    .nothingStoppedInUse,
                    "\(target) is stopped by \(place) with \(flights.count) in flight, \(upgraded) of them upgraded"
                )
            }
        }
        guard let rollout, !rollout.leg.isBack, rollout.leg.precedes(.settle) else { return }
        for member in rollout.members
        where member.mode == .blueGreen && member.service == id.service && member.oldSlot == id.slot {
            violate(.oldRunsUntilSettle, "\(replica.release) is stopped by \(place), before settle")
        }
    }

    /// Ends flights as Teal asks for it.
    func cut(_ targets: Set<TargetID>, requests: Bool, upgraded: Bool) -> CutReport {
        let ended = proxy.end(at: time) { targets.contains($0.target) && ($0.isUpgraded ? upgraded : requests) }
        for flight in ended where !isOver(flight) {
            guard let since = proxy.leftAt[flight.target] else {
                violate(.nothingStoppedInUse, "what is in flight on \(flight.target) is cut while a route names it")
                continue
            }
            // A proxy that started again from an older table led them there once more.
            if !isHurried(flight.target, flight.service), time - proxyStartedAt > Self.adoptionLimit {
                violate(
                    .nothingStoppedInUse,
                    "what is in flight on \(flight.target) is cut \((time - since) / 1_000_000) ms after it left the route"
                )
            }
        }
        if !ended.isEmpty { note("\(ended.count) in flight are cut") }
        let count = ended.filter(\.isUpgraded).count
        return CutReport(requests: ended.count - count, upgraded: count)
    }

    /// Whether what is in flight has had all the time that its release gives it.
    private func isOver(_ flight: ModelProxy.Flight) -> Bool {
        guard let since = proxy.leftAt[flight.target] else { return false }
        let drain = release(of: flight.target)?.spec.drain ?? DrainPolicy()
        return time - since >= (flight.isUpgraded ? drain.upgraded : drain.requests).nanoseconds
    }

    /// Whether somebody wants the newest rollout of a service to wait no more for what is in flight on a target, on whichever
    /// host it was asked for.
    private func isHurried(_ target: TargetID, _ service: ServiceKey) -> Bool {
        let release = release(of: target)?.id
        return stage.worlds.contains { each in
            let audit = each.world.audit
            guard let rollout = audit.newest(of: service), rollout.hurried, each.world.isRecent(rollout) else {
                return false
            }
            return rollout.members.contains { member in
                member.service == service
                    && (member.old?.id == release || member.new.id == release && audit.cutNew.contains(rollout.id))
            }
        }
    }

    private func release(of target: TargetID) -> Release? {
        disk.visible.releases.values.first { target.description.hasPrefix("\($0.id.qualified)#") }?.release
    }

    // MARK: Work

    /// Background work is done by one release at a time, and by none that is not active or in its hand-over.
    private func checkWork() {
        var working: [ServiceKey: Set<ReleaseID>] = [:]
        for (id, replica) in replicas where replica.works && replica.isRunning {
            working[id.service, default: []].insert(replica.release)
        }
        for (service, releases) in working
        where !audit.hasForgotten && !audit.startsLate.contains(service) && !audit.excused.contains(service) {
            let records = disk.visible.services[service].map { [$0] } ?? []
            let state = HostState(services: records)
            let found = HostAudit.breaches(by: releases, of: service, state, audit.rollouts.values)
            for breach in found { violate(.workIsDoneOnce, breach.text) }
        }
    }

    /// Teal is about to start a replica.
    func checkBegun(_ id: ReplicaID, _ release: Release) {
        guard release.spec.background == .exclusive, !audit.hasForgotten, !audit.excused.contains(id.service) else {
            return
        }
        let other = replicas.filter {
            $0.key.service == id.service && $0.value.isRunning && $0.value.release != release.id
        }
        if let first = other.values.first {
            violate(.workIsDoneOnce, "\(release.id) starts while \(first.release) still runs")
        }
    }

    // MARK: Once

    func checkOnce(_ name: String) {
        let count = audit.countOnce(name)
        let rollout = RolloutID(parsing: name.prefix { $0 != "-" }.description)
        if count > 1 + (rollout.flatMap { audit.again[$0] } ?? 0) {
            violate(.onceOnly, "\(name) is the \(count). time that this is done")
        }
    }

    /// A request that is no probe came to a replica.
    func countSmoke(_ replica: ModelReplica, _ expectation: HTTPExpectation) {
        guard expectation.method == "POST" else { return }
        let rollouts = audit.rollouts.values.filter { rollout in
            audit.active.contains(rollout.id) && rollout.members.contains { $0.new.id == replica.release }
        }
        guard let rollout = rollouts.max(by: { $0.id < $1.id }) else { return }
        let key = "\(rollout.id) \(replica.release)"
        audit.smokeWrites[key, default: 0] += 1
        let count = audit.smokeWrites[key, default: 0]
        if count > 1 + audit.again[rollout.id, default: 0] {
            violate(.onceOnly, "a writing smoke request of \(rollout.id) is sent the \(count). time")
        }
    }

    // MARK: What is kept

    /// Teal removes content.
    func checkPruned(_ gone: Set<String>) {
        audit.pruned.formUnion(gone)
        let state = HostState(
            services: Array(disk.visible.services.values),
            releases: Array(disk.visible.releases.values)
        )
        for record in state.services.values {
            let needed = [
                record.active?.release, record.standby?.release, state.rollbackTarget(of: record.service)?.id,
            ]
            for id in needed {
                guard let release = state.release(id), gone.contains(release.content.hash) else { continue }
                violate(.restorable, "\(release.id) cannot be started again: its content is pruned")
            }
        }
    }

    func isThere(_ release: Release) -> Bool {
        let content = release.content.hash
        return contents.contains(content) || registry.contains(content) || audit.lostContents.contains(content)
    }
}
