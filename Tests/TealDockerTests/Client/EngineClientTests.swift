import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDocker

/// A client before a stub.
private func withStub<Result: Sendable>(
    _ answer: @escaping @Sendable (StubEngine.Request) -> StubEngine.Answer,
    _ body: (EngineClient, StubEngine) async throws -> Result
) async throws -> Result {
    try await Fixture.with("stub") { fixture in
        let stub = StubEngine(path: try fixture.directory() + "/docker.sock", answer)
        fixture.atEnd { stub.close() }
        let client = EngineClient(socket: stub.path)
        fixture.atEnd { await client.shutdown() }
        return try await body(client, stub)
    }
}

private let version = #"{"Version":"28.5.1","ApiVersion":"1.51","MinAPIVersion":"1.24"}"#

private func failure<Value>(_ work: () async throws(DockerError) -> Value) async -> DockerError? {
    do throws(DockerError) {
        _ = try await work()
        return nil
    } catch {
        return error
    }
}

@Suite(.timeLimit(.minutes(1)))
struct `The client of the Engine` {
    @Test func `each call carries Host, the version and a connection of its own`() async throws {
        try await withStub({ $0.target == "/version" ? .json(version) : .json("[]") }) { client, stub in
            _ = try await client.networks()
            _ = try await client.networks()
            #expect(stub.requests.map(\.target) == ["/version", "/v1.51/networks", "/v1.51/networks"])
            #expect(stub.requests.allSatisfy { $0.headers["host"] == "docker" && $0.headers["connection"] == "close" })
        }
    }

