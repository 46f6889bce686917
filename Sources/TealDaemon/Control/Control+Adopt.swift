import Foundation
import Logging
import TealAPI
import TealAdopt
import TealCore
import TealDriverKit
import TealEngine

/// Taking over what runs already.
extension Control {
    func adopt(_ request: AdoptRequest) async throws(Problem) -> AdoptView {
        let adoption = try await look(request)
        guard let agreed = request.apply else {
            let health = await ask(adoption)
            let views = AdoptViews(adoption, health, isTrusted: request.trust)
            var problems = adoption.problems
            if !request.trust { problems += health.compactMap(\.value.problem).sorted { $0.summary < $1.summary } }
            return views.view(of: request, problems: problems, applied: false)
        }
        // The gate itself is asked once it is known whose they are.
        let views = AdoptViews(adoption, [:], isTrusted: request.trust)
        if let problem = adoption.problems.first { throw Self.merged(problem, adoption.problems) }
        guard agreed == views.mark else { throw AdoptionTrouble.changed() }
        guard !adoption.services.isEmpty else { return views.view(of: request, problems: [], applied: false) }
        let warnings = try await takeOver(request)
        return views.view(of: request, problems: [], applied: true, warnings: warnings)
    }

    private static func merged(_ first: Problem, _ all: [Problem]) -> Problem {
        guard all.count > 1 else { return first }
        return Problem(
            first.code,
            first.summary,
            at: all.dropFirst().map(\.summary) + all.flatMap(\.at),
            next: all.flatMap(\.next)
        )
    }

    // MARK: Looking

    /// Looks at what is there and decides whose it becomes; changes nothing.
    private func look(_ request: AdoptRequest) async throws(Problem) -> Adoption {
        let containers: [FoundContainer]
        do throws(RuntimeError) {
            containers = try await adopter.strangers()
        } catch {
            throw AdoptionTrouble.engine(error)
        }
        var sight = AdoptionSight(containers: containers, state: await book.state, trafficSwitch: hostSwitch.kind)
        sight.redirectRefusal = await hostSwitch.redirectRefusal()
        let loopback = containers.flatMap(\.ports).compactMap(\.hostPort).map {
            Endpoint(address: "127.0.0.1", port: $0)
        }
        let own = containers.flatMap { one in
            one.addresses.values.flatMap { address in
                one.exposedPorts.map { Endpoint(address: address, port: $0) }
            }
        }
        for spec in request.services {
            let key = ServiceKey(project: request.project, service: spec.name)
            if let line = await hostSwitch.line(to: key, knowing: loopback + own) { sight.lines[key] = line }
            if let path = spec.currentEnvFile, let text = TextFile.firstLine(path) {
                sight.marks[key] = text.trimmingCharacters(in: .whitespaces)
            }
        }
        let wishes = request.services.map { spec in
            AdoptionWish(
                spec: spec,
                container: request.containers[spec.name],
                active: request.active[spec.name],
                isNamed: request.named.contains("\(spec.name)")
            )
        }
        let asked = TealEngine.Request(
            project: request.project,
            environment: request.environment,
            author: request.author,
            gitCommit: nil,
            wallTime: clock.wallTime()
        )
        return Adoption(wishes, sight, asked, neighbours: request.neighbours) { hash($0) }
    }

