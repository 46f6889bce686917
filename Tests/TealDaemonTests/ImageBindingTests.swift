import Synchronization
import TealAPI
import TealCore
import TealDriverKit
import TealSecrets
import TealTestSupport
import Testing

@testable import TealDaemon
@testable import TealEngine

/// Which image a deploy releases when its name leads elsewhere by then, or the registry does not say where.
@Suite struct `A deploy releases the image that was meant` {
    private static let name = "ghcr.io/acme/shop:1.4"
    private static let other = "sha256:" + String(repeating: "fedcba9876543210", count: 4)

    private static func found(_ digest: String, _ place: FoundImage.Place = .registry) -> Result<FoundImage, ImageError>
    {
        .success(.init(content: .image(digest: digest), place: place, traits: .init(user: "app", ports: [8080])))
    }

    private static func spec() throws -> ServiceSpec {
        try Samples().image(1, name) { spec in
            spec.port = 8080
            spec.secrets = [.init(name: "TOKEN")]
        }.spec
    }

    private static func content(
        _ images: [String: Result<FoundImage, ImageError>],
        active: HostState = HostState(),
        image: String? = nil,
        hostImages: Bool? = nil
    ) async throws -> ReleaseContent? {
        try await Fixture.with("binding") { fixture in
            let bench = try await Controls(fixture, active)
            for (name, result) in images { bench.images.put(name, result) }
            let request = try bench.order(
                spec(),
                secrets: ["TOKEN": "x"],
                image: image,
                hostImages: hostImages
            )
            do {
                let prepared = try await bench.control.prepare(request)
                let planned = prepared.plan(await bench.control.book.state)
                return planned.members.first?.new.content
            } catch {
                // What is refused leaves no secret behind.
                #expect(try await bench.secrets.names(for: bench.samples.key.project) == [])
                throw error
            }
        }
    }

    @Test func `the one that a plan showed, although the tag leads to another by now`() async throws {
        let images = [
            Self.name: Self.found(Self.other), "ghcr.io/acme/shop@\(Samples.digest)": Self.found(Samples.digest),
        ]
        #expect(try await Self.content(images, image: Samples.digest) == .image(digest: Samples.digest))
        #expect(try await Self.content(images) == .image(digest: Self.other))
    }

    @Test func `none when the one that a plan showed cannot be had any more`() async throws {
        let problem = await #expect(throws: Problem.self) {
            try await Self.content([Self.name: Self.found(Self.other)], image: Samples.digest)
        }
        #expect(
            problem?.description == """
                error: nothing has been changed: the plan showed sha256:0123456789ab for the image ghcr.io/acme/shop:1.4 of \
                web, and that cannot be had any more: the name stands for sha256:fedcba987654 now [deploy.image-moved]
                  next: Look at what a deploy would do now with `teal plan`
                """
        )
    }

    @Test func `never the host's copy when the registry gives no answer, unless it is meant`() async throws {
        let away = FoundImage.Place.host(because: "no route to host", registry: .silent)
        let images = [Self.name: Self.found(Samples.digest, away)]
        let problem = await #expect(throws: Problem.self) { try await Self.content(images) }
        #expect(
            problem?.description == """
                error: nothing has been changed: the image ghcr.io/acme/shop:1.4 of web may be another one by now than this \
                host's copy sha256:0123456789ab: ghcr.io gave no answer: no route to host [deploy.registry]
                  next: Try again once ghcr.io answers, or take the host's copy with `teal deploy --host-images`
                """
        )
        let copy = ReleaseContent.image(digest: Samples.digest)
        #expect(try await Self.content(images, hostImages: true) == copy)
        #expect(try await Self.content(images, image: Samples.digest) == copy)
        // What runs already may get other settings.
        let samples = try Samples()
        var active = try samples.state(active: 1)
        active.releases[ReleaseID(service: try samples.key, number: 1)] = ReleaseRecord(release: try samples.image(1))
        #expect(try await Self.content(images, active: active) == copy)
    }

    @Test func `the host's copy when the registry says that it has none`() async throws {
        let place = FoundImage.Place.host(because: "manifest unknown", registry: .hasNone)
        let content = try await Self.content([Self.name: Self.found(Samples.digest, place)])
        #expect(content == .image(digest: Samples.digest))
    }

    @Test func `and the plan says that a deploy would not take the host's copy`() async throws {
        try await Fixture.with("binding") { fixture in
            let bench = try await Controls(fixture)
            let away = FoundImage.Place.host(because: "no route to host", registry: .silent)
            bench.images.put(Self.name, Self.found(Samples.digest, away))
            let plan = try await bench.control.plan(bench.order(Self.spec(), secrets: ["TOKEN": "x"]))
            #expect(plan.warnings.contains { $0.contains("a deploy takes that copy only with `--host-images`") })
        }
    }

    @Test func `never the host's copy when the registry does not tell who asks, unless it is meant`() async throws {
        let denied = FoundImage.Place.host(because: "unauthorized: authentication required", registry: .refused)
        let images = [Self.name: Self.found(Samples.digest, denied)]
        let problem = await #expect(throws: Problem.self) { try await Self.content(images) }
        #expect(
            problem?.description == """
                error: nothing has been changed: the image ghcr.io/acme/shop:1.4 of web may be another one by now than this \
                host's copy sha256:0123456789ab: ghcr.io does not tell who asks: unauthorized: authentication required \
                [deploy.registry]
                  next: Say who pulls from ghcr.io under `registries` in teal.yml, or take the host's copy with `teal deploy \
                --host-images`
                """
        )
        #expect(try await Self.content(images, hostImages: true) == .image(digest: Samples.digest))
    }
}
