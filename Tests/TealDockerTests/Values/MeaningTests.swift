import TealCore
import TealDriverKit
import Testing

@testable import TealDocker

struct `What the Engine's complaints mean` {
    private let release: ReleaseID

    init() throws {
        let service = ServiceKey(project: try ProjectName(parsing: "shop"), service: try ServiceName(parsing: "web"))
        release = ReleaseID(service: service, number: 1)
    }

    private func said(_ message: String, _ status: Int = 500) -> DockerError {
        .status(status, message: message, call: "call")
    }

    @Test func `a pull's failures are told apart`() {
        let missing = DockerError.streamed(message: "manifest for a@sha256:0 not found: manifest unknown", call: "pull")
        #expect(missing.asPull(of: release) == .contentMissing(release))
        let full = DockerError.diskFull(root: "/srv/docker", message: "no space left on device", call: "pull")
        #expect(full.asPull(of: release) == .diskFull(path: "/srv/docker"))
        #expect(full.asStart(of: release, publishing: nil) { _ in nil } == .diskFull(path: "/srv/docker"))
        #expect(full.asRuntime == .diskFull(path: "/srv/docker"))
        let login = said("unauthorized: authentication required")
        #expect(login.asPull(of: release) == .refused("the registry refuses: unauthorized: authentication required"))
        let away = said("Get \"https://x/v2/\": dial tcp: lookup x: no such host").asPull(of: release)
        #expect(away.isPassing)
    }

