import Logging
import TealAPI
import TealCore
import TealDriverKit
import TealEngine

/// Accessories: start, stop and restart what is there.
extension Control {
    func accessories(_ request: AccessoryRequest) async throws(Problem) -> AccessoriesView {
        let state = await book.state
        let order = NeedOrder(request.project, state)
        var chosen = try Self.chosen(request, order, state)
        if request.action != .start { chosen.reverse() }
        let seen = await SeenReplicas.look(wards, chosen.map(\.id.service))
        var views = chosen.map { release in
            AccessoryView(
                service: "\(release.spec.name)",
                release: "\(release.id)",
                isSo: Self.isSo(release, request.action, state, seen),
                neededBy: order.dependents(of: release.spec.name).map(\.description)
            )
        }
        guard request.apply else {
            return AccessoriesView(action: request.action, accessories: views, applied: false)
        }
        let left = chosen.indices.filter { !views[$0].isSo }
        if let holder = await desk.holders(of: left.map { chosen[$0].id.service }).first {
            throw Self.held(by: holder)
        }
        switch request.action {
        case .start: for index in left { try await start(chosen[index]) }
        case .stop: for index in left { try await stop(chosen[index], by: request.author) }
        case .restart: try await restart(left.map { (chosen[$0], $0) }, &views)
        }
        return AccessoriesView(action: request.action, accessories: views, applied: true)
    }

    /// The accessories that are meant, each after those that it needs.
    private static func chosen(
        _ request: AccessoryRequest,
        _ order: NeedOrder,
        _ state: HostState
    ) throws(Problem) -> [Release] {
        let all = order.accessories
        for name in request.services where !all.contains(where: { $0.spec.name == name }) {
            let key = ServiceKey(project: request.project, service: name)
            throw stranger(key, state.release(state.services[key]?.active?.release)?.spec.kind)
        }
        let chosen = request.services.isEmpty ? all : all.filter { request.services.contains($0.spec.name) }
        guard !chosen.isEmpty else {
            throw Problem(
                "accessory.no-such-service",
                "nothing has been changed: \(request.project) has no accessory that was released on this host",
                next: ["Release what the project's file has with `teal deploy`"]
            )
        }
        return chosen
    }

    private static func stranger(_ key: ServiceKey, _ kind: ServiceKind?) -> Problem {
        guard let kind else {
            return Problem(
                "accessory.no-such-service",
                "nothing has been changed: no accessory \(key.service) of \(key.project) was released on this host",
                next: ["See what there is with `teal status`, or release it with `teal deploy \(key.service)`"]
            )
        }
        return Problem(
            "accessory.kind",
            "nothing has been changed: \(key.service) is a \(kind.rawValue) and no accessory",
            next: ["Other services are changed by releases alone; see `teal deploy` and `teal rollback`"]
        )
    }

    private static func isSo(
        _ release: Release,
        _ action: AccessoryRequest.Action,
        _ state: HostState,
        _ seen: SeenReplicas
    ) -> Bool {
        guard let record = state.services[release.id.service], let slot = record.activeSlot,
            seen.canSee(record.service)
        else { return false }
        let replicas = seen.replicas.filter { $0.id.service == record.service && $0.id.slot == slot }
        switch action {
        case .restart: return false
        case .stop: return record.isStopped && !replicas.contains(where: \.isRunning)
        case .start:
            let proven = record.active?.proven.values.filter { seen.shows($0) } ?? []
            return record.stopped == nil && proven.count == release.spec.replicas
        }
    }

    private static func held(by holder: RolloutSnapshot) -> Problem {
        Problem(
            "accessory.busy",
            "nothing has been changed: rollout \(holder.rollout.id) of \(holder.rollout.author) is in "
                + "\(holder.rollout.phase.rawValue) and holds \(Phrase.all(holder.rollout.services.map { "\($0.service)" }))",
            next: ["Try again once it has ended; follow it with `teal attach \(holder.rollout.id)`"]
        )
    }

    // MARK: Start

    /// Has it run and kept running, and returns once its replicas are proven.
    private func start(_ release: Release) async throws(Problem) {
        let key = release.id.service
        try await note { $0.services[key]?.stopped = nil }
        await wakeKeeper()
        try await awaitReady(release)
        logger.notice("Accessory was started", metadata: ["release.id": "\(release.id)"])
    }

    /// How often it is looked whether an accessory is ready.
    private static let readyPace: Duration = .milliseconds(25)

    /// Waits until every replica of the active release is proven, within what its health gate and its start may take.
    private func awaitReady(_ release: Release) async throws(Problem) {
        let end = clock.now() + release.spec.timeouts.start + release.spec.health.deadline
        while clock.now() < end, !Task.isCancelled {
            let place = await book.state.services[release.id.service]?.active
            if place?.release == release.id, place?.proven.count == release.spec.replicas { return }
            await clock.sleep(until: clock.now() + Self.readyPace)
        }
        throw await notReady(release)
    }

