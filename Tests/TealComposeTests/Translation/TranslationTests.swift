import Foundation
import TealCore
import Testing

@testable import TealCompose

/// Compose texts as services of Teal.
enum Translating {
    static func look(_ files: [String: String] = [:]) -> FileLook {
        FileLook(
            kind: { path in
                if files.keys.contains(where: { path.hasSuffix("/\($0)") }) { return .file }
                return path.hasSuffix(".sock") ? .other : .directory
            },
            bytes: { path in files.first { path.hasSuffix("/\($0.key)") }.map { Array($0.value.utf8) } },
            hash: { "\($0.count)" }
        )
    }

    static func project(
        _ text: String,
        files: [String: String] = [:],
        _ change: (inout ComposeTranslation) -> Void = { _ in }
    ) throws -> TranslatedProject {
        var translation = ComposeTranslation(try Reading.project("name: shop\n" + text), files: look(files))
        change(&translation)
        return try translation.translated()
    }

    static func problems(_ text: String) throws -> [String] {
        do {
            _ = try project(text)
            return []
        } catch let problems as ComposeProblems {
            return problems.findings.map { "\($0.key): \($0.message)" }
        }
    }
}

extension TranslatedProject {
    func service(_ name: String) throws -> TranslatedService {
        let found = services.first { $0.written == name }
        return try #require(found)
    }
    func written(_ name: String) throws -> WrittenContainer { try #require(try service(name).spec.written) }
    func verdict(_ key: String) -> String? { report.entries.first { $0.key == key }?.verdict.name }
}

struct `Compose services as services of Teal` {
    // MARK: What a service is

    @Test func `what takes requests is said, and everything else follows from the image and the volumes`() throws {
        let project = try Translating.project(
            """
            services:
              web: {image: "shop:1", ports: ["80:8000"], x-teal: {host: shop.example.com}, depends_on: [db, tool]}
              db: {image: "postgres:16-alpine"}
              files: {image: "nextcloud:29", volumes: ["files:/data"]}
              mailer: {image: "shop:1", command: [mail]}
              migrate: {image: "shop:1", restart: "no", command: [migrate]}
              tool: {image: "shop:1", depends_on: {migrate: {condition: service_completed_successfully}}}
            volumes: {files: }
            """
        )
        func kind(_ name: String) throws -> ServiceKind { try project.service(name).spec.kind }
        #expect(try kind("web") == .web && kind("db") == .accessory && kind("files") == .accessory)
        #expect(try kind("mailer") == .worker && kind("migrate") == .job && kind("tool") == .worker)
        #expect(try project.service("web").spec.needs.map { "\($0)" } == ["db", "tool"])
        #expect(try project.service("web").spec.routes.first?.hosts == ["shop.example.com"])
        #expect(
            project.services.map(\.written).firstIndex(of: "migrate")! < project.services.map(\.written).firstIndex(
                of: "tool"
            )!
        )
        #expect(try project.service("db").spec.health.check == .store(.postgres(user: "postgres")))
        #expect(try project.service("db").spec.port == 5432)
    }

    @Test(
        arguments: [
            ("image: \"postgres:16\", environment: {POSTGRES_USER: shop}", HealthCheck.store(.postgres(user: "shop"))),
            ("image: \"valkey/valkey:8\"", .store(.redis)),
            // Not reached from the host, or moved to another port: its own client is asked inside.
            ("image: \"postgres:16\", network_mode: none", .command(["pg_isready", "--quiet"])),
            ("image: \"postgres:16\", command: [postgres, -p, \"6000\"]", .command(["pg_isready", "--quiet"])),
            ("image: \"postgres:16\", environment: {PGPORT: \"6000\"}", .command(["pg_isready", "--quiet"])),
            // Its own check comes first.
            ("image: \"postgres:16\", healthcheck: {test: [CMD, pg_isready]}", .none),
            ("image: \"postgres:16\", healthcheck: {disable: true}", .off),
            ("image: \"mysql:8\"", .command(["mysqladmin", "ping", "--silent"])),
        ] as [(String, HealthCheck)]
    )
    func `a known store is asked in its own protocol where that can be`(keys: String, check: HealthCheck) throws {
        let project = try Translating.project("services: {db: {\(keys)}}")
        #expect(try project.service("db").spec.health.check == check)
    }

