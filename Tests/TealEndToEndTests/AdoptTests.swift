import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

/// Whether nginx is there; with `TEAL_REQUIRE_SERVICES=1` a missing one is a failure instead of a skip.
private let hasNginx = LabNginx.isThere || ProcessInfo.processInfo.environment["TEAL_REQUIRE_SERVICES"] == "1"

extension EndToEnd {
    /// Stacks that ran before Teal was there.
    @Suite struct Adopting {
        private static let token = "hunter22-very-secret"

        /// A pair of containers by hand, as scripts leave them: the one that nginx leads to, and the one before, stopped.
        private struct Pair {
            let lab: Lab
            let hand: HandMade
            let ports: FixedPorts
            let blue: String
            let green: String
            var currentEnv: String { lab.root + "/current_env" }

            init(_ lab: Lab, _ engine: LabEngine, variables: [String: String] = [:]) throws {
                self.lab = lab
                hand = try HandMade(engine.socket)
                let free = (lab.internalPort + 300..<lab.internalPort + 900).filter(Lab.isFree)
                ports = FixedPorts(blue: free[0], green: free[1])
                try hand.network("app-network")
                let all = ["API_TOKEN": token, "ONLY_HERE": "yes"].merging(variables) { $1 }
                green = try hand.start("shop-green", version: "old", port: ports.green, network: "app-network")
                blue = try hand.start(
                    "shop-blue",
                    version: "v0",
                    port: ports.blue,
                    network: "app-network",
                    variables: all
                )
                try hand.stop(green)
                try Data("blue\n".utf8).write(to: URL(filePath: currentEnv))
            }

            func spec(_ version: String) throws -> ServiceSpec {
                var spec = try Lab.spec(version)
                spec.source = .image(SampleImage.name)
                spec.command = []
                spec.routes = [Route(hosts: ["web.test"])]
                spec.fixedPorts = ports
                spec.secrets = [SecretReference(name: "API_TOKEN")]
                spec.currentEnvFile = currentEnv
                // Requests by the one line of a site are not counted.
                spec.watch.window = .seconds(2)
                return spec
            }

            var site: String {
                """
                server {
                    listen 127.0.0.1:\(lab.publicPort);
                    server_name web.test;
                    location / {
                        proxy_pass http://localhost:\(ports.blue);
                        proxy_http_version 1.1;
                        proxy_set_header Host $host;
                    }
                }

                """
            }

            func request(apply: String? = nil, trust: Bool = false) throws -> AdoptRequest {
                let spec = try spec("v1")
                return AdoptRequest(
                    project: lab.project,
                    environment: try EnvironmentName(parsing: "production"),
                    named: [],
                    services: [spec],
                    neighbours: Neighbour.among([spec]),
                    containers: [spec.name: "shop"],
                    trust: trust,
                    apply: apply,
                    author: "lab"
                )
            }
        }

        /// Where a text is in the files of a directory.
        private static func files(with text: String, below directory: String) -> [String] {
            let all = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
            return all.filter { name in
                FileManager.default.contents(atPath: "\(directory)/\(name)")?.range(of: Data(text.utf8)) != nil
            }
        }

        @Test(.enabled(if: hasNginx, "nginx is not installed at /usr/sbin/nginx"))
        func `a pair behind nginx is taken over untouched, released twice and gone back to without a failed request`()
            async throws
        {
            try await LabEngine.with { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    let pair = try Pair(lab, engine)
                    let nginx = try await lab.startNginx(sites: ["shop/web": pair.site])
                    try await lab.startDaemon()
                    let load = try lab.load("v0")
                    try await Task.sleep(for: .seconds(1))
                    let before = try (pair.hand.identity(pair.blue), pair.hand.identity(pair.green))
                    let workers = Self.workers(of: nginx)

                    let plan = try await lab.client.adopt(pair.request())
                    #expect(plan.problems.isEmpty, "\(plan.problems)")
                    let service = try #require(plan.services.first)
                    #expect(service.evidence.first?.hasSuffix("leads to localhost:\(pair.ports.blue)") == true)
                    #expect(service.evidence.contains(".current_env says blue"))
                    #expect(service.health == "passed: GET /health")
                    #expect(service.containers.map(\.name) == ["shop-blue", "shop-green"])
                    #expect(
                        service.containers[0].environment == [
                            "API_TOKEN", "HOST", "ONLY_HERE", "SAMPLE_VERSION",
                        ]
                    )
                    #expect(service.containers[0].address == "127.0.0.1:\(pair.ports.blue)")
                    #expect(service.later.contains("the first release has no ONLY_HERE: teal.yml does not name them"))
                    #expect(service.gaps.isEmpty)
                    #expect(try await lab.client.status(.init()).projects.isEmpty, "a plan changes nothing")
                    await #expect(throws: ClientFailure.self) {
                        try await lab.client.adopt(pair.request(apply: "another plan"))
                    }

