import TealCore
import Testing

private let digest = "sha256:" + String(repeating: "0123456789abcdef", count: 4)

/// What a text is taken apart into.
struct ReferenceCase: Sendable, CustomTestStringConvertible {
    let text: String
    let registry: String
    let repository: String
    var tag: String?
    var digest: String?
    /// As it is shown; nil for the text itself.
    var shown: String?

    var testDescription: String { text }
}

@Suite struct `An image's name is taken apart as the Engine does it` {
    @Test(arguments: [
        ReferenceCase(
            text: "nginx",
            registry: "docker.io",
            repository: "library/nginx",
            tag: "latest",
            shown: "nginx:latest"
        ),
        .init(text: "nginx:1.27", registry: "docker.io", repository: "library/nginx", tag: "1.27"),
        .init(text: "acme/shop:v2", registry: "docker.io", repository: "acme/shop", tag: "v2"),
        .init(
            text: "docker.io/library/redis:7",
            registry: "docker.io",
            repository: "library/redis",
            tag: "7",
            shown: "redis:7"
        ),
        .init(
            text: "index.docker.io/redis:7",
            registry: "docker.io",
            repository: "library/redis",
            tag: "7",
            shown: "redis:7"
        ),
        .init(text: "ghcr.io/acme/shop:1.4.2", registry: "ghcr.io", repository: "acme/shop", tag: "1.4.2"),
        .init(
            text: "ghcr.io/acme/team/shop",
            registry: "ghcr.io",
            repository: "acme/team/shop",
            tag: "latest",
            shown: "ghcr.io/acme/team/shop:latest"
        ),
        .init(text: "localhost/shop:1", registry: "localhost", repository: "shop", tag: "1"),
        .init(text: "127.0.0.1:5000/shop:1", registry: "127.0.0.1:5000", repository: "shop", tag: "1"),
        .init(text: "[::1]:5000/shop:1", registry: "[::1]:5000", repository: "shop", tag: "1"),
        // Without a path behind it, what is behind the colon is a tag.
        .init(text: "registry:5000", registry: "docker.io", repository: "library/registry", tag: "5000"),
        .init(
            text: "nginx@\(digest)",
            registry: "docker.io",
            repository: "library/nginx",
            digest: digest
        ),
        .init(
            text: "ghcr.io/acme/shop:1@\(digest)",
            registry: "ghcr.io",
            repository: "acme/shop",
            tag: "1",
            digest: digest
        ),
        .init(text: "a--b/c__d/e.f_g:A.b-C_d", registry: "docker.io", repository: "a--b/c__d/e.f_g", tag: "A.b-C_d"),
    ])
    func `its parts`(sample: ReferenceCase) throws {
        let reference = try #require(ImageReference(parsing: sample.text))
        #expect(reference.registry == sample.registry)
        #expect(reference.repository == sample.repository)
        #expect(reference.tag == sample.tag)
        #expect(reference.digest == sample.digest)
        #expect("\(reference)" == sample.shown ?? sample.text)
        // What is shown means the same again.
        #expect(ImageReference(parsing: "\(reference)") == reference)
    }

    @Test func `its name has neither tag nor digest`() throws {
        #expect(try #require(ImageReference(parsing: "nginx:1@\(digest)")).name == "nginx")
        #expect(try #require(ImageReference(parsing: "acme/shop")).name == "acme/shop")
        #expect(try #require(ImageReference(parsing: "ghcr.io/acme/shop:1")).name == "ghcr.io/acme/shop")
    }

    @Test(arguments: [
        "", " ", "a b", "Shop", "acme/Shop:1", "https://ghcr.io/acme/shop", "shop:", "shop:-1", "shop:.1", "shop:a b",
        "shop:" + String(repeating: "a", count: 129), "/shop", "shop/", "acme//shop", "-shop", "shop-", "acme/_shop",
        "a..b", "a___b", "a._b", "shop@", "shop@sha256:abc", "shop@md5:\(digest)", "@\(digest)", ":5000/shop",
        "registry:port/shop", "registry:123456/shop", ".example.com/shop", "a..example.com/shop", "reg_istry.com/shop",
        "[]:5000/shop", "shop:1:2", "shöp", "shop\n", String(repeating: "a", count: 513),
    ])
    func `what is no name is refused`(text: String) { #expect(ImageReference(parsing: text) == nil) }

    @Test(arguments: [digest.uppercased(), String(digest.dropLast()), digest + "0", digest.replacing("f", with: "g")])
    func `a digest is exactly that`(text: String) { #expect(ImageReference(parsing: "shop@\(text)") == nil) }
}