    @Test func `names become Teal's, and the written ones lead where they led`() throws {
        let project = try Translating.project(
            """
            services:
              api_server:
                image: "shop:1"
                container_name: shop-api
                expose: ["3000"]
                networks: {default: {aliases: [api]}}
                x-teal: {kind: web}
              jobs: {image: "shop:1", container_name: runner, links: ["api_server:backend"]}
            """
        )
        let api = try project.service("api_server")
        #expect("\(api.spec.name)" == "api-server" && api.spec.port == 3000)
        #expect(api.spec.written?.network.networks.first?.aliases == [])
        #expect(api.spec.routes == [Route(hosts: ["api", "api_server", "shop-api"], internalOnly: true)])
        let jobs = try project.written("jobs")
        #expect(jobs.network.proxiedNames == ["api", "api_server", "shop-api", "backend"])
        #expect(jobs.network.networks.first?.aliases == ["jobs", "runner"])
        #expect(try project.service("jobs").spec.needs.map { "\($0)" } == ["api-server"])
    }

    @Test(
        arguments: [
            ("web", "web"), ("API_v1.2", "api-v1-2"), ("5.6", "s-5-6"), ("_x_", "s-x"), ("___", "s"),
            (
                "snuba-subscription-consumer-generic-metrics-counters", "snuba-subscription-consumer-gener-"
            ),
        ] as [(String, String?)]
    )
    func `any name has one of Teal's`(written: String, own: String?) {
        let name = ComposeTranslation.name(of: written).map { "\($0)" }
        #expect(own.map { name?.hasPrefix($0) ?? false } ?? (name == nil))
        #expect(name.map { $0.utf8.count <= 40 } ?? true)
    }

    @Test func `a service of no replicas is not run`() throws {
        let project = try Translating.project("services: {a: {image: x, scale: 0}, b: {image: x}}")
        #expect(project.services.map(\.written) == ["b"])
        #expect(project.verdict("services.a.scale") == "honoured differently")
    }

