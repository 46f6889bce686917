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
        let full = DockerError.streamed(message: "write /var/lib/x: no space left on device", call: "pull")
        #expect(full.asPull(of: release) == .diskFull(path: "the Docker Engine's disk"))
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
        let port = said("driver failed programming: Bind for 127.0.0.1:8000 failed: port is already allocated")
        #expect(
            port.asStart(of: release, publishing: 8000) { "pid of \($0)" } == .portTaken(port: 8000, by: "pid of 8000")
        )
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
                address: try #require(IPv4Address(parsing: "10.0.0.2")),
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
    }
}
