import Foundation
import TealConfig
import TealCore
import Testing

struct `A short file becomes a whole project` {
    @Test func `an image, a port and a host are enough`() throws {
        let place = try Workplace()
        let project = try place.read(Workplace.text(enough))
        let service = try #require(project.services.first)
        #expect(project.name.description == "shop")
        #expect(project.environment.description == "production")
        #expect(service.kind == .web)
        #expect(service.routes == [Route(hosts: ["shop.example.com"])])
        #expect(service.health == HealthGate(check: .http(HTTPExpectation(path: "/health"))))
        #expect(service.strategy == .blueGreen)
        #expect(service.background == .none)
        #expect(
            project.assumptions == [
                """
                web: nothing said about its container, so it writes to volumes and to /run, /tmp, /var/cache, \
                /var/run and /var/tmp only, which end with it
                """,
                "web: no background given, so none: both releases run side by side until the switch",
                "web: no health check given, so GET /health must answer 2xx",
            ]
        )
        #expect(project.warnings == [])
    }

    @Test func `an artifact's only program is found`() throws {
        let place = try Workplace()
        let project = try place.read(Workplace.text("artifact: build/\nport: 80\nhost: a.b", named: "api"))
        #expect(project.services.first?.command == ["./web"])
        #expect(project.assumptions.contains("api: no command given, so ./web of the artifact is run"))
        #expect(project.services.first?.source == .artifact(path: place.path + "/build"))
    }

    @Test func `a health check that is none asks nothing, not even by the image's own`() throws {
        let place = try Workplace()
        let project = try place.read(Workplace.text("kind: worker\nimage: shop:1\nhealth: none", named: "mailer"))
        #expect(project.services.first?.health.check == .off)
    }

    @Test func `a worker is exclusive and has no check unless it says otherwise`() throws {
        let place = try Workplace()
        let project = try place.read(Workplace.text("kind: worker\nimage: shop:1", named: "mailer"))
        #expect(project.services.first?.background == .exclusive)
        #expect(project.services.first?.health.check == HealthCheck.none)
        #expect(
            project.assumptions == [
                """
                mailer: nothing said about its container, so it writes to volumes and to /run, /tmp, /var/cache, \
                /var/run and /var/tmp only, which end with it
                """,
                "mailer: no background given, so exclusive: the old release stops before the new one starts",
                "mailer: no health check given, so it only has to keep running",
            ]
        )
    }

    @Test func `an accessory is recreated and asked by TCP`() throws {
        let place = try Workplace()
        let service = try place.service(
            "kind: accessory\nimage: mystore\nport: 5432\nvolumes: [/srv/pg:/data]",
            named: "db"
        )
        #expect(service.strategy == .recreate)
        #expect(service.health.check == .tcp)
        #expect(service.volumes == [Volume(source: "/srv/pg", target: "/data", readOnly: false, shared: false)])
    }

    @Test(
        arguments: [
            ("image: postgres", .postgres(user: "postgres"), 5432),
            ("image: ghcr.io/acme/postgis:16\nenv: {POSTGRES_USER: shop}", .postgres(user: "shop"), 5432),
            ("image: postgres\nport: 6000", .postgres(user: "postgres"), 6000),
            ("image: valkey/valkey:8", .redis, 6379), ("image: mystore\nhealth: redis", .redis, 6379),
            ("image: mystore\nport: 7000\nhealth: {protocol: postgres, passes: 1}", .postgres(user: "postgres"), 7000),
        ] as [(String, StoreProtocol, Int)]
    )
    func `a known store is asked in its own protocol`(keys: String, store: StoreProtocol, port: Int) throws {
        let service = try Workplace().service("kind: accessory\n" + keys, named: "db")
        #expect(service.health.check == .store(store))
        #expect(service.port == port)
    }

    @Test(
        arguments: [
            ("image: postgres\ncommand: postgres -p 6000", HealthCheck.none), ("image: redis\nhealth: none", .off),
            ("image: redis\ncommand: [redis-server, --tls-port, \"6379\", --port, \"0\"]\nport: 6379", .tcp),
            ("image: redis\nport: 6379\nhealth: {tcp: true}", .tcp), ("image: mysql", .none),
            ("image: redis\nhealth: {command: redis-cli ping}", .command(["redis-cli", "ping"])),
        ] as [(String, HealthCheck)]
    )
    func `what is said, or may listen elsewhere, is not second-guessed`(keys: String, check: HealthCheck) throws {
        #expect(try Workplace().service("kind: accessory\n" + keys, named: "db").health.check == check)
    }

    @Test func `a store as a process is asked at its own port, and needs one`() throws {
        let place = try Workplace()
        let service = try place.service(
            "kind: accessory\nartifact: build\ncommand: ./db\nport: 6000\nhealth: redis",
            named: "db"
        )
        #expect(service.health.check == .store(.redis) && service.port == 6000)
        #expect(throws: (any Error).self) {
            try place.service("kind: accessory\nartifact: build\ncommand: ./db\nhealth: redis", named: "db")
        }
        #expect(throws: (any Error).self) {
            try place.service(
                "kind: accessory\nimage: redis\nhealth: {protocol: redis, tcp: true}\nport: 1",
                named: "db"
            )
        }
        #expect(throws: (any Error).self) {
            try place.service("kind: accessory\nimage: redis\nhealth: {protocol: memcached}", named: "db")
        }
    }

    @Test func `the long suite among the examples says what was written`() throws {
        let path = Workplace.checkout + "/examples/suite.yml"
        let staging = try EnvironmentName(parsing: "staging")
        let project = try ConfigurationFile.load(path: path, environment: staging, variables: ["VERSION": "7"])
        let api = try #require(project.services.first { $0.name.description == "api" })
        #expect(api.strategy == .recreate)
        #expect(api.replicas == 1)
        #expect(api.routes.first?.hosts == ["api.staging.example.com"])
        #expect(api.routes.first?.upgraded.map(\.mode) == [.keep, .close])
        #expect(api.routes.first?.upgraded.first?.limit == .seconds(300))
        #expect(api.fixedPorts == FixedPorts(blue: 8000, green: 8010))
        #expect(api.environment == ["NODE_ENV": "production", "LOG_LEVEL": "info"])
        #expect(api.secrets == [.init(name: "DATABASE_URL"), .init(name: "PAYMENT_KEY", rotates: true)])
        #expect(api.resources == Resources(memoryBytesMax: 1 << 30, cpusMax: 1.5))
        #expect(
            api.background
                == .handover(
                    activate: .post(path: "/internal/activate"),
                    deactivate: .post(path: "/internal/deactivate")
                )
        )
        #expect(api.migrate == OnceCommand(command: ["node", "dist/migrate.js"], timeout: .seconds(900)))
        guard case .http(let expectation) = api.health.check else {
            Issue.record("no HTTP check")
            return
        }
        #expect(expectation.jsonFields == ["success": "true"])
        #expect(api.smoke.map(\.name) == ["products", "login"])
        #expect(api.smoke.last?.expectation.body == #"{"user": "smoke", "password": "wrong"}"#)
        #expect(api.smoke.last?.expectation.statuses == [401])
        #expect(api.smoke.last?.writes == true)
        #expect(api.watch.errorShareMax == 0.01)
        #expect(api.stop.grace == .seconds(20))
        #expect(project.services.map(\.name.description) == ["postgres", "redis", "api", "portal", "mailer"])
        #expect(
            project.groups.mapValues { $0.map(\.description) } == [
                try GroupName(parsing: "product"): ["api", "portal", "mailer"]
            ]
        )
        #expect(project.environments.map(\.name.description) == ["staging", "production"])
        #expect(project.environments.first?.branch == "development")
        #expect(project.environments.first?.hosts == ["deploy@staging.example.com"])
    }
}

