import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

extension EndToEnd {
    /// A stand-in for a reboot: everything is killed, the boot id is another one, and all comes back in another order.
    @Suite struct Reboots {
        /// What users may see while a machine is down and comes up; an answer of the wrong one is not among it.
        private static let downFailures: Set<String> = ["not-connected", "cut", "gateway-error", "late"]

        /// Deploys `web` of the lab's project and `api` of another one; answers with load on each.
        private func twoProjects(_ lab: Lab, replicas: Int) async throws -> [LoadRun] {
            let other = try ProjectName(parsing: "other")
            for (project, name) in [(lab.project, "web"), (other, "api")] {
                var spec = try Lab.spec("\(project)-\(name)", name: name)
                spec.replicas = replicas
                #expect(try await lab.end(of: lab.begin([spec], project: project).id).outcome.state == .settled)
            }
            return try [("web", "shop-web"), ("api", "other-api")].map { name, version in
                try lab.load(version) { $0.host = "\(name).test" }
            }
        }

        /// Waits until so many replicas are healthy and routed.
        private func untilWell(_ lab: Lab, _ count: Int) async throws {
            try await until("all replicas are proven and routed", within: .seconds(30)) {
                let replicas = try await lab.client.status(.init()).projects.flatMap(\.services)
                    .flatMap { $0.active?.replicas ?? [] }
                return replicas.count == count && replicas.allSatisfy { $0.health == .healthy && $0.routed }
            }
        }

        /// Checks what users saw: the right version, or nothing while all was down.
        @discardableResult
        private func expectRight(_ loads: [LoadRun], downFrom from: Int, to: Int) async throws -> [LoadReport] {
            var reports: [LoadReport] = []
            for load in loads {
                let report = try await load.stop()
                reports.append(report)
                expectSteady(report)
                // Connections that nobody takes and 502s are what a reboot costs; a wrong answer never.
                #expect(Set(report.failures.keys).isSubset(of: Self.downFailures), "\(report.failuresText)")
                let failed = try #require(report.failedBetweenNs)
                let slack = 1_000_000_000
                #expect(failed.lowerBound >= from - slack && failed.upperBound <= to + slack, "\(report.failuresText)")
            }
            return reports
        }

        private func startProxyAlone(_ words: [String], _ lab: Lab) async throws -> Child {
            let alone = try Child(lab.inBoot(words), output: lab.root + "/proxy-alone.log")
            try await until("the proxy listens") { !Lab.isFree(lab.publicPort) || alone.ended != nil }
            #expect(alone.ended == nil, "\(lab.lastLines(of: lab.root + "/proxy-alone.log", 5))")
            return alone
        }

        @Test func `the proxy alone answers for nobody wrongly, and the daemon brings everything back`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                let loads = try await twoProjects(lab, replicas: 2)
                let proxy = try #require(lab.processes().first { $0.name == "teal-proxy" })
                try await Task.sleep(for: .milliseconds(700))
                let down = MonotonicTime.now()
                try await lab.reboot()
                #expect(lab.processes().filter { $0.name != "teal-load" }.isEmpty)

                // The proxy first, from nothing but its stored table; all of its targets are dead.
                let alone = try await startProxyAlone(proxy.words, lab)
                try await Task.sleep(for: .seconds(1))

