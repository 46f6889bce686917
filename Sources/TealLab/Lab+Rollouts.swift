import Foundation
import Synchronization
package import TealAPI
import TealClient
package import TealCore

/// Deploys, and what becomes of them.
extension Lab {
    /// How long a rollout may take before the lab gives it up.
    package static let rolloutLimit = Duration.seconds(150)

    /// The sample service as it is deployed unless a caller changes it: one replica, quick gates, host `<name>.test`.
    package static func spec(_ version: String, name: String = "web") throws -> ServiceSpec {
        var spec = ServiceSpec(name: try ServiceName(parsing: name), kind: .web, source: .artifact(path: "app"))
        spec.command = ["./teal-sample"]
        spec.port = 8080
        spec.environment = ["SAMPLE_VERSION": version]
        spec.routes = [Route(hosts: ["\(name).test"], upgraded: [.init(pathPrefix: "/relay", mode: .close)])]
        var expectation = HTTPExpectation(path: "/health")
        expectation.jsonFields = ["success": "true"]
        spec.health = HealthGate(check: .http(expectation))
        spec.health.deadline = .seconds(20)
        spec.smoke = [SmokeRequest(name: "smoke", expectation: HTTPExpectation(path: "/smoke"))]
        spec.watch.window = .milliseconds(1200)
        spec.watch.warmUp = .milliseconds(200)
        spec.watch.requestsMin = 10
        // A busy machine is no slow release.
        spec.watch.latencyFloor = .milliseconds(800)
        spec.drain.requests = .seconds(15)
        spec.drain.upgraded = .seconds(2)
        spec.stop.grace = .seconds(3)
        return spec
    }

    /// Hands the sample service over, once.
    @discardableResult
    package func artifact() async throws -> LabArtifact {
        if let known = state.withLock({ $0.artifact }) { return known }
        let made = try await LabArtifact.sample(programs)
        try await upload(made)
        state.withLock { $0.artifact = made }
        return made
    }

    /// Hands an artifact over.
    package func upload(_ artifact: LabArtifact) async throws {
        guard try await !client.hasArtifact(artifact.hash) else { return }
        try await client.storeArtifact(artifact.hash, length: artifact.lengthBytes, pieces: artifact.pieces)
    }

    /// Begins a deploy of these services and returns before its first phase.
    ///
    /// - Throws: `ClientFailure.refused` when the daemon refuses.
    package func begin(
        _ specs: [ServiceSpec],
        project: ProjectName? = nil,
        named: [String] = [],
        secrets: [String: String] = [:],
        artifact: ArtifactHash? = nil,
        neighbours: [Neighbour]? = nil,
        upgrades: [String] = [],
        options: RolloutOptions = .init(author: "lab")
    ) async throws -> RolloutView {
        let hash: String?
        switch runtime {
        case .processes:
            if let artifact { hash = artifact.description } else { hash = try await self.artifact().hash.description }
        case .containers(let socket):
            try SampleImage.build(on: socket)
            hash = nil
        }
        let order = DeployOrder(
            project: project ?? self.project,
            environment: try EnvironmentName(parsing: "production"),
            named: named,
            services: specs.map { .init(spec: runtime.adapted($0), artifactSHA256: hash, assumed: []) },
            secrets: secrets.mapValues { SecretText(Secret($0)) },
            gitCommit: nil,
            neighbours: neighbours,
            upgrades: try upgrades.map { try ServiceName(parsing: $0) }
        )
        return try await client.beginRollout(RolloutRequest(.deploy(order), options: options))
    }

    /// Begins a deploy of the sample service under the name `web`.
    package func begin(
        _ version: String,
        environment: [String: String] = [:],
        options: RolloutOptions = .init(author: "lab"),
        _ change: (inout ServiceSpec) -> Void = { _ in }
    ) async throws -> RolloutView {
        var spec = try Self.spec(version)
        spec.environment.merge(environment) { $1 }
        change(&spec)
        return try await begin([spec], options: options)
    }

    /// Deploys the sample service and waits until the rollout has ended.
    @discardableResult
    package func deploy(
        _ version: String,
        environment: [String: String] = [:],
        options: RolloutOptions = .init(author: "lab"),
        _ change: (inout ServiceSpec) -> Void = { _ in }
    ) async throws -> RolloutView {
        try await end(of: begin(version, environment: environment, options: options, change).id)
    }

    /// Begins a rollback; of a rollout that is under way, it takes users back.
    package func beginRollback(_ service: String? = nil, to release: Int? = nil) async throws -> RolloutView {
        let order = RollbackOrder(
            project: project,
            service: try service.map { try ServiceName(parsing: $0) },
            release: release,
            withCurrentSecrets: false
        )
        return try await client.beginRollout(RolloutRequest(.rollback(order), options: .init(author: "lab")))
    }

