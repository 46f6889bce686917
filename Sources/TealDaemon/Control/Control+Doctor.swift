import TealAPI
import TealCore
import TealDriverKit
import TealEngine

/// The doctor: the invariants on the live host, and the host itself.
extension Control {
    func doctor(_ request: DoctorRequest) async throws(Problem) -> DoctorView {
        if request.fix {
            let offered = await examine().flatMap(\.findings).compactMap(\.mend)
            // Only what was shown and agreed to, as far as it is still to be done.
            for mend in offered where request.fixes.map({ $0.contains(mend.text) }) ?? true { await carryOut(mend) }
        }
        return DoctorView(checks: await examine().map(\.view), fixed: request.fix)
    }

    /// A check and what it found.
    private struct Check {
        let name: String
        var findings: [Finding] = []
        var verdict: DoctorCheck.Verdict?
        var because: String?

        init(name: String, findings: [Finding] = []) {
            self.name = name
            self.findings = findings
        }

        /// What the audit says of an invariant.
        init(_ invariant: Invariant, _ said: Verdict) {
            name = invariant.rawValue.prefix(1).uppercased() + invariant.rawValue.dropFirst()
            switch said {
            case .held: verdict = .held
            case .broken(let breaches):
                verdict = .broken
                findings = breaches.map {
                    Finding(severity: $0.isMild ? .warning : .error, text: $0.text, mend: $0.mend, next: $0.next)
                }
            case .unseen(let why): (verdict, because) = (.unseen, why)
            }
        }

        var view: DoctorCheck {
            .init(name: name, findings: findings.map(\.view), verdict: verdict, because: because)
        }
    }

    private struct Finding {
        let severity: DoctorFinding.Severity
        let text: String
        var mend: Mend?
        var next: [String] = []

        var view: DoctorFinding { .init(severity: severity, text: text, fix: mend?.text, next: next) }
    }

    private func examine() async -> [Check] {
        let (host, seen) = await look()
        let audit = HostAudit(host)
        var checks = HostAudit.live.map { Check($0, audit.verdict(on: $0)) }
        checks += [await switchCheck()] + (await switchChecks())
        if let check = await engineCheck(host.state) { checks.append(check) }
        if let check = writtenCheck(host.state) { checks.append(check) }
        checks.append(holderCheck(seen))
        if !seen.unseen.isEmpty {
            let findings = seen.unseen.sorted { $0.key < $1.key }.map { service, error in
                Finding(
                    severity: .error,
                    text: "replicas of \(service) cannot be seen: \(RuntimeWords.text(error))"
                )
            }
            checks.append(.init(name: "What runs can be seen", findings: findings))
        }
        return checks + [await haltCheck(), diskCheck()]
    }

    /// Does one thing; what fails is said by the examination that follows.
    private func carryOut(_ mend: Mend) async {
        switch mend {
        case .publish: try? await book.publishAgain()  // as above
        case .holdReserve: _ = ReserveHold(home: home).hold()
        case .mark(let service):
            let state = await book.state
            guard let record = state.services[service], await desk.holds[service] == nil else { return }
            let second = state.release(record.active?.release)?.spec.currentEnvFile
            // As above.
            try? await CurrentEnvFile(home: home).mark(record.activeSlot, of: service, alsoAt: second)
        case .stop(let replica):
            let state = await book.state
            // Looked at again: it may have been routed meanwhile.
            guard await desk.holds[replica.service] == nil, let record = state.services[replica.service],
                record.activeSlot != replica.slot, record.standbyUntil == nil
            else { return }
            let policy = state.release(record[replica.slot]?.release)?.spec.stop ?? StopPolicy()
            try? await drivers.runtime.stop(replica, policy: policy)  // as above
        case .remove(let replica):
            let held = await Set(desk.holds.keys)
            guard let found = try? await drivers.runtime.replica(replica),
                await !Stray.replicas([found], book.state, held: held).isEmpty
            else { return }
            try? await drivers.runtime.stop(replica, policy: StopPolicy())  // as above
            try? await drivers.runtime.remove(replica)  // as above
        }
    }

    private func switchCheck() async -> Check {
        let name = hostSwitch.kind.words
        var check = Check(name: hostSwitch.kind == .proxy ? "The proxy answers" : "nginx answers")
        do throws(SwitchError) {
            _ = try await drivers.trafficSwitch.position()
        } catch {
            check.findings.append(
                .init(severity: .error, text: RuntimeWords.text(error, of: name), next: hostSwitch.advice)
            )
        }
        return check
    }

    private func switchChecks() async -> [Check] {
        await hostSwitch.checks(book.table).map { check in
            Check(
                name: check.name,
                findings: check.findings.map {
                    .init(severity: $0.isError ? .error : .warning, text: $0.text, next: $0.next)
                }
            )
        }
    }

    /// What runs containers; nil on a host that has none.
    private func engineCheck(_ state: HostState) async -> Check? {
        guard state.releases.values.contains(where: \.release.content.isImage) else { return nil }
        let advice: EngineAdvice
        do throws(ImageError) {
            advice = EngineAdvice(try await images.source.engine())
        } catch {
            advice = EngineAdvice(error)
        }
        return Check(
            name: advice.name,
            findings: advice.findings.map { .init(severity: $0.severity, text: $0.text, next: $0.next) }
        )
    }

    /// What may surprise about containers that somebody wrote down; nil on a host that has none.
    private func writtenCheck(_ state: HostState) -> Check? {
        let specs = state.services.values.compactMap { state.release($0.active?.release)?.spec }
        guard specs.contains(where: { $0.written != nil }) else { return nil }
        let lines = specs.sorted { $0.name < $1.name }.flatMap(WrittenAdvice.lines)
        return Check(
            name: "What Compose files publish is reached by those who are meant",
            findings: lines.map { Finding(severity: .warning, text: $0.text, next: [$0.next]) }
        )
    }

    private func holderCheck(_ seen: SeenReplicas) -> Check {
        // A place that cannot be seen is no place that is not there.
        let found = seen.unseen.isEmpty ? PlaceHolder.all(of: home) : []
        let holders = Stray.holders(found, seen.replicas).map { holder in
            Finding(
                severity: .error,
                text: "process \(holder.processID) holds \(holder.place), and there is no such place",
                next: ["Look at what it does, then end it with `kill \(holder.processID)`"]
            )
        }
        return Check(name: "No process is left behind", findings: holders)
    }

    private func haltCheck() async -> Check {
        let halted = await desk.unended.filter { $0.rollout.outcome != nil }
        return Check(
            name: "No rollout waits for a person",
            findings: halted.map {
                Finding(
                    severity: .warning,
                    text: "rollout \($0.rollout.id) halted and waits for a person",
                    next: RolloutProblem.problem(of: $0.rollout)?.next ?? []
                )
            }
        )
    }

    private func diskCheck() -> Check {
        var check = Check(name: "A reserve is held on the disk for a revert")
        if !ReserveHold(home: home).isHeld {
            check.findings.append(
                .init(
                    severity: .warning,
                    text: "the reserve file is missing",
                    mend: .holdReserve,
                    next: ["Free some space"]
                )
            )
        }
        return check
    }
}
