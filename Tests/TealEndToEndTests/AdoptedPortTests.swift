import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

extension EndToEnd {
    /// Containers that users reach at a port of the host, with nothing in front, and that are adopted.
    @Suite struct AdoptingPorts {
        /// What somebody had started with `docker run -p`, and the teal.yml for it.
        private struct Shop {
            let lab: Lab
            let engine: LabEngine
            let hand: HandMade
            let port: Int
            let container: String
            private var file: String { lab.root + "/teal.yml" }

            init(_ lab: Lab, _ engine: LabEngine) async throws {
                self.lab = lab
                self.engine = engine
                hand = try HandMade(engine.socket)
                port = try #require((19_500..<19_900).first { Lab.isFree($0) })
                try hand.network("app-network")
                container = try hand.start(
                    "by-hand",
                    version: "v0",
                    port: port,
                    at: "0.0.0.0",
                    network: "app-network",
                    variables: ["ONLY_HERE": "yes"]
                )
                try write("v0")
            }

            /// Writes teal.yml; with `fails` what is released is taken back right after the switch.
            func write(_ version: String, ports: Bool = true, fails: Bool = false) throws {
                let lines = """
                    project: \(lab.project)
                    services:
                      web:
                        kind: web
                        image: "\(SampleImage.name)"
                        port: 8080
                        host: web.test
                        env: {SAMPLE_VERSION: \(version), HOST: 0.0.0.0}
                        health: {path: /health, json: {success: true}, deadline: 20s}
                        watch: {window: 1200ms, warmUp: 200ms, requestsMin: 10, latencyFloor: 800ms}
                        drain: {requests: 3s, upgraded: 2s}
                        stop: {grace: 3s}
                    """
                let more =
                    (ports ? "\n    hostPorts: [\"0.0.0.0:\(port)\"]" : "")
                    + (fails ? "\n    hooks: [{name: check, at: after-switch, run: /bin/false}]" : "")
                try Data((lines + more + "\n").utf8).write(to: URL(filePath: file))
            }

            func teal(_ words: String...) async throws -> String {
                try await Child.output(
                    of: [lab.programs.teal] + words + ["--file", file, "--home", lab.home],
                    within: .seconds(150)
                )
            }

            /// Deploys and waits until that has settled, or gone back.
            func deploy(_ version: String, fails: Bool = false) async throws -> RolloutView {
                try write(version, fails: fails)
                // One that is taken back ends the command with an error.
                _ = try? await teal("deploy", "--until", "settled")
                return try await lab.client.rollout("latest")
            }

            /// Load at the port, from before anything is done.
            ///
            /// Which release answers is not looked at: connections that were open before stay with the container.
            func load() throws -> LoadRun {
                try lab.load("v0") { plan in
                    plan.port = port
                    plan.host = "localhost:\(port)"
                    plan.checksReleases = false
                    plan.streams = 1
                    plan.streamSeconds = 2
                }
            }

            func version() async throws -> String {
                let text = try await Child.output(
                    of: ["/usr/bin/curl", "-s", "-m", "5", "http://localhost:\(port)/who"],
                    within: .seconds(10)
                )
                struct Who: Decodable {
                    let version: String
                }
                // Anything else is not the sample service.
                return (try? JSONDecoder().decode(Who.self, from: Data(text.utf8)))?.version ?? text
            }

            /// Whether nft leads anything away for Teal now.
            func leadsAway() async throws -> Bool {
                let rules = try await Child.output(of: ["/usr/sbin/nft", "list", "ruleset"], within: .seconds(10))
                return rules.contains("table inet teal")
            }

            /// Waits until the proxy has the port, with nothing left of the way there.
            func passed(_ version: String) async throws {
                try await until("the port is the proxy's", within: .seconds(60)) {
                    let isLeft = try await leadsAway()
                    let drift = try await lab.client.status(.init()).drift
                    return !isLeft && drift.isEmpty
                }
                #expect(try await self.version() == version)
            }

            /// Adopts it, which changes nothing.
            func adopt() async throws {
                try await until("v0 answers", within: .seconds(40)) { (try? await version()) == "v0" }
                let before = try hand.identity(container)
                let said = try await teal("adopt", "--container", "web=by-hand", "--yes")
                #expect(said.contains("adopted by-hand as web@1"), "\(said)")
                #expect(try hand.identity(container) == before)
                try await until("an active replica that is well") {
                    let status = try await lab.client.status(.init())
                    let service = status.projects.first?.services.first
                    return status.drift.isEmpty
                        && service?.active?.replicas.allSatisfy { $0.health == .healthy } == true
                }
                #expect(try await version() == "v0")
            }
        }

