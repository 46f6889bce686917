package import TealCore
package import TealDriverKit

/// Everything that a host remembers between rollouts, as a value.
package struct HostState: Hashable, Sendable {
    package var services: [ServiceKey: ServiceRecord]
    package var releases: [ReleaseID: ReleaseRecord]

    package init(services: [ServiceRecord] = [], releases: [ReleaseRecord] = []) {
        self.services = .init(services.map { ($0.service, $0) }) { $1 }
        self.releases = .init(releases.map { ($0.id, $0) }) { $1 }
    }

    /// What the switch must follow for this state, by service, ascending.
    ///
    /// A service without routes is known to the switch only where its project has a network, by its name.
    package var traffic: [ServiceTraffic] {
        let records = services.values.sorted { $0.service < $1.service }
        // The one of a network that is being replaced comes with the services that are in it already.
        let gateways = Dictionary(records.map { ($0.service.project, $0.gateway) }) { $0 ?? $1 }
        let known = records.compactMap { record in
            traffic(of: record, gateway: record.gateway ?? gateways[record.service.project] ?? nil)
        }
        return (known + unreleased(besides: Set(known.map(\.service)), gateways)).sorted { $0.service < $1.service }
    }

    private func traffic(of record: ServiceRecord, gateway: String?) -> ServiceTraffic? {
        let place: ServiceRecord.Place?
        switch record.routed {
        case .absent: return nil
        case .vacant: place = record.active ?? record.blue ?? record.green
        case .slot(let slot): place = record[slot]
        }
        guard let place, let spec = release(place.release)?.spec,
            !spec.routes.isEmpty || spec.hostPorts != nil || spec.kind == .web && gateway != nil
        else { return nil }
        var targets: [TrafficTarget] = []
        if case .slot = record.routed { targets = place.proven.sorted { $0.key < $1.key }.map(\.value) }
        return .init(
            service: record.service,
            routes: spec.routes,
            proxy: spec.proxy,
            drain: spec.drain,
            targets: targets,
            port: spec.port,
            formerPort: formerPort(record, but: spec.port),
            gateway: gateway,
            ports: spec.hostPorts
        )
    }

    /// The other release's port while that one still runs: its callers drain too, and it may take them back.
    private func formerPort(_ record: ServiceRecord, but port: Int?) -> Int? {
        guard case .slot(let slot) = record.routed, let other = record[slot.other], !other.proven.isEmpty else {
            return nil
        }
        return release(other.release)?.spec.port.flatMap { $0 == port ? nil : $0 }
    }

    /// Services that running releases know of and that the switch does not lead anywhere: whoever calls them is told so.
    private func unreleased(besides known: Set<ServiceKey>, _ gateways: [ProjectName: String?]) -> [ServiceTraffic] {
        var ports: [ServiceKey: Int?] = [:]
        for record in services.values.sorted(by: { $0.service < $1.service }) {
            guard let release = release(record.active?.release) else { continue }
            for neighbour in release.neighbours {
                let key = ServiceKey(project: record.service.project, service: neighbour.name)
                if !known.contains(key) { ports[key] = neighbour.port }
            }
        }
        return ports.compactMap { key, port in
            guard let gateway = gateways[key.project] ?? nil else { return nil }
            return ServiceTraffic(
                service: key,
                routes: [],
                proxy: ProxyPolicy(),
                drain: DrainPolicy(),
                targets: [],
                port: port,
                gateway: gateway,
                vacancy: "\(key.service) of \(key.project) has not been released on this host."
            )
        }
    }

    /// The services of a project whose names lead to the switch inside its network, ascending: those that are on this host,
    /// those that a rollout brings, and those that the releases of either know of.
    package func neighbours(in project: ProjectName, with members: [Member] = []) -> [ServiceName] {
        let present = services.values.filter { $0.service.project == project }
            .compactMap { release(($0.active ?? $0.blue ?? $0.green)?.release) }
        let releases = present + members.filter { $0.service.project == project }.map(\.new)
        let web = releases.filter { $0.spec.kind == .web }.map(\.id.service.service)
        return Set(web + releases.flatMap(\.neighbours).map(\.name)).sorted()
    }

    /// Where a project's network reaches the switch, without the prefix's length; nil where it has none.
    package func gateway(of project: ProjectName) -> String? {
        let records = services.values.filter { $0.service.project == project }.sorted { $0.service < $1.service }
        return records.compactMap(\.gateway).first.map { String($0.prefix { $0 != "/" }) }
    }

    /// Lets routes name only runs that are there: after another boot, or a death that nobody saw, none of what was proven
    /// may be, and others may have the ports.
    ///
    /// - Parameters:
    ///   - running: What the runtime knows of the replicas.
    ///   - unseen: Services of whose replicas it cannot tell now; their routes stay.
    ///   - unended: The rollouts that go on.
    ///   - now: Seconds since 1970; since when users have no answer, where no runtime knows that better.
    package mutating func keepProven(
        running: [ReplicaState],
        unseen: Set<ServiceKey> = [],
        unended: [RolloutSnapshot] = [],
        now: Double
    ) {
        for (key, record) in services where !unseen.contains(key) {
            let ends = running.filter { $0.id.service == key && !$0.isRunning }.compactMap(\.endedAt)
            let ended = min(ends.max() ?? now, now)
            defer { services[key]?.seeOutage(since: record, at: ended) }
            for slot in Slot.allCases {
                guard let proven = record[slot]?.proven else { continue }
                services[key]?[slot]?.proven = proven.filter { _, target in
                    running.contains { $0.id == target.replica && $0.run == target.run && $0.isRunning }
                }
            }
            for snapshot in unended where snapshot.rollout.outcome == nil {
                // Where users of a part go its coordinator decides, unless it is alone: other hosts stay where they are.
                if snapshot.part?.isAlone ?? true, let old = wayOut(key, snapshot.rollout) {
                    // They were there until it ended, and have somebody again from now on.
                    services[key]?.seeOutage(since: record, at: ended)
                    services[key]?.routed = .slot(old)
                    services[key]?.endOutage(at: now)
                } else {
                    stay(key, snapshot.rollout)
                }
            }
        }
    }

    /// The old release's slot, where users have to be led back there; nil for nowhere.
    ///
    /// They are on a new release that has ended before it was released, while the old one still serves: it is not waited for.
    func wayOut(_ service: ServiceKey, _ rollout: Rollout) -> Slot? {
        let isUnderTraffic =
            !rollout.reached.precedes(.handOver) && !rollout.course.isBack && rollout.course.precedes(.release)
        // Over several hosts their coordinator decides.
        guard isUnderTraffic, !rollout.leadsBack, !rollout.isOverHosts, let member = rollout.own(service),
            member.mode == .blueGreen, let old = member.oldSlot, let record = services[service],
            record.routed == .slot(member.slot), record[member.slot]?.proven.isEmpty != false,
            record[old]?.release == member.old?.id, record[old]?.proven.isEmpty == false
        else { return nil }
        return old
    }

    /// Leaves users of a service where they were, when what a rollout was about to send them to is gone and the switch is
    /// not known to have followed: the old release still serves, or on the way back the new one.
    private mutating func stay(_ service: ServiceKey, _ rollout: Rollout) {
        guard let member = rollout.own(service), let old = member.oldSlot, member.mode == .blueGreen,
            let record = services[service]
        else { return }
        guard rollout.hasSwitched else { return }
        let isReturning = rollout.leg == .backRoute && record.routed == .slot(old)
        guard isReturning || rollout.course.isBack || rollout.reached == .route else { return }
        let (aim, stand) = isReturning ? (old, member.slot) : (member.slot, old)
        guard record.routed == .slot(aim), record[aim]?.proven.isEmpty != false, let place = record[stand],
            place.release == (isReturning ? member.new.id : member.old?.id), !place.proven.isEmpty
        else { return }
        services[service]?.routed = .slot(stand)
    }

    /// Remembers that a standby was stopped, unless users were sent to its slot meanwhile.
    ///
    /// - Parameters:
    ///   - release: The standby.
    ///   - slot: Where it ran.
    ///   - proven: The runs that were proven there when the stop began; others began since then, and stay.
    package mutating func endStandby(of release: ReleaseID, in slot: Slot, proven: [Int: TrafficTarget]) {
        guard let record = services[release.service], record[slot]?.release == release, record.standbySlot == slot,
            record.routed != .slot(slot)
        else { return }
        services[release.service]?[slot]?.proven =
            record[slot]?.proven.filter { proven[$0.key]?.run != $0.value.run } ?? [:]
        services[release.service]?.standbyUntil = nil
    }

    /// Whether a replica that is started between the steps of a rollout may do background work from its start.
    ///
    /// A release that hands its work over begins it when its rollout says so, and until then another may do it. What is
    /// started without work is given it once no rollout holds the service.
    ///
    /// - Parameters:
    ///   - replica: What is started.
    ///   - release: What it runs.
    ///   - rollout: The rollout that holds the service, if one does: the record may be older than what it has done.
    ///   - running: What runs of the service: what a rollout left in the other slot may still work, and has to stop first.
    /// - Returns: Whether it may; always for a release that does not hand work over.
    package func mayWork(
        _ replica: ReplicaID,
        _ release: Release,
        during rollout: Rollout? = nil,
        beside running: [ReplicaState] = []
    ) -> Bool {
        guard case .handover = release.spec.background else { return true }
        let isActive = services[replica.service]?.activeSlot == replica.slot
        let isAlone = !running.contains { $0.mayWork(beside: replica) }
        if let rollout, rollout.outcome == nil, rollout.own(replica.service) != nil {
            // After one that halted, what users are on need not be what works.
            return rollout.workingSlot(of: replica.service) == replica.slot && (isActive || isAlone)
        }
        return isActive && isAlone
    }

    package func release(_ id: ReleaseID?) -> Release? { id.flatMap { releases[$0]?.release } }

    /// Releases of a service, newest first.
    package func history(of service: ServiceKey) -> [ReleaseRecord] {
        releases.values.filter { $0.id.service == service }.sorted { $0.id.number > $1.id.number }
    }

    /// Where a rollback without an argument goes; never forward.
    ///
    /// It is the newest release before the active one that was active, ended well and was not taken back.
    package func rollbackTarget(of service: ServiceKey) -> ReleaseRecord? {
        guard let active = services[service]?.active?.release else { return nil }
        return history(of: service).first {
            $0.id.number < active.number && $0.wasActive && $0.endedWell && !$0.takenBack
        }
    }

    /// Releases whose content must stay: what runs, what a rollback needs, and the newest few.
    package func needed(of service: ServiceKey) -> [ReleaseRecord] {
        let history = history(of: service)
        guard let record = services[service] else { return history }
        let keep = max(1, release(record.active?.release)?.spec.keep.releases ?? KeepPolicy().releases)
        let placed = [record.blue?.release, record.green?.release, rollbackTarget(of: service)?.id].compactMap { $0 }
        let good = history.filter { $0.endedWell && $0.id != record.active?.release }.prefix(keep).map(\.id)
        return history.filter { placed.contains($0.id) || good.contains($0.id) }
    }
}
