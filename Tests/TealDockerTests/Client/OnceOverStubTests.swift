import Synchronization
import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDocker

private let name = "r1-migrate"
private let release = ReleaseID(service: DockerLab.key, number: 1)
private let file = WrittenFile(target: "/run/secrets/key", content: .secret("key"))

/// Once-only runs before an engine that tells what a test says.
@Suite(.timeLimit(.minutes(1)))
struct `A once-only run whose end the engine did not see` {
    private struct Bench {
        let runtime: DockerRuntime
        let home: DockerHome
        let stub: StubEngine
        let engine: EngineState

        /// Whether copies of the run's secrets are there.
        func hasSecrets(_ run: String = name) -> Bool {
            runtime.files.secretPlaces().contains { $0.place == DockerRuntime.place(ofOnce: run) }
        }

        func putSecrets(_ run: String = name) throws {
            let place = DockerRuntime.place(ofOnce: run)
            _ = try runtime.files.put([file], of: DockerLab.key.project, in: place, ["key": Secret("v4lue")])
        }
    }

    /// A runtime in one boot, before an engine that has the run's container.
    private func with(boot: String = "now", _ body: (Bench) async throws -> Void) async throws {
        try await Fixture.with("once") { fixture in
            let home = try fixture.directory()
            let engine = EngineState()
            let stub = StubEngine(path: try fixture.directory() + "/docker.sock") { engine.answer($0) }
            fixture.atEnd { stub.close() }
            let runtime = DockerRuntime(
                DockerConfiguration(socket: stub.path, subnetPool: "10.0.0.0/16", home: home),
                logDriver: ContainerPlan.logDriverDefault,
                boot: BootID(boot),
                notify: { _ in }
            ) { _ in nil }
            fixture.atEnd { await runtime.shutdown() }
            try await body(Bench(runtime: runtime, home: runtime.home, stub: stub, engine: engine))
        }
    }

    private static func container(_ home: DockerHome, _ state: [String: JSONValue]) throws -> JSONValue {
        let labels = [
            ContainerLabels.home: try home.id(), ContainerLabels.once: name, ContainerLabels.release: release.qualified,
        ]
        return [
            "Id": "c1", "Name": "/teal-once", "Config": ["Labels": JSONValue(labels)], "State": .object(state),
        ]
    }

    private static func ended(_ code: Int, finished: Bool = true) -> [String: JSONValue] {
        [
            "Status": "exited", "ExitCode": .int(code), "StartedAt": "2026-11-21T10:59:21.5Z",
            "FinishedAt": .string(finished ? "2026-11-21T11:30:00.5Z" : "0001-01-01T00:00:00Z"),
        ]
    }

    private static func record(boot: String?) -> OnceRecord {
        OnceRecord(
            name: name,
            release: release,
            container: "c1",
            timeout: .seconds(60),
            boot: boot.map { BootID($0) }
        )
    }

    @Test(
        arguments: [
            // Docker's 255 after another boot, and in the same one, where it is the command's.
            (255, true, "before", true), (255, true, "now", false),
            // What an earlier Teal began has no boot.
            (255, true, nil, false),
            // Any other code is one that the engine saw, whenever that was.
            (1, true, "before", false), (0, true, "before", false),
            // Podman leaves the code of what runs, and no moment of its end.
            (0, false, "before", true), (0, false, nil, true),
        ] as [(Int, Bool, String?, Bool)]
    )
    func `is unknown and never repeated, and only that`(
        code: Int,
        finished: Bool,
        boot: String?,
        isUnknown: Bool
    ) async throws {
        try await with { bench in
            bench.engine.set(try Self.container(bench.home, Self.ended(code, finished: finished)))
            try bench.home.write(Self.record(boot: boot), to: bench.home.file(ofOnce: name))
            try bench.putSecrets()
            let state = try await bench.runtime.onceState(of: name)
            if isUnknown {
                #expect(state == .unknown)
                let order = try Self.order()
                await #expect(throws: RuntimeError.endUnknown(name)) { try await bench.runtime.runOnce(order) }
                #expect(!bench.stub.requests.contains { $0.method != "GET" })
            } else {
                guard case .ended(let end) = state else {
                    Issue.record("\(state)")
                    return
                }
                #expect(end.exitCode == code)
            }
            #expect(!bench.hasSecrets())
        }
    }

