import Foundation
import TealCompose
import TealConfig
import TealCore
import Testing

/// A project whose services come from a Compose file.
private enum Shop {
    static let compose = """
        name: shop
        services:
          web:
            image: "ghcr.io/acme/shop:1"
            ports: ["8080:80"]
            environment: {LOG: info, TOKEN: hunter2}
            user: "1000"
            depends_on: [db]
          db:
            image: "postgres:16"
            volumes: ["data:/var/lib/postgresql/data"]
          old_jobs:
            image: "ghcr.io/acme/shop:1"
            command: [jobs]
        volumes: {data: }
        """

    /// The project's file, with what is given below `services`.
    static func text(_ services: String = "", _ top: String = "compose: docker-compose.yml") -> String {
        let lines = services.split(separator: "\n").map { "  \($0)\n" }.joined()
        return "project: shop\n\(top)\n" + (lines.isEmpty ? "" : "services:\n\(lines)")
    }

    static func place(_ more: [String: String] = [:]) throws -> Workplace {
        try Workplace(files: ["docker-compose.yml": compose].merging(more) { $1 })
    }
}

extension Workplace {
    /// What is wrong, without the folder that it is in.
    fileprivate func complaints(
        _ text: String,
        environment: String? = nil,
        variables: [String: String] = [:]
    ) throws -> [String] {
        do {
            _ = try read(text, environment: environment, variables: variables)
            return []
        } catch let problems as ConfigurationProblems {
            return problems.problems.map { $0.description.replacing(path + "/", with: "") }
        }
    }

    fileprivate func load(
        _ name: String = "teal.yml",
        variables: [String: String] = [:],
        images: [ServiceName: String] = [:]
    ) throws -> ProjectSpec {
        try ConfigurationFile.load(path: "\(path)/\(name)", variables: variables, images: images)
    }
}

extension ProjectSpec {
    fileprivate func named(_ name: String) throws -> ServiceSpec {
        let found = services.first { "\($0.name)" == name }
        return try #require(found)
    }
}

struct `A project of Compose files` {
    @Test func `share their .env with teal.yml, by the rules of Compose`() throws {
        let place = try Shop.place([".env": "NAME = shop\nLOG: debug\nHOSTNAME\nvm.max_map_count=1\nTAG=${LOG}-2\n"])
        let text = Shop.text("", "compose: docker-compose.yml").replacing("project: shop", with: "project: ${NAME}")
        #expect(try place.read(text).name.description == "shop")
        try place.write("teal.yml", Shop.text("web:\n  env: {LEVEL: \"${TAG}\"}"))
        #expect(try place.load().services.first { $0.name.description == "web" }?.environment["LEVEL"] == "debug-2")
    }

