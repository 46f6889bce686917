package import TealCore
package import TealDriverKit

/// Something that differs between the records of a service and what is.
package enum Drift: Hashable, Sendable {
    case missing(ReplicaID)
    case otherRelease(ReplicaID, ReleaseID, written: ReleaseID)
    case notRunning(ReplicaID)
    case wouldNotRestart(ReplicaID)
    /// A person or another tool changed it while it runs on.
    case changed(ReplicaID, ReplicaDrift)
    case standbyRuns(ReplicaID)
    case standbyWouldRestart(ReplicaID)
    /// Nothing of its service is active.
    case runsUnasked(ReplicaID)
    /// A person stopped its service through Teal, and something else started it.
    case runsThoughStopped(ReplicaID)
    case marker(ServiceKey, says: String?, active: Slot)

    package var text: String {
        switch self {
        case .missing(let id): "\(id) does not exist"
        case .otherRelease(let id, let release, let written): "\(id) runs \(release), written down is \(written)"
        case .notRunning(let id): "\(id) does not run"
        case .wouldNotRestart(let id): "\(id) would not be started again after a crash"
        case .changed(let id, .renamed(let name)): "\(id) was renamed to '\(name)'"
        case .changed(let id, .disconnected): "\(id) is not in its network any more, or not at its address"
        case .changed(let id, .restartPolicy(let policy)):
            "\(id) has the restart policy '\(policy)' that Teal did not set"
        case .standbyRuns(let id): "\(id) of the standby slot runs"
        case .runsUnasked(let id): "\(id) runs, and nothing of \(id.service) is active"
        case .runsThoughStopped(let id): "\(id) runs, and a person stopped \(id.service.service) through Teal"
        case .standbyWouldRestart(let id): "\(id) of the standby slot has a restart policy"
        case .marker(_, let says, let active):
            ".current_env says \(says.map { "'\($0)'" } ?? "nothing"), active is \(active)"
        }
    }

    /// What the doctor can do about it; nil for what the keeper does, which never rests.
    package var mend: Mend? {
        switch self {
        case .standbyRuns(let id), .runsUnasked(let id): .stop(id)
        case .marker(let service, _, _): .mark(service)
        case .missing, .otherRelease, .notRunning, .wouldNotRestart, .changed, .standbyWouldRestart,
            .runsThoughStopped:
            nil
        }
    }

    /// What differs; only asked while no rollout holds the service.
    package static func of(
        _ record: ServiceRecord,
        _ state: HostState,
        _ replicas: [ReplicaState],
        marker: String?
    ) -> [Drift] {
        var found: [Drift] = []
        let mine = replicas.filter { $0.id.service == record.service }
        guard let slot = record.activeSlot, let place = record.active, let release = state.release(place.release) else {
            return mine.filter(\.isRunning).map { .runsUnasked($0.id) }
        }
        if record.isStopped { return mine.filter(\.isRunning).map { .runsThoughStopped($0.id) } }
        for id in Member.replicas(of: release, in: slot) {
            guard let replica = mine.first(where: { $0.id == id }) else {
                found.append(.missing(id))
                continue
            }
            if replica.release != release.id {
                found.append(.otherRelease(id, replica.release, written: release.id))
            } else if !replica.isRunning {
                found.append(.notRunning(id))
            } else if replica.restartPolicy != .unlessStopped {
                found.append(.wouldNotRestart(id))
            }
        }
        for replica in mine.sorted(by: { $0.id < $1.id }) { found += replica.drift.map { .changed(replica.id, $0) } }
        for replica in mine where replica.id.slot == slot.other && replica.isRunning {
            if record.standbyUntil == nil {
                found.append(.standbyRuns(replica.id))
            } else if replica.restartPolicy == .unlessStopped {
                found.append(.standbyWouldRestart(replica.id))
            }
        }
        if marker != slot.rawValue { found.append(.marker(record.service, says: marker, active: slot)) }
        return found
    }
}

/// Something that the doctor does when it is told to.
package enum Mend: Hashable, Sendable {
    case publish
    case mark(ServiceKey)
    case stop(ReplicaID)
    case remove(ReplicaID)
    case holdReserve

    /// What people are shown, and agree to; different words for different things.
    package var text: String {
        switch self {
        case .publish: "send the route table again"
        case .mark(let service): "write .current_env of \(service) again"
        case .stop(let id): "stop \(id.service.project)/\(id)"
        case .remove(let id): "stop and remove \(id.service.project)/\(id)"
        case .holdReserve: "take the reserve on the disk again"
        }
    }
}

/// What no record names.
package enum Stray {
    /// Replicas in places that belong to nothing, of services that no rollout holds.
    package static func replicas(
        _ replicas: [ReplicaState],
        _ state: HostState,
        held: Set<ServiceKey>
    ) -> [ReplicaState] {
        replicas.filter { replica in
            guard !held.contains(replica.id.service) else { return false }
            guard let record = state.services[replica.id.service], let place = record[replica.id.slot],
                let release = state.release(place.release)
            else { return true }
            return replica.id.index >= release.spec.replicas
        }.sorted { $0.id < $1.id }
    }
}
