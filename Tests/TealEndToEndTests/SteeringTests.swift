import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

extension EndToEnd {
    /// People and daemons that step in while a rollout is under way.
    @Suite struct Steering {
        /// Load that has something in flight at all times.
        private func load(_ lab: Lab, _ version: String) throws -> LoadRun {
            try lab.load(version) { plan in
                plan.streams = 2
                plan.streamSeconds = 8
                plan.webSockets = 2
            }
        }

        @Test func `a rollback ends a deploy in whatever phase it is`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                try await lab.deploy("old")
                let load = try load(lab, "old")
                for hold in Hold.all {
                    let id = try await hold.begin("new", lab)
                    let asked = ContinuousClock.now
                    let answer = try await lab.beginRollback("web")
                    #expect(answer.id == id, "\(hold.phase)")
                    let view = try await lab.end(of: id, telling: load, from: "old", to: "new")
                    #expect(
                        view.outcome.state == (hold.isSwitched ? .reverted : .kept),
                        "\(hold.phase): \(view.outcome)"
                    )
                    #expect(view.problem?.code == "deploy.rolled-back", "\(hold.phase)")
                    #expect(try await lab.active() == "web@1", "\(hold.phase)")
                    try await expectTidy(lab, running: ["web-blue-0"], serving: "old", "\(hold.phase)")
                    Rounds.say("rollback in \(hold.phase): ended after \(ContinuousClock.now - asked)")
                }
                let report = try await load.stop()
                expectUnnoticed(report)
                Rounds.say("rollback in \(Hold.all.count) phases: \(report.requests) requests, \(report.failed) failed")
            }
        }

        @Test func `a superseding deploy ends whatever the one before it waits for`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                try await lab.deploy("v0")
                let load = try load(lab, "v0")
                let quiet = Hold("switch") { $0.switchWhen = .quiet(upgradedMax: 0, limit: .seconds(30)) }
                var active = "v0"
                var slot = ExpectedSlot()
                for (round, hold) in (Hold.all.filter { ["prove", "watch", "drain"].contains($0.phase) } + [quiet])
                    .enumerated()
                {
                    let id = try await hold.begin("first-\(round)", lab)
                    var options = RolloutOptions(author: "second")
                    options.supersede = true
                    let asked = ContinuousClock.now
                    let second = try await lab.begin("second-\(round)", options: options)
                    let waited = ContinuousClock.now - asked
                    let first = try await lab.end(of: id, telling: load, from: active, to: "first-\(round)")
                    if hold.isSwitched {
                        #expect(first.outcome.state == .settled, "\(hold.phase): \(first.outcome)")
                    } else {
                        #expect(first.outcome.state == .kept, "\(hold.phase): \(first.outcome)")
                        #expect(first.problem?.code == "deploy.superseded", "\(hold.phase)")
                    }
                    if hold.isSwitched {
                        active = "first-\(round)"
                        slot.flip()
                    }
                    let last = try await lab.end(of: second.id, telling: load, from: active, to: "second-\(round)")
                    #expect(last.outcome.state == .settled, "\(hold.phase)")
                    active = "second-\(round)"
                    slot.flip()
                    try await expectTidy(lab, running: slot.places(), serving: active, "\(hold.phase)")
                    Rounds.say(
                        "supersede in \(hold.phase): free after \(waited), cut \(first.counters.cutRequests) requests"
                    )
                }
                let report = try await load.stop()
                // Only the streams that supersede cut on purpose: both, where the first one was switched.
                expectUnnoticed(report, but: Allowed(streamsCut: 4))
                #expect(report.perRelease[active] != nil)
            }
        }

        @Test func `of two deploys at once one is refused, or waits when it is asked to`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                try await lab.deploy("v0")
                let load = try load(lab, "v0")
                async let a = attempt(lab, "a")
                async let b = attempt(lab, "b")
                let both = try await [a, b]
                #expect(both.compactMap(\.view).count == 1)
                let problem = try #require(both.compactMap(\.problem).first)
                #expect(problem.code == "deploy.busy" && problem.status == 409)
                let first = try #require(both.compactMap(\.view).first)
                var options = RolloutOptions(author: "patient")
                options.waitSeconds = 60
                let second = try await lab.begin("c", options: options)
                let winner = both[0].view == nil ? "b" : "a"
                let one = try await lab.end(of: first.id, telling: load, from: "v0", to: winner)
                #expect(one.outcome.state == .settled)
                let two = try await lab.end(of: second.id, telling: load, from: winner, to: "c")
                #expect(two.outcome.state == .settled)
                #expect(try await lab.active() == second.services.first?.to)
                expectUnnoticed(try await load.stop())
                try await expectTidy(lab, running: ["web-blue-0"], serving: "c")
            }
        }

        private func attempt(_ lab: Lab, _ version: String) async throws -> (view: RolloutView?, problem: ProblemBody?)
        {
            do {
                return (try await lab.begin(version), nil)
            } catch ClientFailure.refused(let problem) {
                return (nil, problem)
            }
        }

        @Test func `a deploy ends by itself when the daemon is stopped and started in any phase`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                try await lab.deploy("v0")
                let load = try load(lab, "v0")
                var slot = ExpectedSlot()
                for (round, hold) in Hold.all.enumerated() {
                    let id = try await hold.begin("v\(round + 1)", lab)
                    try await lab.restartDaemon(SIGTERM)
                    let view = try await lab.end(of: id, telling: load, from: "v\(round)", to: "v\(round + 1)")
                    slot.flip()
                    #expect(view.outcome.state == .settled, "\(hold.phase): \(view.outcome)")
                    #expect(try await lab.active() == view.services.first?.to, "\(hold.phase)")
                    try await expectTidy(lab, running: slot.places(), serving: "v\(round + 1)", "\(hold.phase)")
                }
                let report = try await load.stop()
                expectUnnoticed(report)
                #expect(report.perRelease.count == Hold.all.count + 1)
                Rounds.say(
                    "daemon stopped in \(Hold.all.count) phases: \(report.requests) requests, \(report.failed) failed"
                )
            }
        }
    }
}
