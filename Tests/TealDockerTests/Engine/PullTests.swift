import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDocker

@Suite(
    .serialized,
    .timeLimit(.minutes(2)),
    .enabled(if: DockerEngine.isThere, Comment(rawValue: DockerEngine.missing)),
    .enabled(if: Registry.isThere, Comment(rawValue: Registry.missing))
)
struct `Images of a registry` {
    private func withRegistry(
        password: String = "s3cret",
        _ body: (DockerLab, Registry, _ digest: String) async throws -> Void
    ) async throws {
        try await Fixture.with("registry") { fixture in
            let registry = try await Registry(fixture)
            let image = try await LabImage(script: "#!/bin/sh\n\(DockerLab.idle)\n").load(fixture)
            let digest = try await registry.push(image, as: "shop/web", tag: "1")
            try await DockerLab.with(login: registry.login(password: password)) { lab in
                try await body(lab, registry, digest)
            }
        }
    }

    @Test func `a release is pulled by its digest with the login of that pull, and runs`() async throws {
        try await withRegistry { lab, registry, digest in
            let release = try lab.release(content: .image(digest: digest), source: "\(registry.host)/shop/web:1", 1)
            #expect(!(await lab.runtime.hasImage(of: release)))
            try await lab.runtime.fetch(release)
            try await lab.runtime.fetch(release)
            #expect(try await lab.client.image("teal/lab/app:1")?.digest(in: "\(registry.host)/shop/web") == digest)
            let first = try await lab.runtime.start(lab.order(release))
            #expect(first.isRunning)
            try await lab.runtime.remove(first.id)
            #expect(try await lab.runtime.prune(keeping: []).contains("image of app@1"))
            #expect(!(await lab.runtime.hasImage(of: release)))
            // The engine has kept no login: without one the same pull is refused.
            let other = try await lab.reattached()
            await #expect {
                try await other.fetch(release)
            } throws: { error in
                if case RuntimeError.refused = error { true } else { false }
            }
        }
    }

    @Test func `a wrong password is a refusal without the password, and nothing is there`() async throws {
        try await withRegistry(password: "wr0ng-pass") { lab, registry, digest in
            let release = try lab.release(content: .image(digest: digest), source: "\(registry.host)/shop/web:1", 1)
            await #expect {
                try await lab.runtime.fetch(release)
            } throws: { error in
                guard case RuntimeError.refused(let text) = error else { return false }
                return !text.contains("wr0ng-pass") && text.hasPrefix("the registry refuses")
            }
            #expect(!(await lab.runtime.hasImage(of: release)))
        }
    }

    @Test func `a digest that the registry does not have is missing content`() async throws {
        try await withRegistry { lab, registry, _ in
            let digest = "sha256:" + String(repeating: "0", count: 64)
            let release = try lab.release(content: .image(digest: digest), source: "\(registry.host)/shop/web:1", 1)
            await #expect(throws: RuntimeError.contentMissing(release.id)) { try await lab.runtime.fetch(release) }
        }
    }

    @Test func `a registry that is away may be there a moment later`() async throws {
        try await DockerLab.with { lab in
            let digest = "sha256:" + String(repeating: "0", count: 64)
            let release = try lab.release(content: .image(digest: digest), source: "127.0.0.1:9/shop/web:1", 1)
            await #expect {
                try await lab.runtime.fetch(release)
            } throws: { error in
                (error as? RuntimeError)?.isPassing ?? false
            }
        }
    }

    @Test func `a name is resolved by the registry, then by what the host has`() async throws {
        try await withRegistry { lab, registry, digest in
            let name = try #require(ImageReference(parsing: "\(registry.host)/shop/web:1"))
            let asked = try await lab.runtime.resolve(name, login: registry.login())
            #expect(asked.content == .image(digest: digest) && asked.how == .registry && asked.facts == nil)
            await #expect(throws: DockerError.self) {
                try await lab.runtime.resolve(name, login: registry.login(password: "no"))
            }
            try await lab.runtime.fetch(try lab.release(content: .image(digest: digest), source: "\(name)", 1))
            try await lab.client.tagImage("teal/lab/app:1", repository: name.name, tag: "1")
            let found = try await lab.runtime.resolve(name, login: nil)
            #expect(found.content == .image(digest: digest) && found.how == .hostByDigest)
            #expect(found.registryProblem != nil && found.facts?.runsAsRoot == true)
            _ = try await lab.client.removeImage("\(name)")
        }
    }

    @Test func `an image that was never pushed is resolved by its ID`() async throws {
        try await DockerLab.with { lab in
            let name = "\(lab.fixture.id)/own:1"
            let changes = ["USER 7", "EXPOSE 81", "VOLUME /data", #"HEALTHCHECK CMD ["true"]"#]
            let id = try await LabImage(script: "#!/bin/sh\n", changes: changes, name: name).load(lab.fixture)
            let found = try await lab.runtime.resolve(try #require(ImageReference(parsing: name)), login: nil)
            #expect(found.content == .localImage(id: id) && found.how == .hostOnly)
            #expect(found.facts?.user == "7" && found.facts?.exposedPorts == [81] && found.facts?.volumes == ["/data"])
            #expect(found.facts?.hasHealthcheck == true)
        }
    }
}
