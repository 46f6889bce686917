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
        for invariant in HostAudit.live {
            switch host.verdict(on: invariant) {
            case .held: break
            case .broken(let breaches):
                if let breach = breaches.first(where: { !isExplained($0, of: invariant) }) { return Self.words(breach) }
            // A run that is over leaves nothing behind by which it could be seen.
            case .unseen where invariant == .onceOnly: break
            case .unseen(let why): return "it cannot be seen whether \(invariant.rawValue), because \(why)"
            }
        }
        for record in host.sight.state.services.values.sorted(by: { $0.service < $1.service })
        where !isHeld(record.service) {
            if let text = lackingRoute(record) ?? lackingWork(record) { return text }
        }
        return deserted.first.map { "routes of \($0) lead nowhere, and its active release is well" }
    }

    /// A doctor who comes in the middle of it all: what is wrong now is nobody's fault, and is told without a secret.
    func doctorLooks() {
        var sight = sight()
        // Only the releases themselves know on a live host which of them works.
        sight.working = nil
        if !runtimeIsUp { sight.unseen = Set(sight.state.services.keys) }
        if !proxy.isUp || !proxy.isReachable {
            sight.followed = nil
            sight.followedUnknown = "\(sight.switchName) does not answer"
        }
        let host = HostAudit(sight)
        for invariant in HostAudit.live {
            for breach in host.verdict(on: invariant).breaches {
                let text = Self.words(breach)
                note("the doctor: \(text)")
                if text.contains(Audit.secret) { violate(.noSecretsTold, "the doctor tells it: \(text)") }
            }
        }
    }

    private static func words(_ breach: Breach) -> String {
        let mend = breach.mend.map { ", which the doctor would mend: \($0.text)" } ?? ""
        return breach.text + mend
    }

    /// The world as the checkers of a live host see it.
    func sight() -> HostSight {
        let state = remembered
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
            audit.active.contains(rollout.id) || rollout.services.contains { audit.isHalted(rollout, $0) }
        }.sorted { $0.id < $1.id }
        sight.running = audit.active
        sight.held = Set(sight.unended.flatMap(\.services))
        sight.counters = try? proxy.counters(at: time)  // nobody can look while the proxy does not answer
        let newest = disk.visible.rollouts(most: Self.endsMost).map(\.rollout)
        let known = Set(sight.unended.map(\.id))
        sight.abandoned = newest.filter { $0.outcome == nil && !known.contains($0.id) }.map(\.id)
        sight.ended = newest.filter { $0.outcome != nil }
        for service in state.services.keys {
            guard let target = state.rollbackTarget(of: service), !isThere(target.release) else { continue }
            sight.gone[target.id] = "its content is gone"
        }
        // Every entry was looked through when it was written.
        sight.leaks = []
        return sight
    }

    /// How many of the newest rollouts are looked at, as the daemon does.
    private static let endsMost = 50

    /// Services that a rollout left without a route when it halted, although their active release is able to serve and
    /// nothing runs in its way: the keeper leads users there, whatever has ended since without a change.
    var deserted: [ServiceKey] {
        disk.visible.services.values.filter { record in
            guard record.routed == .vacant, isHeld(record.service), isGood(record.service),
                let slot = record.activeSlot, release(record.active?.release)?.spec.takesTraffic == true
            else { return false }
            return !replicas.contains { id, replica in
                id.service == record.service && id.slot != slot && replica.state(id).runsOrWill
            }
        }.map(\.service).sorted()
    }

    /// Whether the last rollout of a service halted and keeps both of its slots for a person to decide.
    private func isHeld(_ service: ServiceKey) -> Bool {
        audit.rollouts.values.contains { audit.isHalted($0, service) }
    }

    /// Whether something that the story did explains a breach: a release that ends or whose content was taken away does
    /// not run, and what could not be cleared away, and was said, is a person's.
    private func isExplained(_ breach: Breach, of invariant: Invariant) -> Bool {
        guard let service = breach.service else { return false }
        if isHeld(service) { return true }
        switch invariant {
        case .workIsDoneOnce: return audit.hasForgotten || audit.excused.contains(service)
        case .endIsTrue: return audit.journalFailed || audit.excused.contains(service)
        case .usersAreServed: return !isGood(service)
        // What a prune takes is checked when it does; going back further than that leaves nothing to go back to.
        case .restorable: return isPruned(service)
        default: break
        }
        switch breach.drift {
        case .missing, .otherRelease, .notRunning, .wouldNotRestart: return !canRun(service)
        case .standbyRuns, .standbyWouldRestart, .runsUnasked, .marker: return audit.excused.contains(service)
        case .changed, .runsThoughStopped: return false
        case nil: break
        }
        guard case .remove(let id) = breach.mend else { return !isGood(service) }
        // What is stopped and in nobody's way is swept up by the next rollout.
        return replicas[id]?.isRunning != true || audit.excused.contains(service)
    }

    private func isPruned(_ service: ServiceKey) -> Bool {
        guard let target = remembered.rollbackTarget(of: service) else { return false }
        return audit.pruned.contains(target.release.content.hash)
    }

    /// Whether the active release of a service is able to run, and serves then.
    private func isGood(_ service: ServiceKey) -> Bool { isActive(service, \.isGood) }

    /// Whether it is able to run, whatever it answers: the next rollout is held to it that it does.
    private func canRun(_ service: ServiceKey) -> Bool { isActive(service, \.staysUp) }

    private func isActive(_ service: ServiceKey, _ trait: KeyPath<Behaviour, Bool>) -> Bool {
        guard let release = release(disk.visible.services[service]?.active?.release) else { return false }
        return behaviour(release.content.hash)[keyPath: trait] && contents.contains(release.content.hash)
    }

    /// Every replica of an active release that hands its work over does it in the end: the keeper tells it to.
    private func lackingWork(_ record: ServiceRecord) -> String? {
        guard let slot = record.activeSlot, let release = release(record.active?.release), canRun(record.service),
            case .handover = release.spec.background, !behaviour(release.content.hash).refusesActivity
        else { return nil }
        // What does not run is told of as drift.
        let idle = Member.replicas(of: release, in: slot).first { id in
            replicas[id].map { $0.release == release.id && $0.isRunning && !$0.works } ?? false
        }
        return idle.map { "\($0) of \(release.id) is active and does no work" }
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