    @Test func `have what is wrong with their .env told once`() throws {
        let place = try Shop.place([".env": "A=1\nB C=2\n"])
        #expect(
            try place.complaints(Shop.text()) == [
                "error: the key `B C` has a space in it [compose.env-file]\n  at:   .env:2:1\n  next: Write `KEY=VALUE`."
            ]
        )
        // Other variables for the Compose files leave it to teal.yml.
        try place.write("web.env", "A=1\n")
        let other = Shop.text("", "compose: {files: docker-compose.yml, envFiles: web.env}")
        #expect(
            try place.complaints(other) == [
                "error: the key `B C` has a space in it [config.env-file]\n  at:   .env:2:1\n  next: Write `KEY=VALUE`."
            ]
        )
    }

    @Test func `teal.yml is laid over what the Compose file says, key by key`() throws {
        let project = try Shop.place().read(
            Shop.text(
                """
                web:
                  host: shop.example.com
                  env: {LOG: debug}
                  secrets: [TOKEN]
                  smoke: [{path: /up}]
                  replicas: 2
                  stop: {grace: 30s}
                  health: /up
                  needs: [mail]
                mail: {kind: worker, image: "mail:1"}
                """
            )
        )
        #expect(project.services.map { "\($0.name)" } == ["web", "db", "old-jobs", "mail"])
        let web = try project.named("web")
        #expect(web.kind == .web && web.port == 80 && web.replicas == 2 && web.stop.grace == .seconds(30))
        #expect(web.routes == [Route(hosts: ["shop.example.com"])])
        #expect(web.written?.user == "1000" && web.written?.project == "shop")
        #expect(web.environment == ["LOG": "debug"])
        #expect(project.secrets.mapValues { $0.reveal() } == ["TOKEN": "hunter2"])
        #expect(web.needs.map { "\($0)" } == ["db", "mail"])
        #expect(web.health.check == .http(HTTPExpectation(path: "/up")))
        #expect(web.smoke.count == 1 && web.strategy == .blueGreen)
        let database = try project.named("db")
        #expect(database.kind == .accessory && database.strategy == .recreate)
        #expect(try project.named("old-jobs").written?.command == ["jobs"])
        // Services of both kinds meet in Teal's own network.
        #expect(web.written?.network.keepsApart == false)
        #expect(try project.named("mail").written == nil)
        #expect(project.compose?.report.entries.contains { $0.key == "services.web.ports" } == true)
    }

    @Test func `a service may be called as the Compose file calls it, or as Teal does`() throws {
        for name in ["old_jobs", "old-jobs"] {
            let project = try Shop.place().read(Shop.text("\(name): {replicas: 3}\nweb: {path: /}"))
            #expect(try project.named("old-jobs").replicas == 3)
        }
        #expect(
            try Shop.place().complaints(Shop.text("old_jobs: {replicas: 3}\nold-jobs: {replicas: 2}")).contains {
                $0.contains("`old_jobs` and `old-jobs` are the same service of the Compose file")
            }
        )
    }

    @Test func `nothing has to be said where labels say who takes requests`() throws {
        let project = try Workplace(files: [
            "docker-compose.yml": """
            services:
              api:
                image: "shop:1"
                labels: ["com.example.domain=api.example.com", "com.example.port=3002"]
            """
        ]).read(Shop.text())
        let api = try project.named("api")
        #expect(api.kind == .web && api.port == 3002 && api.routes == [Route(hosts: ["api.example.com"])])
    }

    @Test func `what is told of translation is among the warnings and assumptions`() throws {
        let project = try Shop.place().read(Shop.text("web: {path: /}"))
        #expect(
            project.assumptions.contains(
                """
                web: port 8080 of the host, which the proxy takes over, is open at 127.0.0.1 alone; for other hosts write an \
                address before it, or `publish: everywhere`
                """
            )
        )
        #expect(try project.named("web").hostPorts == [HostPort(port: 8080)])
        #expect(
            project.warnings.contains(
                """
                web: TOKEN of the Compose file is kept as plain text; if secret, name it under the service's `secrets`, the \
                value may stay where it is
                """
            )
        )
        #expect(project.assumptions.contains("db: an accessory, by its image"))
        #expect(project.assumptions.contains("old-jobs: the Compose file calls it old_jobs"))
    }

    @Test func `writable volumes and published ports are as they are asked for`() throws {
        let place = try Workplace(files: [
            "docker-compose.yml": """
            services:
              web: {image: x, ports: ["25:25"], volumes: ["/srv/data:/data"], expose: ["80"]}
            """
        ])
        let plain = try place.read(Shop.text("web: {path: /, port: 80}")).named("web")
        #expect(plain.strategy == .recreate && plain.written?.network.ports.map(\.hostAddress) == ["127.0.0.1"])
        let open = try place.read(Shop.text("web: {path: /, port: 80, publish: everywhere}")).named("web")
        #expect(open.written?.network.ports.map(\.hostAddress) == ["0.0.0.0"])
        try place.write(
            "docker-compose.yml",
            "services: {web: {image: x, volumes: [\"/srv/data:/data\"], expose: [\"80\"]}}"
        )
        let shared = try place.read(Shop.text("web: {path: /, shared: true}")).named("web")
        #expect(shared.strategy == .blueGreen)
    }

    @Test func `profiles, env files and several files are as Compose has them`() throws {
        let place = try Shop.place([
            "more.yml": "services: {web: {image: \"shop:${VERSION}\"}, tool: {image: \"tool:1\", profiles: [tools]}}",
            "versions.env": "VERSION=7\n",
        ])
        let choice = "compose: {files: [docker-compose.yml, more.yml], env_files: versions.env, profiles: [tools]}"
        let project = try place.read(Shop.text("web: {path: /}", choice))
        #expect(try project.named("web").source == .image("shop:7"))
        #expect(try project.named("tool").kind == .worker)
        #expect(project.envFiles == ["\(place.path)/versions.env"])
        let without = try place.complaints(
            Shop.text("web: {path: /}\ntool: {replicas: 2}", choice.replacing("tools", with: "x"))
        )
        #expect(
            without == [
                """
                error: none of the chosen profiles enables the service `tool` of the Compose file [config.reference]
                  at:   teal.yml:5:3, services.tool
                  next: Enable the profile `tools` by `compose: {profiles: […]}`, or remove it here.
                """
            ]
        )
    }

    @Test func `an environment may have Compose files of its own`() throws {
        let place = try Shop.place([
            "prod.yml": "services: {web: {image: \"shop:prod\", expose: [\"3000\"]}, cache: {image: \"redis:7\"}}"
        ])
        let text = """
            project: shop
            compose: docker-compose.yml
            environments:
              staging: {}
              production: {compose: prod.yml, services: {cache: {resources: {memory: 64m}}}}
            services:
              web: {path: /, shared: true}
            """
        let production = try place.read(text, environment: "production")
        #expect(production.services.map { "\($0.name)" } == ["web", "cache"])
        #expect(try production.named("web").port == 3000)
        #expect(try production.named("cache").resources.memoryBytesMax == 64 << 20)
        let staging = try place.read(text.replacing("staging: {}", with: "staging:"), environment: "staging")
        #expect(staging.services.map { "\($0.name)" } == ["web", "db", "old-jobs"])
    }

    @Test func `the image that is named is released, whatever the files say`() throws {
        let place = try Workplace(files: [
            "docker-compose.yml": "services: {web: {image: \"ghcr.io/acme/shop:${TAG}\", expose: [\"80\"]}}",
            "teal.yml": Shop.text("web: {path: /}\nmail: {kind: worker, image: \"mail:1\"}"),
        ])
        let web = try ServiceName(parsing: "web")
        let mail = try ServiceName(parsing: "mail")
        let project = try place.load(images: [web: "ghcr.io/acme/shop:2", mail: "mail:2"])
        #expect(try project.named("web").source == .image("ghcr.io/acme/shop:2"))
        #expect(try project.named("mail").source == .image("mail:2"))
        #expect(!project.warnings.contains { $0.contains("TAG") })
        try place.write("teal.yml", "project: shop\nservices:\n  web: {artifact: build, port: 80, path: /}\n")
        do {
            _ = try place.load(images: [web: "shop:2"])
            Issue.record("an artifact was taken for an image")
        } catch let problems as ConfigurationProblems {
            #expect(
                problems.findings.map(\.message) == ["`web` runs its artifact, and an image was named for it: shop:2"]
            )
        }
    }
}

