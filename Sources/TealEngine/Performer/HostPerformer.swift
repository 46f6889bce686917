import TealCore
import TealDriverKit

/// Carries out the steps of rollouts on this host.
package struct HostPerformer: StepPerformer {
    let drivers: HostDrivers
    let book: HostBook
    let clock: any HostClock

    package init(drivers: HostDrivers, book: HostBook, clock: any HostClock) {
        self.drivers = drivers
        self.book = book
        self.clock = clock
    }

    package func perform(_ step: Step, of rollout: Rollout) async -> StepResult {
        let members = rollout.members
        if step.effect.kind.effectClass != .observation, await !drivers.isHeld() {
            return .failed(.init(.runtimeFailed(.cancelled)))
        }
        do throws(StepFailure) {
            try await stayBack(step, of: rollout)
            switch step.effect {
            case .preflight: return try await preflight(rollout)
            case .fetch(let member): return try await fetch(members[member])
            case .clear(let member, let side): return try await clear(members[member], side)
            case .start(let member, let side, let active):
                return try await start(members[member], side, active: active, of: rollout)
            case .stop(let member, let side): return try await stop(members[member], side)
            case .remove(let member, let side): return try await remove(members[member], side)
            case .setPolicy(let member, let side, let policy): return try await setPolicy(policy, members[member], side)
            case .setActivity(let member, let side, let active):
                return try await setActivity(active, members[member], side, of: rollout)
            case .prepare: return try await prepare()
            case .route(let directions): return try await route(directions, of: rollout)
            case .cut(let side, let requests, let upgraded):
                return try await cut(side, of: rollout, requests: requests, upgraded: upgraded)
            case .record(let end): return try await record(end, of: rollout)
            case .prune: return try await prune()
            // That it is written down is all there is to it.
            case .release: return .done
            case .lease: throw StepFailure(.impossible("a host asks itself for its lease"))
            case .migrate(let member):
                return try await migrate(members[member], of: rollout, step.onceName(in: rollout.id))
            case .hook(let member, let index):
                return try await hook(members[member], index, of: rollout, step.onceName(in: rollout.id))
            case .smokeWrite(let member, let index), .smoke(let member, let index):
                return try await smoke(members[member], index)
            case .probe(let member, let side, let index): return await probe(members[member], side, index)
            case .verify(let member): return await verify(members[member])
            case .sample: return try await sample(rollout)
            case .look(let member, let side): return try await look(members[member], side, of: rollout)
            case .tail(let member, let side, let index): return await tail(members[member], side, index)
            }
        } catch {
            return .failed(error)
        }
    }

    // MARK: Before the start

    private func preflight(_ rollout: Rollout) async throws(StepFailure) -> StepResult {
        let report = await drivers.preflight.check(rollout)
        guard report.problems.isEmpty else { throw StepFailure(.preflight(report.problems)) }
        return .preflighted(warnings: report.warnings)
    }

    private func fetch(_ member: Member) async throws(StepFailure) -> StepResult {
        do throws(RuntimeError) {
            try await drivers.content.fetch { () async throws(RuntimeError) in
                try await drivers.runtime.fetch(member.new)
            }
            return .done
        } catch {
            throw StepFailure(.fetchFailed(member.new.id, error), isPassing: error.isPassing)
        }
    }

    private func migrate(_ member: Member, of rollout: Rollout, _ name: String) async throws(StepFailure) -> StepResult
    {
        let run = member.spec.migrate ?? OnceCommand(command: member.spec.command)
        return try await once(run, of: member.new, in: rollout, name: name, onHost: false)
    }

    private func hook(
        _ member: Member,
        _ index: Int,
        of rollout: Rollout,
        _ name: String
    ) async throws(StepFailure) -> StepResult {
        try await once(member.spec.hooks[index].run, of: member.new, in: rollout, name: name, onHost: true)
    }

    private func once(
        _ run: OnceCommand,
        of release: Release,
        in rollout: Rollout,
        name: String,
        onHost: Bool
    )
        async throws(StepFailure) -> StepResult
    {
        let environment: [String: Secret]
        do throws(StepFailure) {
            environment = try await self.environment(of: release)
        } catch {
            // One that began before the daemon did goes on without its values being read again.
            let standing = try? await drivers.runtime.onceState(of: name)
            guard standing == .neverBegun else { throw StepFailure(.stepLost(onHost ? .hook : .migrate, name: name)) }
            throw error
        }
        let order = OnceOrder(
            name: name,
            release: release,
            command: run.command,
            environment: environment,
            timeout: run.timeout,
            onHost: onHost,
            neighbours: await book.state.neighbours(in: release.id.service.project, with: rollout.members)
        )
        let end = try await OnceRun(order: order, runtime: drivers.runtime, clock: clock).end()
        let tail = await drivers.environments.masked(end.tail, of: release)
        return .command(.init(exitCode: end.exitCode, tail: tail, timedOut: end.timedOut))
    }

    func environment(of release: Release) async throws(StepFailure) -> [String: Secret] {
        do throws(SecretError) {
            return try await drivers.environments.environment(of: release)
        } catch {
            throw StepFailure(.secretsFailed(SecretWords.text(error)))
        }
    }

    // MARK: The end

    private func record(_ end: Effect.RecordedEnd, of rollout: Rollout) async throws(StepFailure) -> StepResult {
        let now = clock.now()
        let wall = clock.wallTime()
        do throws(BookError) {
            try await book.change { $0.end(end, of: rollout, now: now, wallTime: wall) }
        } catch {
            // Users already are where they belong, and the record is tried again until there is room.
            let failure = StepFailure(error)
            let isPassing = failure.isPassing || rollout.leg.mayBeWrittenLater && error.isStorage
            throw StepFailure(failure.reason, isPassing: isPassing)
        }
        let state = await book.state
        for member in rollout.members where member.spec.kind != .job {
            do throws(RuntimeError) {
                let slot = state.services[member.service]?.activeSlot
                try await drivers.marker.mark(slot, of: member.service, alsoAt: member.spec.currentEnvFile)
            } catch {
                let isFull = if case .diskFull = error { true } else { false }
                let isPassing = error.isPassing || rollout.leg.mayBeWrittenLater && isFull
                throw StepFailure(.runtimeFailed(error), isPassing: isPassing)
            }
        }
        // Last: a switch that gives no answer must not keep the end from being written down.
        if end != .switched { await forgetDeparted(rollout) }
        return .done
    }

    private func prune() async throws(StepFailure) -> StepResult {
        do throws(RuntimeError) {
            // Not its turn: what is left over is taken after the next rollout.
            _ = try await drivers.content.prune { () async throws(RuntimeError) in
                let state = await book.state
                let kept = await state.services.keys.flatMap { state.needed(of: $0) }.map(\.release) + book.heldReleases
                _ = try await drivers.runtime.prune(keeping: kept)
                await drivers.environments.prune(keeping: kept)
            }
            return .done
        } catch {
            throw StepFailure(.runtimeFailed(error))
        }
    }

    /// Changes the book; a switch that does not follow is a passing failure.
    func change(_ body: @Sendable (inout HostState) -> Void) async throws(StepFailure) {
        do throws(BookError) { try await book.change(body) } catch { throw StepFailure(error) }
    }
}

extension StepFailure {
    /// What it means for a step that the book could not be changed.
    package init(_ error: BookError) {
        switch error {
        case .journal(.diskFull(let path)): self.init(.diskFull(path: path))
        case .journal(let error): self.init(.impossible("journal: \(error)"))
        case .traffic(.diskFull(let path)): self.init(.diskFull(path: path))
        case .traffic(let error): self.init(.switchFailed(error), isPassing: error.isPassing)
        }
    }
}