struct `Layers lie over each other` {
    private let text = """
        project: shop
        defaults:
          env: {A: default, B: default}
          image: shop:1
          health: {path: /up, deadline: 30s}
          hosts: [default.example.com]
        environments:
          staging:
            services:
              web: {replicas: 1, env: {C: staging}, artifact: build, path: /x}
          production:
        services:
          web: {port: 8080, replicas: 3, env: {B: service}, health: {tcp: true}}
          api: {port: 8080, routes: [{host: api.example.com}]}
        """

    @Test func `the service wins over defaults, and the environment over the service`() throws {
        let place = try Workplace()
        let web = try #require(try place.read(text, environment: "staging").services.first)
        #expect(web.environment == ["A": "default", "B": "service", "C": "staging"])
        #expect(web.replicas == 1)
        #expect(web.source == .artifact(path: place.path + "/build"))
        #expect(web.routes == [Route(hosts: ["default.example.com"], pathPrefix: "/x")])
    }

    @Test func `keys that exclude each other replace each other`() throws {
        let place = try Workplace()
        let project = try place.read(text, environment: "production")
        #expect(project.services[0].health.check == .tcp)
        #expect(project.services[0].health.deadline == .seconds(30))
        #expect(project.services[0].source == .image("shop:1"))
        #expect(project.services[1].routes == [Route(hosts: ["api.example.com"])])
    }

