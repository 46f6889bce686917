import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport

/// What the daemon does between rollouts, with the real `Keeper`.
extension HostModel {
    /// Looks after every service as long as the model runs.
    func lookAfter() {
        after(.milliseconds(100)) { [unowned self] in
            if self.daemon != nil {
                if self.daemon?.ledger.wantsPublishing == true { _ = self.publish(stored: true) }
                self.catchUp()
                for service in self.state.services.keys.sorted() { self.look(at: service) }
            }
            self.lookAfter()
        }
    }

    private func look(at service: ServiceKey) {
        guard let daemon else { return }
        var keeper = daemon.keepers[service] ?? Keeper(service: service)
        let tasks = keeper.look(
            at: daemon.ledger.state,
            running: runtime.states,
            hold: daemon.isBusy(service) ? .running : (isHalted(service) ? .halted : .none),
            now: now
        )
        withDaemon { $0.keepers[service] = keeper }
        for task in tasks { carryOut(task, for: service) }
    }

    /// Whether a halted rollout holds a service: it is a person's to decide.
    private func isHalted(_ service: ServiceKey) -> Bool {
        disk.contents.unended.contains { $0.rollout.outcome != nil && $0.rollout.services.contains(service) }
    }

    private func carryOut(_ task: Keeper.Task, for service: ServiceKey) {
        if case .probe = task {} else { note("keeper of \(service): \(task)") }
        switch task {
        case .probe(let id, let release):
            afterInDaemon(.milliseconds(5)) { [unowned self] in
                let (result, run) = self.probe(id, release)
                self.keeperProbed(id, result, run)
            }
        // Nobody changes replicas in the model.
        case .mend: break
        case .start(let id, let release):
            let isActive = state.services[service]?.activeSlot == id.slot
            _ = start(id, release, active: isActive)
        case .setPolicy(let policy, let id): runtime.replicas[id]?.policy = policy
        case .activate(let id, _): runtime.replicas[id]?.isActive = true
        case .prove(let target, let onlyAsFirst):
            _ = change { state in
                let place = state.services[service]?[target.replica.slot]
                guard let place, place.release == target.release, !onlyAsFirst || place.proven.isEmpty else { return }
                state.services[service]?.prove(target)
            }
        case .withdraw(let target, let unlessLast, _):
            _ = change { $0.services[target.replica.service]?.withdraw(target, unlessLast: unlessLast) }
        case .routeActive(let service, let slot): _ = change { $0.services[service]?.routed = .slot(slot) }
        case .stopLeft(let id, _): stop(id, by: nil)
        case .stopStandby(let release, let slot):
            for (id, replica) in runtime.replicas
            where id.service == service && id.slot == slot && replica.release == release {
                stop(id, by: nil)
            }
            _ = change { state in
                state.services[service]?.standbyUntil = nil
                state.services[service]?[slot]?.proven = [:]
            }
        }
    }

    private func keeperProbed(_ id: ReplicaID, _ result: ProbeResult, _ run: RunID?) {
        guard var keeper = daemon?.keepers[id.service] else { return }
        let tasks = keeper.probed(id, result, run: run, state: state, running: runtime.state(id), now: now)
        withDaemon { $0.keepers[id.service] = keeper }
        for task in tasks { carryOut(task, for: id.service) }
    }
}
