import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

/// Whether the suite runs; with `TEAL_REQUIRE_SERVICES=1` a missing nginx is a failure instead of a skip.
private let hasNginx = LabNginx.isThere || ProcessInfo.processInfo.environment["TEAL_REQUIRE_SERVICES"] == "1"

extension EndToEnd {
    /// A real nginx of the test's own in the place of the proxy.
    @Suite(.enabled(if: hasNginx, "nginx is not installed at /usr/sbin/nginx"))
    struct NginxAsSwitch {
        /// How long WebSockets may stay on the old release.
        private static let drainUpgraded = Duration.seconds(3)
        /// What a clock, a journal and a reload may take.
        private static let slackNs = 300_000_000
        /// What a reload of nginx does to people who use kept connections, and what ends at the limit of the drain.
        private static let allowed = Allowed(reconnects: true, webSocketsCut: true)

        /// The sample service without rules that nginx does not know.
        private static func plain(_ spec: inout ServiceSpec) {
            spec.routes = [Route(hosts: ["web.test"])]
            spec.drain.upgraded = drainUpgraded
        }

        /// Checks that each WebSocket that ended had lived on the old release for as long as it may.
        private func expectKept(_ report: LoadReport, _ switches: [Int]) throws {
            #expect(report.webSocketsKept == report.asked.webSockets, "those that are open at the end")
            for end in report.webSocketEnds {
                let after = switches.filter { $0 + Self.slackNs > end.openedNs }
                let moved = try #require(after.first, "\(end) ended and nothing was switched after it had been opened")
                let limit = moved + Int(Self.drainUpgraded.components.seconds) * 1_000_000_000
                #expect(end.atNs >= limit - Self.slackNs, "\(end), switched at \(moved)")
            }
        }

        @Test func `deploys in a row, one that is kept out and a rollback fail no request`() async throws {
            try await run(on: .chosen, Rounds.of("TEAL_ROUNDS_NGINX", small: 4))
        }

        @Test func `nginx moves users of containers in a row without a failed request`() async throws {
            let rounds = max(2, Rounds.of("TEAL_ROUNDS_NGINX", small: 4) / 2)
            try await LabEngine.with { engine in try await run(on: .containers(engine.socket), rounds) }
        }

        private func run(on runtime: LabRuntime, _ rounds: Int) async throws {
            try await Lab.with(runtime: runtime) { lab in
                try await lab.startNginx()
                try await lab.startDaemon()
                #expect(lab.proxyPid == nil)
                try #require(try await lab.deploy("v0", Self.plain).outcome.state == .settled)
                #expect(lab.proxyPid == nil, "nginx has the traffic, and nothing else")
                let load = try lab.load("v0") { plan in
                    plan.streams = 2
                    plan.webSockets = 3
                    plan.serverSentEvents = 1
                }
                var slot = ExpectedSlot()
                var switches: [Int] = []
                func follow(_ id: String, from old: String, to new: String) async throws -> RolloutView {
                    let view = try await lab.end(of: id, telling: load, from: old, to: new)
                    let moment = try await lab.events(of: id).first { $0.moment == .switched }
                    if let moment { switches.append(MonotonicTime.of(wall: moment.time)) }
                    return view
                }
                for round in 1...rounds {
                    let id = try await lab.begin("v\(round)", Self.plain).id
                    let view = try await follow(id, from: "v\(round - 1)", to: "v\(round)")
                    slot.flip()
                    try #require(
                        view.outcome.state == .settled,
                        "round \(round): \(view.outcome) \(view.problem as Any)"
                    )
                    #expect(view.counters.watchedReal > 0, "nginx's log tells of real requests")
                    #expect(view.counters.cutRequests == 0, "round \(round)")
                    if runtime.socket == nil {
                        try await expectTidy(lab, running: slot.places(), serving: "v\(round)", "round \(round)")
                    } else {
                        try await expectInvariants(lab, "round \(round)")
                    }
                }
                let bad = try await lab.begin("bad") { spec in
                    Self.plain(&spec)
                    spec.environment["SAMPLE_HEALTH"] = "never"
                    spec.health.deadline = .seconds(2)
                }
                let kept = try await follow(bad.id, from: "v\(rounds)", to: "bad")
                #expect(kept.outcome.state == .kept, "\(kept.outcome)")
                let back = try await lab.beginRollback("web")
                let rolled = try await follow(back.id, from: "v\(rounds)", to: "v\(rounds - 1)")
                #expect(rolled.outcome.state == .settled, "\(rolled.outcome) \(rolled.problem as Any)")
                let report = try await load.stop()
                expectUnnoticed(report, but: Self.allowed)
                try expectKept(report, switches)
                #expect(report.perRelease.keys.sorted() == (0...rounds).map { "v\($0)" }.sorted())
                Rounds.say(
                    "by nginx\(runtime.socket == nil ? "" : ", containers"): \(rounds) deploys, one kept out, one rollback: "
                        + "\(report.requests) requests, \(report.failed) failed, \(report.reconnects) sent again on another "
                        + "connection, \(report.streams) streams (\(report.streamsCut) cut), \(report.webSockets) WebSockets "
                        + "(\(report.webSocketsCut) cut at the limit, closed \(report.webSocketsClosed)), p99 \(report.latencyMs.p99) ms"
                )
            }
        }

