package import TealCore
package import TealDriverKit

/// Everything that a host remembers between rollouts, as a value.
package struct HostState: Hashable, Sendable {
    package var services: [ServiceKey: ServiceRecord]
    package var releases: [ReleaseID: ReleaseRecord]

    package init(services: [ServiceRecord] = [], releases: [ReleaseRecord] = []) {
        self.services = .init(services.map { ($0.service, $0) }) { $1 }
        self.releases = .init(releases.map { ($0.id, $0) }) { $1 }
    }

    /// What the switch must follow for this state, by service, ascending.
    package var traffic: [ServiceTraffic] {
        services.values.sorted { $0.service < $1.service }.compactMap { record in
            switch record.routed {
            case .absent: return nil
            case .vacant:
                guard
                    let spec = (record.active ?? record.blue ?? record.green).flatMap({
                        releases[$0.release]?.release.spec
                    })
                else { return nil }
                return Self.traffic(record, spec, [])
            case .slot(let slot):
                guard let place = record[slot], let spec = releases[place.release]?.release.spec else { return nil }
                return Self.traffic(record, spec, place.proven.sorted { $0.key < $1.key }.map(\.value))
            }
        }
    }

    /// A service without routes is known to the switch only inside a network, by its name.
    private static func traffic(
        _ record: ServiceRecord,
        _ spec: ServiceSpec,
        _ targets: [TrafficTarget]
    ) -> ServiceTraffic? {
        guard !spec.routes.isEmpty || spec.kind == .web && record.gateway != nil else { return nil }
        return .init(
            service: record.service,
            routes: spec.routes,
            proxy: spec.proxy,
            drain: spec.drain,
            targets: targets,
            port: spec.port,
            gateway: record.gateway
        )
    }

    /// The services of a project whose names lead to the switch inside its network: those that are on this host, and
    /// those that a rollout brings, ascending.
    package func neighbours(in project: ProjectName, with members: [Member] = []) -> [ServiceName] {
        let coming = members.filter { $0.service.project == project && $0.spec.kind == .web }.map(\.service.service)
        let present = services.values.filter { record in
            let place = record.active ?? record.blue ?? record.green
            return record.service.project == project && release(place?.release)?.spec.kind == .web
        }
        return Set(coming + present.map(\.service.service)).sorted()
    }

    /// Lets routes name only runs that are there: after another boot, or a death that nobody saw, none of what was proven
    /// may be, and others may have the ports.
    ///
    /// - Parameters:
    ///   - running: What the runtime knows of the replicas.
    ///   - unseen: Services of whose replicas it cannot tell now; their routes stay.
    package mutating func keepProven(running: [ReplicaState], unseen: Set<ServiceKey> = []) {
        for (key, record) in services where !unseen.contains(key) {
            for slot in Slot.allCases {
                guard let proven = record[slot]?.proven else { continue }
                services[key]?[slot]?.proven = proven.filter { _, target in
                    running.contains { $0.id == target.replica && $0.run == target.run && $0.isRunning }
                }
            }
        }
    }

    package func release(_ id: ReleaseID?) -> Release? { id.flatMap { releases[$0]?.release } }

    /// Releases of a service, newest first.
    package func history(of service: ServiceKey) -> [ReleaseRecord] {
        releases.values.filter { $0.id.service == service }.sorted { $0.id.number > $1.id.number }
    }

    /// Where a rollback without an argument goes; never forward.
    ///
    /// It is the newest release before the active one that was active, ended well and was not taken back.
    package func rollbackTarget(of service: ServiceKey) -> ReleaseRecord? {
        guard let active = services[service]?.active?.release else { return nil }
        return history(of: service).first {
            $0.id.number < active.number && $0.wasActive && $0.endedWell && !$0.takenBack
        }
    }

    /// Releases whose content must stay: what runs, what a rollback needs, and the newest few.
    package func needed(of service: ServiceKey) -> [ReleaseRecord] {
        let history = history(of: service)
        guard let record = services[service] else { return history }
        let keep = max(1, release(record.active?.release)?.spec.keep.releases ?? KeepPolicy().releases)
        let placed = [record.blue?.release, record.green?.release, rollbackTarget(of: service)?.id].compactMap { $0 }
        let good = history.filter { $0.endedWell && $0.id != record.active?.release }.prefix(keep).map(\.id)
        return history.filter { placed.contains($0.id) || good.contains($0.id) }
    }
}