    @Test func `an engine without room names the directory that is full, before and after a good beginning`()
        async throws
    {
        let info = #"{"ID":"A","DockerRootDir":"/srv/docker"}"#
        let text = "write /srv/docker/tmp/GetImageBlob1: no space left on device"
        try await withStub({ request in
            switch request.target {
            case "/version": .json(version)
            case "/v1.51/info": .json(info)
            case "/v1.51/containers/c/start": .json(#"{"message":"\#(text)"}"#, status: 500)
            default: .stream([#"{"status":"Pulling"}"# + "\n", #"{"errorDetail":{"message":"\#(text)"}}"# + "\n"])
            }
        }) { client, _ in
            let started = await failure { () async throws(DockerError) in try await client.startContainer("c") }
            #expect(started == .diskFull(root: "/srv/docker", message: text, call: "start container"))
            let pulled = await failure { () async throws(DockerError) in
                try await client.pull("shop/web", digest: "sha256:1", login: nil)
            }
            #expect(pulled == .diskFull(root: "/srv/docker", message: text, call: "pull shop/web@sha256:1"))
            #expect(pulled?.asRuntime == .diskFull(path: "/srv/docker"))
        }
    }

    @Test func `a missing, a dead and a wrong socket are told apart, at once`() async throws {
        try await Fixture.with("socket") { fixture in
            let directory = try fixture.directory()
            let missing = EngineClient(socket: directory + "/none")
            #expect(
                await failure { () async throws(DockerError) in try await missing.version() }
                    == .socketMissing(path: directory + "/none")
            )
            UnixSocket.dead(directory + "/dead")
            let dead = EngineClient(socket: directory + "/dead")
            #expect(
                await failure { () async throws(DockerError) in try await dead.version() }
                    == .socketDead(path: directory + "/dead")
            )
            try DurableFile(path: directory + "/file").replace(with: [])
            let file = EngineClient(socket: directory + "/file")
            #expect(
                await failure { () async throws(DockerError) in try await file.version() }
                    == .noSocket(path: directory + "/file", reason: "it is a file")
            )
            let long = directory + "/" + String(repeating: "x", count: 200)
            let far = EngineClient(socket: long)
            #expect(
                await failure { () async throws(DockerError) in try await far.version() }
                    == .noSocket(path: long, reason: "the path is too long for a socket")
            )
        }
    }

    @Test func `an engine that is too old or too new is refused before anything else is asked`() async throws {
        try await withStub({ _ in .json(#"{"ApiVersion":"1.24"}"#) }) { client, stub in
            let error = await failure { () async throws(DockerError) in try await client.networks() }
            #expect(error == .engineTooOld(speaks: APIVersion(1, 24), needed: .oldest))
            #expect(stub.requests.count == 1)
        }
        try await withStub({ _ in .json(#"{"ApiVersion":"1.90","MinAPIVersion":"1.80"}"#) }) { client, _ in
            let error = await failure { () async throws(DockerError) in try await client.networks() }
            #expect(error == .engineTooNew(needs: APIVersion(1, 80), known: .newest))
        }
    }

    @Test func `an engine that was exchanged under the daemon is spoken to in its own version`() async throws {
        let old = #"{"ApiVersion":"1.43"}"#
        let asked = Counter()
        try await withStub({ request in
            if request.target == "/version" { return .json(asked.next() == 1 ? old : version) }
            return request.target.hasPrefix("/v1.51/")
                ? .json("[]") : .json(#"{"message":"client version 1.43 is too old"}"#, status: 400)
        }) { client, stub in
            let networks = try await client.networks()
            #expect(networks.isEmpty)
            #expect(stub.requests.map(\.target) == ["/version", "/v1.43/networks", "/version", "/v1.51/networks"])
        }
    }

    @Test func `a stream too is opened in the version of an engine that was exchanged`() async throws {
        let asked = Counter()
        try await withStub({ request in
            if request.target == "/version" { return .json(asked.next() == 1 ? #"{"ApiVersion":"1.41"}"# : version) }
            return request.target.hasPrefix("/v1.51/")
                ? .stream([#"{"a":1}"# + "\n"])
                : .json(#"{"message":"client version 1.41 is too old"}"#, status: 400)
        }) { client, _ in
            let seen = Counter()
            try await client.events(since: "0.000000000").forEachValue { _ async throws(DockerError) in
                _ = seen.next()
            }
            #expect(seen.value == 1)
        }
    }

    @Test func `an answer that stalls in its body is given up at the call's limit`() async throws {
        try await withStub({ $0.target == "/version" ? .json(version) : .stalled(["[{"]) }) { client, _ in
            let began = ContinuousClock.now
            let error = await failure { () async throws(DockerError) in
                try await client.answer(EngineCall("GET", "/slow", "ask slowly", limit: .milliseconds(300)))
            }
            #expect(error == .timedOut(call: "ask slowly", after: .milliseconds(300)))
            #expect(ContinuousClock.now - began < .seconds(5))
        }
    }

    @Test func `an engine that says nothing at all is a slow one`() async throws {
        try await withStub({ $0.target == "/version" ? .json(version) : .silence }) { client, _ in
            let error = await failure { () async throws(DockerError) in
                try await client.answer(EngineCall("GET", "/slow", "ask slowly", limit: .milliseconds(200)))
            }
            #expect(error == .timedOut(call: "ask slowly", after: .milliseconds(200)))
        }
    }

    @Test func `an answer that breaks off is no answer`() async throws {
        try await withStub({ $0.target == "/version" ? .json(version) : .cut("[1,") }) { client, _ in
            let error = await failure { () async throws(DockerError) in try await client.networks() }
            guard case .cutOff("list networks", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        try await withStub({ $0.target == "/version" ? .json(version) : .hangUp }) { client, _ in
            let error = await failure { () async throws(DockerError) in try await client.networks() }
            guard case .cutOff("list networks", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func `an answer that is too long is not read to its end`() async throws {
        let part = String(repeating: "x", count: 4096)
        try await withStub({ $0.target == "/version" ? .json(version) : .stream(Array(repeating: part, count: 64)) }) {
            client,
            _ in
            var call = EngineCall("GET", "/long", "ask long")
            call.bytesMax = 10_000
            let asked = call
            let error = await failure { () async throws(DockerError) in try await client.answer(asked) }
            #expect(error == .tooLong(call: "ask long", bytesMax: 10_000))
        }
    }

    @Test func `an engine's no is given with its own words`() async throws {
        try await withStub({
            $0.target == "/version" ? .json(version) : .json(#"{"message":"conflict: in use"}"#, status: 409)
        }) { client, _ in
            let error = await failure { () async throws(DockerError) in try await client.startContainer("c") }
            #expect(error == .status(409, message: "conflict: in use", call: "start container"))
        }
    }

    @Test func `an error inside of a pull's 200 is the pull's error`() async throws {
        let parts = [
            #"{"status":"Pulling from a"}"# + "\n" + #"{"status":"Downl"#,
            #"oading"}"# + "\n" + #"{"errorDetail":{"message":"no space left on device"},"error":"x"}"# + "\n",
        ]
        try await withStub({ $0.target == "/version" ? .json(version) : .stream(parts) }) { client, stub in
            let login = RegistryLogin(username: "u", password: Secret("p"), registry: "r.example")
            let error = await failure { () async throws(DockerError) in
                try await client.pull("r.example/a", digest: "sha256:1", login: login)
            }
            #expect(error?.message == "no space left on device")
            let request = try #require(stub.requests.first { $0.target.contains("/images/") })
            #expect(request.target == "/v1.51/images/create?fromImage=r.example%2Fa&tag=sha256%3A1")
            #expect(request.headers["x-registry-auth"] == login.header)
        }
    }

    @Test func `a stream is ended by its reader`() async throws {
        try await withStub({ $0.target == "/version" ? .json(version) : .stalled([#"{"a":1}"# + "\n"]) }) { client, _ in
            let stream = try await client.events(since: "0.000000000")
            let first = Counter()
            let reading = Task { () async -> DockerError? in
                await failure { () async throws(DockerError) in
                    try await stream.forEachValue { _ async throws(DockerError) in _ = first.next() }
                }
            }
            try await eventually { first.value == 1 }
            reading.cancel()
            #expect(await reading.value == .cancelled)
        }
    }

    @Test func `many streams keep no call waiting`() async throws {
        try await withStub({ request in
            if request.target == "/version" { return .json(version) }
            return request.target.contains("/logs") ? .stalled([]) : .json("[]")
        }) { client, stub in
            let streams = Task {
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<80 {
                        group.addTask {
                            // Ended by the cancellation below.
                            try? await client.log(of: "c\(number)", tail: nil, follow: true)
                                .forEachFrame { _ async throws(DockerError) in }
                        }
                    }
                }
            }
            try await eventually { stub.requests.count { $0.target.contains("/logs") } == 80 }
            #expect(try await client.networks().isEmpty)
            streams.cancel()
            await streams.value
        }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct `The runtime without an Engine` {
    @Test func `a runtime that has no places needs no Engine`() async throws {
        try await Fixture.with("away") { fixture in
            let runtime = try Self.runtime(fixture)
            let service = ServiceKey(
                project: try ProjectName(parsing: "shop"),
                service: try ServiceName(parsing: "web")
            )
            let place = ReplicaID(service: service, slot: .blue, index: 0)
            #expect(try await runtime.replicas().isEmpty)
            #expect(try await runtime.replicas(of: service).isEmpty)
            #expect(try await runtime.replica(place) == nil)
            #expect(!runtime.knows(place) && !runtime.knowsAny(of: service))
            try await runtime.stop(place, policy: StopPolicy())
            try await runtime.remove(place)
        }
    }

    @Test func `a place on record cannot be judged without an Engine`() async throws {
        try await Fixture.with("away") { fixture in
            let runtime = try Self.runtime(fixture)
            let service = ServiceKey(
                project: try ProjectName(parsing: "shop"),
                service: try ServiceName(parsing: "web")
            )
            let place = ReplicaID(service: service, slot: .blue, index: 0)
            let address = try #require(IPv4Address(parsing: "10.0.0.2"))
            let release = ReleaseID(service: service, number: 1)
            try runtime.home.write(PlaceRecord(release: release, address: address, endpoint: nil, port: 1), of: place)
            #expect(runtime.knows(place) && runtime.knowsAny(of: service))
            await #expect(throws: RuntimeError.unreachable(reason: "there is no Docker socket at /nowhere/docker.sock"))
            {
                try await runtime.replicas()
            }
        }
    }

    private static func runtime(_ fixture: Fixture) throws -> DockerRuntime {
        let configuration = DockerConfiguration(
            socket: "/nowhere/docker.sock",
            subnetPool: "10.214.0.0/16",
            home: try fixture.directory()
        )
        let runtime = DockerRuntime(configuration) { _ in nil }
        fixture.atEnd { await runtime.shutdown() }
        return runtime
    }
}
