import TealConfig
import TealCore
import TealImport
import Testing

struct `A deploy file of Kamal becomes a project` {
    static let whole = """
        service: shop
        image: acme/shop
        registry: {server: ghcr.io, username: acme, password: [KAMAL_REGISTRY_PASSWORD]}
        servers:
          web:
            - 10.0.0.1
            - 10.0.0.2
          workers:
            hosts: [10.0.0.1, 10.0.0.2]
            cmd: bin/jobs --queue "a b"
            stop_timeout: 45
            options: {memory: 1g, cpus: 0.5, add-host: x}
            env: {clear: {QUEUE: default}, secret: [QUEUE_KEY:OTHER_KEY]}
        proxy:
          hosts: [shop.example.com, www.shop.example.com]
          app_port: 3000
          ssl: true
          response_timeout: 60
          path_prefix: /api
          healthcheck: {path: /up?x=1, interval: 3, timeout: 2}
          buffering: {max_request_body: 52_428_800}
          run: {http_port: 8080}
        env:
          clear: {RAILS_ENV: production, VERSION_TEXT: 1.10, PORT: 3000}
          secret: [RAILS_MASTER_KEY]
          tags: {canary: {X: 1}}
        ssh: {user: app, port: 2222}
        builder: {arch: amd64, args: {A: 1}}
        aliases: {console: app exec}
        volumes: ["/srv/uploads:/app/uploads", "cache:/app/cache:ro"]
        retain_containers: 3
        deploy_timeout: 40
        drain_timeout: 20
        accessories:
          db:
            image: postgres:16
            host: 10.0.0.1
            port: "127.0.0.1:5432:5432"
            env: {clear: {POSTGRES_USER: shop}, secret: [POSTGRES_PASSWORD]}
            directories: [data:/var/lib/postgresql/data]
            files: [config/init.sql:/docker-entrypoint-initdb.d/init.sql]
        """

