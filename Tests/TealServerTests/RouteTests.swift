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

/// The API without a socket.
enum Routes {
    @discardableResult
    static func test<Value: Sendable>(
        _ daemon: FakeDaemon = FakeDaemon(),
        streamsMax: Int = 8,
        _ work: @Sendable (any TestClientProtocol) async throws -> Value
    ) async throws -> Value {
        let router = APIRouter(control: daemon, streamsMax: streamsMax, heartbeat: .seconds(30))
        return try await Application(router: router.router()).test(.router) { try await work($0) }
    }

    static func json(_ value: some Encodable) throws -> ByteBuffer {
        ByteBuffer(bytes: try JSONEncoder().encode(value))
    }

    static let hash = String(repeating: "ab", count: 32)
    /// A build with a value for everything.
    static var build: BuildRequest {
        get throws {
            var source = GitSource(
                repository: try GitRepository(parsing: "git@git.example.com:acme/shop.git"),
                ref: try GitRef(parsing: "main")
            )
            source.commands = [["npm", "ci"]]
            return BuildRequest(
                project: try ProjectName(parsing: "shop"),
                environment: try EnvironmentName(parsing: "production"),
                service: try ServiceName(parsing: "web"),
                source: source,
                commit: try GitCommit(parsing: Samples.commit),
                secrets: ["TOKEN": SecretText(Secret("x"))],
                again: true
            )
        }
    }

    static func rollback() throws -> RolloutRequest {
        let order = RollbackOrder(
            project: try ProjectName(parsing: "shop"),
            service: nil,
            release: nil,
            withCurrentSecrets: false
        )
        return RolloutRequest(.rollback(order), options: RolloutOptions(author: "anna@laptop"))
    }
}

@Suite struct `Routes decode, call and encode` {
    /// A request of every operation, with what it asks of the daemon and how it is answered.
    @Test func `each operation reaches the daemon and answers with its value`() async throws {
        let daemon = FakeDaemon()
        try await Routes.test(daemon) { client in
            func expect(_ method: HTTPRequest.Method, _ uri: String, _ body: ByteBuffer?, _ status: Int) async throws {
                let name = try #require(HTTPField.Name("Teal-API-Version"))
                try await client.execute(uri: uri, method: method, body: body) { response in
                    #expect(response.status.code == status, "\(method) \(uri): \(String(buffer: response.body))")
                    #expect(response.headers[name] == "1")
                }
            }
            let hash = Routes.hash
            try await expect(.get, "/v1/version", nil, 200)
            try await expect(.get, "/v1/openapi.json", nil, 200)
            try await expect(.head, "/v1/artifacts/\(hash)", nil, 404)
            try await expect(.put, "/v1/artifacts/\(hash)", ByteBuffer(string: "12345"), 201)
            try await expect(.head, "/v1/artifacts/\(hash)", nil, 204)
            try await expect(.post, "/v1/plans", Routes.json(Routes.rollback()), 200)
            try await expect(.post, "/v1/rollouts", Routes.json(Routes.rollback()), 202)
            try await expect(.post, "/v1/builds", Routes.json(Routes.build), 200)
            try await expect(.get, "/v1/rollouts?project=shop&limit=5", nil, 200)
            try await expect(.get, "/v1/rollouts/r17", nil, 200)
            try await expect(.get, "/v1/rollouts/r17/events?after=3", nil, 200)
            try await expect(.post, "/v1/rollouts/r17/abort", Routes.json(AbortRequest(author: "anna")), 200)
            try await expect(
                .post,
                "/v1/rollouts/r17/resume",
                Routes.json(ResumeRequest(decision: .again, author: "anna")),
                200
            )
            try await expect(.get, "/v1/status?project=shop&service=web", nil, 200)
            try await expect(.get, "/v1/services/shop/web/releases", nil, 200)
            try await expect(.get, "/v1/logs?project=shop&service=web&release=42&tail=7", nil, 200)
            try await expect(.get, "/v1/usage?project=shop&service=web", nil, 200)
            let web = try ServiceName(parsing: "web")
            let shop = try ProjectName(parsing: "shop")
            let exec = ExecRequest(project: shop, service: web, replica: 0, command: ["ls", "-l"], timeoutSeconds: 5)
            try await expect(.post, "/v1/exec", Routes.json(exec), 200)
            var streamed = try Routes.json(exec)
            streamed.writeString("\n")
            try await expect(.post, "/v1/exec/stream", streamed, 200)
            let stop = AccessoryRequest(project: shop, services: [web], action: .stop, apply: true, author: "anna")
            try await expect(.post, "/v1/accessories", Routes.json(stop), 200)
            try await expect(.post, "/v1/health", Routes.json(HealthRequest(project: shop, service: web)), 200)
            try await expect(.post, "/v1/prune", Routes.json(PruneRequest(project: nil, apply: true)), 200)
            try await expect(.post, "/v1/doctor", Routes.json(DoctorRequest(fix: false)), 200)
            let adopt = AdoptRequest(
                project: shop,
                environment: try EnvironmentName(parsing: "production"),
                named: [],
                services: [ServiceSpec(name: web, kind: .web, source: .image("web:1"))],
                neighbours: [],
                apply: "98ac",
                author: "anna"
            )
            try await expect(.post, "/v1/adoptions", Routes.json(adopt), 200)
        }
        #expect(
            daemon.calls == [
                "version", "hasArtifact", "storeArtifact", "hasArtifact", "plan rollback", "beginRollout rollback",
                "build web \(Samples.commit)", "listRollouts shop 5", "showRollout r17", "followRollout r17 after 3",
                "abortRollout r17 anna",
                "resumeRollout r17 again", "status shop web", "releases shop/web 20", "logs web@42 7 false",
                "usage shop web",
                "exec web ls -l", "execStream web ls -l", "accessories stop web apply", "health", "prune apply",
                "doctor look", "adopt 98ac",
            ]
        )
        #expect(daemon.artifactBytes == 5)
        // One request for each operation: a new one has to be added above.
        #expect(Set(daemon.calls.map { $0.prefix { $0 != " " } }).count == Operation.allCases.count - 1)
    }
}

