import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDocker

@Suite(
    .serialized,
    .timeLimit(.minutes(3)),
    .enabled(if: PodmanEngine.isThere, Comment(rawValue: PodmanEngine.missing)),
    .enabled(if: Registry.isThere, Comment(rawValue: Registry.missing))
)
struct `Podman asks a registry by a pull` {
    private func withRegistry(_ body: (DockerLab, Registry) async throws -> Void) async throws {
        try await DockerEngine.$isPodman.withValue(true) {
            try await Fixture.with("podman-registry") { fixture in
                let registry = try await Registry(fixture)
                try await DockerLab.with(login: registry.login()) { try await body($0, registry) }
            }
        }
    }

    private func push(_ text: String, _ lab: DockerLab, _ registry: Registry) async throws -> String {
        let script = "#!/bin/sh\n# \(text)\n\(DockerLab.idle)\n"
        return try await registry.push(try await LabImage(script: script).load(lab.fixture), as: "shop/web", tag: "1")
    }

    @Test func `a tag that moved is what is released, and it runs`() async throws {
        try await withRegistry { lab, registry in
            let name = try #require(ImageReference(parsing: "\(registry.host)/shop/web:1"))
            let digest = try await push("one", lab, registry)
            let first = try await lab.runtime.resolve(name, login: registry.login())
            #expect(first.content == .image(digest: digest) && first.how == .registry && first.facts != nil)
            let release = try lab.release(content: first.content, source: "\(name)", 1)
            #expect(try await lab.started(release).isRunning)
            let moved = try await push("two", lab, registry)
            let second = try await lab.runtime.resolve(name, login: registry.login())
            #expect(moved != digest && second.content == .image(digest: moved) && second.how == .registry)
            let next = try lab.release(content: second.content, source: "\(name)", 2)
            #expect(try await lab.started(next, .green).isRunning)
            // The one before is still there to go back to.
            #expect(await lab.runtime.hasImage(of: release))
            for replica in [lab.order(release).replica, lab.order(next, .green).replica] {
                try await lab.runtime.remove(replica)
            }
            // What a look brought goes with the release that was made of it.
            _ = try await lab.runtime.prune(keeping: [next])
            #expect(await !lab.runtime.hasImage(of: release))
            #expect(await lab.runtime.hasImage(of: next))
            _ = try await lab.runtime.prune(keeping: [])
            #expect(try await lab.client.image("\(name)") == nil)
            #expect(DurableFile.names(in: lab.runtime.home.pulled).isEmpty)
        }
    }

    @Test func `a digest alone is pulled, and without a login nothing is`() async throws {
        try await withRegistry { lab, registry in
            let digest = try await push("one", lab, registry)
            let exact = try #require(ImageReference(parsing: "\(registry.host)/shop/web@\(digest)"))
            let release = try lab.release(content: .image(digest: digest), source: "\(exact)", 1)
            let other = try await lab.reattached()
            await #expect {
                try await other.fetch(release)
            } throws: { error in
                if case RuntimeError.refused = error { true } else { false }
            }
            await #expect {
                _ = try await other.resolve(exact, login: nil)
            } throws: { ($0 as? DockerError)?.message.map(DockerError.saysLoginRefused) ?? false }
            await #expect(throws: DockerError.self) {
                try await lab.runtime.resolve(exact, login: registry.login(password: "no"))
            }
            #expect(try await lab.runtime.resolve(exact, login: registry.login()).content == release.content)
            try await lab.runtime.fetch(release)
            #expect(try await lab.runtime.start(lab.order(release)).isRunning)
        }
    }

    @Test func `what the registry has no more is the host's, and a registry that is away is said to be`() async throws {
        try await withRegistry { lab, registry in
            let digest = try await push("one", lab, registry)
            let name = try #require(ImageReference(parsing: "\(registry.host)/shop/web:1"))
            _ = try await lab.runtime.resolve(name, login: registry.login())
            for (repository, word) in [
                ("\(registry.host)/shop/nothing", RegistryWord.hasNone), ("127.0.0.1:9/shop/web", .silent),
            ] {
                try await lab.client.tagImage("\(name)", repository: repository, tag: "1")
                let other = try #require(ImageReference(parsing: "\(repository):1"))
                let found = try await lab.runtime.resolve(other, login: registry.login())
                #expect(found.how == .hostByDigest && found.content == .image(digest: digest))
                #expect(found.registryWord == word, "\(found.registryProblem ?? "")")
                _ = try await lab.client.removeImage("\(other)")
            }
        }
    }
}