    /// What each service's gate says of its containers as they are, each asked once and side by side.
    private func ask(_ adoption: Adoption) async -> [ServiceKey: AdoptionHealth] {
        await withTaskGroup(of: (ServiceKey, AdoptionHealth).self) { group in
            for service in adoption.services {
                group.addTask { [probe = drivers.probe] in
                    (service.service, await AdoptionHealth.ask(service, probe))
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    // MARK: Taking over

    /// Takes over what a person agreed to: claims it, proves it, and writes all of it down at once.
    ///
    /// Until that is written nothing is of consequence: a claim without a record is let go at the next start.
    ///
    /// - Returns: What is still to follow by itself.
    private func takeOver(_ request: AdoptRequest) async throws(Problem) -> [String] {
        let keys = request.services.map { ServiceKey(project: request.project, service: $0.name) }
        guard await desk.reserve(keys) else { throw AdoptionTrouble.busy(keys) }
        let result: Result<[String], Problem>
        do throws(Problem) {
            result = .success(try await takeOverReserved(request))
        } catch {
            result = .failure(error)
        }
        await desk.giveUp(keys)
        return try result.get()
    }

    private func takeOverReserved(_ request: AdoptRequest) async throws(Problem) -> [String] {
        // Looked at again under the lock: a rollout may have ended meanwhile.
        let adoption = try await look(request)
        if let problem = adoption.problems.first { throw Self.merged(problem, adoption.problems) }
        if adoption.services.contains(where: { $0.active.release.spec.takesTraffic }) {
            do throws(SwitchError) {
                _ = try await hostSwitch.driver.position()
            } catch {
                let name = hostSwitch.kind.words
                throw AdoptionTrouble.silentSwitch(name, RuntimeWords.text(error, of: name))
            }
        }
        let (members, state) = (adoption.services.map(Self.member), await book.state)
        let taken = HostPreflight.routes(members, state) + hostSwitch.owners(of: members, state)
        if let problem = taken.first { throw Self.merged(problem, taken) }
        var services = adoption.services
        do throws(Problem) {
            for service in services { try await claim(service) }
            let proven = try await prove(services, isTrusted: request.trust)
            for index in services.indices {
                let spec = request.services.first { $0.name == services[index].service.service }
                if let spec { services[index] = try await keepSecrets(of: services[index], spec) }
            }
            return try await record(services, proven, request)
        } catch {
            for service in services { await letGo(of: service) }
            throw error
        }
    }

    private static func member(_ service: AdoptedService) -> Member {
        Member(
            service: service.service,
            new: service.active.release,
            old: nil,
            slot: service.active.slot,
            oldSlot: nil,
            displaced: nil,
            mode: .blueGreen,
            warmRuns: false
        )
    }

    /// Hands secrets that the project names, and that nobody has handed over yet, to Teal's store as the container has them.
    private func keepSecrets(of service: AdoptedService, _ spec: ServiceSpec) async throws(Problem) -> AdoptedService {
        let declared = Adoption.declaredSecrets(service, of: spec)
        guard !declared.isEmpty else { return service }
        let project = service.service.project
        do throws(SecretError) {
            var missing: [String: Secret] = [:]
            for (name, value) in declared where !(await environments.isKnown(name, for: project)) {
                missing[name] = value
            }
            guard !missing.isEmpty else { return service }
            try await environments.put(missing, for: project)
            let versions = try await environments.currentVersions(of: Array(missing.keys), for: project)
            return service.knowing(versions)
        } catch {
            throw AdoptionTrouble.notTaken(service.service, SecretWords.text(error))
        }
    }

    /// Makes containers replicas of their releases, with all that a rollback to those needs.
    private func claim(_ service: AdoptedService) async throws(Problem) {
        do throws(RuntimeError) {
            for slot in service.slots {
                for order in slot.orders { try await adopter.adopt(order) }
                try await drivers.runtime.fetch(slot.release)
            }
        } catch {
            throw AdoptionTrouble.notTaken(service.service, RuntimeWords.text(error))
        }
        do throws(SecretError) {
            for slot in service.slots { try await environments.seal(slot.environment, of: slot.release) }
        } catch {
            throw AdoptionTrouble.notTaken(service.service, SecretWords.text(error))
        }
    }

    /// Takes a claim back; the containers stay as they are.
    private func letGo(of service: AdoptedService) async {
        for slot in service.slots {
            for order in slot.orders {
                // What cannot be forgotten now is at the next start.
                try? await adopter.letGo(order.replica)
            }
            await environments.forget(slot.release.id)
        }
    }

    /// Proves each active container once by its service's gate.
    ///
    /// - Returns: The runs that routes may name.
    private func prove(_ services: [AdoptedService], isTrusted: Bool) async throws(Problem) -> [TrafficTarget] {
        var targets: [TrafficTarget] = []
        var problems: [Problem] = []
        let gate = ReplicaProbe(runtime: drivers.runtime, probe: drivers.probe)
        for service in services {
            for slot in service.slots where slot.isRunning {
                let isActive = slot.slot == service.active.slot
                for (index, adopted) in slot.containers.enumerated() {
                    let id = slot.replica(index)
                    var (result, _) = await gate.ask(id, of: slot.release, isGate: true)
                    result = await environments.masked(result, of: slot.release)
                    // Not seen means not known.
                    let state = (try? await drivers.runtime.replica(id)) ?? nil
                    if case .failed(let failure) = result, !isTrusted || state?.isRunning != true {
                        guard isActive else { continue }
                        problems.append(
                            AdoptionTrouble.unhealthy(id, in: adopted.container.name, failure, at: state?.endpoint)
                        )
                        continue
                    }
                    guard let state, let run = state.run, let endpoint = state.endpoint else { continue }
                    targets.append(
                        .init(
                            replica: id,
                            release: slot.release.id,
                            run: run,
                            endpoint: endpoint,
                            gateway: state.gateway
                        )
                    )
                }
            }
        }
        if let problem = problems.first { throw Self.merged(problem, problems) }
        return targets
    }

    /// Writes everything down in one transaction; what follows from it is repeated by the keepers until it holds.
    private func record(
        _ services: [AdoptedService],
        _ proven: [TrafficTarget],
        _ request: AdoptRequest
    ) async throws(Problem) -> [String] {
        let (now, wallTime) = (clock.now(), clock.wallTime())
        var warnings: [String] = []
        do throws(BookError) {
            try await book.change { state in
                for service in services {
                    state.adopt(service, proven: proven, isTrusted: request.trust, now: now, wallTime: wallTime)
                }
            }
        } catch {
            switch error {
            case .journal(let cause):
                throw AdoptionTrouble.notTaken(services[0].service, "the journal cannot be written: \(cause)")
            case .traffic(let cause):
                // It is written down, and what follows the table is told until it does.
                let name = hostSwitch.kind.words
                warnings.append("\(RuntimeWords.text(cause, of: name)); it is told again until it follows")
            }
        }
        for service in services {
            logger.notice(
                "Containers adopted",
                metadata: [
                    "service": "\(service.service)", "release.id": "\(service.active.release.id)",
                    "containers": "\(service.active.containers.map(\.container.name).joined(separator: " "))",
                ]
            )
            for slot in service.slots {
                let policy: RestartPolicy = slot.slot == service.active.slot ? .unlessStopped : .no
                for order in slot.orders {
                    do throws(RuntimeError) {
                        try await drivers.runtime.setRestartPolicy(policy, of: order.replica)
                    } catch {
                        warnings.append(
                            "the restart policy of \(order.replica) is not set yet: \(RuntimeWords.text(error))"
                        )
                    }
                }
            }
            do throws(RuntimeError) {
                try await drivers.marker.mark(
                    service.active.slot,
                    of: service.service,
                    alsoAt: service.active.release.spec.currentEnvFile
                )
            } catch {
                warnings.append(
                    ".current_env of \(service.service) is not written yet: \(RuntimeWords.text(error)); "
                        + "`teal doctor --fix` writes it"
                )
            }
        }
        return warnings
    }
}

/// What a gate says of containers before they are adopted.
struct AdoptionHealth: Hashable, Sendable {
    /// For people: `GET /up answers 200`, or why it does not.
    let text: String
    /// Why it may not be adopted; nil when it may, or when that is only known once it is.
    let problem: Problem?

    /// Asks the active containers of a service once each; what is asked in another way than by HTTP is asked later.
    static func ask(_ service: AdoptedService, _ probe: any HealthProbe) async -> AdoptionHealth {
        let spec = service.active.release.spec
        guard let request = spec.gateRequest else {
            let text =
                spec.health.check.isEmpty && spec.written?.healthcheck == nil
                ? "it runs; nothing is asked of it" : "is asked when it is adopted"
            return AdoptionHealth(text: text, problem: nil)
        }
        for (index, one) in service.active.containers.enumerated() {
            guard let endpoint = one.endpoint else { continue }
            let result = await probe.request(request, at: endpoint, within: spec.health.timeout)
            guard case .failed(let failure) = result else { continue }
            let id = service.active.replica(index)
            return AdoptionHealth(
                text: "\(one.container.name): \(ProbeWords.text(failure, at: endpoint))",
                problem: AdoptionTrouble.unhealthy(id, in: one.container.name, failure, at: endpoint)
            )
        }
        return AdoptionHealth(text: "passed: \(request.method) \(request.path)", problem: nil)
    }
}