        @Test func `what fails under traffic is taken back by nginx too, by what its log tells`() async throws {
            try await Lab.with { lab in
                try await lab.startNginx()
                try await lab.startDaemon()
                try #require(try await lab.deploy("old", Self.plain).outcome.state == .settled)
                let load = try lab.load("old") { $0.streams = 1 }
                try await Task.sleep(for: .seconds(1))
                let id = try await lab.begin("new") { spec in
                    Self.plain(&spec)
                    spec.environment["SAMPLE_ERROR_RATE"] = "0.3"
                    spec.watch.window = .seconds(10)
                }.id
                let view = try await lab.end(of: id, telling: load, from: "old", to: "new")
                #expect(view.outcome.state == .reverted, "\(view.outcome)")
                #expect(view.problem?.code == "deploy.watch-failed", "\(view.problem as Any)")
                let report = try await load.stop()
                expectUnnoticed(report, but: Allowed(ownErrors: true, reconnects: true))
                #expect(report.perRelease["new"]?.errors ?? 0 > 0)
                try await expectTidy(lab, running: ["web-blue-0"], serving: "old")
            }
        }

        @Test func `what nginx does not do is refused before anything is changed`() async throws {
            try await Lab.with { lab in
                try await lab.startNginx()
                try await lab.startDaemon()
                // The lab's own service closes what is upgraded below a path.
                let view = try await lab.deploy("v1")
                #expect(view.outcome.state == .kept)
                #expect(view.problem?.code == "preflight.nginx-unable", "\(view.problem as Any)")
                #expect(lab.running.isEmpty)
            }
        }

        @Test func `an nginx that ends, or loses Teal's file, is noticed and follows again`() async throws {
            try await Lab.with { lab in
                let nginx = try await lab.startNginx()
                try await lab.startDaemon()
                try #require(try await lab.deploy("v1", Self.plain).outcome.state == .settled)
                func drift() async throws -> [String] { try await lab.client.status(.init()).drift }
                try await nginx.stop()
                #expect(try await drift() == ["nginx does not run: \(nginx.pidFile) is not there"])
                let refused = try await lab.deploy("v2", Self.plain)
                #expect(refused.problem?.code == "preflight.nginx", "\(refused.problem as Any)")
                #expect(try await lab.findings().contains("error: nginx does not run: \(nginx.pidFile) is not there"))
                try await nginx.start()
                try await until("an answer of v1") { try await lab.who().version == "v1" }
                // A daemon that starts while nginx is away tells it later.
                try await lab.killDaemon()
                try await nginx.stop()
                try FileManager.default.removeItem(atPath: nginx.include)
                try await lab.startDaemon()
                try await nginx.start()
                try await until("an answer of v1 by a file that was written anew") {
                    try await lab.who().version == "v1"
                }
                try await expectTidy(lab, running: ["web-blue-0"], serving: "v1")
                // Gone under a running daemon, which writes it again before anybody reloads, or after.
                try FileManager.default.removeItem(atPath: nginx.include)
                try nginx.reload()
                try await until("an answer of v1 by a file that was written again") {
                    FileManager.default.fileExists(atPath: nginx.include)
                }
                try await until("an answer of v1") { try await lab.who().version == "v1" }
                try #require(try await lab.deploy("v2", Self.plain).outcome.state == .settled)
                try await expectTidy(lab, running: ["web-green-0"], serving: "v2")
            }
        }