                    let done = try await lab.client.adopt(pair.request(apply: plan.mark))
                    #expect(done.applied && done.warnings.isEmpty, "\(done.warnings)")
                    #expect(try pair.hand.identity(pair.blue) == before.0 && pair.hand.identity(pair.green) == before.1)
                    #expect(Self.workers(of: nginx) == workers, "nginx is not reloaded")
                    #expect(!FileManager.default.fileExists(atPath: nginx.include))
                    #expect(try String(contentsOfFile: nginx.site("shop-web"), encoding: .utf8) == pair.site)
                    let policies = try [pair.blue, pair.green].map { try engine.socket.container($0)?.restartPolicy }
                    #expect(policies == ["unless-stopped", "no"])
                    #expect(Self.files(with: Self.token, below: lab.home).isEmpty, "only sealed")
                    let again = try await lab.client.adopt(pair.request())
                    #expect(again.problems.isEmpty && again.services.map(\.already) == [true])
                    try await expectAdopted(pair)
                    // A daemon that starts again finds everything as it is.
                    try await lab.restartDaemon(SIGKILL)
                    try await expectAdopted(pair)
                    #expect(Self.workers(of: nginx) == workers, "nor by a start of the daemon")

                    // Two releases beside each other, and back to what was adopted: it is started again itself.
                    try await release("v1", over: "v0", pair, load, active: "web-green-0")
                    #expect(try engine.socket.container(pair.blue)?.isRunning == false, "kept, stopped")
                    #expect(try engine.socket.container(pair.green) == nil, "its place was taken")
                    let env = try String(contentsOfFile: pair.currentEnv, encoding: .utf8)
                    #expect(env == "green\n")
                    let back = try await lab.beginRollback("web")
                    let rolled = try await lab.end(of: back.id, telling: load, from: "v1", to: "v0")
                    try #require(rolled.outcome.state == .settled, "\(rolled.outcome) \(rolled.problem as Any)")
                    #expect(try engine.socket.container(pair.blue)?.isRunning == true)
                    #expect(try await lab.who().version == "v0")
                    try await expectInvariants(lab, "after the way back")