    @Test func `roles, routes, health, limits and accessories are there`() throws {
        let folder = try Folder()
        let made = try folder.kamal(Self.whole)
        let project = try folder.accepted(made)
        #expect(project.name.description == "shop")
        let web = try project.named("web")
        #expect(web.source == .image("ghcr.io/acme/shop:latest"))
        #expect(web.port == 3000)
        #expect(
            web.routes == [
                Route(hosts: ["shop.example.com", "www.shop.example.com"], pathPrefix: "/api", stripPrefix: true)
            ]
        )
        #expect(web.proxy.bodyBytesMax == 50 << 20)
        #expect(web.proxy.responseIdle == .seconds(60))
        #expect(web.health.deadline == .seconds(40))
        #expect(web.drain.requests == .seconds(20))
        #expect(web.keep.releases == 3)
        #expect(web.environment == ["RAILS_ENV": "production", "VERSION_TEXT": "1.10"])
        #expect(web.secrets.map(\.name) == ["RAILS_MASTER_KEY"])
        #expect(web.volumes.map(\.shared) == [true, false])
        let workers = try project.named("workers")
        #expect(workers.kind == .worker)
        #expect(workers.command == ["sh", "-c", "exec bin/jobs --queue \"a b\""])
        #expect(workers.stop.grace == .seconds(45))
        #expect(workers.resources.memoryBytesMax == 1 << 30)
        #expect(workers.secrets.map(\.name) == ["RAILS_MASTER_KEY", "QUEUE_KEY"])
        let db = try project.named("db")
        #expect(db.kind == .accessory)
        #expect(
            db.volumes.map(\.source) == [
                "/home/app/shop-db/data", "/home/app/shop-db/docker-entrypoint-initdb.d/init.sql",
            ]
        )
        #expect(project.environments.first?.hosts == ["app@10.0.0.1", "app@10.0.0.2"])
        for key in [
            "proxy.ssl", "proxy.run.http_port", "env.tags.canary", "ssh.port", "builder.args", "aliases.console",
            "accessories.db.host", "servers.workers.options.add-host",
        ] {
            #expect(made.entry(key)?.fate == .dropped, "\(key)")
        }
        #expect(made.entry("servers.workers.env.secret.QUEUE_KEY")?.next.contains("OTHER_KEY") == true)
    }

    @Test func `a destination is an environment with what is different there`() throws {
        let folder = try Folder([
            "config/deploy.staging.yml":
                "servers: {web: [10.1.0.1], workers: {hosts: [10.1.0.1]}}\nproxy: {hosts: [staging.example.com]}\nenv: {clear: {RAILS_ENV: staging}}\n"
        ])
        let made = try folder.kamal(Self.whole)
        let project = try folder.accepted(made, environment: "staging")
        #expect(try project.named("web").environment["RAILS_ENV"] == "staging")
        #expect(try project.named("web").routes.first?.hosts == ["staging.example.com"])
        #expect(
            project.environments.map { "\($0.name) \($0.hosts)" } == [
                "production [\"app@10.0.0.1\", \"app@10.0.0.2\"]", "staging [\"app@10.1.0.1\"]",
            ]
        )
        #expect(made.report.entries.contains { $0.file == "deploy.staging.yml" && $0.key == "proxy" })
    }

    @Test func `a file with destinations only has no environment of its own`() throws {
        let folder = try Folder([
            "config/deploy.eu.yml": "servers: [10.1.0.1]\n",
            "config/deploy.us.yml": "servers: [10.2.0.1]\nimage: acme/us\n",
        ])
        let made = try folder.kamal("service: shop\nimage: acme/shop\nrequire_destination: true\n")
        let project = try folder.accepted(made, environment: "us")
        #expect(project.environments.map(\.name.description) == ["eu", "us"])
        #expect(try project.named("web").source == .image("acme/us:latest"))
    }

    @Test func `secrets are named, and no value is read or shown`() throws {
        let folder = try Folder([
            ".kamal/secrets": "RAILS_MASTER_KEY=hunter2x\nexport DB_PASSWORD=$(cat hunter2x)\n# NO=1\n",
            ".kamal/hooks/pre-deploy": "hunter2x", ".kamal/hooks/post-deploy.sample": "",
        ])
        let made = try folder.kamal(
            "service: shop\nimage: acme/shop\nservers: [10.0.0.1]\nregistry: {username: a, password: hunter2x}\nenv: {API_TOKEN: hunter2x}\n"
        )
        try folder.accepted(made)
        #expect(!"\(made)".contains("hunter2x"))
        #expect(
            made.report.entries.filter { $0.file == ".kamal/secrets" }.map(\.key) == [
                "RAILS_MASTER_KEY", "DB_PASSWORD",
            ]
        )
        #expect(made.report.entries.filter { $0.file == ".kamal/hooks" }.map(\.key) == ["pre-deploy"])
        #expect(made.entry("registry.password")?.fate == .changed)
        #expect(made.entry("env.API_TOKEN")?.fate == .changed)
    }

    @Test func `Ruby is not run, and told with its line`() throws {
        let folder = try Folder()
        let made = try folder.kamal(
            "service: shop\nimage: acme/shop\nservers:\n  - <%= ENV['HOST'] %>\n  - 10.0.0.1\nenv:\n  A: <%= `x` %>\n"
        )
        try folder.accepted(made)
        #expect(made.entry("env.A")?.line == 7)
        #expect(made.entry("servers[0]")?.fate == .dropped)
        let failure = #expect(throws: ImportFailure.self) {
            try folder.kamal("service: shop\n<% if x %>\nimage: a\n<% end %>\n")
        }
        #expect(failure?.problem.at.first?.hasSuffix("deploy.yml:2:1") == true)
    }

    @Test func `a line of Ruby that leaves nothing in the file is left out`() throws {
        let folder = try Folder()
        let made = try folder.kamal(
            "<% require \"dotenv\"; Dotenv.load(\"shop.env\") %>\nservice: shop\nimage: acme/shop\nservers: [10.0.0.1]\n"
        )
        try folder.accepted(made)
        #expect(made.entry("<% … %>")?.line == 1)
        #expect(made.entry("service")?.line == 2)
    }

    @Test func `Ruby that makes the file no YAML is named`() throws {
        let folder = try Folder()
        let failure = #expect(throws: ImportFailure.self) {
            try folder.kamal("service: shop\nimage: acme/shop\nservers: [10.0.0.1, <%= ENV[\"HOST\"] %>]\n")
        }
        let problem = try #require(failure?.problem)
        #expect(problem.description.contains("Ruby (`<% … %>`) is not run, and where it stands without quotes"))
        #expect(problem.at.first?.contains("deploy.yml:3:") == true)
    }

    @Test func `a port that contradicts the proxy's is told`() throws {
        let folder = try Folder()
        let made = try folder.kamal(
            "service: shop\nimage: acme/shop\nservers: [10.0.0.1]\nenv: {PORT: 3000}\nproxy: {app_port: 8000}\n"
        )
        #expect(
            made.report.warnings == [
                "web: PORT is 3000 in `env`, but the proxy asks port 8000 (`proxy.app_port`, 80 without it); see on which one the program listens"
            ]
        )
        #expect(try folder.accepted(made).named("web").port == 8000)
    }

    @Test(arguments: ["image: a\n", "service: shop\n", "- a\n", "service: [\n"])
    func `a file that says nothing is refused`(_ text: String) throws {
        let folder = try Folder()
        #expect(throws: ImportFailure.self) { try folder.kamal(text) }
    }
}

struct `No key of Kamal is passed over` {
    static let places: [(prefix: String, open: String, close: String, keys: [ForeignKey])] = [
        ("", "", "", KamalKeys.file), ("servers.web.", "servers: {web: {", "}}", KamalKeys.role),
        ("proxy.", "proxy: {", "}", KamalKeys.proxy),
        ("proxy.healthcheck.", "proxy: {healthcheck: {", "}}", KamalKeys.healthcheck),
        ("proxy.buffering.", "proxy: {buffering: {", "}}", KamalKeys.buffering),
        ("env.", "env: {", "}", KamalKeys.env), ("ssh.", "ssh: {", "}", KamalKeys.ssh),
        ("builder.", "builder: {", "}", KamalKeys.builder),
        ("boot.", "boot: {", "}", KamalKeys.boot),
        ("accessories.db.", "accessories: {db: {", "}}", KamalKeys.accessory),
    ]

    @Test(arguments: places.indices)
    func `each has the fate that the page tells, and what it becomes is accepted`(_ index: Int) throws {
        let place = Self.places[index]
        for key in place.keys {
            let folder = try Folder()
            var lines = [
                ("service", "service: shop"), ("image", "image: acme/shop"), ("servers", "servers: [10.0.0.1]"),
            ]
            let whole =
                place.prefix.isEmpty
                ? "\(key.name): \(key.example)" : "\(place.open)\(key.name): \(key.example)\(place.close)"
            lines.removeAll { whole.hasPrefix($0.0 + ":") }
            let made = try folder.kamal((lines.map(\.1) + [whole]).joined(separator: "\n") + "\n")
            let entry = try #require(made.entry(place.prefix + key.name), "\(place.prefix)\(key.name)")
            #expect(entry.fate == key.fate, "\(entry)")
            try folder.accepted(made)
        }
    }
}