    @Test func `without a choice it is production, and that is said`() throws {
        let place = try Workplace()
        let project = try place.read(text)
        #expect(project.environment.description == "production")
        #expect(project.assumptions.first == "no environment given, so production of staging and production")
    }

    @Test func `an environment that is not declared is refused with a suggestion`() throws {
        let place = try Workplace()
        let finding = try #require(try place.findings(text, environment: "stagin").first)
        #expect(finding.message == "there is no environment `stagin`")
        #expect(finding.suggestion == "Did you mean `staging`?")
    }

    @Test func `files and variables of other environments may be absent, but not their form`() throws {
        let place = try Workplace()
        let other = text.replacingOccurrences(
            of: "replicas: 1,",
            with: "replicas: 1, envFile: gone.env, image: 'a:${X}',"
        )
        .replacingOccurrences(of: "artifact: build, ", with: "")
        #expect(try place.findings(other, environment: "production") == [])
        #expect(try place.findings(other, environment: "staging").map(\.code) == [.envFile, .variable])
        let wrong = text.replacingOccurrences(of: "replicas: 1,", with: "replicas: 100,")
        #expect(try place.findings(wrong, environment: "production").map(\.code) == [.value])
    }

    @Test func `anchors and merge keys of YAML are understood`() throws {
        let place = try Workplace()
        let project = try place.read(
            """
            project: shop
            x-base: &base {image: "shop:1", port: 8080}
            services:
              web: {<<: *base, host: a.example.com, port: 9090}
              api: {<<: [*base], host: b.example.com}
            """
        )
        #expect(project.services.map(\.port) == [9090, 8080])
    }
}

struct `A file is refused before it can do harm` {
    @Test func `a missing, an unreadable and a huge file each have a reason`() throws {
        let place = try Workplace(files: ["teal.yml": String(repeating: "#\n", count: 600 << 10)])
        func message(_ name: String) -> String? {
            do {
                _ = try ConfigurationFile.load(path: place.path + "/" + name)
                return nil
            } catch {
                return error.findings.first.map { "\($0.code.rawValue) \($0.message)" }?
                    .replacingOccurrences(of: place.path, with: "")
            }
        }
        #expect(message("gone.yml") == "config.unreadable /gone.yml does not exist")
        #expect(message("build") == "config.unreadable /build is not a regular file")
        #expect(message("teal.yml") == "config.limit /teal.yml is larger than 1m")
        try Data([0x70, 0xff, 0xfe]).write(to: URL(fileURLWithPath: place.path + "/bytes.yml"))
        #expect(message("bytes.yml") == "config.unreadable /bytes.yml is not UTF-8 text")
    }

    @Test func `aliases that multiply are bounded`() throws {
        let place = try Workplace()
        var text = "project: shop\nx-a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
        for level in 1...12 {
            let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "x-a\(level): &a\(level) [\(items)]\n"
        }
        #expect(try place.findings(text).map(\.code) == [.limit])
    }

