import Foundation
import Logging
import Synchronization
import TealAPI
import TealAdopt
import TealCore
import TealDriverKit
import TealSecrets
import TealTestSupport
import Testing

@testable import TealDaemon
@testable import TealEngine

@Suite struct `Adopting on a host` {
    private static func container(_ name: String) -> FoundContainer {
        FoundContainer(
            id: "id-\(name)",
            name: name,
            image: "shop:1",
            content: .localImage(id: "sha256:1"),
            phase: .running,
            ports: [WrittenPort(hostPort: 8000, containerPort: 8080)],
            environment: ["TOKEN": Secret("hunter22"), "MODE": Secret("fast")],
            written: WrittenContainer(project: name, service: name),
            restartPolicy: "always"
        )
    }

    private func request(
        _ bench: Controls,
        apply: String? = nil,
        trust: Bool = false,
        _ change: (inout ServiceSpec) -> Void = { _ in }
    ) throws -> AdoptRequest {
        let key = try bench.samples.key
        var spec = ServiceSpec(name: key.service, kind: .web, source: .image("shop:2"))
        spec.port = 8080
        spec.routes = [Route(hosts: ["shop.example.com"])]
        spec.secrets = [SecretReference(name: "TOKEN")]
        change(&spec)
        return AdoptRequest(
            project: key.project,
            environment: try EnvironmentName(parsing: "production"),
            named: [],
            services: [spec],
            neighbours: [],
            trust: trust,
            apply: apply,
            author: "anna"
        )
    }

    private func with<Result>(_ body: (Controls) async throws -> Result) async throws -> Result {
        try await Fixture.with("adopt") { fixture in
            let key = try Samples().key
            let bench = try await Controls(fixture, containersOf: [key])
            bench.adopter.state.withLock { $0.strangers = [Self.container("\(key.service)-blue")] }
            return try await body(bench)
        }
    }

    @Test func `shows first, and changes nothing by that`() async throws {
        try await with { bench in
            let plan = try await bench.control.adopt(request(bench))
            #expect(plan.problems.isEmpty && !plan.applied, "\(plan.problems)")
            let service = try #require(plan.services.first)
            #expect(service.containers.first?.environment == ["MODE", "TOKEN"])
            #expect(
                service.changes.contains("restart policy of \(service.containers[0].name): always -> unless-stopped")
            )
            #expect(service.gaps.count == 1, "nothing that Teal switches is in front")
            let text = String(decoding: try JSONEncoder().encode(plan), as: UTF8.self)
            #expect(!text.contains("hunter22"))
            #expect(bench.adopter.asked.isEmpty)
            #expect(await bench.control.book.state.services.isEmpty)
        }
    }

    @Test func `records all of it at once, with the values sealed and nowhere else`() async throws {
        try await with { bench in
            let plan = try await bench.control.adopt(request(bench))
            let done = try await bench.control.adopt(request(bench, apply: plan.mark))
            #expect(done.applied && done.warnings.isEmpty, "\(done.warnings)")
            let key = try bench.samples.key
            let state = await bench.control.book.state
            let record = try #require(state.services[key])
            #expect(record.activeSlot == .blue && record.routed == .slot(.blue))
            let release = try #require(state.release(record.active?.release))
            #expect(
                release.secretVersions == ["MODE": 0, "TOKEN": 1],
                "what teal.yml calls a secret is one from now on"
            )
            let environment = try await bench.control.environments.environment(of: release)
            #expect(environment == ["TOKEN": Secret("hunter22"), "MODE": Secret("fast")])
            #expect(try await bench.secrets.names(for: key.project) == ["TOKEN"])
            #expect(
                bench.containers.asked.contains(
                    "policy \(record.active?.release.service.service.description ?? "")-blue-0"
                )
            )
            let again = try await bench.control.adopt(request(bench))
            #expect(again.problems.isEmpty && again.services.map(\.already) == [true])
            #expect(await bench.control.desk.busyServices.isEmpty, "nothing is held any more")
        }
    }

    @Test func `does nothing that was not shown`() async throws {
        try await with { bench in
            let plan = try await bench.control.adopt(request(bench))
            let other = Self.container("other")
            bench.adopter.state.withLock { state in
                let name = state.strangers[0].name
                state.strangers = [
                    FoundContainer(
                        id: other.id,
                        name: name,
                        image: other.image,
                        content: other.content,
                        phase: .running,
                        ports: other.ports,
                        written: other.written
                    )
                ]
            }
            await #expect(throws: AdoptionTrouble.changed()) {
                try await bench.control.adopt(request(bench, apply: plan.mark))
            }
            #expect(bench.adopter.asked.isEmpty)
        }
    }

    @Test func `lets go of what does not pass its gate`() async throws {
        try await with { bench in
            func http(_ spec: inout ServiceSpec) {
                spec.health = HealthGate(check: .http(HTTPExpectation(path: "/up")))
            }
            let plan = try await bench.control.adopt(request(bench, http))
            #expect(plan.problems.map(\.code) == ["adopt.unhealthy"])
            let asked = try request(bench, apply: plan.mark, http)
            var code: String?
            do throws(Problem) {
                _ = try await bench.control.adopt(asked)
            } catch {
                code = error.code
            }
            #expect(code == "adopt.unhealthy")
            #expect(bench.adopter.adopted().isEmpty && !bench.adopter.asked.isEmpty)
            #expect(await bench.control.book.state.services.isEmpty)
            #expect(try await bench.secrets.names(for: bench.samples.key.project).isEmpty)
            let vouched = try await bench.control.adopt(request(bench, apply: plan.mark, trust: true, http))
            #expect(vouched.applied)
            let release = await bench.control.book.state.releases.values.first
            #expect(release?.adopted?.isTrusted == true)
        }
    }

    @Test func `says that the engine gives no answer`() async throws {
        try await with { bench in
            bench.adopter.state.withLock { $0.trouble = FakeRuntime.down }
            await #expect(throws: AdoptionTrouble.engine(FakeRuntime.down)) {
                try await bench.control.adopt(request(bench))
            }
        }
    }

    @Test func `lets go at the start of what was never written down, and of nothing else`() async throws {
        try await with { bench in
            let plan = try await bench.control.adopt(request(bench))
            _ = try await bench.control.adopt(request(bench, apply: plan.mark))
            let key = try bench.samples.key
            let kept = bench.adopter.adopted()
            let stray = ReplicaID(service: key, slot: .green, index: 0)
            bench.adopter.state.withLock { $0.claims[stray] = ReleaseID(service: key, number: 9) }
            let releases = Array(await bench.control.book.state.releases.values)
            await AdoptionClaims(
                adopter: bench.adopter,
                environments: bench.control.environments,
                logger: bench.control.logger
            ).letGo(besides: releases)
            #expect(bench.adopter.adopted() == kept)
        }
    }
}
