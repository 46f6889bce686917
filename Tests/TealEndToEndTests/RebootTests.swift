import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

extension EndToEnd {
    /// A stand-in for a reboot: everything is killed, and comes back in another order.
    @Suite struct Reboots {
        @Test func `the proxy alone answers for nobody wrongly, and the daemon brings everything back`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                let other = try ProjectName(parsing: "other")
                for (project, name) in [(lab.project, "web"), (other, "api")] {
                    var spec = try Lab.spec("\(project)-\(name)", name: name)
                    spec.replicas = 2
                    #expect(try await lab.end(of: lab.begin([spec], project: project).id).outcome.state == .settled)
                }
                let proxy = try #require(lab.processes().first { $0.name == "teal-proxy" })
                let loads = try [("web", "shop-web"), ("api", "other-api")].map { name, version in
                    let load = try lab.load { $0.host = "\(name).test" }
                    load.routed([version])
                    return load
                }
                try await Task.sleep(for: .milliseconds(700))
                try await lab.killEverything()
                #expect(lab.processes().filter { $0.name != "teal-load" }.isEmpty)

                // The proxy first, from nothing but its stored table; all of its targets are dead.
                let alone = try Child(proxy.words, output: lab.root + "/proxy-alone.log")
                try await Task.sleep(for: .seconds(1))
                #expect(alone.ended == nil, "\(lab.lastLines(of: lab.root + "/proxy-alone.log", 5))")

                let began = ContinuousClock.now
                try await lab.startDaemon()
                try await until("all replicas are proven and routed", within: .seconds(30)) {
                    let replicas = try await lab.client.status(.init()).projects.flatMap(\.services)
                        .flatMap { $0.active?.replicas ?? [] }
                    return replicas.count == 4 && replicas.allSatisfy { $0.health == .healthy && $0.routed }
                }
                Rounds.say(
                    "after everything was killed, all is proven and routed again in \(ContinuousClock.now - began)"
                )
                #expect(lab.proxyPid == alone.pid, "the daemon takes over the proxy that runs")
                try await Task.sleep(for: .seconds(1))
                for load in loads {
                    let report = try await load.stop()
                    #expect(report.perRelease.count == 1, "\(report.perRelease)")
                    // Connections that nobody takes and 502s are what a reboot costs; a wrong answer never.
                    #expect(
                        Set(report.failures.keys).isSubset(of: ["not-connected", "cut", "gateway-error", "late"]),
                        "\(report.failuresText)"
                    )
                }
                try await expectTidy(lab, running: ["web-blue-0", "web-blue-1", "api-blue-0", "api-blue-1"])
                #expect(try await lab.deploy("next").outcome.state == .settled)
            }
        }

        @Test func `a rollout that the end of everything met ends by itself`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                #expect(try await lab.deploy("v0").outcome.state == .settled)
                for (round, hold) in Hold.all.enumerated() where hold.phase != "drain" {
                    let id = try await hold.begin("v\(round + 1)", lab)
                    try await lab.killEverything()
                    try await lab.startDaemon()
                    var view = try await lab.end(of: id)
                    if view.outcome.state == .halted {
                        #expect(view.problem?.code == "deploy.step-unknown", "\(hold.phase): \(view.outcome)")
                        try await lab.resume(id, .again)
                        try await until("\(hold.phase) ends", within: .seconds(60)) {
                            view = try await lab.client.rollout(id)
                            return view.outcome.hasEnded && view.outcome.state != .halted
                        }
                    }
                    Rounds.say(
                        "everything killed in \(hold.phase): \(view.outcome.state) \(view.outcome.because ?? "")"
                    )
                    try await expectTidy(lab, running: lab.places(), "\(hold.phase)")
                }
            }
        }
    }
}
