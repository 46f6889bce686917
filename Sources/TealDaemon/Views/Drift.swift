import TealCore
import TealDriverKit
import TealEngine

/// What differs between the records of a service and what is; only asked while no rollout holds it.
enum Drift {
    static func of(_ record: ServiceRecord, _ state: HostState, _ replicas: [ReplicaState], marker: String?) -> [String]
    {
        var lines: [String] = []
        guard let slot = record.activeSlot, let place = record.active, let release = state.release(place.release) else {
            return []
        }
        let mine = replicas.filter { $0.id.service == record.service }
        for id in Member.replicas(of: release, in: slot) {
            guard let replica = mine.first(where: { $0.id == id }) else {
                lines.append("\(id) does not exist")
                continue
            }
            if replica.release != release.id {
                lines.append("\(id) runs \(replica.release), written down is \(release.id)")
            } else if !replica.isRunning {
                lines.append("\(id) does not run")
            } else if replica.restartPolicy != .unlessStopped {
                lines.append("\(id) would not be started again after a crash")
            }
        }
        for replica in mine where replica.id.slot == slot.other && replica.isRunning {
            if record.standbyUntil == nil {
                lines.append("\(replica.id) of the standby slot runs")
            } else if replica.restartPolicy == .unlessStopped {
                lines.append("\(replica.id) of the standby slot has a restart policy")
            }
        }
        if marker != slot.rawValue {
            lines.append(".current_env says \(marker.map { "'\($0)'" } ?? "nothing"), active is \(slot)")
        }
        return lines
    }
}