                    try await release("v2", over: "v0", pair, load, active: "web-green-0")
                    try await release("v3", over: "v2", pair, load, active: "web-blue-0")
                    #expect(try engine.socket.container(pair.blue) == nil, "its place was taken")
                    // By now it is made anew from what was recorded, with the variables that it had.
                    let last = try await lab.beginRollback("web", to: 2)
                    let made = try await lab.end(of: last.id, telling: load, from: "v3", to: "v0")
                    try #require(made.outcome.state == .settled, "\(made.outcome) \(made.problem as Any)")
                    let anew = try lab.container("web-green-0")
                    #expect(anew.networks.contains("app-network"))
                    let inspected = try engine.socket.request("GET", "/containers/\(anew.id)/json").text
                    #expect(inspected.contains("ONLY_HERE=yes") && inspected.contains(Self.token))
                    #expect(try await lab.who().version == "v0")
                    try await expectInvariants(lab, "after the way back to one that is made anew")
                    let report = try await load.stop()
                    expectUnnoticed(report, but: Allowed(reconnects: true))
                    Rounds.say(
                        "adopted behind nginx: 3 deploys and 2 rollbacks, \(report.inShort), \(report.reconnects) sent again"
                    )
                }
            }
        }

        private static func workers(of nginx: LabNginx) -> Set<String> {
            guard let master = nginx.master else { return [] }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return Set(
                names.filter { name in
                    // A process that has ended is none.
                    let status = (try? String(contentsOfFile: "/proc/\(name)/status", encoding: .utf8)) ?? ""
                    return status.contains("PPid:\t\(master)\n")
                }
            )
        }

        private func expectAdopted(_ pair: Pair) async throws {
            let lab = pair.lab
            try await until("an active replica that is well") {
                let service = try await lab.client.status(.init()).projects.first?.services.first
                return service?.active?.release == "web@2" && service?.active?.slot == "blue"
                    && service?.active?.replicas.allSatisfy { $0.health == .healthy && $0.routed } == true
                    && service?.standby?.release == "web@1" && service?.drift.isEmpty == true
            }
            #expect(try await lab.client.status(.init()).drift.isEmpty)
            try await expectInvariants(lab, "adopted")
        }

        private func release(
            _ version: String,
            over old: String,
            _ pair: Pair,
            _ load: LoadRun,
            active: String
        ) async throws {
            let begun = try await pair.lab.begin([pair.spec(version)])
            let view = try await pair.lab.end(of: begun.id, telling: load, from: old, to: version)
            try #require(view.outcome.state == .settled, "\(version): \(view.outcome) \(view.problem as Any)")
            #expect(try pair.lab.container(active).isRunning)
            #expect(try await pair.lab.who().version == version)
            try await expectInvariants(pair.lab, "\(version)")
        }

        @Test
        func `what does not pass its gate is not adopted, unless somebody vouches for it, and a crash leaves nothing`()
            async throws
        {
            try await LabEngine.with { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    let slow = ["SAMPLE_HEALTH": "slow", "SAMPLE_HEALTH_SLOW_MS": "2500"]
                    let pair = try Pair(lab, engine, variables: slow)
                    try await lab.startDaemon()
                    func request(_ timeout: Duration, apply: String? = nil, trust: Bool = false) throws -> AdoptRequest
                    {
                        let plain = try pair.request(apply: apply, trust: trust)
                        var spec = plain.services[0]
                        spec.health.timeout = timeout
                        return AdoptRequest(
                            project: plain.project,
                            environment: plain.environment,
                            named: [],
                            services: [spec],
                            neighbours: [],
                            containers: plain.containers,
                            trust: trust,
                            apply: apply,
                            author: "lab"
                        )
                    }
                    let before = try pair.hand.identity(pair.blue)
                    let refused = try await lab.client.adopt(request(.seconds(1)))
                    #expect(refused.problems.map(\.code) == ["adopt.unhealthy"], "\(refused.problems)")
                    await #expect(throws: ClientFailure.self, "nor when the plan is done all the same") {
                        try await lab.client.adopt(request(.seconds(1), apply: refused.mark))
                    }
                    #expect(lab.claims.isEmpty)
                    let plan = try await lab.client.adopt(request(.seconds(8)))
                    #expect(plan.problems.isEmpty, "\(plan.problems)")
                    // The daemon ends while the gate is being asked: claimed, and not written down.
                    let asked = try request(.seconds(8), apply: plan.mark)
                    let cut = Task { try? await lab.client.adopt(asked) }
                    try await until("claims") { lab.claims.count == 2 }
                    try await lab.killDaemon()
                    _ = await cut.value
                    #expect(try pair.hand.identity(pair.blue) == before)
                    try await lab.startDaemon()
                    #expect(lab.claims.isEmpty, "let go at the start")
                    #expect(try await lab.findings().filter { !$0.contains("live-restore") }.isEmpty)
                    #expect(try await lab.client.status(.init()).projects.isEmpty)
                    // Vouched for, and said so for ever.
                    let vouched = try await lab.client.adopt(request(.seconds(1), trust: true))
                    #expect(vouched.problems.isEmpty)
                    #expect(vouched.services.first?.health.hasSuffix("(you vouch for it)") == true)
                    let done = try await lab.client.adopt(request(.seconds(1), apply: vouched.mark, trust: true))
                    #expect(done.applied)
                    #expect(try pair.hand.identity(pair.blue) == before)
                    #expect(try await lab.who().version == "v0", "by the proxy, which leads to its port")
                }
            }
        }

        @Test func `services of a Compose project are taken over by the command line, and released from its file`()
            async throws
        {
            try await LabEngine.with { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    let hand = try HandMade(engine.socket)
                    try hand.network("shop_default", labels: ["com.docker.compose.project": "shop"])
                    var ids: [String] = []
                    for service in ["web", "jobs"] {
                        ids.append(
                            try hand.start(
                                "shop-\(service)-1",
                                version: "v0",
                                network: "shop_default",
                                labels: [
                                    "com.docker.compose.project": "shop", "com.docker.compose.service": service,
                                    "com.docker.compose.container-number": "1",
                                ]
                            )
                        )
                    }
                    try await lab.startDaemon()
                    func write(_ version: String) throws {
                        let text = """
                            name: shop
                            x-teal: {project: shop}
                            services:
                              web:
                                image: "\(SampleImage.name)"
                                environment: {SAMPLE_VERSION: \(version), HOST: 0.0.0.0}
                                expose: ["8080"]
                                stop_grace_period: 3s
                                x-teal:
                                  host: web.test
                                  health: {path: /health, json: {success: true}, deadline: 20s}
                                  watch: {window: 1200ms, warmUp: 200ms, requestsMin: 10, latencyFloor: 800ms}
                              jobs:
                                image: "\(SampleImage.name)"
                                environment: {SAMPLE_VERSION: \(version), HOST: 0.0.0.0}
                                stop_grace_period: 3s
                            """
                        try Data(text.utf8).write(to: URL(filePath: lab.root + "/docker-compose.yml"))
                    }
                    func teal(_ words: String...) async throws -> String {
                        try await Child.output(
                            of: [lab.programs.teal] + words + ["--home", lab.home],
                            within: .seconds(150)
                        )
                    }
                    let file = lab.root + "/docker-compose.yml"
                    try write("v0")
                    let before = try ids.map { try hand.identity($0) }
                    let shown = try await teal("adopt", "--compose", file, "--plan")
                    #expect(shown.contains("shop-web-1") && shown.contains("2 services can be adopted"), "\(shown)")
                    let said = try await teal("adopt", "--compose", file, "--yes")
                    #expect(said.contains("adopted shop-web-1 as web@1"), "\(said)")
                    #expect(said.contains("adopted shop-jobs-1 as jobs@1"), "\(said)")
                    #expect(try ids.map { try hand.identity($0) } == before)
                    #expect(try await teal("adopt", "--compose", file).contains("All of it is adopted already."))
                    try await until("an answer of v0") { try await lab.who().version == "v0" }
                    try await expectInvariants(lab, "adopted")
                    let load = try lab.load("v0")
                    try await Task.sleep(for: .seconds(1))
                    for version in ["v1", "v2"] {
                        try write(version)
                        _ = try await teal("deploy", "--file", file, "--until", "settled")
                        load.tell(
                            try await lab.events(of: try await lab.client.rollout("latest").id),
                            from: version == "v1" ? "v0" : "v1",
                            to: version
                        )
                        #expect(try await lab.who().version == version)
                        try await expectInvariants(lab, "\(version)")
                    }
                    let back = try await lab.beginRollback("web", to: 1)
                    let rolled = try await lab.end(of: back.id, telling: load, from: "v2", to: "v0")
                    try #require(rolled.outcome.state == .settled, "\(rolled.outcome) \(rolled.problem as Any)")
                    #expect(try await lab.who().version == "v0")
                    let report = try await load.stop()
                    expectUnnoticed(report)
                    Rounds.say("adopted from Compose: 2 deploys and a rollback, \(report.inShort)")
                }
            }
        }
    }
}

extension Lab {
    /// The places that adopted containers have.
    fileprivate var claims: [String] {
        let directory = home + "/docker/places/\(project)"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []  // not there: none
        // What a kill leaves half written is nobody's place, and is overwritten by the next of its name.
        return names.filter { !$0.hasSuffix(".new") }.filter { name in
            let text = (try? String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)) ?? ""  // just gone
            return text.contains("\"adopted\"")
        }
    }
}