    @Test func `two services cannot have one name`() throws {
        #expect(
            try Translating.problems("services: {a_b: {image: x}, a-b: {image: x}}")
                == ["services.a_b: the services `a-b` and `a_b` would both be `a-b`"]
        )
    }

    @Test func `an image that an empty variable leaves without a name is an error`() throws {
        #expect(
            try Translating.problems("services: {web: {image: \"ghcr.io/acme/shop:\"}}")
                == ["services.web.image: 'ghcr.io/acme/shop:' is not an image's name"]
        )
    }

    @Test func `an image's name says which variables are empty`() throws {
        func problem(_ image: String, _ environment: [String: String] = [:]) throws -> ComposeProblem? {
            let text = "name: shop\nservices: {web: {image: \"\(image)\"}}"
            let project = try Reading.project(text, environment: environment)
            return ComposeTranslation(project, files: Translating.look()).outcome().problems?.findings.first
        }
        let one = try #require(try problem("ghcr.io/${OWNER:-acme}/shop:${TAG}"))
        #expect(one.message == "'ghcr.io/acme/shop:' is not an image's name: the variable TAG is empty")
        #expect(one.suggestion.hasPrefix("Set TAG, such as in `.env`, or name the image: `teal deploy web=IMAGE`."))
        let two = try #require(try problem("${REGISTRY-}/shop:${TAG}", ["TAG": ""]))
        #expect(two.message == "'/shop:' is not an image's name: the variables REGISTRY and TAG are empty")
        #expect(try problem("shop:${TAG}", ["TAG": "1"]) == nil)
    }

    @Test func `what was said elsewhere decides`() throws {
        let text = "services: {web: {image: \"x:${TAG}\", expose: [\"80\"], scale: 0}, db: {image: postgres}}"
        let project = try Translating.project(text) { translation in
            var steering = ServiceSteering()
            steering.image = "shop:2"
            steering.replicas = 2
            steering.routes = [Route(hosts: ["shop.example.com"])]
            translation.steering["web"] = steering
            var database = ServiceSteering()
            database.port = 5432
            translation.steering["db"] = database
        }
        let web = try project.service("web").spec
        #expect(web.source == .image("shop:2") && web.replicas == 2 && web.port == 80 && web.kind == .web)
        // A port alone makes no web service of a database.
        #expect(try project.service("db").spec.kind == .accessory && project.service("db").spec.port == 5432)
    }

    @Test func `Teal's own variables are refused`() throws {
        #expect(
            try Translating.problems("services: {web: {image: x, environment: {TEAL_SLOT: blue}}}")
                == ["services.web.environment.TEAL_SLOT: TEAL_SLOT is one of Teal's own variables"]
        )
    }

    // MARK: How it is replaced

    @Test(
        arguments: [
            ("volumes: [\"/srv/data:/data\"]", "both would write to /srv/data"),
            ("network_mode: host", "both would be in the host's network"),
            (
                "ports: [\"25:25\"]",
                "both would need port 25 of the host, which is SMTP and which the proxy does not take over"
            ),
            ("devices: [\"/dev/fuse\"]", "both would use its devices"),
            ("networks: {default: {ipv4_address: 10.0.0.9}}", "both would have its fixed address"),
        ]
    )
    func `what two releases cannot share is recreated, and says why`(key: String, why: String) throws {
        let project = try Translating.project(
            "services:\n  web:\n    image: x\n    x-teal: {kind: web, port: 80}\n    \(key)"
        )
        let web = try project.service("web")
        #expect(web.spec.strategy == .recreate && web.alone == [why])
        #expect(
            project.warnings.contains {
                $0.hasPrefix("web is recreated: between the end of the old release, which takes up to 10 s")
            }
        )
        let plain = try Translating.project("services: {web: {image: x, x-teal: {kind: web, port: 80}}}")
        #expect(try plain.service("web").spec.strategy == .blueGreen)
    }

    @Test func `a volume that two releases may share stands against nothing`() throws {
        let text =
            "services: {web: {image: x, volumes: [\"/srv/data:/data\"], x-teal: {kind: web, port: 80, shared: true}}}"
        #expect(try Translating.project(text).service("web").spec.strategy == .blueGreen)
    }

    @Test func `blue-green is refused where it cannot be`() throws {
        #expect(
            try Translating.problems(
                "services: {web: {image: x, network_mode: host, x-teal: {kind: web, port: 80, strategy: blue-green}}}"
            ) == [
                "services.web.x-teal.strategy: two releases of `web` cannot run side by side: both would be in the host's network"
            ]
        )
    }

    // MARK: Ports

    @Test(
        arguments: [
            ("\"8080:80\"", [HostPort(port: 8080)]),
            ("\"127.0.0.1:8080:80\"", [HostPort(port: 8080)]),
            ("\"0.0.0.0:8080:80\"", [HostPort(address: "0.0.0.0", port: 8080)]),
            ("\"[::1]:8080:80\"", [HostPort(address: "::1", port: 8080)]),
            ("\"8080:80\", \"8081:80\"", [HostPort(port: 8080), HostPort(port: 8081)]),
            // A range of the host for one port of the container: the first of them.
            ("\"8080-8090:80\"", [HostPort(port: 8080)]),
            ("{target: 80, published: \"8080\", protocol: tcp, app_protocol: http}", [HostPort(port: 8080)]),
            ("\"80\"", nil),
        ] as [(String, [HostPort]?)]
    )
    func `the port of requests is taken over by the proxy, and releases go on side by side`(
        ports: String,
        taken: [HostPort]?
    ) throws {
        let web = try Translating.project(
            "services: {web: {image: x, ports: [\(ports)], x-teal: {kind: web, port: 80}}}"
        ).service("web")
        #expect(web.spec.hostPorts == taken)
        #expect(web.spec.written?.network.ports == [])
        #expect(web.spec.strategy == .blueGreen && web.alone.isEmpty)
    }

    @Test func `where a taken port is open is as it is asked for`() throws {
        let everywhere = try Translating.project(
            "services: {web: {image: x, ports: [\"8080:80\"], x-teal: {kind: web, port: 80, publish: everywhere}}}"
        )
        #expect(try everywhere.service("web").spec.hostPorts == [HostPort(address: "0.0.0.0", port: 8080)])
        #expect(try !everywhere.service("web").assumed.contains { $0.contains("127.0.0.1 alone") })
        let loopback = try Translating.project(
            "services: {web: {image: x, ports: [\"8080:80\"], x-teal: {kind: web, port: 80}}}"
        )
        #expect(
            try loopback.service("web").assumed.contains(
                "web: port 8080 of the host, which the proxy takes over, is open at 127.0.0.1 alone; for other hosts write an "
                    + "address before it, or `publish: everywhere`"
            )
        )
        #expect(loopback.verdict("services.web.ports") == "honoured differently")
    }

    @Test(
        arguments: [
            (
                "\"8080:80\", \"9229:9229\"",
                "both would need port 9229 of the host, which is not that of its requests and"
            ),
            ("\"8080:80\", \"53:53/udp\"", "both would need port 53 of the host, which is UDP and"),
            ("\"8080:80\", \"25:25\"", "both would need port 25 of the host, which is SMTP and"),
            ("\"8080:80\", \"2525:25\"", "both would need port 2525 of the host, which is SMTP and"),
            (
                "{target: 80, published: \"8080\", mode: host}",
                "both would need port 8080 of the host, which is published with `mode: host` and"
            ),
            (
                "{target: 80, published: \"8080\", app_protocol: grpc}",
                "both would need port 8080 of the host, which is grpc and"
            ),
        ]
    )
    func `what is not the HTTP port of requests is never taken over, and the service is recreated`(
        ports: String,
        why: String
    ) throws {
        let project = try Translating.project(
            "services: {web: {image: x, ports: [\(ports)], x-teal: {kind: web, port: 80}}}"
        )
        let web = try project.service("web")
        #expect(web.spec.strategy == .recreate)
        #expect(web.alone == ["\(why) which the proxy does not take over"])
        #expect(web.assumed.contains("web: recreated, since \(why) which the proxy does not take over"))
        #expect(project.warnings.contains { $0.hasPrefix("web is recreated: between the end of the old release") })
    }

    @Test func `databases keep their ports`() throws {
        let db = try Translating.project("services: {db: {image: postgres, ports: [\"5432:5432\"]}}").service("db")
        #expect(db.spec.hostPorts == nil && db.spec.strategy == .recreate)
        #expect(db.spec.written?.network.ports == [WrittenPort(hostPort: 5432, containerPort: 5432)])
    }

    @Test func `two services cannot be reached at one port`() throws {
        let both = "{image: x, ports: [\"8080:80\"], x-teal: {kind: web, port: 80}}"
        #expect(
            try Translating.problems("services: {a: \(both), b: \(both)}") == [
                "services.b.ports[0]: `b` and `a` both want port 8080 of the host"
            ]
        )
        #expect(
            try Translating.problems(
                "services: {a: \(both), b: {image: x, ports: [\"0.0.0.0:8080:25\"]}}"
            ) == ["services.a.ports[0]: `a` and `b` both want port 8080 of the host"]
        )
        let other = "{image: x, ports: [\"127.0.0.2:8080:80\"], x-teal: {kind: web, port: 80}}"
        #expect(try Translating.problems("services: {a: \(both), b: \(other)}") == [])
    }

    @Test func `the proxy takes the port of requests, and others are open at loopback unless asked`() throws {
        let project = try Translating.project(
            """
            services:
              web:
                image: x
                ports: ["8080:80", "127.0.0.1:9000:9000", "53:53/udp", "0.0.0.0:25:25"]
                x-teal: {kind: web, port: 80}
            """
        )
        let web = try project.service("web")
        #expect(web.taken == [TakenPort(HostPort(port: 8080), index: 0)])
        #expect(
            web.spec.written?.network.ports == [
                WrittenPort(hostPort: 9000, containerPort: 9000),
                WrittenPort(hostPort: 53, containerPort: 53, transport: "udp"),
                WrittenPort(hostAddress: "0.0.0.0", hostPort: 25, containerPort: 25),
            ]
        )
        #expect(project.verdict("services.web.ports") == "honoured differently")
    }

    @Test func `one replica alone can have a port of the host`() throws {
        #expect(
            try Translating.problems("services: {mail: {image: x, ports: [\"25:25\"], scale: 2}}") == [
                "services.mail.ports[0]: `mail` has 2 replicas, and one alone can have port 25 of the host"
            ]
        )
    }

    @Test func `where ports are open is told`() throws {
        let project = try Translating.project(
            "services: {mail: {image: x, ports: [\"25:25\", \"0.0.0.0:465:465\", \"127.0.0.1:9000:9000\", \"80\"]}}"
        )
        let told = project.warnings.filter { $0.contains(" of the host ") }
        #expect(told.count == 2)
        #expect(told[0].hasPrefix("mail: port 25 of the host is open at 127.0.0.1 alone, since Docker's rules"))
        #expect(told[1].hasPrefix("mail: port 465 of the host is open to other hosts at 0.0.0.0, whatever a firewall"))
    }

    // MARK: Traefik

    @Test(
        arguments: [
            (["com.manacore.domain": "Api.example.com", "com.manacore.port": "3002"], ["api.example.com"], 3002),
            (["domain": "a.example.com"], ["a.example.com"], nil),
            (["a.domain": "a.example.com", "b.port": "80"], ["a.example.com"], nil),
            (["a.domain": "nohost", "traefik.tcp.domain": "a.example.com", "a.subdomain": "b.example.com"], [], nil),
        ] as [([String: String], [String], Int?)]
    )
    func `labels that people write name a domain, and the port beside it`(
        labels: [String: String],
        hosts: [String],
        port: Int?
    ) {
        let read = DomainLabels(labels)
        #expect(read.routes.flatMap(\.hosts) == hosts && read.port == port)
    }

    @Test(
        arguments: [
            ("Host(`a.example`)", [Route(hosts: ["a.example"])]),
            (
                "Host(`a.example`, `b.example`) && PathPrefix(`/api`)",
                [Route(hosts: ["a.example", "b.example"], pathPrefix: "/api")]
            ),
            ("Host(`a.example`) || Host(`b.example`)", [Route(hosts: ["a.example"]), Route(hosts: ["b.example"])]),
            (
                "(Host(`a.example`) || Host(`b.example`)) && PathPrefix(`/x`)",
                [Route(hosts: ["a.example"], pathPrefix: "/x"), Route(hosts: ["b.example"], pathPrefix: "/x")]
            ),
            ("HostRegexp(`.+`)", nil), ("Host(`a`) && Headers(`X`, `y`)", nil), ("!Host(`a`)", nil), ("Host(", nil),
        ] as [(String, [Route]?)]
    )
    func `a rule of Traefik is read, or left as a whole`(rule: String, routes: [Route]?) {
        #expect(TraefikLabels.routes(rule) == routes)
    }

    @Test func `labels of Traefik become routes, and the others are named`() throws {
        let project = try Translating.project(
            """
            services:
              web:
                image: x
                labels:
                  - traefik.enable=true
                  - "traefik.http.routers.web.rule=Host(`shop.example.com`)"
                  - traefik.http.routers.web.middlewares=auth
                  - traefik.http.services.web.loadbalancer.server.port=3000
            """
        )
        let web = try project.service("web")
        #expect(
            web.spec.kind == .web && web.spec.port == 3000 && web.spec.routes == [Route(hosts: ["shop.example.com"])]
        )
        #expect(project.warnings == ["web: the label traefik.http.routers.web.middlewares is not carried over"])
    }

    // MARK: Everything else as written

    @Test func `a container is what its service says`() throws {
        let written = try Translating.project(
            """
            services:
              app:
                image: x
                entrypoint: [/tini]
                command: run it
                user: "1000"
                working_dir: /srv
                environment: {A: b}
                cap_drop: [ALL]
                security_opt: ["no-new-privileges:true"]
                read_only: true
                tmpfs: ["/tmp:size=1m"]
                shm_size: 64m
                pids_limit: 100
                mem_limit: 1g
                cpus: 0.5
                ulimits: {nofile: {soft: 1, hard: 2}, nproc: 3}
                sysctls: {net.core.somaxconn: 1024}
                extra_hosts: ["host.docker.internal:host-gateway"]
                logging: {driver: local, options: {max-size: 1m}}
                stop_signal: SIGQUIT
                stop_grace_period: 1m30s
                init: true
                gpus: all
                healthcheck: {test: [CMD, "true"], interval: 5s, retries: 20, start_period: 1m}
                networks: [front, other]
                deploy: {replicas: 2}
            networks:
              front: {internal: true, labels: {a: b}, ipam: {config: [{subnet: 172.28.0.0/16}]}}
              other: {external: true, name: web}
            """
        ).service("app").spec
        let container = try #require(written.written)
        #expect(container.entrypoint == ["/tini"] && container.command == ["run", "it"] && container.user == "1000")
        #expect(container.workingDirectory == "/srv" && written.environment == ["A": "b"])
        #expect(container.rights.capabilitiesDropped == ["ALL"] && container.rights.isRootReadOnly)
        #expect(container.rights.securityOptions == ["no-new-privileges:true"])
        #expect(container.rights.systemControls == ["net.core.somaxconn": "1024"])
        #expect(container.rights.deviceRequests == [WrittenDeviceRequest(count: -1, capabilities: ["gpu"])])
        #expect(container.mounts == [WrittenMount(.memoryWords("size=1m"), target: "/tmp")])
        #expect(container.limits.sharedMemoryBytes == 64 << 20 && container.limits.processesMax == 100)
        #expect(container.limits.ulimits["nofile"] == .init(soft: 1, hard: 2))
        #expect(container.limits.ulimits["nproc"] == .init(soft: 3, hard: 3))
        #expect(written.resources == Resources(memoryBytesMax: 1 << 30, cpusMax: 0.5))
        #expect(container.network.extraHosts == ["host.docker.internal:host-gateway"])
        #expect(container.logging == WrittenLogging(driver: "local", options: ["max-size": "1m"]))
        #expect(container.stopSignal == "QUIT" && written.stop.grace == .seconds(90) && container.usesInit == true)
        #expect(
            container.healthcheck?.retries == 20 && written.health.deadline == .seconds(160) && written.replicas == 2
        )
        #expect(container.network.networks.map(\.name) == ["shop_front", "web"])
        #expect(
            container.network.networks[0].definition?.isInternal == true && container.network.networks[1].isExternal
        )
        #expect(container.network.networks[0].definition?.ranges.first?.subnet == "172.28.0.0/16")
    }

    @Test func `limits may be written below deploy`() throws {
        let spec = try Translating.project(
            """
            services:
              app:
                image: x
                deploy:
                  update_config: {order: stop-first, monitor: 20s}
                  resources:
                    limits: {memory: 512m, cpus: "0.1", pids: 7}
                    reservations: {memory: 64m, devices: [{capabilities: [gpu], count: 1}]}
                x-teal: {kind: web, port: 80}
            """
        ).service("app").spec
        #expect(spec.resources == Resources(memoryBytesMax: 512 << 20, cpusMax: 0.1))
        #expect(spec.written?.limits.processesMax == 7 && spec.written?.limits.memoryBytesReserved == 64 << 20)
        #expect(spec.written?.rights.deviceRequests == [WrittenDeviceRequest(count: 1, capabilities: ["gpu"])])
        #expect(spec.strategy == .recreate && spec.watch.window == .seconds(20))
    }

    @Test func `volumes keep Compose's names, and a file that is only read goes with the release`() throws {
        let project = try Translating.project(
            """
            services:
              app:
                image: x
                volumes:
                  - data:/data
                  - old:/old:ro
                  - ./app.conf:/etc/app.conf:ro
                  - /srv/x:/x:ro,z
                  - /anonymous
            volumes: {data: {driver_opts: {type: none}}, old: {external: true, name: legacy}}
            """,
            files: ["app.conf": "level = 1"]
        )
        let written = try project.written("app")
        #expect(written.files == [WrittenFile(target: "/etc/app.conf", content: .text("level = 1"))])
        let names = written.mounts.compactMap { if case .volume(let volume) = $0.source { volume.name } else { nil } }
        #expect(names == ["shop_data", "legacy"])
        #expect(written.mounts.contains { $0.source == .anonymous && $0.target == "/anonymous" })
        #expect(project.verdict("services.app.volumes[2]") == "honoured differently")
    }

    @Test func `secrets are handed over sealed, and configurations are part of the release`() throws {
        let project = try Translating.project(
            """
            services:
              app:
                image: x
                secrets: [db-password, {source: outer, target: /etc/outer, mode: 0400, uid: "70"}]
                configs: [{source: app, target: /etc/app.conf}]
            secrets:
              db-password: {file: ./password.txt}
              outer: {external: true}
            configs: {app: {content: "level = 1"}}
            """,
            files: ["password.txt": "hidden"]
        )
        let app = try project.service("app").spec
        #expect(project.secrets.mapValues { $0.reveal() } == ["db_password": "hidden"])
        #expect(app.secrets.map(\.name) == ["db_password", "outer"])
        #expect(
            app.written?.files == [
                WrittenFile(target: "/etc/app.conf", content: .text("level = 1")),
                WrittenFile(target: "/run/secrets/db-password", content: .secret("db_password")),
                WrittenFile(target: "/etc/outer", content: .secret("outer"), mode: 0o400, owner: 70),
            ]
        )
        #expect(!"\(app)".contains("hidden"))
    }

    // MARK: The report

    @Test func `every key that was written is in the report`() throws {
        let project = try Translating.project(
            """
            services:
              web:
                image: x
                restart: always
                env_file: [{path: ./none.env, required: false}]
                deploy: {placement: {constraints: [node.role == manager]}}
                x-teal: {kind: web, port: 80, smoke: []}
                x-other: 1
            """
        )
        #expect(project.verdict("services.web.image") == "honoured differently")
        #expect(project.verdict("services.web.restart") == "honoured differently")
        #expect(project.verdict("services.web.deploy.placement") == "refused")
        #expect(project.verdict("services.web.env_file") == "honoured differently")
        #expect(project.verdict("services.web.x-teal") == "honoured")
        #expect(project.verdict("services.web.x-other") == "honoured differently")
        let restart = try #require(project.report.entries.first { $0.key == "services.web.restart" })
        #expect(restart.place.line == 5)
    }

    @Test func `what would not run as it is written is refused, all at once`() throws {
        let found = try Translating.problems(
            """
            services:
              a: {image: x, use_api_socket: true, pre_stop: [{command: [x]}]}
              b: {image: x, volumes: [{type: image, source: y, target: /y}]}
            """
        )
        #expect(
            found.map { $0.prefix { $0 != ":" } } == [
                "services.a.use_api_socket", "services.a.pre_stop", "services.b.volumes[0]",
            ]
        )
    }
}
