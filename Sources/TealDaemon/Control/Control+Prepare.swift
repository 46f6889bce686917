import Crypto
import Foundation
import TealAPI
import TealCore
import TealDriverKit
import TealEngine
import TealProcess

/// Turning what is asked for into a plan.
extension Control {
    struct Prepared: Sendable {
        let kind: Rollout.Kind
        let services: [ServiceKey]
        /// The images that were found for it, by service; none for a rollback, whose images are recorded.
        let images: [ServiceName: FoundImage]
        /// The commits that were found for it, by service.
        let sources: [ServiceName: PlannedSource]
        /// What the next rollout does.
        let plan: @Sendable (HostState) -> Planner.Planned
        /// What all of it comes to, over as many rollouts as that takes.
        let whole: @Sendable (HostState) -> AccessoryCare.Decision

        init(
            kind: Rollout.Kind,
            services: [ServiceKey],
            images: [ServiceName: FoundImage] = [:],
            sources: [ServiceName: PlannedSource] = [:],
            plan: @escaping @Sendable (HostState) -> Planner.Planned,
            whole: (@Sendable (HostState) -> AccessoryCare.Decision)? = nil
        ) {
            self.kind = kind
            self.services = services
            self.images = images
            self.sources = sources
            self.plan = plan
            self.whole = whole ?? { .init(planned: plan($0), left: []) }
        }
    }

    /// Turns what was asked for into a plan that can be made under the lock.
    ///
    /// - Parameters:
    ///   - request: What is asked for.
    ///   - keepsSecrets: Whether the values that it brings are taken in; a mere plan takes nothing.
    /// - Returns: What to hand to the desk.
    /// - Throws: A problem when what is asked for cannot be planned; nothing has been changed then.
    func prepare(_ request: RolloutRequest, keepsSecrets: Bool = true) async throws(Problem) -> Prepared {
        switch request.order {
        case .deploy(let order): return try await prepareDeploy(order, request.options, keepsSecrets: keepsSecrets)
        case .rollback(let order): return try await prepareRollback(order, request.options)
        case .scale(let order):
            let keys = order.replicas.map { (ServiceKey(project: order.project, service: $0.key), $0.value) }
            if let bad = keys.first(where: { !(1...APILimits.replicasMax).contains($0.1) }) {
                throw Problem(
                    "scale.replicas",
                    "nothing has been changed: \(bad.0.service)=\(bad.1) is not possible; a service has 1 to "
                        + "\(APILimits.replicasMax) replicas"
                )
            }
            let state = await book.state
            guard let first = keys.map(\.0).min() else {
                throw APIProblem.malformed("'scale.replicas' names no service")
            }
            guard let environment = state.services[first]?.environment else { throw noSuchService(first) }
            let asked = makeRequest(order.project, environment, request.options, commit: nil)
            let replicas = Dictionary(keys) { $1 }
            return Prepared(kind: .scale, services: keys.map(\.0)) { Planner.scale(replicas, asked, state: $0) }
        }
    }

    private func makeRequest(
        _ project: ProjectName,
        _ environment: EnvironmentName,
        _ options: RolloutOptions,
        commit: String?
    ) -> TealEngine.Request {
        .init(
            project: project,
            environment: environment,
            author: options.author,
            gitCommit: commit,
            wallTime: clock.wallTime()
        )
    }

    private func prepareDeploy(
        _ order: DeployOrder,
        _ options: RolloutOptions,
        keepsSecrets: Bool
    )
        async throws(Problem) -> Prepared
    {
        var found: [Found] = []
        var look = ImageLook(order)
        var problems: [Problem] = []
        for service in order.services {
            do throws(Problem) {
                found.append(try await find(service, &look, keepsSecrets: keepsSecrets))
            } catch {
                problems.append(error)
            }
        }
        if let first = problems.first {
            throw Problem(
                first.code,
                first.summary,
                at: problems.dropFirst().map(\.summary) + problems.flatMap(\.at),
                next: problems.flatMap(\.next)
            )
        }
        // Only now that all is there is anything taken in: a deploy that is refused leaves nothing behind.
        if keepsSecrets { try await take(order) }
        var drafts: [ReleaseDraft] = []
        for one in found { drafts.append(try await draft(one, order, keepsSecrets: keepsSecrets)) }
        let asked = makeRequest(order.project, order.environment, options, commit: order.gitCommit)
        let care = AccessoryCare(
            drafts: drafts,
            request: asked,
            force: options.force,
            agreed: Set(order.upgrades ?? [])
        )
        return Prepared(
            kind: .deploy,
            services: order.services.map { ServiceKey(project: order.project, service: $0.spec.name) },
            images: Dictionary(found.compactMap { one in one.image.map { (one.spec.name, $0) } }) { $1 },
            sources: Dictionary(found.compactMap { one in one.source.map { (one.spec.name, $0) } }) { $1 },
            plan: { care.next($0) },
            whole: { care.decide($0) }
        )
    }

    /// A service of a deploy with what it runs from.
    struct Found {
        let spec: ServiceSpec
        let content: ReleaseContent
        var image: FoundImage?
        var source: PlannedSource?
    }

