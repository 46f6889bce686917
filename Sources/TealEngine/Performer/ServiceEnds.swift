import TealCore

/// What a rollout's ends mean for the service records.
enum ServiceEnds {
    static func apply(
        _ end: Effect.RecordedEnd,
        of rollout: Rollout,
        to state: inout HostState,
        now: Timestamp,
        wallTime: Double
    ) {
        for member in rollout.members where member.spec.kind != .job {
            guard var record = state.services[member.service] else { continue }
            switch end {
            case .switched: switched(member, rollout.kind, &record, &state, wallTime)
            case .settled: settled(member, &record, &state, now)
            case .kept: kept(member, rollout.kind, &record, &state, wasActive: false)
            case .takenBack: kept(member, rollout.kind, &record, &state, wasActive: true)
            }
            state.services[member.service] = record
        }
        for member in rollout.members where member.spec.kind == .job {
            state.releases[member.new.id]?.endedWell = end == .settled
            state.releases[member.new.id]?.wasActive = end == .settled
            state.releases[member.new.id]?.failed = end == .kept || end == .takenBack
        }
    }

    private static func switched(
        _ member: Member,
        _ kind: Rollout.Kind,
        _ record: inout ServiceRecord,
        _ state: inout HostState,
        _ wallTime: Double
    ) {
        record.activeSlot = member.slot
        record.environment = member.new.environment
        record.standbyUntil = nil
        state.releases[member.new.id]?.wasActive = true
        state.releases[member.new.id]?.activeAt = wallTime
        if kind == .rollback, member.leadsBack, let old = member.old?.id { state.releases[old]?.takenBack = true }
    }

    private static func settled(
        _ member: Member,
        _ record: inout ServiceRecord,
        _ state: inout HostState,
        _ now: Timestamp
    ) {
        state.releases[member.new.id]?.endedWell = true
        state.releases[member.new.id]?.failed = false
        state.releases[member.new.id]?.takenBack = false
        let standby = member.spec.keep.standby
        if member.oldSlot != nil, member.mode == .blueGreen, standby > .zero {
            record.standbyUntil = now + standby
        } else if let oldSlot = member.oldSlot, record[oldSlot]?.release == member.old?.id {
            record[oldSlot]?.proven = [:]
        }
    }

    /// The old release stays or is active again; the slot goes back to what it held before.
    private static func kept(
        _ member: Member,
        _ kind: Rollout.Kind,
        _ record: inout ServiceRecord,
        _ state: inout HostState,
        wasActive: Bool
    ) {
        record.activeSlot = member.oldSlot
        // A standby that the rollout never came to touch goes on running, proven as it is.
        if record[member.slot]?.release != member.displaced || member.displaced == member.new.id {
            record[member.slot] = member.displaced.map { .init(release: $0) }
        }
        if member.old == nil {
            record.routed = .absent
        } else if let oldSlot = member.oldSlot, [.slot(member.slot), .vacant].contains(record.routed) {
            // On a full disk users are sent back before that is written down, and a daemon may end in between.
            record.routed = member.takesTraffic(.old) ? .slot(oldSlot) : .absent
        }
        if wasActive {
            // What serves again was not taken back.
            if kind == .rollback, let old = member.old?.id { state.releases[old]?.takenBack = false }
            // A way back that was itself taken back says nothing against the earlier release.
            if kind != .rollback || !member.leadsBack { state.releases[member.new.id]?.takenBack = true }
        } else if state.releases[member.new.id]?.wasActive != true {
            state.releases[member.new.id]?.failed = true
        }
    }
}
