import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport

/// What must be true in the end, when everything was left alone for a while.
extension World {
    /// What does not agree yet; nil when everything does.
    func disagreement() -> String? {
        guard hostIsUp, runtimeIsUp, proxy.isUp, daemon?.desk != nil else { return "not everything runs" }
        if disk.visible.table?.services ?? [] != proxy.table.services {
            return "the proxy follows another table than the one that is written down"
        }
        for record in disk.visible.services.values.sorted(by: { $0.service < $1.service }) where !isHeld(record.service)
        {
            if let text = disagreement(record) { return text }
        }
        for (id, replica) in replicas.sorted(by: { $0.key < $1.key }) where replica.isRunning {
            if let text = disagreement(id, replica) { return text }
        }
        return nil
    }

    /// Whether a rollout halted and keeps both slots of a service for a person to decide.
    private func isHeld(_ service: ServiceKey) -> Bool {
        audit.rollouts.values.contains { rollout in
            if case .halted = rollout.outcome { rollout.services.contains(service) } else { false }
        }
    }

    private func disagreement(_ id: ReplicaID, _ replica: ModelReplica) -> String? {
        guard let record = disk.visible.services[id.service], !audit.excused.contains(id.service), !isHeld(id.service)
        else { return nil }
        let isActive = record.activeSlot == id.slot && record.active?.release == replica.release
        let isStandby = record.standbySlot == id.slot && record.standbyUntil != nil
        if !isActive, !isStandby { return "\(id) of \(replica.release) still runs" }
        if !isActive, replica.policy == .unlessStopped { return "\(id) of \(replica.release) has a restart policy" }
        return nil
    }

    private func disagreement(_ record: ServiceRecord) -> String? {
        guard let slot = record.activeSlot, let release = release(record.active?.release) else { return nil }
        let service = record.service
        if markers[service] != slot, !audit.excused.contains(service) {
            return ".current_env of \(service) is not \(slot)"
        }
        let behaviour = behaviour(release.content.hash)
        guard behaviour.isGood, contents.contains(release.content.hash) else { return nil }
        for id in Member.replicas(of: release, in: slot) {
            if replicas[id]?.isRunning != true { return "\(id) of the active \(release.id) does not run" }
            if replicas[id]?.policy != .unlessStopped {
                return "\(id) of the active \(release.id) has no restart policy"
            }
        }
        guard release.spec.takesTraffic, !release.spec.routes.isEmpty else { return nil }
        let named = proxy.targets.filter { $0.replica.service == service }
        if named.count != release.spec.replicas || named.contains(where: { $0.release != release.id }) {
            return "routes of \(service) name \(named.map(\.id)) and not all of \(release.id)"
        }
        return nil
    }
}