struct `What is wrong with Compose files and teal.yml` {
    @Test func `is told at once, each with its file and line`() throws {
        let place = try Workplace(files: [
            "docker-compose.yml": """
            services:
              web:
                image: "ghcr.io/acme/shop:${TAG}"
                pre_stop: [{command: [x]}]
            """
        ])
        let complaints = try place.complaints(Shop.text("web: {path: /, replicas: many, foo: 1}"))
        #expect(
            complaints == [
                """
                error: `replicas` must be a whole number from 1 to 64, not 'many' [config.value]
                  at:   teal.yml:4:28, services.web.replicas: many
                  next: Write `replicas: 2`.
                """,
                """
                error: there is no key `foo` in `services.web` [config.unknown-key]
                  at:   teal.yml:4:34, services.web.foo: 1
                  next: All keys are in docs/teal.yml.md.
                """,
                """
                error: 'ghcr.io/acme/shop:' is not an image's name: the variable TAG is empty [compose.value]
                  at:   docker-compose.yml:3:12, services.web.image
                  next: Set TAG, such as in `.env`, or name the image: `teal deploy web=IMAGE`.
                """,
                """
                error: Teal runs no hooks of Compose [compose.conflict]
                  at:   docker-compose.yml:4:5, services.web.pre_stop
                  next: Write a hook of teal.yml, which is journalled and runs once.
                """,
            ]
        )
    }

    @Test func `files that cannot be read leave the rest to be checked`() throws {
        let place = try Workplace(files: ["docker-compose.yml": "services: {web: {imagee: x}}"])
        let text = Shop.text("web: {path: /, stop: {grace: 10}}\napi_server: {host: a.example.com}")
        let complaints = try place.complaints(text)
        #expect(complaints.count == 2)
        #expect(complaints[0].hasPrefix("error: `grace` needs a unit: 10 of what? [config.value]"))
        #expect(complaints[1].contains("[compose.unknown-key]"))
        #expect(try place.complaints(Shop.text("web: {path: /}", "compose: none.yml")).count == 1)
    }

    @Test func `is told where it was said what a service is`() throws {
        let complaints = try Workplace(files: [
            "docker-compose.yml": "services: {web: {image: x, network_mode: host, expose: [\"80\"]}}"
        ]).complaints(Shop.text("web: {path: /, strategy: blue-green}"))
        #expect(
            complaints == [
                """
                error: two releases of `web` cannot run side by side: both would be in the host's network [config.conflict]
                  at:   teal.yml:4:28, services.web.strategy: blue-green
                  next: Write `strategy: recreate`, or change what stands against it.
                """
            ]
        )
    }

    @Test(arguments: [
        ("volumes: [/srv/a:/a]", "`web` is a service of a Compose file: its volumes are those of the Compose file"),
        ("container: {user: app}", "`web` is a service of a Compose file: its container is as the Compose file says"),
        ("artifact: build", "`web` is a service of a Compose file: it runs from an image"),
    ])
    func `is what the Compose file alone may say`(key: String, message: String) throws {
        let findings = try Shop.place().findings(Shop.text("web: {path: /, \(key)}"))
        #expect(findings.map(\.message) == [message])
    }

    @Test(arguments: ["shared: true", "publish: everywhere"])
    func `is what only services of Compose files may say`(key: String) throws {
        let findings = try Workplace().findings(Workplace.text(enough + "\n" + key))
        #expect(findings.map(\.code) == [.conflict])
        #expect(findings[0].message.hasSuffix("is for services of Compose files, and `web` is none"))
    }

    @Test func `a name that no Compose file has is told beside the nearest one`() throws {
        let findings = try Shop.place().findings(Shop.text("wbe: {path: /, port: 80}"))
        #expect(
            findings.map(\.message) == [
                "`services.wbe` has neither `image`, `artifact` nor `source`, and no Compose file has a service `wbe`"
            ]
        )
        #expect(findings.map(\.suggestion) == ["Did you mean `web` of the Compose file?"])
    }

    @Test func `a service that takes requests needs a route`() throws {
        let files = [
            "docker-compose.yml": Shop.compose.replacing("    ports: [\"8080:80\"]", with: "    expose: [\"80\"]")
        ]
        let findings = try Shop.place(files).findings(Shop.text("web: {kind: web}"))
        #expect(findings.map(\.message) == ["`services.web` takes traffic but no route leads to it"])
        #expect(findings[0].place.line == 4)
        // A port of the host leads to it as well.
        #expect(try Shop.place().read(Shop.text("web: {kind: web}")).named("web").routes.isEmpty)
    }

    @Test func `x-teal at the top stands beside no teal.yml`() throws {
        let place = try Shop.place(["docker-compose.yml": "x-teal: {project: shop}\n" + Shop.compose])
        let findings = try place.findings(Shop.text("web: {path: /}"))
        #expect(
            findings.map { "\($0.file.split(separator: "/").last ?? ""):\($0.place.line)" } == ["docker-compose.yml:1"]
        )
    }
}

