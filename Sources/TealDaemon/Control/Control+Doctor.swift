import TealAPI
import TealCore
import TealDriverKit
import TealEngine

/// The doctor: the invariants on the live host, and the host itself.
extension Control {
    func doctor(_ request: DoctorRequest) async throws(Problem) -> DoctorView {
        if request.fix { await mend() }
        let state = await book.state
        let replicas = (try? await drivers.runtime.replicas()) ?? []
        let busy = await desk.busyServices
        var checks: [DoctorCheck] = []
        checks.append(await proxyCheck())
        checks.append(routeCheck(state, replicas))
        checks.append(driftCheck(state, replicas, busy))
        checks.append(await restorableCheck(state, busy))
        checks.append(await rolloutCheck())
        checks.append(diskCheck())
        return DoctorView(checks: checks, fixed: request.fix)
    }

    /// Everything that a finding offers to fix: the route table is sent again, files are written again; dead replicas are
    /// the keeper's, which never rests.
    private func mend() async {
        try? await book.publishAgain()  // said by the check that follows
        let state = await book.state
        let busy = await desk.busyServices
        let marker = CurrentEnvFile(home: home)
        for record in state.services.values where !busy.contains(record.service) {
            let second = state.release(record.active?.release)?.spec.currentEnvFile
            // What fails is said by the check that follows.
            try? await marker.mark(record.activeSlot, of: record.service, alsoAt: second)
            guard let standby = record.standbySlot, record.standbyUntil == nil,
                let release = state.release(record.standby?.release)
            else { continue }
            for replica in Member.replicas(of: release, in: standby) {
                try? await drivers.runtime.stop(replica, policy: release.spec.stop)  // said by the check that follows
            }
        }
        _ = ReserveHold(home: home).hold()
    }

    private func proxyCheck() async -> DoctorCheck {
        let name = "The proxy answers and follows the table that is written down"
        do throws(SwitchError) {
            let position = try await drivers.trafficSwitch.position()
            let written = await book.table.position
            guard position != written, written.version > 0 else { return .init(name: name, findings: []) }
            return .init(
                name: name,
                findings: [
                    .init(
                        severity: .error,
                        text: "the proxy follows table \(position), written down is \(written)",
                        fix: "send the table again",
                        next: []
                    )
                ]
            )
        } catch {
            return .init(
                name: name,
                findings: [
                    .init(
                        severity: .error,
                        text: RuntimeWords.text(error),
                        fix: nil,
                        next: ["Look at the proxy's log in \(home.proxyState)"]
                    )
                ]
            )
        }
    }

    private func routeCheck(_ state: HostState, _ replicas: [ReplicaState]) -> DoctorCheck {
        var findings: [DoctorFinding] = []
        for service in state.traffic {
            if service.targets.isEmpty {
                findings.append(
                    .init(
                        severity: .error,
                        text: "\(service.service) has no healthy replica: users get 503",
                        fix: nil,
                        next: ["See why with `teal health \(service.service.service)`"]
                    )
                )
            }
            for target in service.targets
            where !replicas.contains(where: { $0.id == target.replica && $0.run == target.run && $0.isRunning }) {
                findings.append(
                    .init(
                        severity: .error,
                        text: "a route names \(target.replica), which does not run",
                        fix: nil,
                        next: []
                    )
                )
            }
        }
        return .init(name: "Routes name only running replicas that passed their gates", findings: findings)
    }

    private func driftCheck(_ state: HostState, _ replicas: [ReplicaState], _ busy: Set<ServiceKey>) -> DoctorCheck {
        let findings = state.services.values.filter { !busy.contains($0.service) }.sorted { $0.service < $1.service }
            .flatMap { record in
                Drift.of(record, state, replicas, marker: marked(record.service)).map { line in
                    DoctorFinding(
                        severity: .warning,
                        text: "\(record.service): \(line)",
                        fix: line.hasPrefix(".current_env")
                            ? "write .current_env again" : (line.contains("standby slot runs") ? "stop it" : nil),
                        next: []
                    )
                }
            }
        return .init(name: "Journal, route table, .current_env and restart policies agree", findings: Array(findings))
    }

    private func restorableCheck(_ state: HostState, _ busy: Set<ServiceKey>) async -> DoctorCheck {
        var findings: [DoctorFinding] = []
        for key in state.services.keys.sorted() where !busy.contains(key) {
            guard let target = state.rollbackTarget(of: key), await !isRestorable(target.release) else { continue }
            findings.append(
                .init(
                    severity: .error,
                    text: "\(target.id) cannot be rolled back to: its artifact or its environment is gone",
                    fix: nil,
                    next: ["Deploy a release that can be rolled back to"]
                )
            )
        }
        return .init(name: "The release before the active one is restorable", findings: findings)
    }

    private func rolloutCheck() async -> DoctorCheck {
        let halted = await desk.unended.filter { $0.rollout.outcome != nil }
        return .init(
            name: "Every rollout has ended",
            findings: halted.map {
                DoctorFinding(
                    severity: .warning,
                    text: "rollout \($0.rollout.id) halted and waits for a person",
                    fix: nil,
                    next: RolloutProblem.problem(of: $0.rollout)?.next ?? []
                )
            }
        )
    }

    private func diskCheck() -> DoctorCheck {
        let held = ReserveHold(home: home).isHeld
        return .init(
            name: "A reserve is held on the disk for a revert",
            findings: held
                ? []
                : [
                    .init(
                        severity: .warning,
                        text: "the reserve file is missing",
                        fix: "take it again",
                        next: ["Free some space"]
                    )
                ]
        )
    }
}
