import Foundation
import TealAPI
import TealCore
import TealLab
import Testing

extension EndToEnd {
    /// What containers bring with them: an engine that comes and goes, and people who use `docker` beside Teal.
    @Suite struct Containers {
        /// Something that a person does to a container by hand.
        struct Deed: CustomTestStringConvertible, Sendable {
            let testDescription: String
            /// Whether its process ends, so that requests in flight may end with it.
            let isDeadly: Bool
            let act: @Sendable (Lab, LabContainer) throws -> Void

            static let all: [Deed] = [
                Deed(testDescription: "docker rm -f", isDeadly: true) { try $0.remove($1) },
                Deed(testDescription: "docker stop", isDeadly: true) { try $0.act("stop?t=3", on: $1) },
                Deed(testDescription: "docker restart", isDeadly: true) { try $0.act("restart?t=3", on: $1) },
                Deed(testDescription: "docker kill", isDeadly: true) { try $0.act("kill", on: $1) },
                Deed(testDescription: "docker rename", isDeadly: false) { lab, container in
                    try lab.act("rename?name=other-\(container.id.prefix(8))", on: container)
                },
                Deed(testDescription: "docker network disconnect", isDeadly: true) { lab, container in
                    try lab.disconnect(container)
                },
            ]
        }

        @Test(arguments: Deed.all)
        func `what people do to a replica by hand is noticed, said and mended`(_ deed: Deed) async throws {
            try await LabEngine.with { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    try await lab.startDaemon()
                    let first = try await lab.deploy("v1") { $0.replicas = 2 }
                    try #require(first.outcome.state == .settled, "\(first.outcome) \(first.problem as Any)")
                    let load = try lab.load("v1")
                    let before = try lab.container("web-blue-0")
                    let began = MonotonicTime.now()
                    try deed.act(lab, before)
                    try await mended(lab, ["web-blue-0", "web-blue-1"], "\(deed.testDescription)")
                    let seconds = Double(MonotonicTime.now() - began) / 1e9
                    let after = try lab.container("web-blue-0")
                    #expect(after.name == before.name)
                    #expect(after.networks == before.networks)
                    #expect(after.restartPolicy == "unless-stopped")
                    try await expectTidy(lab, running: ["web-blue-0", "web-blue-1"], serving: "v1")
                    // Less is too short for a rate.
                    try await Task.sleep(for: .seconds(2))
                    let report = try await load.stop()
                    if deed.isDeadly {
                        // What was in flight on it ends with it, and what it was asked before that was known.
                        #expect(report.failedSeconds < 3, "\(report.failuresText)")
                        expectSteady(report)
                    } else {
                        expectUnnoticed(report)
                    }
                    Rounds.say(
                        "\(deed.testDescription): mended after \(seconds) s, \(report.inShort) within \(report.failedSeconds) s"
                    )
                }
            }
        }

        @Test func `a rollout ends well whatever people do to its new containers, in any phase`() async throws {
            try await LabEngine.with { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    try await lab.startDaemon()
                    try await lab.deploy("v0")
                    let load = try lab.load("v0")
                    var slot = ExpectedSlot()
                    var active = "v0"
                    for hold in Hold.all.filter({ ["prove", "smoke", "switch", "watch"].contains($0.phase) }) {
                        for deed in Deed.all {
                            let name = "\(deed.testDescription) in \(hold.phase)"
                            let id = try await hold.begin("new", lab)
                            var other = slot
                            other.flip()
                            guard let place = other.places().first, let container = try? lab.container(place) else {
                                throw LabFailure("\(name): there is no new container")
                            }
                            try deed.act(lab, container)
                            let view = try await lab.end(of: id, telling: load, from: active, to: "new")
                            if view.outcome.state == .settled {
                                slot.flip()
                                active = "new"
                            }
                            try await mended(lab, slot.places(), name)
                            try await expectTidy(lab, running: slot.places(), serving: active, "\(name)")
                            Rounds.say("\(name): \(view.outcome.state) after \(view.elapsedSeconds) s")
                            if active == "new" {
                                let back = try await lab.end(
                                    of: lab.begin("v0").id,
                                    telling: load,
                                    from: "new",
                                    to: "v0"
                                )
                                try #require(back.outcome.state == .settled, "\(name): \(back.outcome)")
                                slot.flip()
                                active = "v0"
                            }
                        }
                    }
                    let report = try await load.stop()
                    expectSteady(report)
                    Rounds.say("by hand in phases: \(report.inShort), \(report.failuresText)")
                }
            }
        }

        @Test(arguments: [true, false])
        func `an engine that is stopped and started in any phase`(keepsContainers: Bool) async throws {
            try await LabEngine.with(liveRestore: keepsContainers) { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    try await lab.startDaemon()
                    try await lab.deploy("v0")
                    let load = try lab.load("v0")
                    var slot = ExpectedSlot()
                    var active = "v0"
                    for (round, hold) in Hold.all.filter({ $0.phase != "drain" }).enumerated() {
                        let version = "v\(round + 1)"
                        let id = try await hold.begin(version, lab)
                        try await engine.stop()
                        try await Task.sleep(for: .seconds(1))
                        try await engine.start()
                        let view = try await lab.end(of: id, telling: load, from: active, to: version)
                        #expect(view.outcome.state != .halted, "\(hold.phase): \(view.outcome)")
                        if view.outcome.state == .settled {
                            slot.flip()
                            active = version
                        }
                        try await mended(lab, slot.places(), hold.phase)
                        try await expectTidy(lab, running: slot.places(), serving: active, "\(hold.phase)")
                        Rounds.say("engine restarted in \(hold.phase): \(view.outcome.state)")
                    }
                    let report = try await load.stop()
                    if keepsContainers { expectUnnoticed(report) } else { expectSteady(report) }
                    Rounds.say(
                        "engine restarted, \(keepsContainers ? "live-restore" : "containers stopped with it"): \(report.inShort)"
                    )
                }
            }
        }

        /// Waits until just these replicas run and the status says nothing of drift.
        private func mended(_ lab: Lab, _ places: Set<String>, _ what: String) async throws {
            try await until("\(what): mended", within: .seconds(60)) {
                guard lab.running == places, let service = try await lab.service() else { return false }
                let replicas = service.active?.replicas ?? []
                return service.drift.isEmpty && replicas.count == places.count
                    && replicas.allSatisfy { $0.health == .healthy }
            }
        }
    }
}