    /// Finds what a service runs from, and sees that each of its secrets has a value; takes nothing in.
    private func find(
        _ service: DeployService,
        _ look: inout ImageLook,
        keepsSecrets: Bool
    ) async throws(Problem) -> Found {
        let found = try await content(of: service, &look, keepsSecrets: keepsSecrets)
        do throws(SecretError) {
            _ = try await environments.plannedVersions(
                of: found.spec.secrets.map(\.name),
                bringing: look.order.secrets.mapValues(\.secret),
                for: look.order.project
            )
        } catch {
            throw Self.secretsMissing(found.spec, error)
        }
        return found
    }

    private func take(_ order: DeployOrder) async throws(Problem) {
        do throws(SecretError) {
            try await environments.put(order.secrets.mapValues(\.secret), for: order.project)
        } catch {
            throw Problem(
                "deploy.secrets",
                "nothing has been changed: secrets were not taken in: \(SecretWords.text(error))"
            )
        }
    }

    private func draft(
        _ found: Found,
        _ order: DeployOrder,
        keepsSecrets: Bool
    ) async throws(Problem) -> ReleaseDraft {
        let names = found.spec.secrets.map(\.name)
        do throws(SecretError) {
            let versions =
                keepsSecrets
                ? try await environments.currentVersions(of: names, for: order.project)
                : try await environments.plannedVersions(
                    of: names,
                    bringing: order.secrets.mapValues(\.secret),
                    for: order.project
                )
            return ReleaseDraft(
                spec: found.spec,
                content: found.content,
                secretVersions: versions,
                configurationHash: hash(found.spec),
                neighbours: Self.neighbours(of: found.spec, in: order),
                gitCommit: found.source?.commit
            )
        } catch {
            throw Self.secretsMissing(found.spec, error)
        }
    }

    /// The web services that the order tells of; its own with the port that its image says where the file has none.
    private static func neighbours(of spec: ServiceSpec, in order: DeployOrder) -> [Neighbour] {
        let all = order.neighbours ?? Neighbour.among(order.services.map(\.spec))
        return all.map { $0.name == spec.name ? Neighbour(name: spec.name, port: spec.port) : $0 }
    }

    /// SHA-256 of a resolved configuration, in hexadecimal.
    func hash(_ spec: ServiceSpec) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // A spec is made of strings and numbers only, which always encode; an empty text would only compare unequal.
        let bytes = (try? encoder.encode(spec)) ?? Data()
        return SHA256.hash(data: bytes).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private func prepareRollback(_ order: RollbackOrder, _ options: RolloutOptions) async throws(Problem) -> Prepared {
        let state = await book.state
        let keys = try await rollbackServices(order)
        guard order.withCurrentSecrets else {
            let wanted = keys.map { ($0, order.release) }
            return Prepared(kind: .rollback, services: keys) { Planner.rollback(wanted, state: $0) }
        }
        // With other secrets it is another release of the same content.
        let planned = Planner.rollback(keys.map { ($0, order.release) }, state: state)
        if let problem = planned.problems.first { throw problem }
        var drafts: [ReleaseDraft] = []
        for member in planned.members {
            let names = member.spec.secrets.map(\.name)
            do throws(SecretError) {
                let versions = try await environments.currentVersions(of: names, for: order.project)
                drafts.append(
                    .init(
                        spec: member.spec,
                        content: member.new.content,
                        secretVersions: versions,
                        configurationHash: member.new.configurationHash,
                        neighbours: member.new.neighbours,
                        gitCommit: member.new.gitCommit
                    )
                )
            } catch {
                throw Problem("deploy.secrets-missing", "nothing has been changed: \(SecretWords.text(error))")
            }
        }
        guard let environment = planned.members.first?.new.environment else {
            return Prepared(kind: .rollback, services: keys) { _ in planned }
        }
        let asked = makeRequest(order.project, environment, options, commit: planned.members.first?.new.gitCommit)
        let made = drafts
        return Prepared(kind: .rollback, services: keys) { Planner.deploy(made, asked, force: true, state: $0) }
    }

    /// The services that a rollback is for: the one that is named, or those of the project's newest rollout.
    func rollbackServices(_ order: RollbackOrder) async throws(Problem) -> [ServiceKey] {
        if let name = order.service { return [ServiceKey(project: order.project, service: name)] }
        return try await newestServices(of: order.project)
    }

    /// The services of a project's newest rollout that have something active, or are under way.
    ///
    /// What is under way is taken back with all that it changes; of what has ended accessories stay, since their data does not
    /// go back with them: they are rolled back by their own names.
    private func newestServices(of project: ProjectName) async throws(Problem) -> [ServiceKey] {
        let recent = try await reading { () async throws(JournalError) in
            try await journal.rollouts(of: project, most: APILimits.listMax)
        }
        let state = await book.state
        let keys =
            recent.lazy.filter { $0.rollout.outcome == nil || $0.rollout.outcome == .settled }
            .map { newest -> [ServiceKey] in
                guard newest.rollout.outcome != nil else { return newest.rollout.services }
                return newest.rollout.services.filter { key in
                    state.release(state.services[key]?.active?.release).map { $0.spec.kind != .accessory } ?? false
                }
            }
            .first { !$0.isEmpty } ?? []
        guard !keys.isEmpty else {
            throw Problem(
                "rollback.no-target",
                "nothing has been changed: \(project) has nothing on this host that could be rolled back",
                next: ["See what there is with `teal status`"]
            )
        }
        return keys
    }
}
