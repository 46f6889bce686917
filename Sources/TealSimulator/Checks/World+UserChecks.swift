import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport

/// What users saw, and whether a correct tool could have spared them.
extension World {
    /// How long it may take until what went wrong is noticed, mended, proven and routed to again.
    static let mendingLimit: Int64 = 20_000_000_000

    /// Whether something is wrong now that Teal can do nothing about, or has just ended.
    var isDisturbed: Bool {
        guard let network = stage.network else { return isDisturbedItself }
        return network.isDisturbed || stage.worlds.contains { $0.world.isDisturbedItself }
    }

    private var isDisturbedItself: Bool {
        audit.hanging > 0 || !hostIsUp || !runtimeIsUp || !proxy.isUp || !proxy.isReachable || disk.isFull
            || proxy.isFull
            || !takenPorts.isEmpty || daemon == nil || time - audit.disturbedAt < Self.mendingLimit
    }

    /// A request was not answered by any release.
    func userFailed(_ service: ServiceKey, _ why: String) {
        audit.failures += 1
        guard !mayBeVacant(service), !isDisturbed, !hasLostWay(service) else { return }
        let able = replicas.filter { $0.key.service == service && isAble($0.value) && isTrusted($0.value) }
        if !able.isEmpty {
            return violate(
                .usersAreServed,
                "a user of \(service) got no answer, while \(able.keys.sorted()) could serve"
            )
        }
        guard let record = disk.visible.services[service], let active = release(record.active?.release), isThere(active)
        else { return }
        guard behaviour(active.content.hash).isGood, !audit.lostContents.contains(active.content.hash) else { return }
        let doer =
            audit.losses[service]?.byTeal == true ? "Teal stopped what served" : "nothing is started that would serve"
        violate(.usersAreServed, "a user of \(service) got no answer (\(why)): \(doer)")
    }

    /// Whether somebody took away what users were gone back to: what was gone back from is not gone forward to again.
    private func hasLostWay(_ service: ServiceKey) -> Bool {
        guard let record = disk.visible.services[service], case .slot(let slot) = record.routed else { return false }
        return release(record[slot]?.release).map { audit.lostContents.contains($0.content.hash) } ?? false
    }

    /// Whether users may be sent to a replica: its run was routed before, or its release is the active one.
    private func isTrusted(_ replica: ModelReplica) -> Bool {
        let isActive = disk.visible.services.values.contains { $0.active?.release == replica.release }
        return isActive || replica.run.map { audit.named[$0] != nil } == true
    }
}
