import TealAPI
import TealCore
import TealDriverKit
import TealEngine
import TealProcess

/// Exec, health, prune.
extension Control {
    func exec(_ request: ExecRequest) async throws(Problem) -> ExecAnswer {
        let replica = try await activeReplica(request)
        guard let release = await book.state.release(book.state.services[replica.service]?.active?.release) else {
            throw noSuchService(replica.service)
        }
        do throws(RuntimeError) {
            let limit = Duration.milliseconds(Int64(min(request.timeoutSeconds, APILimits.execSecondsMax) * 1000))
            let end = try await drivers.runtime.execute(request.command, beside: replica, within: limit)
            let lines = await environments.masked(end.tail, of: release)
            return ExecAnswer(replica: "\(replica)", exitCode: end.exitCode, output: lines, timedOut: end.timedOut)
        } catch {
            throw Self.execFailed(replica, error)
        }
    }

    /// The replica of the active slot that a command is to run beside.
    func activeReplica(_ request: ExecRequest) async throws(Problem) -> ReplicaID {
        let key = ServiceKey(project: request.project, service: request.service)
        guard let slot = await book.state.services[key]?.activeSlot else { throw noSuchService(key) }
        return ReplicaID(service: key, slot: slot, index: request.replica)
    }

    static func execFailed(_ replica: ReplicaID, _ error: RuntimeError) -> Problem {
        Problem(
            "exec.failed",
            "the command did not run beside \(replica): \(RuntimeWords.text(error))",
            next: ["See which replicas run with `teal status \(replica.service.service)`"]
        )
    }

    func health(_ request: HealthRequest) async throws(Problem) -> HealthView {
        let state = await book.state
        let records = state.services.values.filter {
            $0.service.project == request.project && (request.service == nil || $0.service.service == request.service)
        }.sorted { $0.service < $1.service }
        if let name = request.service, records.isEmpty {
            throw noSuchService(.init(project: request.project, service: name))
        }
        var services: [ServiceHealth] = []
        for record in records {
            guard let slot = record.activeSlot, let release = state.release(record.active?.release) else {
                services.append(.init(service: "\(record.service.service)", release: nil, probes: []))
                continue
            }
            var probes: [ProbeView] = []
            for replica in Member.replicas(of: release, in: slot) {
                let (result, _) = await ReplicaProbe(runtime: drivers.runtime, probe: drivers.probe).ask(
                    replica,
                    of: release,
                    isGate: true
                )
                let shown = await drivers.environments.masked(result, of: release)
                let isUnchecked = release.spec.health.check.isEmpty
                probes.append(
                    Self.probe("\(replica)", shown, passed: isUnchecked ? "runs; no health check is given" : "is well")
                )
            }
            probes += await routes(release)
            services.append(.init(service: "\(record.service.service)", release: "\(release.id)", probes: probes))
        }
        return HealthView(services: services)
    }

    private func routes(_ release: Release) async -> [ProbeView] {
        guard let route = release.spec.routes.first(where: { !$0.internalOnly }) else { return [] }
        let name = "public route \(route.hosts.first ?? "*")\(route.pathPrefix)"
        var result = await HostPerformer(drivers: drivers, book: book, clock: clock).askPublicRoute(of: release.spec)
        result = await drivers.environments.masked(result, of: release)
        return [Self.probe(name, result, passed: "answers")]
    }

    private static func probe(_ target: String, _ result: ProbeResult, passed: String) -> ProbeView {
        switch result {
        case .passed(let latency):
            ProbeView(
                target: target,
                passed: true,
                latencySeconds: latency == .zero ? nil : latency.inSeconds,
                text: passed
            )
        case .failed(let failure):
            ProbeView(target: target, passed: false, latencySeconds: nil, text: ProbeWords.text(failure, at: nil))
        }
    }

    func prune(_ request: PruneRequest) async throws(Problem) -> PruneView {
        let state = await book.state
        var items: [PruneItem] = []
        var gone: [ReleaseID] = []
        for key in state.services.keys.sorted() where request.project == nil || key.project == request.project {
            let needed = Set(state.needed(of: key).map(\.id))
            let rolling = await Set(desk.holders(of: [key]).flatMap { $0.rollout.members.map(\.new.id) })
            for record in state.history(of: key) where !needed.contains(record.id) && !rolling.contains(record.id) {
                guard await isRestorable(record.release) else { continue }
                gone.append(record.id)
                items.append(
                    .init(
                        what:
                            "\(ImageWords.short(record.release.content.hash)) and the sealed environment of \(record.id.qualified)",
                        why: record.endedWell ? "older than the releases that are kept" : "it did not end well",
                        sizeBytes: record.release.content.artifactHash.flatMap { artifacts.sizeBytes($0) }
                    )
                )
            }
        }
        guard request.apply else { return PruneView(items: items, applied: false) }
        let removed = Set(gone)
        do throws(RuntimeError) {
            let done: Void? = try await drivers.content.prune { () async throws(RuntimeError) in
                // Asked as late as can be: what was made, or is rolled back to, since then stays.
                let known = await book.state.releases.values.map(\.release).filter { !removed.contains($0.id) }
                let kept = await known + book.heldReleases
                _ = try await drivers.runtime.prune(keeping: kept)
                await environments.prune(keeping: kept)
            }
            guard done != nil else {
                throw .refused("a rollout is fetching what it needs; try again once it has ended")
            }
        } catch {
            throw Problem(
                "prune.failed",
                "users were not affected; not everything was removed: \(RuntimeWords.text(error))"
            )
        }
        return PruneView(items: items, applied: true)
    }
}
