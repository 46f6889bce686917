import Foundation
import TealAPI
import TealCore
import TealLab
import Testing

extension EndToEnd {
    /// What a release is made of: names, needs, replicas, what is unchanged, and the ways back.
    @Suite struct Releases {
        @Test func `scaling changes replicas only and is not noticed`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                try await lab.deploy("v1")
                let load = try lab.load("v1")
                var slot = ExpectedSlot()
                for count in [3, 1, 2] {
                    let view = try await lab.scale("web", to: count)
                    #expect(view.kind == .scale && view.outcome.state == .settled, "\(view.outcome)")
                    #expect(try await lab.service()?.active?.replicas.count == count)
                    slot.flip()
                    try await expectTidy(lab, running: slot.places(count), serving: "v1")
                }
                let report = try await load.stop()
                expectUnnoticed(report)
                #expect(report.perRelease.keys.sorted() == ["v1"])
                Rounds.say("scaled 1, 3, 1, 2: \(report.requests) requests, \(report.failed) failed")
            }
        }

        @Test func `a release by name leaves the other services alone, and needs give the order`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                let marks = lab.root + "/marks"
                func spec(_ name: String, _ version: String, needs: [String] = []) throws -> ServiceSpec {
                    var spec = try Lab.spec(version, name: name)
                    spec.needs = try needs.map { try ServiceName(parsing: $0) }
                    spec.command = ["/bin/sh", "-c", "echo \(name) \(version) >> \(marks); exec ./teal-sample"]
                    return spec
                }
                let alone = try await lab.end(of: lab.begin([spec("web", "v1", needs: ["api"])]).id)
                #expect(alone.problem?.code == "preflight.needs", "\(alone.problem as Any)")
                let all = try [spec("web", "v1", needs: ["api"]), spec("api", "v1", needs: ["db"]), spec("db", "v1")]
                let first = try await lab.end(of: lab.begin(all).id)
                #expect(first.outcome.state == .settled, "\(first.outcome) \(first.problem as Any)")
                #expect(lab.lastLines(of: marks, 9) == ["db v1", "api v1", "web v1"])
                let before = lab.replicaPids
                let one = try await lab.end(of: lab.begin([spec("api", "v2", needs: ["db"])], named: ["api"]).id)
                #expect(one.services.map(\.service) == ["api"])
                #expect(one.outcome.state == .settled)
                #expect(lab.replicaPids["web-blue-0"] == before["web-blue-0"])
                #expect(lab.replicaPids["db-blue-0"] == before["db-blue-0"])
                #expect(try await lab.active("api") == "api@2")
                // Changed and unchanged ones together: only the changed one is released.
                let mixed = try await lab.end(
                    of: lab.begin([
                        spec("web", "v1", needs: ["api"]), spec("api", "v3", needs: ["db"]), spec("db", "v1"),
                    ]).id
                )
                #expect(mixed.services.map(\.service) == ["api"])
                #expect(lab.replicaPids["web-blue-0"] == before["web-blue-0"])
                // All or nothing: what is well waits for what is not.
                var bad = try spec("api", "v4", needs: ["db"])
                bad.environment["SAMPLE_HEALTH"] = "never"
                bad.health.deadline = .seconds(2)
                let load = try lab.load("v1")
                let none = try await lab.end(
                    of: lab.begin([spec("web", "v4", needs: ["api"]), bad, spec("db", "v4")]).id
                )
                #expect(none.outcome.state == .kept)
                #expect(try await lab.active("web") == "web@2")
                #expect(try await lab.active("db") == "db@1")
                let report = try await load.stop()
                expectUnnoticed(report)
                #expect(report.perRelease.keys.sorted() == ["v1"])
                // The second of the two deploys of api went back to its first place.
                try await expectTidy(lab, running: ["web-blue-0", "db-blue-0", "api-blue-0"], serving: "v1")
            }
        }

        @Test func `what has not changed is left as it is, unless it is forced`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                try await lab.deploy("v1")
                let pids = lab.replicaPids
                let same = try await lab.begin("v1")
                #expect(same.id == "-" && same.outcome.state == .settled)
                #expect(lab.replicaPids == pids)
                var options = RolloutOptions(author: "lab")
                options.force = true
                let forced = try await lab.deploy("v1", options: options)
                #expect(forced.outcome.state == .settled)
                #expect(try await lab.active() == "web@2")
                try await expectTidy(lab, running: ["web-green-0"], serving: "v1")
            }
        }

        @Test func `a rollback goes to the release before, never forward and never to one that was taken back`()
            async throws
        {
            try await Lab.with { lab in
                try await lab.startDaemon()
                try await lab.deploy("v1")
                try await lab.deploy("v2")
                let load = try lab.load("v2")
                let failed = try await lab.deploy("v3") {
                    $0.hooks = [Hook(name: "no", point: .beforeSwitch, run: OnceCommand(command: ["/bin/false"]))]
                }
                #expect(failed.outcome.state == .kept)
                load.tell(try await lab.events(of: failed.id), from: "v2", to: "v3")
                let began = ContinuousClock.now
                let back = try await lab.beginRollback("web")
                let switched = try await lab.moment(.switched, of: back.id)
                Rounds.say(
                    "rollback to a stopped release: switched after \(ContinuousClock.now - began), "
                        + "\(switched.moments.first?.seconds ?? 0) s by the journal"
                )
                #expect(
                    try await lab.end(of: back.id, telling: load, from: "v2", to: "v1").outcome.state == .settled
                )
                #expect(try await lab.active() == "web@1")
                let again = await refused { _ = try await lab.beginRollback("web") }
                #expect(again?.code.hasPrefix("rollback.") == true, "web@2 was taken back: \(again as Any)")
                let named = try await lab.rollback("web", to: 2)
                #expect(named.outcome.state == .settled)
                #expect(try await lab.active() == "web@2")
                load.tell(try await lab.events(of: named.id), from: "v1", to: "v2")
                expectUnnoticed(try await load.stop())
                try await expectTidy(lab, running: ["web-green-0"], serving: "v2")
            }
        }

        @Test func `a rollback to a standby that still runs is only a switch`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                try await lab.deploy("v1") { $0.keep.standby = .seconds(60) }
                try await lab.deploy("v2") { $0.keep.standby = .seconds(60) }
                #expect(lab.running == ["web-blue-0", "web-green-0"])
                let standby = lab.replicaPids["web-blue-0"]
                let load = try lab.load("v2")
                let began = ContinuousClock.now
                let back = try await lab.beginRollback("web")
                let switched = try await lab.moment(.switched, of: back.id)
                let took = ContinuousClock.now - began
                #expect(
                    try await lab.end(of: back.id, telling: load, from: "v2", to: "v1").outcome.state == .settled
                )
                #expect(try await lab.active() == "web@1")
                #expect(lab.replicaPids["web-blue-0"] == standby)
                try await expectInvariants(lab)
                expectUnnoticed(try await load.stop())
                let course = try await lab.events(of: back.id).map { event in
                    "\(Int(event.elapsedSeconds * 1000)) \(event.kind) \(event.phase ?? "")"
                }
                Rounds.say("its course in ms: \(course.joined(separator: ", "))")
                Rounds.say(
                    "rollback to a running standby: switched after \(took), "
                        + "\(switched.moments.first?.seconds ?? 0) s by the journal"
                )
            }
        }
    }
}