    private func notReady(_ release: Release) async -> Problem {
        let name = release.spec.name
        var at: [String] = []
        if let slot = await book.state.services[release.id.service]?.activeSlot {
            let probe = ReplicaProbe(runtime: drivers.runtime, probe: drivers.probe)
            for replica in Member.replicas(of: release, in: slot) {
                let (result, _) = await probe.ask(replica, of: release, isGate: true)
                guard case .failed(let failure) = await environments.masked(result, of: release) else { continue }
                at.append("\(replica): \(ProbeWords.text(failure, at: nil))")
            }
        }
        let limit = ProbeWords.seconds(release.spec.timeouts.start + release.spec.health.deadline)
        return Problem(
            "accessory.not-ready",
            "\(name) was told to start and was not ready within \(limit); the daemon goes on trying",
            at: at,
            next: ["See its last lines with `teal logs \(name)`", "Ask it again with `teal health \(name)`"]
        )
    }

    // MARK: Stop

    /// Stops it and leaves it stopped; returns once nothing of it runs.
    private func stop(_ release: Release, by author: String) async throws(Problem) {
        let key = release.id.service
        try await holding([key]) { () async throws(Problem) in
            // Written down first: whoever finds it stopped must know that it is meant.
            let at = clock.wallTime()
            try await note { $0.services[key]?.stopped = PersonalStop(release.id, by: author, at: at) }
            try await end(release)
        }
        logger.notice("Accessory was stopped", metadata: ["release.id": "\(release.id)", "author": "\(author)"])
    }

    /// Stops the replicas of an active release.
    private func end(_ release: Release) async throws(Problem) {
        let key = release.id.service
        guard let slot = await book.state.services[key]?.activeSlot else { return }
        for replica in Member.replicas(of: release, in: slot) {
            do throws(RuntimeError) {
                guard try await drivers.runtime.replica(replica) != nil else { continue }
                try await drivers.runtime.stop(replica, policy: release.spec.stop)
            } catch {
                throw Problem(
                    "accessory.stop-failed",
                    "\(replica) of \(release.id) could not be stopped: \(RuntimeWords.text(error))",
                    next: [
                        "Try again, or have it kept running with `teal accessory start \(key.service)`",
                        "See how it stands with `teal status \(key.service)`",
                    ]
                )
            }
        }
        try await note { state in
            guard let proven = state.services[key]?[slot]?.proven else { return }
            for target in proven.values { state.services[key]?.withdraw(target, unlessLast: false) }
        }
    }

    // MARK: Restart

    /// Stops all of them, then has them started in the order of their needs, and measures for how long each was away.
    ///
    /// Nobody else starts one before its turn; should the daemon end meanwhile, the next one starts them.
    private func restart(
        _ chosen: [(release: Release, place: Int)],
        _ views: inout [AccessoryView]
    ) async throws(Problem) {
        var waiting = chosen.map(\.release.id.service)
        guard await desk.reserve(waiting) else { throw Self.taken(waiting) }
        var began: [Int: Timestamp] = [:]
        do throws(Problem) {
            for (release, place) in chosen {
                began[place] = clock.now()
                try await end(release)
                try await note { $0.services[release.id.service]?.stopped = nil }
            }
            for (release, place) in chosen.reversed() {
                waiting.removeAll { $0 == release.id.service }
                await desk.giveUp([release.id.service])
                await wakeKeeper()
                try await awaitReady(release)
                let gap = began[place].map { clock.now().since($0).inSeconds }
                views[place] = views[place].measured(gap)
                logger.notice("Accessory was started again", metadata: ["release.id": "\(release.id)"])
            }
        } catch {
            await desk.giveUp(waiting)
            throw error
        }
    }

    // MARK: Parts

    /// Keeps rollouts and keepers off services while `work` is done.
    private func holding(
        _ services: [ServiceKey],
        _ work: () async throws(Problem) -> Void
    ) async throws(Problem) {
        guard await desk.reserve(services) else { throw Self.taken(services) }
        do throws(Problem) {
            try await work()
        } catch {
            await desk.giveUp(services)
            throw error
        }
        await desk.giveUp(services)
    }

    private static func taken(_ services: [ServiceKey]) -> Problem {
        Problem(
            "accessory.busy",
            "nothing has been changed: a rollout of \(Phrase.all(services.map { "\($0.service)" })) has just begun",
            next: ["Try again once it has ended; see it with `teal status`"]
        )
    }

    private func note(_ change: @Sendable (inout HostState) -> Void) async throws(Problem) {
        do throws(BookError) {
            try await book.change(change)
        } catch .journal(let cause) {
            throw Problem("daemon.journal", "the journal cannot be written: \(cause)", next: ["Look at `teal doctor`"])
        } catch {
            // Written down; the switch, to which accessories are nothing, is told again by the keepers.
        }
    }
}

/// Commands with an input.
extension Control {
    func exec(
        _ request: ExecRequest,
        input: (@Sendable () async -> [UInt8]?)?,
        output: @escaping @Sendable ([UInt8], Bool) async -> Void
    ) async throws(Problem) -> (exitCode: Int, timedOut: Bool) {
        let replica = try await activeReplica(request)
        do throws(RuntimeError) {
            guard await drivers.isHeld() else { throw .cancelled }
            let limit = Duration.milliseconds(Int64(min(request.timeoutSeconds, APILimits.execSecondsMax) * 1000))
            let end = try await commands.execute(
                request.command,
                beside: replica,
                within: limit,
                input: input.map { CommandInput(next: $0) },
                output: { await output($0.bytes, $0.isError) }
            )
            return (end.exitCode, end.timedOut)
        } catch {
            throw Self.execFailed(replica, error)
        }
    }
}
