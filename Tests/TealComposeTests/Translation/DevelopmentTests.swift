import TealCore
import Testing

@testable import TealCompose

struct `Compose services as they are worked on` {
    private func project(_ text: String, files: [String: String] = [:]) throws -> TranslatedProject {
        try Translating.project(text, files: files) { $0.isDevelopment = true }
    }

    @Test func `what publishes a port that may be HTTP takes requests at the first of them`() throws {
        let project = try project(
            """
            services:
              web: {image: "shop:1", ports: ["8080:3000", "9229:9229"]}
              mail: {image: "mail:1", ports: ["1025:25"]}
              db: {image: "postgres:16", ports: ["5432:5432"]}
              jobs: {image: "shop:1", depends_on: {setup: {condition: service_completed_successfully}}}
              setup: {image: "shop:1", ports: ["7000:7000"]}
            """
        )
        let kinds = Dictionary(uniqueKeysWithValues: project.services.map { ($0.written, $0.spec.kind) })
        #expect(kinds == ["web": .web, "mail": .worker, "db": .accessory, "jobs": .worker, "setup": .job])
        #expect(try project.service("web").spec.port == 3000)
    }

    @Test func `ports lead into containers, at loopback whatever is written`() throws {
        let project = try project(
            """
            services:
              web:
                image: "shop:1"
                ports: ["8080:80", "0.0.0.0:8081:81", "[::]:8082:82", "127.0.0.2:8083:83"]
                x-teal: {path: /, port: 80, publish: everywhere}
            """
        )
        let ports = try project.written("web").network.ports.map { "\($0.hostAddress) \($0.hostPort ?? 0)" }
        #expect(ports == ["127.0.0.1 8080", "127.0.0.1 8081", "::1 8082", "127.0.0.2 8083"])
        #expect(try project.service("web").taken.isEmpty && project.service("web").spec.hostPorts == nil)
        #expect(project.warnings == [])
    }

    @Test func `files that are only read are mounted and not copied, so that they can be changed`() throws {
        let text = "services: {web: {image: \"shop:1\", volumes: [\"./a.conf:/a.conf:ro\"]}}"
        #expect(try project(text, files: ["a.conf": "1"]).written("web").files.isEmpty)
        #expect(try Translating.project(text, files: ["a.conf": "1"]).written("web").files.count == 1)
    }

    @Test func `what has sources is built under a name of its own, with all that is said of it`() throws {
        let web = try project(
            """
            services:
              web:
                image: "ghcr.io/acme/shop:1"
                build: {context: ./app, dockerfile: dev.Dockerfile, target: dev, args: {NODE: "22" }, pull: true}
            """
        ).service("web")
        #expect(web.spec.source == .image("shop-web:dev"))
        let arguments = try #require(web.build?.arguments)
        let context = try #require(arguments.last)
        #expect(context.hasSuffix("/app"))
        #expect(
            arguments == [
                "--file", "\(context)/dev.Dockerfile", "--target", "dev", "--build-arg",
                "NODE=22",
                "--pull", context,
            ]
        )
        let inline = try project("services: {web: {build: {context: ., dockerfile_inline: FROM scratch}}}").service(
            "web"
        )
        #expect(inline.build?.dockerfile == "FROM scratch" && inline.build?.arguments.prefix(2) == ["--file", "-"])
        // A release builds none.
        let release = try Translating.project("services: {web: {image: \"shop:1\", build: .}}").service("web")
        #expect(release.build == nil && release.spec.source == .image("shop:1"))
    }

    @Test func `what is not to be attached to is not shown`() throws {
        let project = try project("services: {web: {image: \"shop:1\"}, noisy: {image: \"shop:1\", attach: false}}")
        #expect(try project.service("web").isShown && !project.service("noisy").isShown)
    }

    @Test func `what is not carried out is said`() throws {
        #expect(throws: ComposeProblems.self) {
            try project("services: {web: {build: {context: ., privileged: true}}}")
        }
        let translated = try project(
            """
            services:
              web: {image: "shop:1", develop: {watch: [{path: ./src, action: sync, target: /app/src}, {path: ., action: rebuild}]}}
            """
        )
        let warning = try #require(translated.warnings.first)
        #expect(warning.hasPrefix("web: `develop.watch` (`rebuild` and `sync`) is not carried out"))
        #expect(warning.contains("/src:/app/src\"]`"))
    }
}