                let began = ContinuousClock.now
                try await lab.startDaemon()
                try await untilWell(lab, 4)
                Rounds.say(
                    "after everything was killed, all is proven and routed again in \(ContinuousClock.now - began), "
                        + "\(Lab.canReboot ? "in another boot" : "in the same boot: another one needs root")"
                )
                let up = MonotonicTime.now()
                #expect(lab.proxyPid == alone.pid, "the daemon takes over the proxy that runs")
                try await Task.sleep(for: .seconds(1))
                for report in try await expectRight(loads, downFrom: down, to: up) {
                    #expect(report.perRelease.count == 1, "\(report.perRelease)")
                }
                try await expectTidy(
                    lab,
                    running: ["web-blue-0", "web-blue-1", "api-blue-0", "api-blue-1"],
                    serving: "shop-web"
                )
                #expect(try await lab.deploy("next").outcome.state == .settled)
            }
        }

        @Test(.enabled(if: Lab.canReboot, "another boot id needs root"))
        func `ports that another project's processes have taken lead nobody to them`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                let loads = try await twoProjects(lab, replicas: 1)
                let proxy = try #require(lab.processes().first { $0.name == "teal-proxy" })
                let endpoints = try await lab.client.status(.init()).projects.flatMap(\.services)
                    .flatMap { $0.active?.replicas ?? [] }
                func port(_ service: String) throws -> String {
                    let replica = try #require(endpoints.first { $0.replica.hasPrefix(service) })
                    return try #require(replica.endpoint?.split(separator: ":").last.map(String.init))
                }
                let (web, api) = (try port("web"), try port("api"))
                try await Task.sleep(for: .milliseconds(700))
                let down = MonotonicTime.now()
                try await lab.reboot()

                // Each project's process comes up where the other's was, with nobody there who knows of ports.
                let confused = try [(web, "other-api"), (api, "shop-web")].map { port, version in
                    try Child(
                        [lab.programs.sample],
                        environment: ["PORT": port, "SAMPLE_VERSION": version],
                        output: "\(lab.root)/confused-\(port).log"
                    )
                }
                defer { for child in confused { child.signal(SIGKILL) } }
                try await until("both listen") { [web, api].allSatisfy { !Lab.isFree(Int($0) ?? 0) } }
                _ = try await startProxyAlone(proxy.words, lab)
                try await Task.sleep(for: .seconds(1))
                try await lab.startDaemon()
                try await until("the daemon leads nobody there any more", within: .seconds(2)) {
                    try await lab.client.status(.init()).projects.flatMap(\.services)
                        .flatMap { $0.active?.replicas ?? [] }.allSatisfy { !$0.routed }
                }
                try await Task.sleep(for: .seconds(2))
                for child in confused {
                    child.signal(SIGKILL)
                    try await child.wait(within: .seconds(5))
                }
                try await untilWell(lab, 2)
                let up = MonotonicTime.now()
                try await Task.sleep(for: .seconds(1))
                let reports = try await expectRight(loads, downFrom: down, to: up)
                try await expectTidy(lab, running: ["web-blue-0", "api-blue-0"], serving: "shop-web")
                for report in reports { #expect(report.perRelease.count == 1, "\(report.perRelease)") }
            }
        }

        @Test func `a rollout that the end of everything met ends by itself`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                #expect(try await lab.deploy("v0").outcome.state == .settled)
                var slot = ExpectedSlot()
                for (round, hold) in Hold.all.enumerated() where hold.phase != "drain" {
                    let (old, new) = ("v\(round)", "v\(round + 1)")
                    let load = try lab.load(old)
                    let id = try await hold.begin(new, lab)
                    // Of an end of everything nobody knows when it was; either may answer from now on.
                    load.tell(try await lab.eventsSoFar(of: id), from: old, to: new)
                    let down = MonotonicTime.now()
                    load.routed([old, new])
                    try await lab.reboot()
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
                    let up = MonotonicTime.now()
                    load.routed([new])
                    #expect(view.outcome.state == .settled, "\(hold.phase): \(view.outcome) \(view.problem as Any)")
                    #expect(try await lab.active() == view.services.first?.to, "\(hold.phase)")
                    slot.flip()
                    try await expectTidy(lab, running: slot.places(), serving: new, "\(hold.phase)")
                    let report = try await load.stop()
                    expectSteady(report, "\(hold.phase)")
                    #expect(Set(report.failures.keys).isSubset(of: Self.downFailures), "\(report.failuresText)")
                    #expect(report.perRelease.keys.sorted() == [old, new], "\(hold.phase)")
                    let failed = try #require(report.failedBetweenNs, "\(hold.phase): it was down")
                    #expect(failed.lowerBound >= down - 1_000_000_000, "\(hold.phase): \(report.failuresText)")
                    #expect(failed.upperBound <= up + 1_000_000_000, "\(hold.phase): \(report.failuresText)")
                    Rounds.say(
                        "everything killed in \(hold.phase): \(view.outcome.state) \(view.outcome.because ?? ""), "
                            + "\(report.inShort) within \(report.failedSeconds) s"
                    )
                }
            }
        }
    }
}
