import Foundation
import TealCompose
import TealConfig
import TealCore
import Testing

extension Workplace {
    /// The project as `teal dev` reads it.
    fileprivate func developed(
        _ text: String,
        profile: String? = nil,
        variables: [String: String] = [:]
    ) throws -> ProjectSpec {
        try ConfigurationFile.read(
            text,
            directory: path,
            variables: variables,
            development: Development(profile: profile)
        )
    }

    fileprivate func complaints(_ read: () throws -> ProjectSpec) throws -> [String] {
        do {
            _ = try read()
            return []
        } catch let problems as ConfigurationProblems {
            return problems.problems.map { $0.description.replacing(path + "/", with: "") }
        }
    }
}

struct `Services as they are worked on` {
    private static let shop = """
        project: shop
        secretsFile: production.env
        registries: [{host: ghcr.io, username: acme, password: REGISTRY_PASSWORD}]
        services:
          web:
            image: "ghcr.io/acme/shop:1"
            port: 3000
            host: shop.example.com
            replicas: 3
            env: {LOG: info}
            secrets: [TOKEN]
            health: {path: /health, json: {success: true}}
            smoke: [{path: /products}]
            hooks: [{name: tell, at: after-release, run: ./tell.sh}]
            watch: {window: 1m}
            keep: {standby: 1h}
            dev: {command: npm run dev, env: {LOG: debug}, volumes: ["./src:/app/src"]}
          api:
            artifact: build
            command: ./web
            port: 4000
            routes: [{host: shop.example.com, path: /api, strip: true}, {host: api.example.com}]
            upgraded: {}
        environments:
          production: {hosts: shop-1, services: {web: {env: {LOG: warning}}}}
        """

    private func place() throws -> Workplace {
        try Workplace(files: ["production.env": "TOKEN=of-production\n", "src/index.js": ""])
    }

    private var text: String { Self.shop.replacing("    upgraded: {}\n", with: "") }

