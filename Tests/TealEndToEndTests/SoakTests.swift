import TealAPI
import TealCore
import TealLab
import Testing

extension EndToEnd {
    @Suite struct Soak {
        struct Service: CustomTestStringConvertible, Sendable {
            let replicas: Int
            let keepAliveMs: Int?
            /// This many times as many rounds as one of the others.
            let weight: Int

            var testDescription: String {
                "\(replicas) replicas, keep-alive \(keepAliveMs.map { "\($0) ms" } ?? "5 s")"
            }
        }

        /// How long WebSockets may stay on the old release.
        static let drainUpgraded = Duration.seconds(4)
        /// What a clock, a journal and a frame on its way may take.
        static let slackNs = 300_000_000

        /// Checks that WebSockets went on for as long as they may: to the drain limit, or to the end of the run.
        private func expectKept(_ report: LoadReport, _ switches: [Int]) throws {
            let sockets = report.asked.webSockets + report.asked.relayPairs * 2
            #expect(report.webSocketsKept == sockets, "those that are open at the end")
            #expect(report.webSockets == report.webSocketEnds.count + sockets, "each one was kept, or its end is known")
            for end in report.webSocketEnds {
                // What was opened while a switch was under way is on one side or the other and stays for that drain.
                let after = switches.filter { $0 + Self.slackNs > end.openedNs }
                let moved = try #require(after.first, "\(end) ended and nothing was switched after it had been opened")
                if end.of.hasPrefix("relay") {
                    // Those are closed by the switch, and by it only; a pair that meets again at once is on the new side,
                    // which it may be shortly before the moment *switched*: the record and one request come between.
                    let mayBeNew = moved - Self.slackNs < end.openedNs
                    let closing = after.prefix(mayBeNew ? 2 : 1)
                    #expect(
                        closing.contains { abs(end.atNs - $0) < 1_500_000_000 },
                        "\(end), switched at \(closing)"
                    )
                } else {
                    let limit = moved + Int(Self.drainUpgraded.components.seconds) * 1_000_000_000
                    #expect(end.atNs >= limit - Self.slackNs, "\(end), switched at \(moved)")
                }
            }
            // Every 200 ms a message on each; half of them is more than enough to know that they were alive.
            let expected = report.seconds * Double(report.asked.webSockets) * 5
            #expect(Double(report.webSocketMessages) >= expected / 2, "of \(expected) messages")
        }

        @Test(arguments: [
            Service(replicas: 3, keepAliveMs: nil, weight: 3),
            Service(replicas: 1, keepAliveMs: 50, weight: 1),
            Service(replicas: 1, keepAliveMs: nil, weight: 1),
        ])
        func `deploys in a row are not noticed by requests, streams and WebSockets`(_ kind: Service) async throws {
            try await run(kind, on: .chosen)
        }

        @Test func `deploys in a row of containers are not noticed either`() async throws {
            try await LabEngine.with { engine in
                for kind in [
                    Service(replicas: 3, keepAliveMs: nil, weight: 2),
                    Service(replicas: 1, keepAliveMs: nil, weight: 3),
                ] { try await run(kind, on: .containers(engine.socket)) }
            }
        }

        private func run(_ kind: Service, on runtime: LabRuntime) async throws {
            let rounds = max(1, Rounds.of("TEAL_ROUNDS_SOAK", small: 5) * kind.weight / 5)
            // Debug builds on a busy machine answer late above that.
            let rate = Rounds.of("TEAL_RATE_SOAK", small: rounds > kind.weight ? 300 : 200)
            try await Lab.with(runtime: runtime) { lab in
                try await lab.startDaemon()
                func begin(_ version: String) async throws -> String {
                    var environment: [String: String] = [:]
                    if let limit = kind.keepAliveMs { environment["SAMPLE_KEEPALIVE_MS"] = "\(limit)" }
                    return try await lab.begin(version, environment: environment) { spec in
                        spec.replicas = kind.replicas
                        spec.drain.upgraded = Self.drainUpgraded
                        if let limit = kind.keepAliveMs { spec.proxy.upstreamIdle = .milliseconds(limit / 2) }
                    }.id
                }
                let first = try await lab.end(of: begin("v0"))
                try #require(first.outcome.state == .settled, "\(first)")
                let load = try lab.load("v0") { plan in
                    plan.rate = rate
                    plan.streams = 3
                    plan.webSockets = 4
                    plan.relayPairs = kind.replicas == 1 ? 2 : 0
                    plan.serverSentEvents = 1
                }
                var slot = ExpectedSlot()
                var switches: [Int] = []
                for round in 1...rounds {
                    let id = try await begin("v\(round)")
                    let view = try await lab.end(of: id)
                    let events = try await lab.events(of: id)
                    load.tell(events, from: "v\(round - 1)", to: "v\(round)")
                    let moment = try #require(events.first { $0.moment == .switched }, "round \(round)")
                    switches.append(MonotonicTime.of(wall: moment.time))
                    slot.flip()
                    try #require(
                        view.outcome.state == .settled,
                        "round \(round): \(view.outcome) \(view.problem as Any)"
                    )
                    #expect(view.counters.cutRequests == 0, "round \(round)")
                    try await expectTidy(
                        lab,
                        running: slot.places(kind.replicas),
                        serving: "v\(round)",
                        "round \(round)"
                    )
                    #expect(try await lab.active() == "web@\(round + 1)")
                }
                let report = try await load.stop()
                expectUnnoticed(report)
                #expect(report.perRelease.count == rounds + 1)
                try expectKept(report, switches)
                // Kept ones end at the drain limit, with a close frame of the proxy or of the service that stops.
                #expect(report.webSocketsClosed.keys.allSatisfy { $0 == "1001" || $0 == "1012" }, "\(report)")
                if kind.replicas == 1 {
                    #expect(report.relayRepairs >= rounds)
                    #expect(report.relayRepairMs < 2500)
                }
                Rounds.say(
                    "soak \(runtime.socket == nil ? "" : "of containers, ")\(kind.testDescription): \(rounds) deploys, \(report.requests) requests, \(report.failed) failed, "
                        + "\(report.reconnects) reconnects, \(report.streams) streams (\(report.streamsCut) cut), "
                        + "\(report.webSockets) WebSockets (\(report.webSocketsCut) cut, closed \(report.webSocketsClosed), "
                        + "\(report.webSocketMessages) messages), "
                        + "relay met again within \(report.relayRepairMs) ms, p99 \(report.latencyMs.p99) ms"
                )
            }
        }
    }
}