struct `A Compose file that says it all` {
    static let text = """
        name: shop
        x-teal:
          project: store
          environments:
            staging: {services: {web: {replicas: 1, host: staging.example.com}}}
            production: {branch: main}
        services:
          web:
            image: "ghcr.io/acme/shop:${TAG:-1}"
            expose: ["3000"]
            x-teal: {host: shop.example.com, replicas: 2, smoke: [{path: /up}], health: {path: /up, json: {ok: true}}}
          db: {image: "postgres:16"}
        """

    @Test func `needs no teal.yml`() throws {
        let place = try Workplace(files: ["docker-compose.yml": Self.text])
        for name in ["teal.yml", "docker-compose.yml"] {
            let project = try place.load(name)
            #expect("\(project.name)" == "store" && "\(project.environment)" == "production")
            let web = try project.named("web")
            #expect(web.kind == .web && web.port == 3000 && web.replicas == 2 && web.smoke.count == 1)
            #expect(web.routes == [Route(hosts: ["shop.example.com"])])
            var health = HTTPExpectation(path: "/up")
            health.jsonFields = ["ok": "true"]
            #expect(web.health.check == .http(health))
        }
        let staging = try ConfigurationFile.load(
            path: "\(place.path)/teal.yml",
            environment: try EnvironmentName(parsing: "staging")
        )
        #expect(try staging.named("web").routes == [Route(hosts: ["staging.example.com"])])
        #expect(
            try ConfigurationFile.composeProjectName(insteadOf: "\(place.path)/teal.yml", variables: [:])
                == ProjectName(parsing: "store")
        )
    }

    @Test func `is named as its Compose project where it does not say`() throws {
        let text = "name: my_shop\nservices: {web: {image: x, expose: [\"80\"], x-teal: {path: /}}}"
        let project = try Workplace(files: ["compose.yaml": text]).load()
        #expect("\(project.name)" == "my-shop")
        #expect(project.assumptions.contains("no project given, so my-shop, as the Compose files are called"))
    }

    @Test func `is told how to begin where it says nothing`() throws {
        let place = try Workplace(files: ["docker-compose.yml": "services: {web: {image: x}}"])
        do {
            _ = try place.load()
            Issue.record("it was released")
        } catch let problems as ConfigurationProblems {
            #expect(
                problems.description.replacing(place.path + "/", with: "") == """
                    error: there is no teal.yml, and docker-compose.yml has no `x-teal` that says which service takes requests \
                    [config.missing]
                      at:   docker-compose.yml:1:1, x-teal
                      next: Write a teal.yml with `teal init --from docker-compose.yml`, or `x-teal: {host: shop.example.com}` at \
                    the service that takes requests.

                    1 problem in docker-compose.yml; nothing has been changed
                    """
            )
        }
        #expect(try ConfigurationFile.composeProjectName(insteadOf: "\(place.path)/teal.yml", variables: [:]) == nil)
    }

    @Test func `is checked as teal.yml is`() throws {
        let text = """
            x-teal: {projct: shop, services: {}}
            services:
              web:
                image: x
                expose: ["80"]
                x-teal:
                  path: /
                  replicas: 99
                  helth: /up
            """
        let place = try Workplace(files: ["docker-compose.yml": text])
        do {
            _ = try place.load()
            Issue.record("it was released")
        } catch let problems as ConfigurationProblems {
            #expect(
                problems.findings.map { "\($0.place.line) \($0.key)" } == [
                    "1 x-teal.projct", "1 x-teal.services", "8 services.web.x-teal.replicas",
                    "9 services.web.x-teal.helth",
                ]
            )
            #expect(problems.findings.allSatisfy { $0.file == "\(place.path)/docker-compose.yml" })
        }
    }
}

