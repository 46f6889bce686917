package import TealCore
import TealDriverKit

/// Background work: who does it, and who may.
extension HostAudit {
    /// 9: work of releases that are not active, and of two at once.
    var wrongWorkers: [Breach] {
        sight.state.services.values.sorted { $0.service < $1.service }.filter { sight.canSee($0.service) }
            .flatMap { record -> [Breach] in
                let service = record.service
                let running = sight.replicas.filter { $0.id.service == service && $0.isRunning }
                if let working = sight.working {
                    let releases = Set(running.filter { working.contains($0.id) }.map(\.release))
                    return Self.breaches(by: releases, of: service, sight.state, sight.unended)
                }
                let alone = running.filter { sight.state.release($0.release)?.spec.background == .exclusive }
                let releases = Set(alone.map(\.release))
                return Self.breaches(by: releases, of: service, sight.state, sight.unended)
            }
    }

    /// What is wrong about these releases doing a service's background work.
    package static func breaches(
        by releases: Set<ReleaseID>,
        of service: ServiceKey,
        _ state: HostState,
        _ rollouts: some Sequence<Rollout>
    ) -> [Breach] {
        if releases.count > 1 {
            return [
                Breach("\(releases.sorted()) of \(service) do background work at the same time", of: service)
            ]
        }
        return releases.filter { !mayWork($0, of: service, state, rollouts) }.map {
            Breach("\($0) does background work and is not active", of: service)
        }
    }

    /// Whether a release may do a service's background work: it is active, or its rollout has come to the hand-over, or
    /// goes back from it.
    package static func mayWork(
        _ release: ReleaseID,
        of service: ServiceKey,
        _ state: HostState,
        _ rollouts: some Sequence<Rollout>
    ) -> Bool {
        guard let record = state.services[service] else { return false }
        if record.active?.release == release { return true }
        return rollouts.contains { rollout in
            guard rollout.outcome.map({ if case .halted = $0 { true } else { false } }) ?? true else { return false }
            return rollout.members.contains { member in
                guard member.service == service else { return false }
                if member.old?.id == release { return true }
                let since: Leg = member.mode == .inPlace ? .replace : .handOver
                return member.new.id == release && !rollout.reached.precedes(since)
            }
        }
    }

    /// Releases beside which another runs, and of which only they themselves know whether they work.
    var silentWorkers: String? {
        guard sight.working == nil else { return nil }
        let silent = sight.state.services.keys.sorted().filter { service in
            let running = sight.replicas.filter { $0.id.service == service && $0.isRunning }
            let handed = running.contains { replica in
                if case .handover = sight.state.release(replica.release)?.spec.background { true } else { false }
            }
            return handed && Set(running.map(\.id.slot)).count > 1
        }
        guard !silent.isEmpty else { return nil }
        return
            "both slots of \(silent.map { "\($0)" }.joined(separator: ", ")) run, and only they know which of them works"
    }
}