    @Test func `a start's failures are told apart`() {
        let exec = said(
            """
            OCI runtime create failed: runc create failed: unable to start container process: exec: "./nothing": \
            stat ./nothing: no such file or directory: unknown
            """,
            400
        )
        #expect(
            exec.asStart(of: release, publishing: nil) { _ in nil }
                == .launchFailed("exec: \"./nothing\": stat ./nothing: no such file or directory")
        )
        for text in [
            "driver failed programming: Bind for 127.0.0.1:8000 failed: port is already allocated",
            "Error starting userland proxy: listen tcp4 127.0.0.1:8000: bind: address already in use",
            """
            failed to set up container networking: driver failed programming external connectivity on endpoint web-blue: \
            failed to bind host port for 127.0.0.1:8000:10.213.0.2:8080/tcp: address already in use
            """,
            "failed to set up container networking: failed to bind host port 127.0.0.1:8000/tcp: address already in use",
            "cannot listen on the TCP port: listen tcp4 127.0.0.1:8000: bind: address already in use",
        ] {
            let port = said(text).asStart(of: release, publishing: 8000) { "pid of \($0)" }
            #expect(port == .portTaken(port: 8000, by: "pid of 8000"), "\(text)")
        }
        // Of an address in a network, and of a container that publishes nothing.
        let address = said("failed to set up container networking: Address already in use", 403)
        guard case .refused = address.asStart(of: release, publishing: 8000, holder: { _ in nil }) else {
            Issue.record("\(address.asStart(of: release, publishing: 8000, holder: { _ in nil }))")
            return
        }
        #expect(
            said("No such image: a:b", 404).asStart(of: release, publishing: nil) { _ in nil }
                == .contentMissing(release)
        )
    }

    @Test func `what is just being removed is gone, and a refusal for another reason is not`() {
        let going = "can not get logs from container which is dead or marked for removal"
        #expect(DockerError.status(409, message: going, call: "read log").isGone)
        #expect(DockerError.status(404, message: "no such container", call: "read log").isGone)
        #expect(!DockerError.status(409, message: "the container is paused", call: "read log").isGone)
        #expect(!DockerError.socketMissing(path: "/run/docker.sock").isGone)
    }

    @Test func `an Engine that cannot be asked may answer a moment later`() {
        let all: [DockerError] = [
            .socketMissing(path: "/s"), .socketDead(path: "/s"), .permissionRefused(path: "/s"),
            .timedOut(call: "c", after: .seconds(1)), .cutOff(call: "c", reason: "r"),
        ]
        for error in all {
            #expect(error.isUnreachable && error.asRuntime.isPassing, "\(error)")
        }
        #expect(!said("no", 409).isUnreachable && !said("no", 409).asRuntime.isPassing)
    }

    @Test func `each way of not being asked has its own words`() {
        #expect("\(DockerError.socketMissing(path: "/run/d"))" == "there is no Docker socket at /run/d")
        #expect("\(DockerError.permissionRefused(path: "/run/d"))" == "this user may not use /run/d")
        #expect(
            "\(DockerError.engineTooOld(speaks: APIVersion(1, 24), needed: .oldest))"
                == "the Docker Engine speaks API 1.24 and Teal needs 1.41 or later (Docker 20.10)"
        )
        #expect(
            "\(DockerError.timedOut(call: "start container", after: .milliseconds(1_500)))"
                == "the Docker Engine did not answer 'start container' within 1.5s"
        )
    }

    @Test func `a place's phase is what the container does, and whose will it is`() throws {
        func phase(_ status: String, code: Int = 0, oom: Bool = false, stopped: Bool = false) throws -> ReplicaPhase {
            let place = ReplicaID(service: release.service, slot: .blue, index: 0)
            let json: JSONValue = [
                "Id": "c", "State": ["Status": .string(status), "ExitCode": .int(code), "OOMKilled": .bool(oom)],
            ]
            var record = PlaceRecord(
                release: release,
                address: IPv4Address(parsing: "10.0.0.2"),
                endpoint: nil,
                port: 80
            )
            record.isStopped = stopped
            let standing = PlaceStanding(
                place: place,
                record: record,
                containers: [try #require(ContainerFacts(json))],
                network: nil
            )
            return try #require(standing).phase
        }
        #expect(try phase("running") == .running)
        #expect(try phase("running", stopped: true) == .running)
        #expect(try phase("created") == .stopped)
        #expect(try phase("exited", code: 143, stopped: true) == .stopped)
        #expect(try phase("exited", code: 137, oom: true) == .exited(.init(code: 137, outOfMemory: true)))
        #expect(try phase("restarting", code: 1) == .restarting(.init(code: 1, outOfMemory: false)))
        #expect(try phase("paused") == .foreign("paused"))
        #expect(try phase("dead", code: 1) == .stopped)
        // A process below the first one was killed for its memory, and the first one ended of something else later.
        #expect(try phase("exited", code: 1, oom: true) == .exited(.init(code: 1, outOfMemory: false)))
    }

    @Test func `what a run was told of its work counts for that run, else what it began with`() throws {
        func isActive(status: String = "running", began active: String?, told: Bool?, run: String) throws -> Bool? {
            let json: JSONValue = [
                "Id": "c", "State": ["Status": .string(status), "StartedAt": "2026-01-02T03:04:05Z"],
                "Config": ["Env": .array(active.map { [.string("TEAL_ACTIVE=\($0)")] } ?? [])],
            ]
            let container = try #require(ContainerFacts(json))
            var record = PlaceRecord(
                release: release,
                address: IPv4Address(parsing: "10.0.0.2"),
                endpoint: nil,
                port: 80
            )
            record.activity = told.map { active in
                let of = run == "this" ? container.run : RunID("another")
                return .init(active: active, call: .signal("USR1"), limit: .seconds(1), run: of)
            }
            let standing = PlaceStanding(
                place: ReplicaID(service: release.service, slot: .blue, index: 0),
                record: record,
                containers: [container],
                network: nil
            )
            return try #require(standing?.state).isActive
        }
        #expect(try isActive(began: "0", told: true, run: "this") == true)
        #expect(try isActive(began: "0", told: true, run: "another") == false)
        #expect(try isActive(began: "1", told: false, run: "this") == false)
        #expect(try isActive(began: "1", told: nil, run: "this") == true)
        #expect(try isActive(began: nil, told: nil, run: "this") == nil)
        #expect(try isActive(status: "exited", began: "1", told: true, run: "this") == nil)
    }

    @Test func `a stopped container that somebody gave a policy differs, and one without does not`() throws {
        func drift(_ status: String, policy: String) throws -> [ReplicaDrift] {
            let json: JSONValue = [
                "Id": "c", "State": ["Status": .string(status)],
                "HostConfig": ["RestartPolicy": ["Name": .string(policy)]],
            ]
            let record = PlaceRecord(
                release: release,
                address: IPv4Address(parsing: "10.0.0.2"),
                endpoint: nil,
                port: 80
            )
            let standing = PlaceStanding(
                place: ReplicaID(service: release.service, slot: .blue, index: 0),
                record: record,
                containers: [try #require(ContainerFacts(json))],
                network: nil
            )
            return try #require(standing).drift
        }
        #expect(try drift("exited", policy: "always") == [.restartPolicy("always")])
        #expect(try drift("exited", policy: "no").isEmpty)
        #expect(try drift("created", policy: "").isEmpty)
    }

    @Test func `what the Engine's own check says is read, from Docker and from Podman`() {
        func health(_ state: JSONValue) -> ReplicaHealth? {
            ContainerFacts(["Id": "c", "State": state])?.health
        }
        #expect(health(["Status": "running", "Health": ["Status": "unhealthy"]]) == .unhealthy)
        #expect(health(["Status": "running", "Health": ["Status": "starting"]]) == .starting)
        #expect(health(["Status": "running", "Healthcheck": ["Status": "healthy"]]) == .healthy)
        #expect(health(["Status": "running", "Health": ["Status": "none"]]) == nil)
        #expect(health(["Status": "running"]) == nil)
    }

    @Test func `engines are told apart by ID and by place, and Podman by place alone`() {
        func mark(_ id: String, _ root: String, podman: Bool = false) -> EngineMark {
            let version: JSONValue = ["Components": [["Name": .string(podman ? "Podman Engine" : "Engine")]]]
            let info: JSONValue = ["ID": .string(id), "DockerRootDir": .string(root)]
            return EngineFacts(version: version, info: info, speaking: .oldest).mark
        }
        #expect(mark("A", "/var/lib/docker") == mark("A", "/var/lib/docker"))
        #expect(mark("A", "/var/lib/docker") != mark("B", "/var/lib/docker"))
        #expect(mark("A", "/var/lib/docker") != mark("A", "/home/ann/.local/share/docker"))
        #expect(mark("1", "/var/lib/containers", podman: true) == mark("2", "/var/lib/containers", podman: true))
    }

    @Test func `an image's tags are names alone, and a local build's digest is no proof of a push`() throws {
        let image = try #require(
            ImageFacts([
                "Id": "sha256:1", "RepoTags": ["shop/web:1", "shop/web@sha256:1", "<none>:<none>"],
                "RepoDigests": ["shop/web@sha256:1", "shop/web@sha256:1"],
            ])
        )
        #expect(image.tags == ["shop/web:1"] && image.digest(in: "shop/web") == "sha256:1")
    }
}
