import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDocker

/// What a name stands for, before engines and registries that say all kinds of things.
@Suite(.timeLimit(.minutes(1)))
struct `What an image's name means` {
    private static let digest = "sha256:" + String(repeating: "ab", count: 32)
    private static let id = "sha256:" + String(repeating: "cd", count: 32)
    private static let docker = #"{"Version":"28.5.1","ApiVersion":"1.41","MinAPIVersion":"1.24"}"#
    private static let podman =
        #"{"Version":"4.3.1","ApiVersion":"1.41","MinAPIVersion":"1.24","Components":[{"Name":"Podman Engine"}]}"#

    /// What the engine has under the name.
    private static func image(_ digests: [String], id: String = id) -> StubEngine.Answer {
        let body: JSONValue = ["Id": .string(id), "RepoDigests": JSONValue(digests), "Config": [:]]
        return .json(String(decoding: body.bytes, as: UTF8.self))
    }

    private static func no(_ message: String, _ status: Int = 500) -> StubEngine.Answer {
        .json(String(decoding: JSONValue.object(["message": .string(message)]).bytes, as: UTF8.self), status: status)
    }

    /// What a name means before an engine.
    ///
    /// - Returns: The result, and what the engine was asked after its version.
    private func resolve(
        _ name: String,
        by version: String = docker,
        login: RegistryLogin? = nil,
        registry: StubEngine.Answer,
        pull: StubEngine.Answer = .json(#"{"status":"Pulled"}"#),
        host: StubEngine.Answer
    ) async throws -> (Result<ResolvedImage, DockerError>, asked: [StubEngine.Request]) {
        try await Fixture.with("resolve") { fixture in
            let stub = StubEngine(path: try fixture.directory() + "/docker.sock") { request in
                if request.target == "/version" { return .json(version) }
                if request.target.hasPrefix("/v1.41/distribution/") { return registry }
                return request.target.hasPrefix("/v1.41/images/create") ? pull : host
            }
            fixture.atEnd { stub.close() }
            let client = EngineClient(socket: stub.path)
            fixture.atEnd { await client.shutdown() }
            let reference = try #require(ImageReference(parsing: name))
            let resolver = ImageResolver(client: client, home: DockerHome(home: try fixture.directory()))
            let result: Result<ResolvedImage, DockerError>
            do throws(DockerError) {
                result = .success(try await resolver.resolve(reference, login: login))
            } catch {
                result = .failure(error)
            }
            return (result, Array(stub.requests.dropFirst()))
        }
    }

    // MARK: Podman

    @Test(arguments: [("Not Found\n", 404), (#"{"message":"GET /v1.41/distribution/x/json is not supported."}"#, 500)])
    func `an engine that asks no registry pulls, with the login, and says what it has then`(
        text: String,
        status: Int
    ) async throws {
        let login = RegistryLogin(username: "teal", password: Secret("s3cret"), registry: "ghcr.io")
        let (result, asked) = try await resolve(
            "ghcr.io/acme/shop:1",
            by: Self.podman,
            login: login,
            registry: .json(text, status: status),
            host: Self.image(["ghcr.io/acme/shop@\(Self.digest)"])
        )
        let image = try result.get()
        #expect(image.content == .image(digest: Self.digest) && image.how == .registry && image.facts?.id == Self.id)
        #expect(
            asked.dropFirst().map(\.target) == [
                "/v1.41/images/ghcr.io/acme/shop%3A1/json",
                "/v1.41/images/create?fromImage=ghcr.io%2Facme%2Fshop&tag=1",
                "/v1.41/images/ghcr.io/acme/shop%3A1/json",
            ]
        )
        #expect(asked[2].headers["x-registry-auth"] == login.header)
    }

    @Test func `Docker Hub's names are pulled by their whole names, and a digest by itself`() async throws {
        let unserved = StubEngine.Answer.json("Not Found", status: 404)
        let host = Self.image(["docker.io/library/nginx@\(Self.digest)"])
        let (result, asked) = try await resolve("nginx:1.29", by: Self.podman, registry: unserved, host: host)
        #expect(try result.get().content == .image(digest: Self.digest))
        #expect(asked[2].target == "/v1.41/images/create?fromImage=docker.io%2Flibrary%2Fnginx&tag=1.29")
        let (exact, again) = try await resolve(
            "nginx@\(Self.digest)",
            by: Self.podman,
            registry: unserved,
            host: host
        )
        #expect(try exact.get().how == .registry)
        #expect(again[2].target.hasSuffix("&tag=sha256%3A\(Self.digest.dropFirst(7))"))
    }

    @Test(arguments: [
        ("pinging container registry ghcr.io: dial tcp: lookup ghcr.io: no such host", RegistryWord.silent),
        ("initializing source: reading manifest 1: manifest unknown", .hasNone),
        ("initializing source: unauthorized: authentication required", .refused),
    ])
    func `a pull that fails leaves the host's copy, and says what the registry said`(
        text: String,
        word: RegistryWord
    ) async throws {
        let error = #"{"error":"\#(text)"}"#
        let unserved = StubEngine.Answer.json("Not Found", status: 404)
        let (result, _) = try await resolve(
            "ghcr.io/acme/shop:1",
            by: Self.podman,
            registry: unserved,
            pull: .json(error),
            host: Self.image(["ghcr.io/acme/shop@\(Self.digest)"])
        )
        let image = try result.get()
        #expect(image.content == .image(digest: Self.digest) && image.how == .hostByDigest)
        #expect(image.registryProblem == text && image.registryWord == word)
        let (none, _) = try await resolve(
            "ghcr.io/acme/shop:1",
            by: Self.podman,
            registry: unserved,
            pull: .json(error),
            host: Self.no("no such image", 404)
        )
        #expect(throws: DockerError.self) { try none.get() }
        #expect { try none.get() } throws: { ($0 as? DockerError)?.message == text }
    }

    @Test func `no other engine is asked by a pull, nor taken for a registry that has none`() async throws {
        let (result, asked) = try await resolve(
            "ghcr.io/acme/shop:1",
            registry: Self.no("page not found", 404),
            host: Self.image(["ghcr.io/acme/shop@\(Self.digest)"])
        )
        let image = try result.get()
        #expect(image.how == .hostByDigest && image.registryWord == .silent)
        #expect(!asked.contains { $0.target.contains("/images/create") })
    }

    // MARK: What a registry said

    @Test(arguments: [
        ("dial tcp: lookup ghcr.io: no such host", 500, RegistryWord.silent), ("manifest unknown", 404, .hasNone),
        ("no such image", 404, .hasNone), ("unauthorized: authentication required", 401, .refused),
        ("errors:\ndenied: requested access to the resource is denied\n", 403, .refused),
        ("something else", 500, .silent),
    ])
    func `of an image that the host was given by it, what it said decides`(
        text: String,
        status: Int,
        word: RegistryWord
    ) async throws {
        let (result, _) = try await resolve(
            "ghcr.io/acme/shop:1",
            registry: Self.no(text, status),
            host: Self.image(["ghcr.io/acme/shop@\(Self.digest)"])
        )
        let image = try result.get()
        #expect(image.content == .image(digest: Self.digest) && image.how == .hostByDigest)
        #expect(image.registryWord == word)
    }

    @Test(arguments: ["unauthorized: authentication required", "manifest unknown", "denied"])
    func `an image that the host alone has is its own, whatever the registry said`(text: String) async throws {
        let (result, _) = try await resolve("acme/shop:1", registry: Self.no(text, 404), host: Self.image([]))
        let image = try result.get()
        #expect(image.content == .localImage(id: Self.id) && image.how == .hostOnly)
    }

    @Test func `Docker Hub's refusal of one of its own names means that there is none`() async throws {
        // An engine that keeps images in containerd gives every image a digest.
        let denied = Self.no("denied: requested access to the resource is denied", 403)
        for (name, isOwn) in [("shop:1", true), ("acme/shop:1", false)] {
            let repository = name.prefix { $0 != ":" }
            let (result, _) = try await resolve(
                name,
                registry: denied,
                host: Self.image(["\(repository)@\(Self.id)"])
            )
            let image = try result.get()
            #expect(image.how == (isOwn ? .hostOnly : .hostByDigest))
            #expect(image.registryWord == (isOwn ? .hasNone : .refused))
        }
    }

    @Test func `a refused login is an error although the host has a copy`() async throws {
        let (result, _) = try await resolve(
            "ghcr.io/acme/shop:1",
            login: RegistryLogin(username: "teal", password: Secret("no"), registry: "ghcr.io"),
            registry: Self.no("unauthorized", 401),
            host: Self.image(["ghcr.io/acme/shop@\(Self.digest)"])
        )
        #expect(throws: DockerError.self) { try result.get() }
    }
}