    /// Rolls back and waits for the end.
    @discardableResult
    package func rollback(_ service: String? = nil, to release: Int? = nil) async throws -> RolloutView {
        try await end(of: beginRollback(service, to: release).id)
    }

    /// Changes how many replicas run, and waits for the end.
    @discardableResult
    package func scale(_ service: String, to replicas: Int) async throws -> RolloutView {
        let order = ScaleOrder(project: project, replicas: [try ServiceName(parsing: service): replicas])
        let view = try await client.beginRollout(RolloutRequest(.scale(order), options: .init(author: "lab")))
        return try await end(of: view.id)
    }

    @discardableResult
    package func abort(_ id: String) async throws -> RolloutView {
        try await client.abortRollout(id, .init(author: "lab"))
    }

    @discardableResult
    package func resume(_ id: String, _ decision: ResumeRequest.Decision) async throws -> RolloutView {
        try await client.resumeRollout(id, .init(decision: decision, author: "lab"))
    }

    // MARK: Following

    /// Waits until a rollout has ended, also while daemons come and go.
    package func end(of id: String, within limit: Duration = rolloutLimit) async throws -> RolloutView {
        guard id != "-" else { throw LabFailure("nothing was begun") }
        _ = try await event(of: id, within: limit) { $0.kind == .ended }
        return try await client.rollout(id)
    }

    /// Waits until a rollout has reached a moment.
    package func moment(_ moment: RolloutMoment, of id: String) async throws -> RolloutView {
        _ = try await event(of: id) { $0.moment.map { $0 >= moment } ?? false }
        return try await client.rollout(id)
    }

    /// Waits until a rollout is in a phase, such as `prove`.
    package func phase(_ phase: String, of id: String) async throws {
        _ = try await event(of: id) { $0.kind == .phaseBegan && $0.phase == phase }
    }

    /// Waits for an event.
    ///
    /// - Throws: ``LabFailure`` when the rollout ended without it, or after `limit`.
    package func event(
        of id: String,
        within limit: Duration = rolloutLimit,
        where isWanted: @escaping @Sendable (RolloutEvent) -> Bool
    ) async throws -> RolloutEvent {
        let client = client
        // Told when what is waited for does not come.
        let last = Mutex("nothing")
        do {
            return try await TealLab.within(limit, "an event of \(id)") {
                var found: RolloutEvent?
                try await client.follow(id) { signal in
                    guard case .event(let event) = signal else { return true }
                    last.withLock { $0 = event.text }
                    if isWanted(event) { found = event }
                    return found == nil
                }
                guard let found else { throw LabFailure("\(id) ended without what was waited for") }
                return found
            }
        } catch let failure as LabFailure {
            throw LabFailure("\(failure), after: \(last.withLock(\.self))")
        }
    }

    /// All events of a rollout that has ended.
    package func events(of id: String) async throws -> [RolloutEvent] {
        let client = client
        return try await TealLab.within(.seconds(30), "the events of \(id)") {
            var all: [RolloutEvent] = []
            try await client.follow(id) { signal in
                if case .event(let event) = signal { all.append(event) }
                return true
            }
            return all
        }
    }

    /// The events of a rollout up to now.
    package func eventsSoFar(of id: String) async throws -> [RolloutEvent] {
        let phase = try await client.rollout(id).phase
        let client = client
        return try await TealLab.within(.seconds(30), "the events of \(id)") {
            var all: [RolloutEvent] = []
            try await client.follow(id) { signal in
                guard case .event(let event) = signal else { return true }
                all.append(event)
                // All that had happened when the phase was asked for is there once that has begun.
                return !(event.kind == .phaseBegan && event.phase == phase)
            }
            return all
        }
    }

    // MARK: Looking

    /// How a service of the lab's project stands; nil when it is unknown.
    package func service(_ name: String = "web") async throws -> ServiceStatus? {
        try await client.status(.init(project: project)).projects.flatMap(\.services).first { $0.service == name }
    }

    /// Which release is active, such as `web@3`.
    package func active(_ name: String = "web") async throws -> String? { try await service(name)?.active?.release }

    /// What the doctor finds, one a line.
    package func findings() async throws -> [String] {
        try await client.doctor(.init(fix: false)).checks.flatMap(\.findings).map { "\($0.severity): \($0.text)" }
    }

    /// What `.current_env` of a service says; nil when it is not there.
    package func currentEnvironment(_ name: String = "web") -> String? {
        let path = "\(home)/projects/\(project)/\(name)/.current_env"
        // Not there: nothing was ever active.
        return (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
