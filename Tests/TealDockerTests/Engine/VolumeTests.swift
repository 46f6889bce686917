import Glibc
import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDocker

@Suite(
    .serialized,
    .timeLimit(.minutes(2)),
    .enabled(if: DockerEngine.isThere, Comment(rawValue: DockerEngine.missing))
)
struct `Volumes of containers` {
    private func spec(_ names: [String]) throws -> ServiceSpec {
        var spec = ServiceSpec(name: try ServiceName(parsing: "app"), kind: .web, source: .image("lab/app:1"))
        spec.volumes = names.map { Volume(source: $0, target: "/\($0)", readOnly: false, shared: true) }
        return spec
    }

    @Test func `one name in two projects is two volumes, and in one project one`() async throws {
        try await DockerLab.with { lab in
            let spec = try spec(["data"])
            let one = try ProjectName(parsing: "lab-one")
            let other = try ProjectName(parsing: "lab-two")
            let names = try await lab.runtime.volumes.written(in: spec, of: one)
            #expect(try await lab.runtime.volumes.written(in: spec, of: one) == names)
            #expect(try await lab.runtime.volumes.written(in: spec, of: other)["data"] != names["data"])
            let name = try #require(names["data"])
            let labels = try await lab.client.volume(name)?.labels ?? [:]
            #expect(labels["teal.project"] == "lab-one" && labels["teal.volume"] == "data")
        }
    }

    @Test func `a volume that somebody else has under the name is left to them`() async throws {
        try await DockerLab.with { lab in
            let project = try ProjectName(parsing: "lab-three")
            try await lab.client.createVolume("lab-three_data", labels: [:])
            lab.fixture.atEnd { _ = try? await DockerEngine.curl("DELETE", "/volumes/lab-three_data?force=1") }
            let own = try lab.runtime.home.id().prefix(8)
            let names = try await lab.runtime.volumes.written(in: try spec(["data"]), of: project)
            #expect(names == ["data": "lab-three_data_\(own)"])
        }
    }

    @Test func `what one service writes to a volume of its project another one reads, also a command that runs once`()
        async throws
    {
        try await DockerLab.with { lab in
            func volumes(_ spec: inout ServiceSpec) {
                spec.volumes.append(Volume(source: "files", target: "/data", readOnly: false, shared: true))
            }
            let first = try await lab.started(try await lab.release(DockerLab.idle, volumes))
            #expect(try await lab.says(first.id, "echo hello > /data/x && echo yes") == "yes")
            let release = try await lab.release(DockerLab.idle, service: "other", volumes)
            let second = try await lab.started(release)
            #expect(try await lab.says(second.id, "cat /data/x") == "hello")
            let order = OnceOrder(
                name: "rollout/read",
                release: release,
                command: ["cat", "/data/x"],
                environment: [:],
                timeout: .seconds(20),
                onHost: false
            )
            #expect(try await lab.runtime.runOnce(order).tail == ["hello"])
        }
    }

    // MARK: Who may write

    @Test func `a directory that the image's user may not write to is said before anything runs`() async throws {
        try await DockerLab.with { lab in
            let closed = try lab.fixture.directory()
            chmod(closed, 0o755)
            let release = try await lab.release(DockerLab.idle, changes: ["USER app"]) {
                $0.volumes.append(Volume(source: closed, target: "/files", readOnly: false, shared: true))
                $0.volumes.append(Volume(source: closed, target: "/only-read", readOnly: true, shared: true))
            }
            try await lab.runtime.fetch(release)
            await #expect(
                throws: RuntimeError.refused(
                    """
                    its user 'app' may not write to /files (\(closed) of the host), which belongs to 0:0 with mode 755; \
                    give it to that user, or mount read-only with `:ro`
                    """
                )
            ) { try await lab.runtime.start(lab.order(release)) }
            let place = ReplicaID(service: release.id.service, slot: .blue, index: 0)
            #expect(try await lab.container(place).startedAt == nil)
            #expect(try await lab.state(place).phase == .stopped)
            // Given to that user, it starts.
            chown(closed, 1000, 1000)
            let first = try await lab.runtime.start(lab.order(release))
            #expect(try await lab.says(first.id, "touch /files/x && echo yes") == "yes")
        }
    }

    @Test func `a new volume is the user's where the image's directory is, and root's otherwise`() async throws {
        try await DockerLab.with { lab in
            func withVolume(_ target: String) async throws -> Release {
                try await lab.release(DockerLab.idle, changes: ["USER 1000"]) {
                    $0.volumes.append(
                        Volume(source: "v\(target.dropFirst())", target: target, readOnly: false, shared: true)
                    )
                }
            }
            let closed = try await withVolume("/data")
            try await lab.runtime.fetch(closed)
            await #expect {
                try await lab.runtime.start(lab.order(closed))
            } throws: { error in
                guard case RuntimeError.refused(let text) = error else { return false }
                return text.contains("/data (the volume vdata), which belongs to 0:0 with mode 755")
            }
            // The image's /marks is everybody's.
            let open = try await withVolume("/tmp")
            let first = try await lab.runtime.start(lab.order(open))
            #expect(try await lab.says(first.id, "touch /tmp/x && echo yes") == "yes")
        }
    }
}
