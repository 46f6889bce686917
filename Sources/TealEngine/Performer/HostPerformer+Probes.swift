package import TealCore
package import TealDriverKit

/// Probes: what a replica answers at its own endpoint, and whether it is the replica that answers.
extension HostPerformer {
    func probe(_ member: Member, _ side: Side, _ index: Int) async -> StepResult {
        let replicas = member.replicas(side)
        guard index < replicas.count, let release = member.release(side) else {
            return .probed(.failed(.notRunning(nil)), run: nil)
        }
        let (result, run) = await ReplicaProbe(runtime: drivers.runtime, probe: drivers.probe)
            .ask(replicas[index], of: release, isGate: true)
        return .probed(await drivers.environments.masked(result, of: release), run: run)
    }

    func smoke(_ member: Member, _ index: Int) async throws(StepFailure) -> StepResult {
        let request = member.spec.smoke[index]
        // Any replica of the slot stands for the release; the first is the one that people find in the logs.
        guard let replica = member.replicas(.new).first, let state = try await state(of: replica),
            state.isRunning, let endpoint = state.endpoint
        else { return .probed(.failed(.notRunning(nil)), run: nil) }
        // It may write: asked as late as can be.
        guard await drivers.isHeld() else { return .failed(.init(.runtimeFailed(.cancelled))) }
        let result = await drivers.probe.request(
            request.expectation.addressed(to: member.spec),
            at: endpoint,
            within: request.timeout
        )
        return .probed(await drivers.environments.masked(result, of: member.new), run: state.run)
    }

    /// How often a runtime that gives no answer is asked for a replica, and how long after each time.
    private static let looksMax = 4
    private static let lookWait: Duration = .milliseconds(500)

    /// A replica before a request is sent to it; a runtime that gives no answer for a moment says nothing against it.
    private func state(of replica: ReplicaID) async throws(StepFailure) -> ReplicaState? {
        var looks = 1
        while true {
            do throws(RuntimeError) {
                return try await drivers.runtime.replica(replica)
            } catch {
                guard error.isPassing, looks < Self.looksMax, !Task.isCancelled else {
                    throw StepFailure(.runtimeFailed(error))
                }
            }
            looks += 1
            await clock.sleep(until: clock.now() + Self.lookWait)
        }
    }

    /// What the replica wrote last; empty when even that cannot be read, which must not hold anything up.
    func tail(_ member: Member, _ side: Side, _ index: Int) async -> StepResult {
        let replicas = member.replicas(side)
        guard index < replicas.count, let release = member.release(side),
            let lines = try? await drivers.runtime.logTail(of: replicas[index], linesMax: 50)
        else { return .lines([]) }
        // What another release wrote in the same place has other secrets.
        let own = lines.filter { $0.release == nil || $0.release == release.id.qualified }
        return .lines(await drivers.environments.masked(own.map(\.text), of: release))
    }
}

