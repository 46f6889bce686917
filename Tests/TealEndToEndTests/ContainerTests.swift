import Foundation
import TealAPI
import TealClient
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
                        #expect(report.failedSeconds < 6, "\(report.failuresText)")
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

        @Test func `what people do to the standby by hand costs no rollback`() async throws {
            let start = Deed(testDescription: "docker start", isDeadly: false) { try $0.act("start", on: $1) }
            let deeds = [start] + Deed.all.filter { !["docker stop", "docker kill"].contains($0.testDescription) }
            try await LabEngine.with { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    try await lab.startDaemon()
                    try await lab.deploy("v1")
                    try #require(try await lab.deploy("v2").outcome.state == .settled)
                    let load = try lab.load("v2")
                    var (active, other) = ((version: "v2", number: 2), (version: "v1", number: 1))
                    var (slot, standby) = (ExpectedSlot(), ExpectedSlot())
                    slot.flip()
                    for deed in deeds {
                        for place in standby.places() { try deed.act(lab, lab.container(place)) }
                        // One that was started is stopped again: only the active slot runs.
                        try await mended(lab, slot.places(), deed.testDescription)
                        let id = try await lab.beginRollback("web", to: other.number).id
                        let view = try await lab.end(of: id, telling: load, from: active.version, to: other.version)
                        #expect(view.outcome.state == .settled, "\(deed.testDescription): \(view.outcome)")
                        swap(&active, &other)
                        swap(&slot, &standby)
                        try await expectTidy(
                            lab,
                            running: slot.places(),
                            serving: active.version,
                            "\(deed.testDescription) of the standby"
                        )
                    }
                    let report = try await load.stop()
                    expectUnnoticed(report)
                    Rounds.say("by hand on the standby: \(deeds.count) rollbacks, \(report.inShort)")
                }
            }
        }

        /// A deed in a phase, on a container of the new or of the old release.
        struct Place: Sendable {
            let hold: Hold
            let deed: Deed
            let isOld: Bool

            var name: String { "\(deed.testDescription) of the \(isOld ? "old" : "new") one in \(hold.phase)" }
            /// Whether users are led to the container.
            var isRouted: Bool { isOld != hold.isSwitched }

            static let all = Hold.all.flatMap { hold in
                Deed.all.flatMap { deed in
                    // Before `start` has begun there is no new one.
                    [true, false].filter { $0 || !["migrate", "start"].contains(hold.phase) }
                        .map { Place(hold: hold, deed: deed, isOld: $0) }
                }
            }
        }

        /// How long users of a service with one replica may be without it after a deed: its end, its start, its gate.
        private static let deedLimit = 15.0

        @Test func `a rollout ends well whatever people do to its containers, in any phase`() async throws {
            let stride = Rounds.of("TEAL_ROUNDS_DEEDS", small: 7)
            let places = Place.all.enumerated().filter { $0.offset % stride == 0 }.map(\.element)
            try await LabEngine.with { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    try await lab.startDaemon()
                    try await lab.deploy("v0")
                    var standing = (version: "v0", slot: ExpectedSlot())
                    for (round, place) in places.enumerated() {
                        let new = "v\(round + 1)"
                        let load = try lab.load(standing.version) { plan in
                            // What a drain waits for.
                            if place.hold.phase == "drain" { plan.webSockets = 1 }
                        }
                        try await until("something was asked") { try await lab.who().status == 200 }
                        let id = try await place.hold.begin(new, lab)
                        var target = standing.slot
                        if !place.isOld { target.flip() }
                        for name in target.places() { try place.deed.act(lab, lab.container(name)) }
                        let view = try await lab.end(of: id, telling: load, from: standing.version, to: new)
                        #expect(view.outcome.state != .halted, "\(place.name): \(view.outcome)")
                        if view.outcome.state == .settled {
                            standing.version = new
                            standing.slot.flip()
                        }
                        try await mended(lab, standing.slot.places(), place.name)
                        try await expectTidy(
                            lab,
                            running: standing.slot.places(),
                            serving: standing.version,
                            "\(place.name)"
                        )
                        let report = try await load.stop()
                        check(report, view, place)
                        Rounds.say(
                            "\(place.name): \(view.outcome.state) after \(view.elapsedSeconds) s, \(report.inShort) "
                                + "within \(report.failedSeconds) s"
                        )
                    }
                }
            }
        }

        private func check(_ report: LoadReport, _ view: RolloutView, _ place: Place) {
            let name = Comment(rawValue: place.name)
            guard place.deed.isDeadly, place.isRouted else {
                // What is in flight on an old one that drains ends with it.
                if place.deed.isDeadly, place.hold.isSwitched {
                    #expect(report.failed == 0, "\(name): \(report.failuresText)")
                } else {
                    expectUnnoticed(report, name)
                }
                return
            }
            expectSteady(report, name)
            #expect(report.failedSeconds < Self.deedLimit, "\(name): \(report.failuresText)")
            expectTruth(of: view, report, name)
        }

        /// Checks that people are told how long nobody answered, where that was so.
        private func expectTruth(of view: RolloutView, _ report: LoadReport, _ what: Comment) {
            guard report.failedSeconds > 1 else { return }
            let said = view.outages.reduce(0) { $0 + $1.seconds }
            #expect(abs(said - report.failedSeconds) < 2, "\(what): said \(said) s, seen \(report.failedSeconds) s")
            #expect(view.problem?.detail.contains("users were not affected") != true, "\(what): \(view.problem as Any)")
            #expect(view.problem?.userImpact != UserImpact.none, what)
        }

        @Test(arguments: [true, false])
        func `an engine that is stopped and started in any phase`(keepsContainers: Bool) async throws {
            let stride = Rounds.of("TEAL_ROUNDS_ENGINE", small: 2)
            let holds = (Hold.all + [.settle]).enumerated()
                .filter { $0.offset % stride == (stride - 1) }.map(\.element)
            try await LabEngine.with(liveRestore: keepsContainers) { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    try await lab.startDaemon()
                    try await lab.deploy("v0")
                    let advice = try await lab.client.doctor(.init(fix: false)).checks.flatMap(\.findings).map(\.text)
                    #expect(advice.contains { $0.contains("live-restore is off") } == !keepsContainers)
                    var slot = ExpectedSlot()
                    var active = "v0"
                    for (round, hold) in holds.enumerated() {
                        let version = "v\(round + 1)"
                        if hold.phase == Hold.settle.phase {
                            active = "v\(round)-lingers"
                            try #require(try await lab.deploy(active, Hold.lingers).outcome.state == .settled)
                            slot.flip()
                        }
                        let load = try lab.load(active) { plan in
                            if hold.phase == "drain" { plan.webSockets = 1 }
                        }
                        try await until("something was asked") { try await lab.who().status == 200 }
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
                        let report = try await load.stop()
                        let what = "engine restarted in \(hold.phase), live-restore \(keepsContainers ? "on" : "off")"
                        if keepsContainers {
                            expectUnnoticed(report, Comment(rawValue: what))
                        } else {
                            expectSteady(report, Comment(rawValue: what))
                            expectTruth(of: view, report, Comment(rawValue: what))
                        }
                        let said = view.outages.map { "\($0.service) \($0.seconds) s" }.joined(separator: ", ")
                        Rounds.say(
                            "\(what): \(view.outcome.state), \(report.inShort) within \(report.failedSeconds) s, said: \(said)"
                        )
                    }
                    try await restartBetween(lab, engine, keepsContainers, slot, active)
                }
            }
        }

        /// Stops and starts the engine while no rollout is under way, and holds the status against what users saw.
        private func restartBetween(
            _ lab: Lab,
            _ engine: LabEngine,
            _ keepsContainers: Bool,
            _ slot: ExpectedSlot,
            _ active: String
        ) async throws {
            let load = try lab.load(active)
            try await until("something was asked") { try await lab.who().status == 200 }
            let before = try await lab.service()?.outages.count ?? 0
            try await engine.stop()
            try await Task.sleep(for: .seconds(1))
            try await engine.start()
            try await mended(lab, slot.places(), "between rollouts")
            try await expectTidy(lab, running: slot.places(), serving: active, "between rollouts")
            let report = try await load.stop()
            let outages = try await lab.service()?.outages ?? []
            if keepsContainers {
                expectUnnoticed(report, "between rollouts")
                #expect(outages.count == before, "\(outages)")
            } else {
                expectSteady(report, "between rollouts")
                let last = try #require(outages.last)
                #expect(
                    last.isOver && abs(last.seconds - report.failedSeconds) < 2,
                    "\(last), \(report.failedSeconds) s"
                )
            }
            Rounds.say(
                "engine restarted between rollouts, live-restore \(keepsContainers ? "on" : "off"): \(report.inShort) "
                    + "within \(report.failedSeconds) s, said: \(outages.last.map { "\($0.seconds) s" } ?? "nothing")"
            )
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
