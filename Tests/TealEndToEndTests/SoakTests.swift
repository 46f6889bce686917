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

        @Test(arguments: [
            Service(replicas: 3, keepAliveMs: nil, weight: 3),
            Service(replicas: 1, keepAliveMs: 50, weight: 1),
            Service(replicas: 1, keepAliveMs: nil, weight: 1),
        ])
        func `deploys in a row are not noticed by requests, streams and WebSockets`(_ kind: Service) async throws {
            let rounds = max(1, Rounds.of("TEAL_ROUNDS_SOAK", small: 5) * kind.weight / 5)
            // Debug builds on a busy machine answer late above that.
            let rate = Rounds.of("TEAL_RATE_SOAK", small: rounds > kind.weight ? 300 : 200)
            try await Lab.with { lab in
                try await lab.startDaemon()
                func begin(_ version: String) async throws -> String {
                    var environment: [String: String] = [:]
                    if let limit = kind.keepAliveMs { environment["SAMPLE_KEEPALIVE_MS"] = "\(limit)" }
                    return try await lab.begin(version, environment: environment) { spec in
                        spec.replicas = kind.replicas
                        spec.drain.upgraded = .seconds(4)
                        if let limit = kind.keepAliveMs { spec.proxy.upstreamIdle = .milliseconds(limit / 2) }
                    }.id
                }
                let first = try await lab.end(of: begin("v0"))
                try #require(first.outcome.state == .settled, "\(first)")
                let load = try lab.load { plan in
                    plan.rate = rate
                    plan.streams = 3
                    plan.webSockets = 4
                    plan.relayPairs = kind.replicas == 1 ? 2 : 0
                    plan.serverSentEvents = 1
                }
                load.routed(["v0"])
                for round in 1...rounds {
                    let id = try await begin("v\(round)")
                    let view = try await lab.end(
                        of: id,
                        telling: load,
                        from: "v\(round - 1)",
                        to: "v\(round)",
                        isSure: true
                    )
                    try #require(
                        view.outcome.state == .settled,
                        "round \(round): \(view.outcome) \(view.problem as Any)"
                    )
                    #expect(view.counters.cutRequests == 0, "round \(round)")
                    try await expectTidy(lab, running: lab.places(), "round \(round)")
                    #expect(try await lab.active() == "web@\(round + 1)")
                }
                let report = try await load.stop()
                expectUnnoticed(report)
                // Kept ones end at the drain limit, with a close frame of the proxy or of the service that stops.
                #expect(report.webSocketsClosed.keys.allSatisfy { $0 == "1001" || $0 == "1012" }, "\(report)")
                if kind.replicas == 1 {
                    #expect(report.relayRepairs >= rounds)
                    #expect(report.relayRepairMs < 2500)
                }
                Rounds.say(
                    "soak \(kind.testDescription): \(rounds) deploys, \(report.requests) requests, \(report.failed) failed, "
                        + "\(report.reconnects) reconnects, \(report.streams) streams (\(report.streamsCut) cut), "
                        + "\(report.webSockets) WebSockets (\(report.webSocketsCut) cut, closed \(report.webSocketsClosed)), "
                        + "relay met again within \(report.relayRepairMs) ms, p99 \(report.latencyMs.p99) ms"
                )
            }
        }
    }
}