    @Test func `a record without a boot is read as it was written`() async throws {
        try await with { bench in
            let written = bench.home.file(ofOnce: name)
            try bench.home.write(Self.record(boot: nil), to: written)
            let earlier = String(decoding: try #require(try written.read()), as: UTF8.self)
            #expect(!earlier.contains("boot"))
            let read: OnceRecord? = try bench.home.read(written)
            #expect(read == Self.record(boot: nil))
        }
    }

    private static func order() throws -> OnceOrder {
        var spec = ServiceSpec(name: DockerLab.key.service, kind: .worker, source: .image("lab/app:1"))
        var written = WrittenContainer(project: "lab", service: "app")
        written.files = [file]
        spec.written = written
        return OnceOrder(
            name: name,
            release: Release(
                id: release,
                environment: try EnvironmentName(parsing: "test"),
                spec: spec,
                content: .localImage(id: "sha256:" + String(repeating: "cd", count: 32)),
                secretVersions: [:],
                configurationHash: "",
                gitCommit: nil,
                author: "lab",
                createdAt: 0
            ),
            command: ["true"],
            environment: ["key": Secret("v4lue")],
            timeout: .seconds(60),
            onHost: false
        )
    }

    @Test func `is begun in the boot that its record names`() async throws {
        try await with { bench in
            bench.engine.set(try Self.container(bench.home, ["Status": "created"]))
            bench.engine.whenStarted(try Self.container(bench.home, Self.ended(0)))
            #expect(try await bench.runtime.runOnce(Self.order()).succeeded)
            let record: OnceRecord? = try bench.home.read(bench.home.file(ofOnce: name))
            #expect(record?.boot == BootID("now") && record?.end?.exitCode == 0)
            #expect(!bench.hasSecrets())
        }
    }

    @Test func `leaves no secret behind when it cannot be launched`() async throws {
        let launch = "OCI runtime create failed: exec: \"nope\": executable file not found in $PATH"
        for (message, code) in [(launch, Optional(127)), ("no more room at the inn", nil)] {
            try await with { bench in
                bench.engine.set(try Self.container(bench.home, ["Status": "created"]))
                bench.engine.refuseStart(message)
                let end = try? await bench.runtime.runOnce(Self.order())
                #expect(end?.exitCode == code)
                #expect(!bench.hasSecrets())
            }
        }
    }

    @Test func `leaves no secret behind when its container went`() async throws {
        try await with { bench in
            try bench.home.write(Self.record(boot: "now"), to: bench.home.file(ofOnce: name))
            try bench.putSecrets()
            #expect(try await bench.runtime.onceState(of: name) == .unknown)
            #expect(!bench.hasSecrets())
        }
    }

    @Test func `a prune takes secrets of runs that are over, and of no other`() async throws {
        try await with { bench in
            let running: [String: JSONValue] = ["Status": "running", "StartedAt": "2026-11-21T10:59:21.5Z", "Pid": 1]
            bench.engine.set(try Self.container(bench.home, running))
            try bench.putSecrets()
            try bench.putSecrets("r1-before")
            let values = ["key": Secret("v4lue")]
            _ = try bench.runtime.files.put([file], of: DockerLab.key.project, in: "once-blue-0", values)
            _ = try await bench.runtime.prune(keeping: [])
            #expect(bench.hasSecrets() && !bench.hasSecrets("r1-before"))
            #expect(bench.runtime.files.secretPlaces().contains { $0.place == "once-blue-0" })
        }
    }
}

/// What an engine has of one run's container.
private final class EngineState: Sendable {
    private struct State {
        var container: JSONValue?
        var whenStarted: JSONValue?
        var refusal: String?
    }

    private let state = Mutex(State())

    func set(_ container: JSONValue) { state.withLock { $0.container = container } }
    func whenStarted(_ container: JSONValue) { state.withLock { $0.whenStarted = container } }
    func refuseStart(_ message: String) { state.withLock { $0.refusal = message } }

    func answer(_ request: StubEngine.Request) -> StubEngine.Answer {
        let path = request.target.split(separator: "?")[0].replacing("/v1.51", with: "")
        if path == "/version" { return .json(#"{"Version":"28.5.1","ApiVersion":"1.51","MinAPIVersion":"1.24"}"#) }
        if path == "/info" { return .json(#"{"ID":"A","DockerRootDir":"/srv/docker"}"#) }
        let container = state.withLock { $0.container }
        if path == "/containers/json" { return .json(container == nil ? "[]" : #"[{"Id":"c1"}]"#) }
        if path.hasSuffix("/logs") { return .stream([]) }
        if path.hasSuffix("/start") { return start() }
        if path.hasPrefix("/containers/"), path.hasSuffix("/json") {
            guard let container else { return .json(#"{"message":"No such container"}"#, status: 404) }
            return .json(String(decoding: container.bytes, as: UTF8.self))
        }
        return .json("[]")
    }

    private func start() -> StubEngine.Answer {
        state.withLock { state in
            if let refusal = state.refusal {
                let body = JSONValue.object(["message": .string(refusal)])
                return .json(String(decoding: body.bytes, as: UTF8.self), status: 400)
            }
            state.container = state.whenStarted
            return .json("", status: 204)
        }
    }
}
