import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport

/// What must be true in the end, when everything was left alone for a while.
extension World {
    /// What does not agree yet, as the doctor of a live host would say it; nil when everything does.
    func disagreement() -> String? {
        guard hostIsUp, runtimeIsUp, proxy.isUp, daemon?.desk != nil else { return "not everything runs" }
        let host = HostAudit(sight())
        for invariant in [Invariant.recordsAgree, .routesNameProven, .oneRolloutAService] {
            if let breach = host.breaches(of: invariant).first(where: { !isExplained($0) }) { return breach.text }
        }
        for record in host.sight.state.services.values.sorted(by: { $0.service < $1.service })
        where !isHeld(record.service) {
            if let text = lackingRoute(record) { return text }
        }
        return nil
    }

    /// The world as the checkers of a live host see it.
    func sight() -> HostSight {
        let state = HostState(
            services: Array(disk.visible.services.values),
            releases: Array(disk.visible.releases.values)
        )
        let written = disk.visible.table ?? TrafficTable(position: .init(epoch: 0, version: 0), services: [])
        var sight = HostSight(
            state: state,
            written: written,
            replicas: replicas.sorted { $0.key < $1.key }.map { $0.value.state($0.key) },
            now: now
        )
        // What the proxy is told has a number of its own each time; only where it leads counts here.
        sight.followed = proxy.table.services == written.services ? written : proxy.table
        sight.working = Set(replicas.filter(\.value.works).keys)
        sight.markers = markers.mapValues(\.rawValue)
        sight.unended = audit.rollouts.values.filter { rollout in
            if case .halted = rollout.outcome { true } else { audit.active.contains(rollout.id) }
        }.sorted { $0.id < $1.id }
        sight.running = audit.active
        sight.held = Set(sight.unended.flatMap(\.services))
        return sight
    }

    /// Whether a rollout halted and keeps both slots of a service for a person to decide.
    private func isHeld(_ service: ServiceKey) -> Bool {
        audit.rollouts.values.contains { rollout in
            if case .halted = rollout.outcome { rollout.services.contains(service) } else { false }
        }
    }

    /// Whether something that the story did explains a breach: a release that is bad or whose content was taken away does
    /// not run, and what could not be cleared away, and was said, is a person's.
    private func isExplained(_ breach: Breach) -> Bool {
        guard let service = breach.service else { return false }
        if isHeld(service) { return true }
        switch breach.drift {
        case .missing, .otherRelease, .notRunning, .wouldNotRestart: return !isGood(service)
        case .standbyRuns, .standbyWouldRestart, .runsUnasked, .marker: return audit.excused.contains(service)
        case .changed, .runsThoughStopped: return false
        case nil: break
        }
        guard case .remove(let id) = breach.mend else { return !isGood(service) }
        // What is stopped and in nobody's way is swept up by the next rollout.
        return replicas[id]?.isRunning != true || audit.excused.contains(service)
    }

    /// Whether the active release of a service is able to run.
    private func isGood(_ service: ServiceKey) -> Bool {
        guard let release = release(disk.visible.services[service]?.active?.release) else { return false }
        return behaviour(release.content.hash).isGood && contents.contains(release.content.hash)
    }

    /// Every replica of a good active release is routed in the end; on a live host one may be unwell for a while.
    private func lackingRoute(_ record: ServiceRecord) -> String? {
        guard let release = release(record.active?.release), isGood(record.service), release.spec.takesTraffic,
            !release.spec.routes.isEmpty
        else { return nil }
        let named = proxy.targets.filter { $0.replica.service == record.service }
        guard named.count != release.spec.replicas || named.contains(where: { $0.release != release.id }) else {
            return nil
        }
        return "routes of \(record.service) name \(named.map(\.id)) and not all of \(release.id)"
    }
}