@Suite struct `A command with an input` {
    private func lines(_ body: String, _ daemon: FakeDaemon = FakeDaemon()) async throws -> [ExecChunk] {
        try await Routes.test(daemon) { client in
            try await client.execute(uri: "/v1/exec/stream", method: .post, body: ByteBuffer(string: body)) {
                response in
                #expect(response.status.code == 200)
                #expect(response.headers[.contentType] == "application/x-ndjson")
                return try String(buffer: response.body).split(separator: "\n")
                    .map { try JSONDecoder().decode(ExecChunk.self, from: Data($0.utf8)) }.filter { $0 != ExecChunk() }
            }
        }
    }

    private static func order(_ hasInput: Bool) -> String {
        #"{"project":"shop","service":"db","replica":0,"command":["cat"],"timeoutSeconds":9,"hasInput":\#(hasInput)}"#
            + "\n"
    }

    private static func bytes(_ chunks: [ExecChunk], isError: Bool) -> Data {
        chunks.filter { $0.isError == isError }.compactMap { $0.output.flatMap { Data(base64Encoded: $0) } }.reduce(
            Data(),
            +
        )
    }

    @Test func `reads what follows its order, and its end comes last`() async throws {
        let text = String(repeating: "0123456789\n", count: 20_000)
        let chunks = try await lines(Self.order(true) + text)
        #expect(Self.bytes(chunks, isError: false) == Data(text.utf8))
        #expect(Self.bytes(chunks, isError: true) == Data("220000 bytes\n".utf8))
        #expect(chunks.last == ExecChunk(exitCode: 0, timedOut: false))
        #expect(chunks.allSatisfy { ($0.output?.utf8.count ?? 0) <= 90_000 })
    }

    @Test func `reads nothing unless its order says so`() async throws {
        let chunks = try await lines(Self.order(false) + "not for it")
        #expect(Self.bytes(chunks, isError: true) == Data("no input\n".utf8))
        #expect(Self.bytes(chunks, isError: false).isEmpty)
    }