        @Test
        func `a published port passes to the proxy, and back through a rollback, without a failed request`()
            async throws
        {
            try await LabEngine.with { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    let shop = try await Shop(lab, engine)
                    try await lab.startDaemon()
                    try await until("v0 answers", within: .seconds(40)) { (try? await shop.version()) == "v0" }
                    let load = try shop.load()
                    let place = "0.0.0.0:\(shop.port)"

                    // Without a word of the port in teal.yml there is a gap, and how to close it.
                    try shop.write("v0", ports: false)
                    let warned = try await shop.teal("adopt", "--container", "web=by-hand", "--plan")
                    #expect(warned.contains("write `hostPorts: [\"\(place)\"]` for web"), "\(warned)")
                    try shop.write("v0")
                    let shown = try await shop.teal("adopt", "--container", "web=by-hand", "--plan")
                    #expect(
                        shown.contains("port \(place) of the host stays with by-hand until it is stopped"),
                        "\(shown)"
                    )
                    #expect(shown.contains("without a gap") && !shown.contains("nobody answers"), "\(shown)")
                    try await shop.adopt()
                    #expect(try await !shop.leadsAway(), "nothing is led away before a release")
                    try shop.write("v1")
                    let plan = try await shop.teal("plan")
                    #expect(plan.contains("taken over from the adopted container by-hand without a gap"), "\(plan)")

                    // One that is taken back leaves users where they were.
                    let bad = try await shop.deploy("bad", fails: true)
                    #expect(bad.outcome.state == .reverted, "\(bad.outcome)")
                    try await until("nothing is led away", within: .seconds(20)) { try await !shop.leadsAway() }
                    #expect(try await shop.version() == "v0")
                    #expect(try engine.socket.container(shop.container)?.isRunning == true)

                    // The daemon is killed right after the switch, and again while the container is stopped.
                    try shop.write("v1")
                    _ = try await shop.teal("deploy")
                    let first = try await lab.client.rollout("latest")
                    let told = try await lab.events(of: first.id).map(\.text)
                    #expect(
                        told.contains { $0.contains("new connections to port \(place) of the host come to") },
                        "\(told)"
                    )
                    try await lab.restartDaemon(SIGKILL)
                    try await lab.phase("settle", of: first.id)
                    try await lab.restartDaemon(SIGKILL)
                    let settled = try await lab.end(of: first.id)
                    #expect(settled.outcome.state == .settled, "\(settled.outcome) \(settled.problem as Any)")
                    try await shop.passed("v1")
                    #expect(try engine.socket.container(shop.container)?.isRunning == false)
                    try await expectInvariants(lab, "v1")

                    // Back to what was adopted: made anew, without the port.
                    let way = try await shop.teal("rollback", "--dry-run")
                    #expect(way.contains("made anew from the record without that port, as web-blue"), "\(way)")
                    let back = try await lab.end(of: try await lab.beginRollback("web").id)
                    try #require(back.outcome.state == .settled, "\(back.outcome) \(back.problem as Any)")
                    let answer = try await lab.events(of: back.id).map(\.text)
                    #expect(answer.contains { $0.contains("made anew from the record without that port") }, "\(answer)")
                    #expect(try engine.socket.container(shop.container) == nil, "made anew in its place")
                    let anew = try lab.container("web-blue-0")
                    let inspected = try engine.socket.request("GET", "/containers/\(anew.id)/json").text
                    #expect(inspected.contains("ONLY_HERE=yes") && !inspected.contains("\"HostPort\":\"\(shop.port)\""))
                    #expect(anew.networks.contains("app-network"))
                    try await shop.passed("v0")
                    try await expectInvariants(lab, "after the way back")

                    let second = try await shop.deploy("v2")
                    #expect(second.outcome.state == .settled, "\(second.outcome) \(second.problem as Any)")
                    try await shop.passed("v2")
                    try await expectInvariants(lab, "v2")

                    let report = try await load.stop()
                    #expect(report.failed == 0, "\(report.failuresText)")
                    expectSteady(report)
                    Rounds.say(
                        "the port of an adopted container, 3 deploys, 2 kills and a rollback: \(report.inShort), "
                            + "\(report.reconnects) reconnects"
                    )
                    let left = FileManager.default.contents(atPath: lab.home + "/ports.json").map {
                        String(decoding: $0, as: UTF8.self)
                    }
                    #expect(left?.contains("\"takeovers\":[]") == true, "\(left as Any)")
                }
            }
        }

        @Test
        func `without the right to lead users away there is a gap that is announced and measured, at the stop alone`()
            async throws
        {
            try await LabEngine.with { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    let shop = try await Shop(lab, engine)
                    try await lab.startDaemon(["TEAL_NFT": ""])
                    try await until("v0 answers", within: .seconds(40)) { (try? await shop.version()) == "v0" }
                    let shown = try await shop.teal("adopt", "--container", "web=by-hand", "--plan")
                    #expect(
                        shown.contains(
                            "nobody answers at port 0.0.0.0:\(shop.port) of the host from the stop of by-hand"
                        )
                    )
                    try await shop.adopt()
                    let load = try shop.load()
                    // Users are nowhere else yet, and what is taken back costs nobody anything.
                    let bad = try await shop.deploy("bad", fails: true)
                    #expect(bad.outcome.state == .reverted, "\(bad.outcome)")
                    let quiet = try await load.stop()
                    #expect(quiet.failed == 0, "\(quiet.failuresText)")

                    let users = try shop.load()
                    try shop.write("v1")
                    let plan = try await shop.teal("plan")
                    #expect(plan.contains("with a gap") && plan.contains("there is no `nft`"), "\(plan)")
                    let view = try await shop.deploy("v1")
                    #expect(view.outcome.state == .settled, "\(view.outcome) \(view.problem as Any)")
                    try await shop.passed("v1")
                    let gap = try #require(try await lab.client.rollout(view.id).outages.first, "the gap is told")
                    #expect(gap.port == "0.0.0.0:\(shop.port)" && gap.isOver)
                    let report = try await users.stop()
                    // Users saw what was told, and nothing before or after it.
                    #expect(report.failedSeconds <= gap.seconds + 0.5, "\(gap.seconds) s; \(report.failuresText)")
                    let status = try await shop.teal("status")
                    #expect(
                        status.contains("users had no answer at port 0.0.0.0:\(shop.port) of the host"),
                        "\(status)"
                    )
                    Rounds.say(
                        "the port of an adopted container with a gap: told \(gap.seconds) s; users: \(report.failed) failed in "
                            + "\(report.failedSeconds) s"
                    )
                    try await expectInvariants(lab, "v1")
                }
            }
        }
    }
}
