import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDocker

/// What a real engine does too seldom.
@Suite(.timeLimit(.minutes(1)))
struct `The runtime before an engine that is in trouble` {
    private static let version = #"{"Version":"28.5.1","ApiVersion":"1.51","MinAPIVersion":"1.24"}"#

    /// A runtime with one running replica, before a stub.
    private func withRunning(
        _ answer: @escaping @Sendable (StubEngine.Request) -> StubEngine.Answer?,
        _ body: (DockerRuntime, ReplicaID, StubEngine) async throws -> Void
    ) async throws {
        try await Fixture.with("stub") { fixture in
            let place = ReplicaID(service: DockerLab.key, slot: .blue, index: 0)
            let release = ReleaseID(service: DockerLab.key, number: 1)
            let home = try fixture.directory()
            let records = DockerHome(home: home)
            let labels = ContainerLabels(home: try records.id(), place: place, release: release, spec: "s")
            let container: JSONValue = [
                "Id": "c1", "Name": "/app-blue", "Config": ["Labels": JSONValue(labels.all)],
                "State": ["Status": "running", "StartedAt": "2026-11-21T10:59:21.5Z", "Pid": 1],
            ]
            let text = String(decoding: container.bytes, as: UTF8.self)
            let stub = StubEngine(path: try fixture.directory() + "/docker.sock") { request in
                if let own = answer(request) { return own }
                let path = request.target.split(separator: "?")[0].replacing("/v1.51", with: "")
                switch path {
                case "/version": return .json(Self.version)
                case "/info": return .json(#"{"ID":"A","DockerRootDir":"/srv/docker"}"#)
                case "/containers/json": return .json(#"[{"Id":"c1"}]"#)
                case "/containers/c1/json": return .json(text)
                default: return .json("{}")
                }
            }
            fixture.atEnd { stub.close() }
            var record = PlaceRecord(
                release: release,
                address: IPv4Address(parsing: "10.0.0.2"),
                endpoint: Endpoint(address: "10.0.0.2", port: 80),
                port: 80
            )
            record.container = "c1"
            record.isStopped = false
            try records.write(record, of: place)
            let runtime = DockerRuntime(
                DockerConfiguration(socket: stub.path, subnetPool: "10.0.0.0/16", home: home)
            ) { _ in nil }
            fixture.atEnd { await runtime.shutdown() }
            try await body(runtime, place, stub)
        }
    }

    @Test func `a look at a replica that runs is one question, and who listens there another one`() async throws {
        try await withRunning({ _ in nil }) { runtime, place, stub in
            #expect(try await runtime.replica(place)?.isRunning == true)
            _ = try await runtime.listeners(of: place)
            #expect(
                stub.requests.map(\.target) == ["/version", "/v1.51/containers/c1/json", "/v1.51/containers/c1/json"]
            )
        }
    }

    @Test func `a kill that the engine could not do is a replica that does not stop`() async throws {
        let refusal =
            #"{"message":"cannot kill container: c1: tried to kill container, but did not receive an exit event"}"#
        try await withRunning({ request in
            if request.target.contains("/kill?signal=SIGKILL") { return .json(refusal, status: 500) }
            if request.target.contains("/wait") { return .json(#"{"StatusCode":0}"#) }
            return nil
        }) { runtime, place, _ in
            var policy = StopPolicy()
            policy.grace = .zero
            let stop = policy
            await #expect(throws: RuntimeError.doesNotStop(place)) { try await runtime.stop(place, policy: stop) }
        }
    }

    @Test func `a policy for a container that is just being removed is no error, and another refusal is one`()
        async throws
    {
        let going = #"{"message":"Container c1 is marked for removal and cannot be \"update\""}"#
        for (text, isError) in [(going, false), (#"{"message":"no"}"#, true)] {
            try await withRunning({ request in
                request.target.contains("/update") ? .json(text, status: 409) : nil
            }) { runtime, place, _ in
                do throws(RuntimeError) {
                    try await runtime.setRestartPolicy(.unlessStopped, of: place)
                    #expect(!isError)
                } catch {
                    #expect(isError && error == .refused("update container: no"))
                }
            }
        }
    }
}