    @Test func `have what stands under dev over what is written, and nothing that only their releases need`() throws {
        let place = try place()
        let project = try place.developed(text)
        let web = try #require(project.services.first)
        #expect("\(project.environment)" == "development")
        #expect(web.command == ["npm", "run", "dev"])
        #expect(web.environment == ["LOG": "debug"])
        #expect(
            web.volumes == [Volume(source: place.path + "/src", target: "/app/src", readOnly: false, shared: false)]
        )
        #expect(web.replicas == 1 && web.strategy == .recreate && web.container.readOnlyRoot == false)
        #expect(web.smoke.isEmpty && web.hooks.isEmpty && web.pull == nil)
        #expect(web.health.check == .tcp && web.health.passes == 1)
        #expect(web.watch.window == .zero && web.watch.asksNothing == true && web.keep.standby == .zero)
        // The release is as if nothing stood there.
        let release = try #require(try place.read(text).services.first)
        #expect(release.command.isEmpty && release.volumes.isEmpty && release.replicas == 3)
        #expect(release.environment == ["LOG": "warning"])
    }

    @Test func `are found by names of this machine, with the paths that they have of one another's hosts`() throws {
        let project = try place().developed(text)
        let routes = Dictionary(
            uniqueKeysWithValues: project.services.map { service in
                (
                    "\(service.name)",
                    service.routes.map {
                        "\($0.hosts.joined(separator: ","))\($0.pathPrefix)\($0.stripPrefix ? " stripped" : "")"
                    }
                )
            }
        )
        #expect(routes["web"] == ["web.localhost/"])
        #expect(routes["api"] == ["api.localhost/", "web.localhost/api stripped"])
    }

    @Test func `run a directory where it is`() throws {
        let place = try place()
        let api = try #require(try place.developed(text).services.last)
        #expect(api.command == ["/bin/sh", "-c", #"cd -- "$0" && exec "$@""#, place.path + "/build", "./web"])
    }

    @Test func `never have the secrets of a release`() throws {
        let place = try place()
        #expect(try place.read(text).secrets["TOKEN"] == Secret("of-production"))
        #expect(try place.developed(text).secrets.isEmpty)
        try place.write(".teal/development.env", "TOKEN=of-work\n")
        #expect(try place.developed(text).secrets["TOKEN"] == Secret("of-work"))
        let own = text + "\n  development: {secretsFile: own.env, services: {web: {env: {LOG: trace}}}}"
        try place.write("own.env", "TOKEN=own\n")
        let project = try place.developed(own)
        #expect(project.secrets["TOKEN"] == Secret("own"))
        // The environment's own wins over `dev`.
        #expect(project.services.first?.environment == ["LOG": "trace"])
    }

    @Test func `what is wrong under dev is told with its line, in releases as well`() throws {
        let place = try place()
        let wrong = text.replacing("command: npm run dev,", with: "comand: npm run dev,")
        let told = [
            """
            error: there is no key `comand` in `services.web` [config.unknown-key]
              at:   teal.yml:17:11, services.web.dev.comand: npm run dev
              next: Did you mean `command`?
            """
        ]
        #expect(try place.complaints { try place.developed(wrong) } == told)
        #expect(try place.complaints { try place.read(wrong) } == told)
        let missing = text.replacing("./src:", with: "./sorce:")
        let complaint = try #require(try place.complaints { try place.developed(missing) }.first)
        #expect(
            complaint.hasPrefix(
                "error: the volume's directory sorce does not exist [config.value]\n  at:   teal.yml:17:"
            )
        )
        #expect(
            complaint.hasSuffix("services.web.dev.volumes[0]: ./sorce:/app/src\n  next: Make it, or correct the path.")
        )
        // Who releases it has no sources.
        #expect(try place.complaints { try place.read(missing) } == [])
        let nested = text.replacing("dev: {command", with: "dev: {dev: {}, command")
        #expect(
            try place.complaints { try place.developed(nested) }.first?.contains("`dev` stands in another `dev`")
                == true
        )
    }

    @Test func `of an artifact that is not built are told what to write`() throws {
        let place = try place()
        let complaints = try place.complaints {
            try place.developed(
                "project: shop\nservices: {web: {artifact: dist, command: ./web, port: 80, host: a.example.com}}"
            )
        }
        #expect(complaints.first?.contains("`dev: {artifact: ., command: npm run dev}`") == true, "\(complaints)")
        let project = try place.developed(
            """
            project: shop
            services: {web: {image: "x:1", container: {user: app}, port: 80, host: a.example.com, dev: {artifact: ., command: ./web}}}
            """
        )
        #expect(project.services.first?.source == .artifact(path: place.path))
    }

    @Test func `of Compose files alone need no x-teal, and a profile adds to them`() throws {
        let place = try Workplace(files: [
            "docker-compose.yml": """
            services:
              web: {image: "shop:1", ports: ["8080:3000"], volumes: ["./src:/app/src"], profiles: ["", ui]}
              db: {image: "postgres:16", ports: ["0.0.0.0:5432:5432"]}
              mail: {image: "mail:1", profiles: [mail]}
            """.replacing(", profiles: [\"\", ui]", with: ""), "src/index.js": "",
        ])
        func load(_ profile: String?) throws -> ProjectSpec {
            try ConfigurationFile.load(path: "\(place.path)/teal.yml", development: Development(profile: profile))
        }
        let project = try load(nil)
        #expect(project.services.map(\.name.description) == ["web", "db"])
        let web = try #require(project.services.first)
        #expect(web.kind == .web && web.port == 3000)
        #expect(web.routes.first?.hosts == ["web.localhost"])
        let ports = project.services.flatMap { $0.written?.network.ports ?? [] }.map {
            "\($0.hostAddress):\($0.hostPort ?? 0)"
        }
        #expect(ports == ["127.0.0.1:8080", "127.0.0.1:5432"])
        #expect(project.compose?.profiles == ["mail"])
        #expect(try load("mail").services.map(\.name.description).contains("mail"))
        // As a release it is refused as before.
        #expect(throws: ConfigurationProblems.self) { try ConfigurationFile.load(path: "\(place.path)/teal.yml") }
    }
}