    @Test func `deep nesting is refused by the reader`() throws {
        let place = try Workplace()
        let text = "x: " + String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        #expect(try place.findings(text).map(\.code) == [.syntax])
    }

    @Test func `more than 200 services are too many`() throws {
        let place = try Workplace()
        let services = (1...201).map { "  s\($0): {kind: worker, image: x}" }.joined(separator: "\n")
        let finding = try #require(try place.findings("project: shop\nservices:\n\(services)\n").first)
        #expect(finding.message == "there are 201 services, at most 200 are allowed")
    }

    @Test func `two documents are refused`() throws {
        let place = try Workplace()
        let finding = try #require(try place.findings("project: a\n---\nproject: b\n").first)
        #expect(finding.code == .syntax)
        #expect(finding.suggestion == "Keep one document: remove the line `---` and what follows.")
    }
}

struct `Words on the command line name services` {
    private func project() throws -> ProjectSpec {
        try Workplace().read(
            """
            project: shop
            groups: {back: [mailer, cron]}
            services:
              cron: {kind: worker, image: x}
              web: {image: x, port: 80, host: a.example.com}
              mailer: {kind: worker, image: x}
            """
        )
    }

    @Test func `services and groups are chosen in file order, all for none`() throws {
        let project = try project()
        #expect(try project.services(named: []).count == 3)
        #expect(try project.services(named: ["web", "back"]).map(\.name.description) == ["cron", "web", "mailer"])
        #expect(project.services.map { $0.groups.map(\.description) } == [["back"], [], ["back"]])
    }

    @Test func `an unknown word is refused with what there is`() throws {
        let project = try project()
        do {
            _ = try project.services(named: ["wbe"])
            Issue.record("accepted")
        } catch {
            #expect(
                error.description == """
                    error: nothing has been changed: `wbe` is neither a service nor a group of shop [config.reference]
                      next: Did you mean `web`?
                            The services and groups are cron, web, mailer and back.
                    """
            )
        }
    }
}

struct `What looks odd is warned of` {
    @Test func `a literal secret, a missing check and a port that may be taken`() throws {
        let place = try Workplace()
        let text = Workplace.text(
            enough + "\nenv: {API_TOKEN: abc, OTHER_TOKEN: '${T}'}\nhealth: none\nports: {blue: 40000, green: 8000}"
        )
        let warnings = try place.read(text, variables: ["T": "abcdef"]).warnings
        #expect(
            warnings == [
                "web: the value of API_TOKEN is written in teal.yml:7 and kept as plain text; if it is secret, name it under `secrets` instead",
                "web: the value of OTHER_TOKEN comes from a variable in teal.yml:7 and is kept as plain text; if it is secret, name it under `secrets` instead",
                "web: without a health check a release counts as ready as soon as it runs",
                "web: port 40000 of the blue slot is in the range of outgoing connections (32768-60999) and may be taken",
            ]
        )
    }

    @Test func `variables and env files whose names look secret`() throws {
        let place = try Workplace(files: [
            ".env": "DB_PASSWORD=hunter2\nLEVEL=info\n",
            "web.env":
                "STRIPE_KEY=sk-1234\nPUBLIC_KEY=abc-def\nTOKEN_LIMIT=500\nDATABASE=pg://me:hunter2@db/x\nB_TOKEN=abcdef\n",
        ])
        let text = Workplace.text(
            enough + "\nenvFile: web.env\nsecrets: [B_TOKEN]\nenv: {URL: 'pg://${DB_PASSWORD}', LEVEL: '${LEVEL}'}\n"
                + "command: run ${DB_PASSWORD}"
        )
        let project = try place.read(text)
        #expect(
            project.warnings == [
                "web: the value of URL comes from a variable in teal.yml:9 and is kept as plain text; if it is secret, name it under `secrets` instead",
                "web: DATABASE and STRIPE_KEY of web.env are kept as plain text; if secret, name them under `secrets`, the value may stay in the file",
                "web: the value of DB_PASSWORD is filled in at teal.yml:10 and kept as plain text; if it is secret, let the service read it from a variable that `secrets` names",
            ]
        )
        #expect(!project.warnings.joined().contains("hunter2"))
    }

    @Test func `a PORT that is not the one that Teal asks`() throws {
        let place = try Workplace(files: ["web.env": "PORT=3000\n"])
        func warnings(_ keys: String) throws -> [String] { try place.read(Workplace.text(keys)).warnings }
        #expect(
            try warnings("image: shop:1\nport: 8000\nhost: a.b\nenvFile: web.env") == [
                "web: PORT 3000 of web.env contradicts port 8000: Teal asks the service at 8000 and sets PORT to that"
            ]
        )
        #expect(
            try warnings("image: shop:1\nhost: a.b\nenv: {PORT: 3000}") == [
                "web: PORT 3000 has no effect: Teal sets PORT to the service's `port`, or to the one that its image exposes; write `port: 3000` if it listens there"
            ]
        )
        #expect(
            try warnings("artifact: build\nport: 8000\nhost: a.b\nenvFile: web.env") == [
                "web: PORT 3000 of web.env has no effect: each replica is given a PORT of its own, so see that the service listens on that one"
            ]
        )
        #expect(try warnings("image: shop:1\nport: 3000\nhost: a.b\nenv: {PORT: 3000}") == [])
    }

    @Test(arguments: [
        ("STRIPE_KEY", true), ("DB_PASSWORD", true), ("githubToken", true), ("DB_PASS", true), ("SENTRY_DSN", true),
        ("PUBLIC_KEY", false), ("KEY_PREFIX", false), ("PWD", false), ("MONKEY", false), ("COMPASS", false),
    ])
    func `a name looks secret or not`(name: String, isLikely: Bool) {
        #expect(SecretLook.isLikely(name: name) == isLikely)
    }
}