struct `A first file for Compose files` {
    private func template(_ text: String, service: String? = nil, host: String? = nil) throws -> ComposeTemplate {
        let place = try Workplace(files: ["docker-compose.yml": text])
        let settings = ComposeSettings(files: ["docker-compose.yml"], environment: [:], workingDirectory: place.path)
        return try ComposeTemplate(
            try ComposeFiles(settings).read().project,
            files: ["docker-compose.yml"],
            project: nil,
            service: service,
            host: host
        )
    }

    @Test func `names the service that users see first, and is enough`() throws {
        let made = try template(Shop.compose)
        #expect(
            made.text == """
                # How shop is released: its services are those of docker-compose.yml, and this file says what Compose cannot.
                # Check it with `teal validate`, see what it does with `teal plan`; docs/compose.md and docs/teal.yml.md explain it.
                project: shop
                compose: docker-compose.yml

                services:
                  web:
                    path: /    # every host; `host: shop.example.com` for one

                """
        )
        #expect(made.web.map { "\($0.key): \($0.value)" } == ["web: it publishes port 8080, and no other service does"])
        #expect(try Shop.place().read(made.text).named("web").kind == .web)
    }

    @Test func `prefers what nobody else needs, and names the others`() throws {
        let made = try template(
            """
            services:
              api: {image: "a:1", ports: ["4000:4000"]}
              portal: {image: "p:1", ports: ["3000:3000", "9229:9229"], depends_on: [api]}
              traefik: {image: "traefik:v3", ports: ["80:80"]}
            """,
            host: "shop.example.com"
        )
        #expect(made.text.hasSuffix("services:\n  portal:\n    port: 3000\n    host: shop.example.com\n"))
        #expect(made.remarks.count == 2)
        #expect(made.remarks[0].hasPrefix("traefik: Teal's own proxy takes its place"))
        #expect(made.remarks[1].hasPrefix("api: it publishes port 4000 and was taken for a worker"))
        let asked = try template("services: {a: {image: x, expose: [\"1\"]}, b: {image: x}}", service: "b")
        #expect(asked.web.keys.map { "\($0)" } == ["b"])
        #expect(throws: Problem.self) { try template("services: {a: {image: x}}", service: "c") }
    }

    @Test func `says nothing that labels say`() throws {
        let made = try template(
            """
            services:
              web: {image: x, expose: ["80"], labels: ["traefik.http.routers.web.rule=Host(`shop.example.com`)"]}
            """
        )
        #expect(!made.text.contains("services:\n"))
        #expect(made.web.values.sorted() == ["its labels say so"])
    }
}
