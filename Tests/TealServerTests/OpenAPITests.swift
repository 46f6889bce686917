import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import TealAPI
import TealCore
import TealFakeDaemon
import Testing

@testable import TealServer

@Suite struct `The OpenAPI document` {
    static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/openapi.json")

    private func served() throws -> [String: Any] {
        let data = Data(try JSONBody.bytes(of: OpenAPIDocument.document).readableBytesView)
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func `has every route, and no other`() throws {
        let router = APIRouter(control: FakeDaemon()).router()
        let routes = Set(router.routes.map { "\($0.method.rawValue.lowercased()) \($0.path)" })
        let paths = try #require(try served()["paths"] as? [String: [String: Any]])
        let described = Set(paths.flatMap { path, entries in entries.keys.map { "\($0) \(path)" } })
        #expect(described == routes)
        #expect(routes.count == Operation.allCases.count)
    }

    @Test func `is what docs/openapi.json holds`() throws {
        let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = String(
            decoding: try JSONSerialization.data(withJSONObject: try served(), options: options),
            as: UTF8.self
        )
        if ProcessInfo.processInfo.environment["TEAL_UPDATE_DOCS"] == "1" {
            try Data((text + "\n").utf8).write(to: Self.file)
        }
        let kept = try String(contentsOf: Self.file, encoding: .utf8)
        #expect(kept == text + "\n", "TEAL_UPDATE_DOCS=1 swift test --filter TealServerTests writes it again")
    }

    @Test func `refers only to what it has`() throws {
        let text = String(buffer: try JSONBody.bytes(of: OpenAPIDocument.document))
        let names = Set(OpenAPIDocument.schemas.map(\.name))
        #expect(names.count == OpenAPIDocument.schemas.count)
        let used = Set(text.matches(of: /#\/components\/schemas\/(\w+)/).map { String($0.output.1) })
        #expect(used.subtracting(names).isEmpty)
        #expect(names.subtracting(used).isEmpty, "nobody refers to these")
    }

    /// Checks a type against its schema by the JSON of a full value: the names of its keys, and which may be left out.
    private func check<Value: Codable>(_ value: Value) throws {
        let name = "\(Value.self)"
        let schema = try #require(OpenAPIDocument.schemas.first { $0.name == name }, "no schema of \(name)")
        let data = try JSONEncoder().encode(value)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(Set(object.keys) == Set(schema.properties.map(\.name)), "\(name)")
        for property in schema.properties {
            var less = object
            less[property.name] = nil
            let rest = try JSONSerialization.data(withJSONObject: less)
            let isRead = (try? JSONDecoder().decode(Value.self, from: rest)) != nil
            #expect(isRead == !property.isRequired, "\(name).\(property.name)")
        }
    }

    @Test func `describes every type as it is written`() throws {
        try check(
            Samples.rollout(
                .kept,
                back: RolloutBack(usersAreBack: true, because: "rolled back by anna"),
                gaps: [Samples.gap]
            ).answering(remaining: ["web"], left: [Samples.left])
        )
        try check(Samples.gap)
        try check(Samples.left)
        try check(Samples.accessory.measured(3))
        try check(AccessoriesView(action: .stop, accessories: [Samples.accessory], applied: true))
        try check(
            ExecChunk(output: "", isError: true, exitCode: 1, timedOut: false, problem: Samples.problem)
        )
        try check(RolloutBack(usersAreBack: true, because: "rolled back by anna"))
        try check(RolloutList(rollouts: [Samples.rollout()]))
        try check(try #require(Samples.rollout().services.first))
        try check(Samples.wait)
        try check(ReachedMoment(.switched, seconds: 1))
        try check(RolloutOutcome(.kept, old: ["a"], because: "b", next: ["c"]))
        try check(Samples.counters)
        try check(
            Samples.event(
                1,
                .ended,
                phase: "watch",
                service: "web",
                moment: .released,
                wait: Samples.wait,
                outcome: RolloutOutcome(.settled),
                usersAreBack: true
            )
        )
        try check(Samples.plan)
        try check(try #require(Samples.plan.services.first))
        try check(Samples.image)
        try check(Samples.source)
        let event = try #require(Samples.buildEvents(of: "web").first)
        try check(event)
        let result = Samples.built(try Routes.build)
        try check(result)
        try check(BuildStreamLine(event: event, result: result, problem: Samples.problem))
        try check(PlannedKeys())
        try check(Samples.problem)
        try check(Samples.status)
        try check(try #require(Samples.status.projects.first))
        try check(Samples.service(stopped: StopView(by: "anna", at: 1)))
        try check(StopView(by: "anna", at: 1))
        try check(Samples.slot)
        try check(try #require(Samples.slot.replicas.first))
        try check(RouteStatus(hosts: ["a"], pathPrefix: "/", internalOnly: false, port: "127.0.0.1:8080"))
        try check(try #require(Samples.service.rollback))
        try check(ReleaseList(releases: [Samples.release]))
        try check(Samples.release)
        try check(LogStreamLine(entry: Samples.entry, problem: Samples.problem))
        try check(Samples.entry)
        try check(Samples.usage)
        try check(
            UsageOfReplica(
                project: "shop",
                replica: "web-blue-0",
                release: "web@42",
                isActive: true,
                processors: 0,
                memoryBytes: 1,
                memoryBytesMax: 1,
                processes: 1,
                reason: "none"
            )
        )
        try check(Samples.answer)
        try check(Samples.health)
        try check(try #require(Samples.health.services.first))
        try check(try #require(Samples.health.services.first?.probes.first))
        try check(Samples.prune)
        try check(try #require(Samples.prune.items.first))
        try check(Samples.doctor)
        let findings = try #require(Samples.doctor.checks.last).findings
        try check(DoctorCheck(name: "A", findings: findings, verdict: .unseen, because: "nobody answers"))
        try check(try #require(Samples.doctor.checks.last?.findings.first))
        try check(Samples.version)
        try check(Samples.adopt)
        try check(try #require(Samples.adopt.services.first))
        try check(try #require(Samples.adopt.services.first?.containers.first))
    }

    @Test func `describes every request as it is read`() throws {
        let shop = try ProjectName(parsing: "shop")
        let web = try ServiceName(parsing: "web")
        let spec = ServiceSpec(name: web, kind: .web, source: .image("web:1"))
        let service = DeployService(
            spec: spec,
            artifactSHA256: Routes.hash,
            image: "sha256:1",
            commit: try GitCommit(parsing: Samples.commit),
            assumed: []
        )
        let deploy = DeployOrder(
            project: shop,
            environment: try EnvironmentName(parsing: "production"),
            named: [],
            services: [service],
            secrets: ["TOKEN": SecretText(Secret("x"))],
            gitCommit: "abc",
            hostImages: true,
            neighbours: [Neighbour(name: web, port: 3000)],
            upgrades: [web]
        )
        try check(try Routes.build)
        try check(service)
        try check(deploy)
        try check(Neighbour(name: web, port: 3000))
        try check(RollbackOrder(project: shop, service: web, release: 3, withCurrentSecrets: true))
        try check(ScaleOrder(project: shop, replicas: [web: 2]))
        try check(RolloutOptions(author: "anna", createNetworks: true, takePorts: true))
        try check(AbortRequest(author: "anna"))
        try check(ResumeRequest(decision: .done, author: "anna"))
        try check(
            ExecRequest(project: shop, service: web, replica: 0, command: ["ls"], timeoutSeconds: 1, hasInput: true)
        )
        try check(AccessoryRequest(project: shop, services: [web], action: .stop, apply: true, author: "anna"))
        try check(HealthRequest(project: shop, service: web))
        try check(PruneRequest(project: shop, apply: true))
        try check(DoctorRequest(fix: true, fixes: ["stop web-blue-0"]))
        try check(
            AdoptRequest(
                project: shop,
                environment: try EnvironmentName(parsing: "production"),
                named: ["web"],
                services: [spec],
                neighbours: [Neighbour(name: web, port: nil)],
                containers: [web: "shop"],
                active: [web: .blue],
                trust: true,
                apply: "98ac",
                author: "anna"
            )
        )
        for order in [RolloutRequest.Order.deploy(deploy), .scale(ScaleOrder(project: shop, replicas: [web: 2]))] {
            let request = RolloutRequest(order, options: RolloutOptions(author: "anna"))
            let data = try JSONEncoder().encode(request)
            #expect(try JSONDecoder().decode(RolloutRequest.self, from: data) == request)
        }
    }
}
