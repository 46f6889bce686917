import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

/// Whether the suite runs; with `TEAL_REQUIRE_SERVICES=1` what is missing is a failure instead of a skip.
private let hasStores =
    LabNginx.isThere && FileManager.default.fileExists(atPath: "/usr/lib/postgresql")
    || ProcessInfo.processInfo.environment["TEAL_REQUIRE_SERVICES"] == "1"

extension EndToEnd {
    /// The stack of `examples/mas` as its files are: an API that needs PostgreSQL and Redis and works on a queue, released
    /// again and again under load.
    @Suite(.enabled(if: hasStores, "nginx or PostgreSQL is not installed")) struct MAS {
        /// What users meet.
        enum Edge: CaseIterable {
            /// Teal's own proxy, without TLS.
            case proxy
            /// An nginx with TLS that leads to it, and is never touched.
            case nginxBefore
            /// An nginx with TLS that Teal switches.
            case nginxSwitched
        }

        /// An nginx reloads: it closes clients' idle connections, and ends WebSockets without a frame.
        private static func allowed(_ edge: Edge) -> Allowed {
            edge == .nginxSwitched ? Allowed(reconnects: true, webSocketsCut: true) : Allowed()
        }

        @Test(arguments: Edge.allCases)
        func `is deployed from nothing and released in a row, and nobody notices`(_ edge: Edge) async throws {
            let rounds = max(1, Rounds.of("TEAL_ROUNDS_MAS", small: 2))
            try await LabEngine.with { engine in
                try await Lab.with(project: "mas", runtime: .containers(engine.socket)) { lab in
                    let registry = try await LabRegistry(lab)
                    let nginx = edge == .nginxSwitched ? try await lab.startNginx() : nil
                    try await lab.startDaemon()
                    let stack = try await MASStack(lab, registry, edge == .nginxSwitched ? Self.forNginx : [])
                    try await deployFromNothing(lab, stack, edge)
                    let stores = try MASStack.stores.sorted().map { try lab.container($0).id }
                    _ = try await stack.sql("CREATE TABLE meetings (id int); INSERT INTO meetings VALUES (42)")
                    var site: MASSite?
                    switch edge {
                    case .proxy: break
                    case .nginxBefore:
                        let address = "127.0.0.1:\(lab.publicPort)"
                        site = try await MASSite(stack, lab, lab.startEdge(), ["--proxy-pass", address])
                    case .nginxSwitched: site = try await MASSite(stack, lab, #require(nginx), [])
                    }
                    let load = try lab.load("v0") { plan in
                        plan.host = MASStack.host
                        plan.url = site?.url
                        plan.authority = site?.certificate
                        plan.rate = 80
                        plan.streams = 2
                        plan.serverSentEvents = 1
                        plan.webSockets = 3
                        plan.relayPairs = 1
                        plan.webSocketPath = "/socket.io"
                        plan.relayPath = "/api/terminal/relay"
                    }
                    let jobs = RedisJobs(try await LabRedis.follow(in: lab), lab, list: "emailQueue")
                    // A worker needs 20 ms for a job, and more where the machine has much else to do.
                    try await jobs.whileFeeding(pauseMs: 100) {
                        try await release(rounds, lab, stack, edge, load)
                    }
                    let report = try await load.stop()
                    expectUnnoticed(report, "\(edge)", but: Self.allowed(edge))
                    #expect(report.perRelease.keys.sorted() == (0...rounds).map { "v\($0)" }.sorted())
                    let taken = jobs.doneOnce("\(edge)")
                    #expect(Set(taken.map(\.version)).isSubset(of: report.perRelease.keys), "no job is the bad one's")
                    // What both slots share is what it was at the beginning, with what was in it.
                    #expect(try MASStack.stores.sorted().map { try lab.container($0).id } == stores)
                    #expect(try await stack.sql("SELECT id FROM meetings") == "42")
                    if let site { #expect(try String(contentsOfFile: site.path, encoding: .utf8) == site.text) }
                    Rounds.say(
                        "mas, \(edge): \(rounds) releases, one kept out, one rollback: \(report.inShort), "
                            + "\(report.reconnects) reconnects, \(report.webSockets) WebSockets "
                            + "(\(report.webSocketsCut) cut, closed \(report.webSocketsClosed)), "
                            + "\(taken.count) jobs done once, p99 \(report.latencyMs.p99) ms"
                    )
                }
            }
        }

        /// What nginx as the switch does not do, as the example's README says.
        private static let forNginx = [
            (
                """
                    upgraded:
                      # Meetings go on where they are; both sides of a terminal have to be in one process, so they meet again at once.
                      /socket.io: {mode: keep, limit: 3s}
                      /api/terminal/relay: close

                """, ""
            )
        ]

        /// The first deploy: nothing is there but the files, a registry with one build, and an empty engine.
        private func deployFromNothing(_ lab: Lab, _ stack: MASStack, _ edge: Edge) async throws {
            try stack.push("v0")
            #expect(try await stack.teal("validate").contains("mas (production), 3 services"))
            let report = try await stack.compose("report", "--project-file", stack.directory + "/teal.yml")
            #expect(report.contains("networks.mas-network.external") && !report.contains("refused"))
            let config = try await stack.compose("config", "-f", stack.directory + "/docker-compose.prod.yml")
            #expect(config.contains("\"max-size\": \"10m\""))
            for command in ["plan", "deploy"] {
                let refused = await #expect(throws: LabFailure.self) { try await stack.ask(command, then: stack.all) }
                #expect("\(refused as Any)".contains("docker network create mas-network"))
            }
            #expect(lab.containers.isEmpty)
            let plan = try await stack.ask("plan", "--create-networks", then: stack.all)
            #expect(plan.contains("this deploy makes it first") && plan.contains("app  first release -> app@1 in blue"))

            let view = try await lab.end(of: stack.deploy("--create-networks"))
            try #require(view.outcome.state == .settled, "\(view.outcome) \(view.problem as Any)")
            let all = MASStack.stores.union(["app-blue-0"])
            try await look(lab, edge, "deployed")
            #expect(lab.running == all)
            try expectSlot("blue", stack)
            for place in all.sorted() {
                let facts = try facts(of: place, lab)
                #expect(facts.HostConfig.LogConfig.Type == "json-file")
                #expect(facts.HostConfig.LogConfig.Config == ["max-size": "10m", "max-file": "3"])
                #expect(facts.HostConfig.RestartPolicy.Name == "unless-stopped")
            }
            let app = try facts(of: "app-blue-0", lab)
            #expect(app.Config.Env.contains("ENABLE_SEEDING=true"))
            for store in MASStack.stores {
                // As `condition: service_healthy` asks: the program begins once its stores are there.
                #expect(try facts(of: store, lab).State.StartedAt < app.State.StartedAt)
            }
        }

        /// Releases in a row, of which one in the middle is bad and the one before it is taken back by hand.
        private func release(
            _ rounds: Int,
            _ lab: Lab,
            _ stack: MASStack,
            _ edge: Edge,
            _ load: LoadRun
        ) async throws {
            var slot = ExpectedSlot()
            slot.service = "app"
            var serving = "v0"
            func expectServing(_ what: String) async throws {
                #expect(try await lab.who(MASStack.host).version == serving, "\(what)")
                #expect(lab.running.isSuperset(of: MASStack.stores.union(slot.places())), "\(what)")
                try await look(lab, edge, what)
                try expectSlot(slot.places() == ["app-blue-0"] ? "blue" : "green", stack)
            }
            for round in 1...rounds {
                try stack.push("v\(round)")
                let view = try await lab.end(of: stack.deploy(), telling: load, from: serving, to: "v\(round)")
                try #require(view.outcome.state == .settled, "v\(round): \(view.outcome) \(view.problem as Any)")
                #expect(view.counters.cutRequests == 0, "v\(round)")
                slot.flip()
                let before = serving
                serving = "v\(round)"
                try await expectServing("v\(round)")
                guard round == (rounds + 1) / 2 else { continue }
                try stack.push("bad", ["ENV SAMPLE_HEALTH=never"])
                let kept = try await lab.end(of: stack.deploy(), telling: load, from: serving, to: "bad")
                #expect(kept.outcome.state == .kept, "\(kept.outcome)")
                #expect(kept.problem?.code == "deploy.health-timeout", "\(kept.problem as Any)")
                try await expectServing("kept out")
                let back = try await lab.end(of: stack.rollback(), telling: load, from: serving, to: before)
                #expect(back.outcome.state == .settled, "\(back.outcome) \(back.problem as Any)")
                slot.flip()
                serving = before
                try await expectServing("rolled back")
            }
        }

        /// Checks that nothing is left behind and no invariant is broken.
        private func look(_ lab: Lab, _ edge: Edge, _ what: String) async throws {
            // With nginx as the switch the doctor says that it serves no names inside networks.
            guard edge == .nginxSwitched else { return try await expectTidy(lab, running: lab.running, "\(what)") }
            try await expectInvariants(lab, "\(what)")
        }

        private func expectSlot(_ name: String, _ stack: MASStack) throws {
            let text = try String(contentsOfFile: stack.currentEnvFile, encoding: .utf8)
            #expect(text.trimmingCharacters(in: .whitespacesAndNewlines) == name)
        }

        /// What the engine says of a container, as far as it is looked at here.
        private struct Facts: Decodable {
            struct Config: Decodable {
                let Env: [String]
            }
            struct HostConfig: Decodable {
                struct LogConfig: Decodable {
                    let `Type`: String
                    let Config: [String: String]
                }
                struct RestartPolicy: Decodable {
                    let Name: String
                }
                let LogConfig: LogConfig
                let RestartPolicy: RestartPolicy
            }
            struct State: Decodable {
                /// RFC 3339, with fractions of a second.
                let StartedAt: String
            }
            let Config: Config
            let HostConfig: HostConfig
            let State: State
        }

        private func facts(of place: String, _ lab: Lab) throws -> Facts {
            let socket = try #require(lab.runtime.socket)
            let answer = try socket.request("GET", "/containers/\(lab.container(place).id)/json")
            return try JSONDecoder().decode(Facts.self, from: answer.body)
        }
    }
}
