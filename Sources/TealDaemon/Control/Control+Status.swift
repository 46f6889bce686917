import TealAPI
import TealCore
import TealDriverKit
import TealEngine
import TealProcess
import TealProxySwitch

/// Status and history.
extension Control {
    func status(_ query: StatusQuery) async throws(Problem) -> StatusView {
        let state = await book.state
        let replicas = (try? await drivers.runtime.replicas()) ?? []
        let counters = try? await drivers.trafficSwitch.counters()
        let busy = await desk.busyServices
        var rollouts: [RolloutView] = []
        for snapshot in await desk.unended { rollouts.append(await view(of: snapshot)) }
        let services = state.services.values.filter { record in
            (query.project == nil || record.service.project == query.project)
                && (query.service == nil || record.service.service == query.service)
        }.sorted { $0.service < $1.service }
        if let name = query.service, services.isEmpty { throw noSuchService(name, of: query.project) }
        let views = services.map { record in
            let drift =
                busy.contains(record.service)
                ? [] : Drift.of(record, state, replicas, marker: marked(record.service)).map(\.text)
            return (record, StatusViews.service(record, state, replicas, counters, drift: drift))
        }
        let projects = Dictionary(grouping: views) { $0.0.service.project }.sorted { $0.key < $1.key }.map {
            project,
            members in
            ProjectStatus(
                project: "\(project)",
                environment: members.first.map { "\($0.0.environment)" } ?? "",
                services: members.map(\.1)
            )
        }
        var drift: [String] = []
        if counters == nil { drift.append("the proxy does not answer") }
        if let counters, await counters.position != book.table.position, await book.table.position.version > 0 {
            drift.append("the proxy follows table \(counters.position), written down is \(await book.table.position)")
        }
        let table = await book.table
        // A proxy that does not answer is said above.
        if !table.networkListeners.isEmpty, let found = try? await listeners.found() {
            drift += listeners.unheard(found, table)
        }
        return StatusView(
            host: Self.hostName,
            daemon: TealVersion.program,
            publicEndpoint: await drivers.trafficSwitch.publicEndpoint().map { "\($0)" },
            projects: projects,
            rollouts: rollouts,
            drift: drift
        )
    }

    func marked(_ service: ServiceKey) -> String? { CurrentEnvFile(home: home).marked(service) }

    func releases(of service: ServiceKey, limit: Int) async throws(Problem) -> ReleaseList {
        let state = await book.state
        guard let record = state.services[service] else { throw noSuchService(service) }
        let recent = try await reading { () async throws(JournalError) in
            try await journal.rollouts(of: service.project, most: APILimits.listMax)
        }
        let rolling = await Set(desk.holders(of: [service]).flatMap { $0.rollout.members.map(\.new.id) })
        var views: [ReleaseView] = []
        for entry in state.history(of: service).prefix(limit) {
            let restorable = await isRestorable(entry.release)
            views.append(
                StatusViews.release(
                    entry,
                    record,
                    recent,
                    isRolling: rolling.contains(entry.id),
                    restorable: restorable
                )
            )
        }
        return ReleaseList(releases: views)
    }

    /// Whether everything that a rollback to a release needs is on the host.
    func isRestorable(_ release: Release) async -> Bool {
        guard case .artifact(let hash) = release.content, artifacts.contains(hash) else { return false }
        return await environments.isRestorable(release)
    }
}
