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
            .ask(replicas[index], of: release)
        return .probed(result, run: run)
    }

    func smoke(_ member: Member, _ index: Int) async -> StepResult {
        let request = member.spec.smoke[index]
        // Any replica of the slot stands for the release; the first is the one that people find in the logs.
        guard let replica = member.replicas(.new).first, let state = try? await drivers.runtime.replica(replica),
            state.isRunning, let endpoint = state.endpoint
        else { return .probed(.failed(.notRunning(nil)), run: nil) }
        var expectation = request.expectation
        if expectation.headers["Host"] == nil, let host = member.spec.routes.first?.hosts.first {
            expectation.headers["Host"] = host
        }
        return .probed(await drivers.probe.request(expectation, at: endpoint, within: request.timeout), run: state.run)
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
    /// - Returns: How it went, and the run that was asked; a replica that was started anew meanwhile did not pass.
    package func ask(_ replica: ReplicaID, of release: Release) async -> (ProbeResult, RunID?) {
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
        let result = await check(before, release)
        guard case .passed = result else { return (await explained(result, before), before.run) }
        guard let after = try? await runtime.replica(replica), after.run == before.run, after.isRunning else {
            return (.failed(.notRunning(nil)), before.run)
        }
        return (result, before.run)
    }

    private func check(_ state: ReplicaState, _ release: Release) async -> ProbeResult {
        let gate = release.spec.health
        switch gate.check {
        case .none: return .passed(latency: .zero)
        case .http(var expectation):
            guard let endpoint = state.endpoint else { return .failed(.unreachable("it has no port")) }
            if let stranger = await stranger(state) { return .failed(stranger) }
            if expectation.headers["Host"] == nil, let host = release.spec.routes.first?.hosts.first {
                expectation.headers["Host"] = host
            }
            return await probe.request(expectation, at: endpoint, within: gate.timeout)
        case .tcp:
            guard let endpoint = state.endpoint else { return .failed(.unreachable("it has no port")) }
            if let stranger = await stranger(state) { return .failed(stranger) }
            return await probe.connect(to: endpoint, within: gate.timeout)
        case .command(let command):
            do throws(RuntimeError) {
                let end = try await runtime.execute(command, beside: state.id, within: gate.timeout)
                if end.succeeded { return .passed(latency: .zero) }
                return .failed(.commandFailed(exitCode: end.exitCode, lastLine: end.tail.last ?? ""))
            } catch {
                return .failed(.unreachable(RuntimeWords.text(error)))
            }
        }
    }

    /// Whether another process has the replica's port.
    private func stranger(_ state: ReplicaState) async -> ProbeFailure? {
        guard let report = try? await runtime.listeners(of: state.id), case .other(let pid, let name) = report.owner
        else { return nil }
        return .anotherProcess(pid: pid, name: name)
    }

    /// Adds to a refused connection what the replica listens on instead.
    private func explained(_ result: ProbeResult, _ state: ReplicaState) async -> ProbeResult {
        guard case .failed(.refused) = result, let report = try? await runtime.listeners(of: state.id),
            case .nobody = report.owner, !report.ownPorts.isEmpty
        else { return result }
        return .failed(.wrongPort(own: report.ownPorts))
    }
}