struct `Secrets are read from files here` {
    @Test func `a file of secrets is used when it is there`() throws {
        let place = try Workplace(files: [".teal/secrets.env": "A=1\n"])
        #expect(try place.read(Workplace.text(enough)).secretsFile == place.path + "/.teal/secrets.env")
    }

    @Test func `a value in an env file is sealed once its name is among the secrets`() throws {
        let place = try Workplace(files: ["web.env": "API_KEY=abcdef\nLEVEL=info\n"])
        let project = try place.read(Workplace.text(enough + "\nenvFile: web.env\nsecrets: [API_KEY]"))
        #expect(project.services.first?.environment == ["LEVEL": "info"])
        #expect(project.secrets["API_KEY"]?.reveal() == "abcdef")
        #expect(project.remarks == [])
        #expect(project.warnings == [])
    }

    @Test func `two values of one name are refused, wherever they are`() throws {
        let place = try Workplace(files: ["a.env": "K=aaaa\n", "b.env": "K=bbbb\n", ".teal/secrets.env": "K=cccc\n"])
        let text = """
            project: shop
            services:
              web: {image: "x:1", port: 80, host: a.example.com, envFile: a.env, secrets: [K]}
              api: {image: "x:1", port: 80, host: b.example.com, envFile: b.env, secrets: [K]}
            """
        let findings = try place.findings(text)
        #expect(findings.map(\.code) == [.conflict, .conflict, .conflict])
        #expect(findings.contains { $0.message == "the env files of web and api have different values of K" })
        #expect(!findings.description.contains("aaaa"))
        try place.write("b.env", "K=aaaa\n")
        try place.write(".teal/secrets.env", "K=aaaa\n")
        #expect(try place.findings(text) == [])
    }