        @Test
        func `a site that exists is switched by its one line, and is not touched once somebody else has changed it`()
            async throws
        {
            try await Lab.with { lab in
                let text = """
                    server {
                        listen 127.0.0.1:\(lab.publicPort);
                        server_name web.test;
                        location / {
                            proxy_pass http://127.0.0.1:1;
                            proxy_http_version 1.1;
                            proxy_set_header Host $host;
                        }
                    }

                    """
                let nginx = try await lab.startNginx(sites: ["shop/web": text])
                try await lab.startDaemon()
                for version in ["v1", "v2"] {
                    let view = try await lab.deploy(version) { spec in
                        Self.plain(&spec)
                        spec.watch.window = .seconds(3)
                    }
                    try #require(view.outcome.state == .settled, "\(view.outcome) \(view.problem as Any)")
                    #expect(try await lab.who().version == version)
                    // Others' requests are not counted there, and Teal's own are what it is judged by.
                    #expect(view.counters.watchedReal == 0)
                    #expect(view.counters.watchedSynthetic > 0)
                    let events = try await lab.events(of: view.id)
                    #expect(events.contains { $0.text.contains("the watch has synthetic probes only") })
                }
                func strip(_ text: String) -> String {
                    text.split(separator: "\n").filter { !$0.contains("proxy_pass") }.joined(separator: "\n")
                }
                let path = nginx.site("shop-web")
                let now = try String(contentsOfFile: path, encoding: .utf8)
                #expect(strip(now) == strip(text) && now != text)
                let edited = now + "# mine\n"
                try Data(edited.utf8).write(to: URL(filePath: path))
                try await until("drift that says so") {
                    try await lab.client.status(.init()).drift.contains {
                        $0.contains("somebody else has changed \(path)")
                    }
                }
                let refused = try await lab.deploy("v3", Self.plain)
                #expect(refused.problem?.code == "preflight.nginx-changed", "\(refused.problem as Any)")
                #expect(try String(contentsOfFile: path, encoding: .utf8) == edited)
                try nginx.reload()
                try await until("no drift") { try await lab.client.status(.init()).drift.isEmpty }
                try #require(try await lab.deploy("v4", Self.plain).outcome.state == .settled)
                #expect(try await lab.who().version == "v4")
                #expect(try String(contentsOfFile: path, encoding: .utf8).hasSuffix("# mine\n"))
            }
        }

        @Test func `the switch of a home changes only once the former one has ended`() async throws {
            try await Lab.with { lab in
                try await lab.startNginx()
                try await lab.startDaemon()
                try #require(try await lab.deploy("v1", Self.plain).outcome.state == .settled)
                try await lab.killDaemon(SIGTERM)
                let nginx = try #require(lab.leaveNginx())
                await #expect(throws: LabFailure.self) { try await lab.startDaemon() }
                let said = lab.lastLines(of: lab.daemonLog, 8).joined(separator: "\n")
                #expect(said.contains("[daemon.switch-changed]"), "\(said)")
                #expect(said.contains("shop/web takes traffic by it"), "\(said)")
                #expect(try await lab.who().version == "v1")
                #expect(lab.proxyPid == nil)
                // As it says: without Teal's file, nginx follows nothing any more.
                try FileManager.default.removeItem(atPath: nginx.include)
                try nginx.reload()
                try await until("a free public port") { Lab.isFree(lab.publicPort) }
                try await lab.startDaemon()
                try await until("an answer of v1 by the proxy") { try await lab.who().version == "v1" }
                try await expectTidy(lab, running: ["web-blue-0"], serving: "v1")
                #expect(lab.proxyPid != nil)
            }
        }
    }
}