/// One question to one replica: whether it runs, is the one that listens, and is well.
package struct ReplicaProbe: Sendable {
    let runtime: any ContainerRuntime
    let probe: any HealthProbe

    package init(runtime: any ContainerRuntime, probe: any HealthProbe) {
        self.runtime = runtime
        self.probe = probe
    }

    /// Asks once, within the gate's time limit.
    ///
    /// - Parameters:
    ///   - replica: Whom to ask.
    ///   - release: What it is to run.
    ///   - isGate: Whether it has yet to be proven: then the check that the release's content brings along is run as well.
    ///     Later the runtime runs that by itself, and tells when it fails.
    /// - Returns: How it went, and the run that was asked; a replica that was started anew meanwhile did not pass.
    package func ask(_ replica: ReplicaID, of release: Release, isGate: Bool) async -> (ProbeResult, RunID?) {
        let before: ReplicaState?
        do throws(RuntimeError) {
            before = try await runtime.replica(replica)
        } catch {
            return (.failed(.unreachable(RuntimeWords.text(error))), nil)
        }
        guard let before, before.release == release.id else { return (.failed(.notRunning(nil)), nil) }
        switch before.phase {
        case .running: break
        case .restarting(let exit), .exited(let exit): return (.failed(.notRunning(exit)), before.run)
        case .stopped: return (.failed(.notRunning(nil)), before.run)
        case .foreign(let text): return (.failed(.unreachable(text)), before.run)
        }
        var result = await check(before, release)
        if case .passed = result, isGate, let own = await ownCheck(before, release) { result = own }
        guard case .passed = result else { return (await explained(result, before), before.run) }
        let after: ReplicaState?
        do throws(RuntimeError) {
            after = try await runtime.replica(replica)
        } catch {
            // That it gives no answer says nothing of the replica.
            return (.failed(.unreachable(RuntimeWords.text(error))), before.run)
        }
        guard let after, after.run == before.run, after.isRunning else {
            return (.failed(.notRunning(nil)), before.run)
        }
        return (result, before.run)
    }

    private func check(_ state: ReplicaState, _ release: Release) async -> ProbeResult {
        let gate = release.spec.health
        switch gate.check {
        case .none, .off: return .passed(latency: .zero)
        case .http(let expectation):
            guard let endpoint = state.endpoint else { return .failed(.unreachable("it has no port")) }
            if let stranger = await stranger(state) { return .failed(stranger) }
            let request = expectation.addressed(to: release.spec)
            return await probe.request(request, at: endpoint, within: gate.timeout)
        case .tcp:
            guard let endpoint = state.endpoint else { return .failed(.unreachable("it has no port")) }
            if let stranger = await stranger(state) { return .failed(stranger) }
            let result = await probe.connect(to: endpoint, within: gate.timeout)
            // At an address of its own nobody else can have accepted.
            guard result.hasPassed, endpoint.isLoopback else { return result }
            return await confirmed(result, state, port: release.spec.port)
        case .store(let store):
            guard let endpoint = state.endpoint else { return .failed(.unreachable("it has no port")) }
            if let stranger = await stranger(state) { return .failed(stranger) }
            return await probe.ask(store, at: endpoint, within: gate.timeout)
        case .command(let command): return await run(command, beside: state, within: gate.timeout)
        }
    }

    /// What the check says that the release's content brings along; nil when it brings none, or the same one.
    private func ownCheck(_ state: ReplicaState, _ release: Release) async -> ProbeResult? {
        do throws(RuntimeError) {
            guard let own = try await runtime.healthCommand(of: release),
                release.spec.health.check != .command(own.command)
            else { return nil }
            return await run(own.command, beside: state, within: own.timeout)
        } catch {
            return .failed(.unreachable(RuntimeWords.text(error)))
        }
    }

    private func run(_ command: [String], beside state: ReplicaState, within limit: Duration) async -> ProbeResult {
        do throws(RuntimeError) {
            let end = try await runtime.execute(command, beside: state.id, within: limit)
            if end.succeeded { return .passed(latency: .zero) }
            return .failed(.commandFailed(exitCode: end.exitCode, lastLine: end.tail.last ?? ""))
        } catch {
            return .failed(.unreachable(RuntimeWords.text(error)))
        }
    }

    /// A connection that was accepted, if by the replica: behind a published port another may have accepted it.
    private func confirmed(_ result: ProbeResult, _ state: ReplicaState, port: Int?) async -> ProbeResult {
        guard let report = try? await runtime.listeners(of: state.id) else { return .failed(.unproven) }
        switch report.owner {
        case .replica: return result
        case .unknown: return port.map(report.ownPorts.contains) == true ? result : .failed(.unproven)
        case .nobody: return .failed(.refused)
        case .other(let pid, let name): return .failed(.anotherProcess(pid: pid, name: name))
        }
    }

    /// Whether another process has the replica's port.
    private func stranger(_ state: ReplicaState) async -> ProbeFailure? {
        guard let report = try? await runtime.listeners(of: state.id), case .other(let pid, let name) = report.owner
        else { return nil }
        return .anotherProcess(pid: pid, name: name)
    }

    /// Adds to a refused connection what the replica listens on instead, and takes back what cannot be known.
    private func explained(_ result: ProbeResult, _ state: ReplicaState) async -> ProbeResult {
        switch result {
        case .failed(.refused), .failed(.closedEarly): break
        default: return result
        }
        guard let report = try? await runtime.listeners(of: state.id) else { return result }
        switch report.owner {
        case .unknown: return .failed(.unanswered)
        case .nobody where result == .failed(.refused) && !report.ownPorts.isEmpty:
            return .failed(.wrongPort(own: report.ownPorts))
        default: return result
        }
    }
}
