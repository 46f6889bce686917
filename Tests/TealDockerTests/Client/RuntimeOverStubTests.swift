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
        notices: NoticeRecord = NoticeRecord(),
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
                DockerConfiguration(socket: stub.path, subnetPool: "10.0.0.0/16", home: home),
                notify: { notices.add($0) }
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

    @Test func `a record that cannot be read is told once, and what its container says instead`() async throws {
        let notices = NoticeRecord()
        let isThere = Counter()
        try await withRunning(
            { $0.target.contains("/containers/json") && isThere.value > 0 ? .json("[]") : nil },
            notices: notices
        ) { runtime, place, _ in
            let file = runtime.home.file(of: place)
            let whole = try #require(try file.read())
            for _ in 0..<2 {
                try file.replace(with: [])
                for _ in 0..<2 {
                    let seen = try #require(try await runtime.replicas().first)
                    #expect(seen.id == place && seen.isRunning && seen.release.number == 1)
                    #expect(try await runtime.replica(place)?.isRunning == true)
                }
                try file.replace(with: whole)
                #expect(try await runtime.replicas().first?.endpoint?.port == 80)
            }
            let reason = RuntimeError.refused(
                "\(file.path) cannot be read as a record of Teal; move it away to go on without it"
            )
            #expect(notices.all == Array(repeating: .recordUnreadable(place, reason), count: 2))
            // Where no container tells of it either, it is not taken for gone.
            try file.replace(with: [])
            _ = isThere.next()
            await #expect(throws: reason) { try await runtime.replicas() }
            await #expect(throws: reason) { try await runtime.replica(place) }
        }
    }

    @Test func `who could not be told what a new run is to do is said, once nobody tries on`() async throws {
        let notices = NoticeRecord()
        let refusal = #"{"message":"cannot kill container"}"#
        try await withRunning(
            { $0.target.contains("/kill?signal=SIGUSR1") ? .json(refusal, status: 500) : nil },
            notices: notices
        ) { runtime, place, stub in
            try runtime.home.amend(place) { record in
                record.activity = .init(active: true, call: .signal("USR1"), limit: .seconds(1))
            }
            await runtime.recall(place, within: .milliseconds(400))
            let error = RuntimeError.refused("signal container: cannot kill container")
            #expect(notices.all == [.activityUntold(place, active: true, error, after: .milliseconds(400))])
            #expect(stub.requests.count { $0.target.contains("/kill") } > 1)
            let other = Task { await runtime.recall(place, within: .seconds(60)) }
            other.cancel()
            await other.value
            #expect(notices.all.count == 1)
        }
    }

    @Test func `a start that nobody waited for does not come up behind a stop`() async throws {
        let created = Counter()
        let removed = Counter()
        try await withRunning({ request in
            let path = request.target.split(separator: "?")[0].replacing("/v1.51", with: "")
            switch (request.method, path) {
            case ("GET", "/containers/json"):
                return .json(created.value > removed.value ? #"[{"Id":"c2"}]"# : "[]")
            case ("POST", "/containers/create"):
                _ = created.next()
                return .json(#"{"Id":"c2"}"#)
            case ("POST", "/containers/c2/start"): return .hangUp
            case ("DELETE", "/containers/c2"):
                _ = removed.next()
                return .json("", status: 204)
            case ("GET", "/containers/c2/json"):
                return .json(#"{"Id":"c2","Name":"/app-blue","Config":{"Labels":{}},"State":{"Status":"created"}}"#)
            case ("GET", "/containers/c1/json"): return .json(#"{"message":"gone"}"#, status: 404)
            case ("GET", _) where path.hasPrefix("/images/"): return .json(#"{"Id":"sha256:cd","Config":{}}"#)
            case ("GET", "/networks"): return .json("[]")
            case ("POST", "/networks/create"): return .json(#"{"Id":"n1"}"#)
            case ("GET", "/networks/n1"):
                return .json(#"{"Id":"n1","Name":"teal-lab","Labels":{},"IPAM":{"Config":[{"Subnet":"10.0.0.0/24"}]}}"#)
            case ("GET", _) where path.hasPrefix("/networks/"): return .json("{}", status: 404)
            default: return nil
            }
        }) { runtime, place, stub in
            var spec = ServiceSpec(name: place.service.service, kind: .web, source: .image("lab/app:1"))
            spec.port = 80
            let release = Release(
                id: ReleaseID(service: place.service, number: 1),
                environment: try EnvironmentName(parsing: "test"),
                spec: spec,
                content: .localImage(id: "sha256:cd"),
                secretVersions: [:],
                configurationHash: "",
                gitCommit: nil,
                author: "lab",
                createdAt: 0
            )
            let order = StartOrder(replica: place, release: release, environment: [:], active: false)
            await #expect {
                try await runtime.start(order)
            } throws: { ($0 as? RuntimeError)?.isPassing ?? false }
            try await runtime.stop(place, policy: StopPolicy())
            #expect(removed.value == 1)
            let record = try #require(try runtime.home.record(of: place))
            #expect(record.isStopped && record.container == nil && runtime.knows(place))
            // One that the engine refused to start stays for the next time.
            try await runtime.stop(place, policy: StopPolicy())
            #expect(stub.requests.count { $0.method == "DELETE" } == 1)
        }
    }
}