    @Test func `every line of the secrets file is checked, and no value is shown`() throws {
        let place = try Workplace(files: [".teal/secrets.env": "hunter2 garbage\nA=1\n2B=hunter2\n"])
        let findings = try place.findings(Workplace.text(enough + "\nsecrets: [A]"))
        #expect(findings.map(\.code) == [.envFile, .envFile])
        #expect(findings.map(\.place.line) == [1, 3])
        #expect(!findings.description.contains("hunter2"))
        let file = URL(fileURLWithPath: place.path + "/.teal/secrets.env")
        try Data([0x41, 0x3D, 0xFF, 0xFE]).write(to: file)
        #expect(try place.findings(Workplace.text(enough)).map(\.message) == ["the env file is not UTF-8 text"])
        try FileManager.default.removeItem(at: file)
        try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: "/nowhere/at-all")
        #expect(try place.findings(Workplace.text(enough)).map(\.message) == ["the env file is not a regular file"])
    }

    @Test func `one that others may read, and names without a value, are told`() throws {
        let place = try Workplace(files: [".teal/secrets.env": "A=1\n"])
        let file = place.path + "/.teal/secrets.env"
        let text = Workplace.text(enough + "\nsecrets: [A, B, C]")
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
        let project = try place.read(text)
        #expect(
            project.warnings == [
                ".teal/secrets.env can be read by others on this machine (mode 640); close it with `chmod 600 .teal/secrets.env`"
            ]
        )
        #expect(
            project.remarks == [
                "web: no value of B and C in .teal/secrets.env; a deploy is refused unless the host has them from an earlier one"
            ]
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        #expect(try place.read(text).warnings == [])
    }

    @Test func `a value that also stands where nothing seals it is told, and never shown`() throws {
        let place = try Workplace(files: [
            ".env": "REDIS_PASSWORD=hunter2hunter2\n",
            "docker-compose.yml": """
            services:
              api:
                image: "a:1"
                environment: {REDIS_PASSWORD: "${REDIS_PASSWORD}"}
              worker:
                image: "a:1"
                environment: {REDIS_URL: "redis://:${REDIS_PASSWORD}@redis"}
              redis:
                image: redis:7
                command: redis-server --requirepass ${REDIS_PASSWORD}
                healthcheck: {test: [CMD, redis-cli, -a, "${REDIS_PASSWORD}", ping]}
            """,
        ])
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: place.path + "/.env")
        let text =
            "project: shop\ncompose: docker-compose.yml\nservices: {api: {path: /, port: 80, secrets: [REDIS_PASSWORD]}}\n"
        let warnings = try place.read(text).warnings
        for place in ["command", "health check"] {
            let told =
                "redis: its \(place) has the value of the secret REDIS_PASSWORD, which the list of processes or the journal"
            #expect(warnings.contains { $0.hasPrefix(told) }, "\(warnings)")
        }
        #expect(warnings.contains { $0.hasPrefix("worker: REDIS_URL") }, "\(warnings)")
        #expect(
            warnings.contains(
                ".env has values of secrets and can be read by others on this machine (mode 644); close it with `chmod 600 .env`"
            ),
            "\(warnings)"
        )
        #expect(!warnings.joined().contains("hunter2"))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: place.path + "/.env")
        #expect(try !place.read(text).warnings.contains { $0.contains("others") })
    }

    @Test func `another content of an env file is another release`() throws {
        let compose = "services: {api: {image: 'a:1', env_file: [api.env]}}"
        func spec(_ level: String) throws -> ServiceSpec? {
            try Workplace(files: ["docker-compose.yml": compose, "api.env": "LEVEL=\(level)\n"])
                .read("project: shop\ncompose: docker-compose.yml\nservices: {api: {path: /, port: 80}}\n").services
                .first
        }
        #expect(try spec("1")?.environment == ["LEVEL": "1"])
        #expect(try spec("1") == spec("1"))
        #expect(try spec("1") != spec("2"))
    }

    @Test func `the files of all environments are known`() throws {
        let place = try Workplace(files: ["p.env": "A=1\n"])
        let project = try place.read(
            """
            project: shop
            environments:
              production: {secretsFile: p.env}
              staging: {secretsFile: s.env, services: {web: {envFile: other.env}}}
            services:
              web: {image: "x:1", port: 80, host: a.example.com}
            """
        )
        #expect(
            project.secretsFiles
                == [".teal/development.env", ".teal/secrets.env", "p.env", "s.env"].map { place.path + "/" + $0 }
        )
        #expect(project.envFiles == [place.path + "/other.env"])
    }
}
