package import TealCore
package import TealDriverKit

/// What steps of rollouts change in what a host remembers.
extension HostState {
    /// Makes the routes of members lead where `directions` say.
    package mutating func direct(_ directions: [Effect.Direction], of members: [Member]) {
        for direction in directions {
            let member = members[direction.member]
            guard var record = services[member.service] else { continue }
            if let side = direction.side, !member.takesTraffic(side), member.release(side) != nil {
                // A release without traffic leaves no route behind: nothing names the service any more.
                record.routed = .absent
            } else if let side = direction.side, let slot = member.slot(side) {
                // A step that is done again is older than what has been proven since it was done first.
                let since = record.routed == .slot(slot) ? record[slot]?.proven ?? [:] : [:]
                record.routed = .slot(slot)
                if let targets = direction.targets {
                    record[slot]?.proven = since
                    for target in targets where since[target.replica.index] == nil { record.prove(target) }
                }
            } else {
                record.routed = member.old == nil ? .absent : .vacant
            }
            services[member.service] = record
        }
    }

    /// Whether users of a member that is replaced in place are on its old release, as far as is known.
    package func servesOld(_ member: Member) -> Bool {
        guard member.mode == .inPlace, let slot = member.oldSlot, let record = services[member.service],
            record.routed == .slot(slot), let place = record[slot]
        else { return false }
        return place.release == member.old?.id && !place.proven.isEmpty
    }

    /// Whether users of all members of this host that are replaced in place are on their old releases.
    package func servesOld(in rollout: Rollout) -> Bool {
        rollout.members.allSatisfy { $0.host != nil || $0.mode != .inPlace || !$0.isRouted || servesOld($0) }
    }

    /// Takes in a release that is about to be rolled out, if it is not known yet.
    package mutating func make(_ record: ReleaseRecord) {
        let key = record.id.service
        var service = services[key] ?? ServiceRecord(service: key, environment: record.release.environment)
        service.lastRelease = max(service.lastRelease, record.id.number)
        if service.active == nil { service.environment = record.release.environment }
        services[key] = service
        if releases[record.id] == nil { releases[record.id] = record }
    }

    /// What keeps members from being rolled out as they were planned elsewhere; nil for nothing.
    package func misfit(of members: [Member], kind: Rollout.Kind) -> String? {
        for member in members {
            let record = services[member.service]
            if let record, record.active != nil, record.environment != member.new.environment {
                return "\(member.service) runs for environment '\(record.environment)' there"
            }
            if kind != .rollback, let last = record?.lastRelease, last > member.new.id.number {
                return "\(member.service) has had release \(last) there"
            }
            let active = record?.active?.release
            if active != member.old?.id, active != member.new.id {
                return "\(active.map { "\($0)" } ?? "no release of \(member.service)") is active there"
            }
        }
        return nil
    }

    /// Whether the routes lead elsewhere again than a rollout has led them, by what was written down of it.
    ///
    /// Then it has gone back: where its users went could be written down, and that it went back could not.
    package func hasTakenBack(_ rollout: Rollout) -> Bool {
        guard !rollout.course.isBack else { return false }
        return rollout.members.contains { member in
            guard member.host == nil, member.isRouted, member.spec.kind != .job, let record = services[member.service]
            else { return false }
            // In place the old release was taken off its route before: only a way back leads there again.
            if member.mode == .inPlace, rollout.reached == .route, let oldSlot = member.oldSlot {
                return record.routed == .slot(oldSlot) && oldSlot != member.slot
            }
            // Before that its routes may not have been moved yet.
            guard !rollout.reached.precedes(.handOver) else { return false }
            return record.routed != (member.takesTraffic(.new) ? .slot(member.slot) : .absent)
        }
    }

    /// Gives a slot to one side's release; a run that was proven stays proven only for the same release.
    package mutating func occupy(_ member: Member, _ side: Side) {
        guard let release = member.release(side), let slot = member.slot(side),
            services[member.service]?[slot]?.release != release.id
        else { return }
        services[member.service]?[slot] = .init(release: release.id)
        services[member.service]?.standbyUntil = nil
    }

    /// Writes down how a rollout stands, or ended, for each of its services.
    package mutating func end(_ end: Effect.RecordedEnd, of rollout: Rollout, now: Timestamp, wallTime: Double) {
        ServiceEnds.apply(end, of: rollout, to: &self, now: now, wallTime: wallTime)
    }
}

extension TrafficSample {
    /// Adds up what was counted for every run that the replicas of either side have had.
    package init(_ counters: TrafficCounters, of members: [Member]) {
        let sides = members.map { member in
            let (new, old) = (TargetID.prefix(of: member.new.id), member.old.map { TargetID.prefix(of: $0.id) })
            return counters.targets.reduce(into: Sides()) { sums, counted in
                let target = counted.key.description
                if target.hasPrefix(new) { sums.new.add(counted.value) }
                if let old, target.hasPrefix(old) { sums.old.add(counted.value) }
            }
        }
        self.init(incarnation: counters.incarnation, members: sides)
    }
}

extension TargetID {
    /// Whether this is a run of the release on one side of a member.
    package func belongs(to member: Member, _ side: Side) -> Bool {
        member.release(side).map { description.hasPrefix(Self.prefix(of: $0.id)) } ?? false
    }

    /// What the targets of all runs of a release begin with.
    fileprivate static func prefix(of release: ReleaseID) -> String { "\(release.qualified)#" }

    /// Whether this is a run of a release in one slot.
    package func belongs(to release: ReleaseID, in slot: Slot) -> Bool {
        description.hasPrefix("\(Self.prefix(of: release))\(slot)-")
    }
}
