import TealAPI
import TealCore
import TealDriverKit
import TealEngine
import TealProcess

/// Status and history.
extension Control {
    func status(_ query: StatusQuery) async throws(Problem) -> StatusView {
        let state = await book.state
        let seen = await SeenReplicas.look(wards, state.services.keys.sorted())
        let counters = try? await drivers.trafficSwitch.counters()
        let busy = await desk.busyServices
        var rollouts: [RolloutView] = []
        for snapshot in await desk.unended { rollouts.append(await view(of: snapshot)) }
        let services = state.services.values.filter { record in
            (query.project == nil || record.service.project == query.project)
                && (query.service == nil || record.service.service == query.service)
        }.sorted { $0.service < $1.service }
        if let name = query.service, services.isEmpty { throw noSuchService(name, of: query.project) }
        var views: [(ServiceRecord, ServiceStatus)] = []
        let gaps = await hostSwitch.portGaps()
        for record in services {
            let drift =
                busy.contains(record.service) || !seen.canSee(record.service)
                ? [] : Drift.of(record, state, seen.replicas, marker: marked(record.service)).map(\.text)
            // An image that is gone is pulled again, if it can be; the registry is not asked for every status.
            var pulls = false
            if let target = state.rollbackTarget(of: record.service)?.release, target.content.isImage,
                seen.canSee(record.service)
            {
                pulls = await !images.isHere(target)
            }
            let now = clock.wallTime()
            let view = StatusViews.service(
                record,
                state,
                seen,
                counters,
                drift: drift,
                pulls: pulls,
                gaps: gaps,
                now: now
            )
            views.append((record, view))
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
        if let reason = seen.reason { drift.append("some replicas cannot be seen: \(RuntimeWords.text(reason))") }
        let name = hostSwitch.kind.words
        if counters == nil { drift.append(await silence(of: name)) }
        if let counters, await counters.position != book.table.position, await book.table.position.version > 0 {
            drift.append("\(name) follows table \(counters.position), written down is \(await book.table.position)")
        }
        drift += await hostSwitch.drift(from: book.table)
        return StatusView(
            host: Self.hostName,
            daemon: TealVersion.program,
            trafficSwitch: hostSwitch.kind.rawValue,
            publicEndpoint: await drivers.trafficSwitch.publicEndpoint().map { "\($0)" },
            projects: projects,
            rollouts: rollouts,
            drift: drift
        )
    }

    /// Why the switch says nothing; it is asked once more, for its reason.
    private func silence(of name: String) async -> String {
        do throws(SwitchError) {
            _ = try await drivers.trafficSwitch.counters()
            return "\(name) did not answer at first"
        } catch {
            return RuntimeWords.text(error, of: name)
        }
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
        if let hash = release.content.artifactHash {
            guard artifacts.contains(hash) else { return false }
        } else {
            guard await images.isHere(release) else { return false }
        }
        return await environments.isRestorable(release)
    }
}