    @Test func `ends with the problem of one that did not run`() async throws {
        let daemon = FakeDaemon()
        let problem = Problem("exec.failed", "the command did not run beside db-blue-0")
        daemon.configure { $0.problems[.execStream] = problem }
        #expect(try await lines(Self.order(true), daemon) == [ExecChunk(problem: ProblemBody(problem))])
    }
}

@Suite struct `Errors are problem details` {
    @Test func `a problem of the daemon is answered word for word`() async throws {
        let daemon = FakeDaemon()
        let problem = Problem("deploy.busy", "nothing has been changed: r1 holds web", next: ["wait"])
        daemon.configure { $0.problems[.status] = problem }
        try await Routes.test(daemon) { client in
            try await client.execute(uri: "/v1/status", method: .get) { response in
                #expect(response.status.code == 409)
                #expect(response.headers[.contentType] == "application/problem+json")
                let body = try JSONDecoder().decode(ProblemBody.self, from: Data(response.body.readableBytesView))
                #expect(body.problem == problem)
            }
        }
    }

    @Test(arguments: [
        ("GET", "/v1/nothing", "", 404, "api.not-found"),
        ("DELETE", "/v1/status", "", 404, "api.not-found"),
        ("GET", "/v1/status?project=Shop", "", 400, "api.malformed"),
        ("GET", "/v1/rollouts?limit=0", "", 400, "api.malformed"),
        ("GET", "/v1/logs?tail=3", "", 400, "api.malformed"),
        ("GET", "/v1/logs?project=shop&follow=maybe", "", 400, "api.malformed"),
        ("PUT", "/v1/artifacts/abc", "x", 400, "api.malformed"),
        ("POST", "/v1/rollouts", "{", 400, "api.malformed"),
        ("POST", "/v1/doctor", "{}", 400, "api.malformed"),
        (
            "POST", "/v1/adoptions",
            #"{"project":"shop","environment":"production","named":[],"services":[],"neighbours":[],"containers":{},"active":{},"trust":false,"author":"a"}"#,
            400, "api.malformed"
        ),
        (
            "POST", "/v1/exec", #"{"project":"shop","service":"web","replica":0,"command":[],"timeoutSeconds":1}"#, 400,
            "api.malformed"
        ),
        (
            "POST", "/v1/exec",
            #"{"project":"shop","service":"web","replica":0,"command":["ls"],"timeoutSeconds":1e9}"#, 400,
            "api.malformed"
        ),
        (
            "POST", "/v1/exec",
            #"{"project":"shop","service":"web","replica":-1,"command":["ls"],"timeoutSeconds":1}"#, 400,
            "api.malformed"
        ),
        (
            "POST", "/v1/exec/stream",
            #"{"project":"shop","service":"web","replica":0,"command":["ls"],"timeoutSeconds":1}"#, 400,
            "api.malformed"
        ),
        ("POST", "/v1/exec/stream", "what?\n", 400, "api.malformed"),
        (
            "POST", "/v1/accessories", #"{"project":"shop","services":[],"action":"sleep","apply":true,"author":"a"}"#,
            400, "api.malformed"
        ),
        ("POST", "/v1/rollouts", order(#"{"web":2}"#, wait: "1e300"), 400, "api.malformed"),
        ("POST", "/v1/rollouts", order(#"{"web":2}"#, wait: "-1"), 400, "api.malformed"),
        ("POST", "/v1/rollouts", order("{}"), 400, "api.malformed"),
        ("POST", "/v1/plans", order("{}"), 400, "api.malformed"),
        ("POST", "/v1/rollouts", order(#"{"web":2}"#, author: "a\\nb"), 400, "api.malformed"),
        ("POST", "/v1/rollouts/r1/abort", #"{"author":"a\u0000b"}"#, 400, "api.malformed"),
    ])
    func `what cannot be understood is refused`(
        method: String,
        uri: String,
        body: String,
        status: Int,
        code: String
    ) async throws {
        try await Routes.test { client in
            let method = try #require(HTTPRequest.Method(rawValue: method))
            try await client.execute(uri: uri, method: method, body: ByteBuffer(string: body)) { response in
                let body = try JSONDecoder().decode(ProblemBody.self, from: Data(response.body.readableBytesView))
                #expect(response.status.code == status)
                #expect(body.code == code)
            }
        }
    }

    /// The order of a scale.
    private static func order(_ replicas: String, wait: String = "0", author: String = "anna") -> String {
        #"{"kind":"scale","scale":{"project":"shop","replicas":\#(replicas)},"options":{"force":false,"#
            + #""waitSeconds":\#(wait),"supersede":false,"until":"released","onCancel":"detach","author":"\#(author)"}}"#
    }

    @Test func `numbers that the daemon calculates with are checked before it does`() throws {
        let web = try ServiceName(parsing: "web")
        func refused(_ change: (inout ServiceSpec) -> Void) throws -> String? {
            var spec = ServiceSpec(name: web, kind: .web, source: .artifact(path: "."))
            change(&spec)
            let order = DeployOrder(
                project: try ProjectName(parsing: "shop"),
                environment: try EnvironmentName(parsing: "production"),
                named: [],
                services: [.init(spec: spec, artifactSHA256: nil, assumed: [])],
                secrets: [:],
                gitCommit: nil
            )
            do {
                try RolloutLimits.check(RolloutRequest(.deploy(order), options: RolloutOptions(author: "anna")))
                return nil
            } catch {
                return error.summary
            }
        }
        #expect(try refused { _ in } == nil)
        #expect(
            try refused { $0.replicas = -1 }?.contains("'deploy.services.web.spec.replicas' is not from 1 to 64")
                == true
        )
        #expect(try refused { $0.port = 70_000 } != nil)
        #expect(try refused { $0.fixedPorts = FixedPorts(blue: 8000, green: .max) } != nil)
        #expect(try refused { $0.resources.memoryBytesMax = .max } != nil)
        #expect(try refused { $0.stop.grace = .seconds(Int64.max) } != nil)
        #expect(try refused { $0.health.deadline = .seconds(-1) } != nil)
        #expect(try refused { $0.switchWhen = .quiet(upgradedMax: 1, limit: .seconds(Int64.max)) } != nil)
        #expect(try refused { $0.watch.syntheticPerSecond = -1 } != nil)
    }

    @Test func `a mistake is named by its place and never by its value`() async throws {
        try await Routes.test { client in
            let body = ByteBuffer(string: #"{"kind":"deploy","options":{"force":"hush"}}"#)
            try await client.execute(uri: "/v1/rollouts", method: .post, body: body) { response in
                let text = String(buffer: response.body)
                #expect(text.contains("'options.force' is not Bool"))
                #expect(!text.contains("hush"))
            }
        }
    }

    @Test func `a request that is too large is refused`() async throws {
        try await Routes.test { client in
            let body = ByteBuffer(repeating: 32, count: APILimits.requestBytesMax + 1)
            try await client.execute(uri: "/v1/doctor", method: .post, body: body) { response in
                #expect(response.status.code == 413)
            }
        }
    }

    @Test func `a version that the daemon does not speak is refused, but not the handshake`() async throws {
        try await Routes.test { client in
            let headers: HTTPFields = [try #require(HTTPField.Name("Teal-API-Version")): "99"]
            try await client.execute(uri: "/v1/status", method: .get, headers: headers) { response in
                #expect(response.status.code == 426)
            }
            try await client.execute(uri: "/v1/version", method: .get, headers: headers) { response in
                #expect(response.status.code == 200)
            }
        }
    }
}

@Suite struct `Builds` {
    @Test func `are told line by line, and end with what was made or with why there is nothing`() async throws {
        let daemon = FakeDaemon()
        try await Routes.test(daemon) { client in
            try await client.execute(uri: "/v1/builds", method: .post, body: Routes.json(Routes.build)) { response in
                #expect(response.headers[.contentType] == "application/x-ndjson")
                let lines = String(buffer: response.body).split(separator: "\n")
                #expect(lines.count == 4)
                #expect(lines.last?.hasPrefix(#"{"result":{"artifactSHA256":"5e5e"#) == true)
            }
            daemon.configure { $0.buildProblem = Problem("source.build-failed", "`npm ci` ended with 1") }
            try await client.execute(uri: "/v1/builds", method: .post, body: Routes.json(Routes.build)) { response in
                let lines = String(buffer: response.body).split(separator: "\n")
                #expect(lines.last?.hasPrefix(#"{"problem":{"#) == true)
            }
        }
        #expect(daemon.builds.map { $0.secrets["TOKEN"]?.secret.reveal() } == ["x", "x"])
    }

    @Test(arguments: [
        ("\"main\"", "\"--upload-pack=x\""), ("\"git@git.example.com:acme/shop.git\"", "\"ext::sh -c x\""),
        ("\"npm\"", "\"\""), ("\"output\":\".\"", "\"output\":\"../x\""),
        ("\"\(Samples.commit)\"", "\"0123456\""), ("\"diskBytesMax\":8589934592", "\"diskBytesMax\":0"),
        ("\"environment\":{}", "\"environment\":{\"A B\":\"x\"}"),
    ])
    func `nothing that git or the system would take otherwise reaches the daemon`(
        text: String,
        other: String
    ) async throws {
        let daemon = FakeDaemon()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        let good = String(decoding: try encoder.encode(try Routes.build), as: UTF8.self)
        let bad = good.replacing(text, with: other)
        #expect(bad != good)
        try await Routes.test(daemon) { client in
            try await client.execute(uri: "/v1/builds", method: .post, body: ByteBuffer(string: bad)) { response in
                #expect(response.status.code == 400)
                #expect(String(buffer: response.body).contains("api.malformed"))
            }
        }
        #expect(daemon.calls.isEmpty)
    }
}

@Suite struct `Streams` {
    @Test func `events are sent with their number, and go on after the last one that arrived`() async throws {
        let daemon = FakeDaemon()
        try await Routes.test(daemon) { client in
            let headers: HTTPFields = [try #require(HTTPField.Name("Last-Event-ID")): "8"]
            try await client.execute(uri: "/v1/rollouts/r17/events?after=2", method: .get, headers: headers) {
                response in
                #expect(response.headers[.contentType] == "text/event-stream")
                let text = String(buffer: response.body)
                #expect(text.hasPrefix("id: 9\nevent: moment\ndata: {"))
                #expect(text.contains("\n\nid: 10\nevent: ended\ndata: {"))
                #expect(text.hasSuffix("}\n\n"))
            }
        }
        #expect(daemon.calls == ["followRollout r17 after 8"])
    }

    @Test func `a problem ends a stream and is told`() async throws {
        let daemon = FakeDaemon()
        daemon.configure { $0.streamProblem = Problem("daemon.journal", "the events cannot be read") }
        try await Routes.test(daemon) { client in
            try await client.execute(uri: "/v1/rollouts/r17/events", method: .get) { response in
                #expect(String(buffer: response.body).contains("event: problem\ndata: {\"at\":[]"))
            }
            try await client.execute(uri: "/v1/logs?project=shop", method: .get) { response in
                let lines = String(buffer: response.body).split(separator: "\n")
                #expect(lines.count == 2)
                #expect(lines.last?.hasPrefix(#"{"problem":{"#) == true)
            }
        }
    }

    @Test func `no more than the limit are open, and an ended one makes room`() async throws {
        try await Routes.test(streamsMax: 1) { client in
            for _ in 0..<3 {
                try await client.execute(uri: "/v1/logs?project=shop", method: .get) { response in
                    #expect(response.status.code == 200)
                }
            }
        }
        try await Routes.test(streamsMax: 0) { client in
            try await client.execute(uri: "/v1/logs?project=shop", method: .get) { response in
                #expect(response.status.code == 429)
            }
        }
    }
}
