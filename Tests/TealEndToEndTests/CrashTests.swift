import Foundation
import TealAPI
import TealClient
import TealCore
import TealEngine
import TealLab
import TealTestSupport
import Testing

extension EndToEnd {
    /// Processes killed at every step that is journalled, under load, and once more during the recovery.
    @Suite struct Crashes {
        struct Round: Sendable {
            let point: KillPoint
            let victim: KillVictim
            /// How many points the daemon's recovery comes past before it is killed as well; 0 for never.
            var again = 0
            /// Who is killed besides while what was killed first is mended; nil for nobody.
            var second: KillVictim?

            var name: String {
                "\(victim) killed at \(point)\(again > 0 ? "+\(again)" : "")\(second.map { "+\($0)" } ?? "")"
            }
        }

        /// What is to be, by what the rounds before did.
        private struct Standing {
            var version = "v0"
            var slot = ExpectedSlot()
        }

        /// Legs without a step that is journalled: gates, waits and readings; and the start of an old release that had
        /// died by itself before it was needed again, whose step is that of ``Leg/start``.
        private static let withoutSteps: Set<Leg> = [
            .prove, .quiet, .proveReplaced, .confirm, .verify, .watch, .cut, .backLook, .backRevive, .backReviveProve,
            .backProve, .backCut,
            // Of several hosts alone.
            .lease, .prepare, .release,
        ]
        private static let withoutKills: Set<EffectKind> = [.lease, .prepare, .release]

        @Test(.counted)
        func `every rollout ends well whatever is killed at whatever step`() async throws {
            try await killAll(on: Ground(runtime: .chosen), small: 7)
        }

        @Test(.counted)
        func `every rollout of containers ends well whatever is killed at whatever step`() async throws {
            try await LabEngine.with(liveRestore: true) { engine in
                try await killAll(on: Ground(runtime: .containers(engine.socket), engine: engine), small: 40)
            }
        }

        /// Where the rounds take place.
        private struct Ground: Sendable {
            let runtime: LabRuntime
            /// An engine that may be killed too.
            var engine: LabEngine?

            var victims: [KillVictim] { [.proxy, .shim] + (engine == nil ? [] : [.engine]) }
            var name: String { runtime.socket == nil ? "" : ", containers" }
            var subject: CrashFigures.Subject { runtime.socket == nil ? .processes : .containers }
        }

        private func killAll(on ground: Ground, small: Int) async throws {
            // What an earlier run found is no result of this one, however it ends.
            try CrashFigures.record(.init(), of: ground.subject)
            let issues = CountedIssues.count
            var points: [String: [KillPoint]] = [:]
            for course in CrashCourse.all { points[course.name] = try await rehearse(course, ground) }
            let seen = Set(points.values.joined())
            // A new effect or leg that no course comes past makes this fail: it needs its kill points.
            let kinds = EffectKind.allCases.filter { $0.effectClass != .observation && !Self.withoutKills.contains($0) }
                .map(\.rawValue)
            #expect(Set(kinds).subtracting(seen.map(\.kind)) == [], "effects without kill points")
            let legs = Set(Leg.allCases).subtracting(Self.withoutSteps).map(\.rawValue)
            #expect(Set(legs).subtracting(seen.map(\.leg)) == [], "legs without kill points")
            #expect(Set(seen.map(\.leg)).subtracting(legs) == [], "legs that were thought to have none")

            let plan = CrashCourse.all.enumerated().map { index, course in
                (course, rounds(of: points[course.name] ?? [], offset: index, ground, small))
            }
            var figures = CrashFigures.Part()
            figures.planned = plan.map(\.1.count).reduce(0, +)
            if CountedIssues.count > issues { figures.note("the courses, unharmed", failed: true) }
            var total = (rounds: 0, requests: 0, failed: 0)
            for (course, rounds) in plan {
                let tally = try await kill(course, rounds, ground, &figures)
                total = (total.rounds + tally.rounds, total.requests + tally.requests, total.failed + tally.failed)
            }
            Rounds.say(
                "crashes\(ground.name): \(seen.count) points known, \(total.rounds) rounds, \(total.requests) requests, "
                    + "\(total.failed) failed where only the daemon was killed and nothing is replaced in place; "
                    + "\(figures.points) places of the courses, \(figures.failed) of them with something wrong"
            )
        }

        /// Runs a course once without killing anything; answers with every point that it comes past, three places each.
        private func rehearse(_ course: CrashCourse, _ ground: Ground) async throws -> [KillPoint] {
            try await Lab.with(runtime: ground.runtime) { lab in
                try await lab.startDaemon()
                #expect(try await lab.end(of: course.begin("old", isNew: false, lab)).outcome.state == .settled)
                let load = try course.load(lab, "old")
                try await until("something is in flight") { try await (lab.service()?.upgradedOpen ?? 0) > 0 }
                try Data().write(to: URL(fileURLWithPath: trace(lab)))
                let id = try await course.begin("new", isNew: true, lab)
                let late = lateLoad(id, course, lab, "old", "new")
                let view = try await lab.end(of: id)
                #expect(view.outcome.state == course.ends, "\(course.name): \(view.outcome) \(view.problem as Any)")
                let events = try await lab.events(of: id)
                load.tell(events, from: "old", to: "new")
                if let late = try await late.value {
                    late.tell(events, from: "old", to: "new")
                    expectUnnoticed(try await late.stop(), "\(course.name), unharmed")
                }
                check(try await load.stop(), course, events, [], "\(course.name), unharmed")
                let lines = lab.lastLines(of: trace(lab), 10_000)
                let steps = Set(lines.compactMap { KillPoint($0) }.map { [$0.leg, $0.kind] })
                #expect(lines.count >= steps.count * 3)
                return steps.flatMap { step in
                    KillPoint.places.map { KillPoint(leg: step[0], kind: step[1], place: $0) }
                }.sorted()
            }
        }

        /// Which points are tried: all of them, each so-and-so-many-th, or those with a text in their name (`TEAL_CRASH_ONLY`).
        ///
        /// With `all`, each victim dies at every point, alone and once more while it is mended; with `once`, one victim
        /// after the other dies at every point.
        private func rounds(of points: [KillPoint], offset: Int, _ ground: Ground, _ small: Int) -> [Round] {
            let only = ProcessInfo.processInfo.environment["TEAL_CRASH_ONLY"]
            let variable = ground.engine == nil ? "TEAL_ROUNDS_CRASH" : "TEAL_ROUNDS_CRASH_CONTAINERS"
            if only != nil || Rounds.isAll(variable) {
                let chosen = points.filter { only.map($0.description.contains) ?? true }
                return chosen.enumerated().flatMap { index, point -> [Round] in
                    (0..<4).map { Round(point: point, victim: .daemon, again: $0) }
                        + ground.victims.flatMap { victim -> [Round] in
                            var seconds: [KillVictim?] = [nil, victim, .daemon]
                            // Each of the two at every other point.
                            if only == nil { seconds.remove(at: 1 + index % 2) }
                            // The engine comes back when it is started, which the round does.
                            if victim == .engine { seconds.removeAll { $0 == .engine } }
                            return seconds.map { Round(point: point, victim: victim, second: $0) }
                        }
                }
            }
            if Rounds.isOnce(variable) {
                return points.enumerated().map { index, point in once(point, index + offset, ground) }
            }
            let stride = Rounds.of(variable, small: small)
            return points.enumerated().flatMap { index, point -> [Round] in
                guard index % stride == 0 else { return [] }
                let turn = index / stride
                var rounds = [Round(point: point, victim: .daemon, again: (turn + offset) % 4)]
                let others = ground.victims
                if turn % 3 < others.count {
                    let victim = others[turn % 3]
                    let seconds: [KillVictim?] = [nil, victim == .engine ? nil : victim, .daemon]
                    let second = seconds[(turn + offset) % 3]
                    rounds.append(Round(point: point, victim: victim, second: second))
                }
                return rounds
            }
        }

        /// The one round of a point when each has one: victims in turn, and with each turn another way to go on.
        private func once(_ point: KillPoint, _ number: Int, _ ground: Ground) -> Round {
            let victims = [KillVictim.daemon] + ground.victims
            let victim = victims[number % victims.count]
            let turn = number / victims.count
            guard victim != .daemon else { return Round(point: point, victim: victim, again: turn % 4) }
            let seconds: [KillVictim?] = [nil, victim == .engine ? .daemon : victim, .daemon]
            return Round(point: point, victim: victim, second: seconds[turn % 3])
        }

        private typealias Tally = (rounds: Int, requests: Int, failed: Int)

        /// Goes through the rounds of a course and writes down how each went, so that a run that is ended has told of them.
        private func kill(
            _ course: CrashCourse,
            _ rounds: [Round],
            _ ground: Ground,
            _ figures: inout CrashFigures.Part
        ) async throws -> Tally {
            var tally: Tally = (0, 0, 0)
            var left = rounds[...]
            let earlier = figures.seconds
            let start = ContinuousClock.now
            func note(_ round: Round, since issues: Int) throws {
                let failed = CountedIssues.count > issues
                figures.note("\(course.name), \(round.name)", at: "\(course.name), \(round.point)", failed: failed)
                figures.seconds = earlier + (ContinuousClock.now - start).inSeconds
                try CrashFigures.record(figures, of: ground.subject)
            }
            while !left.isEmpty {
                let before = left.count
                var issues = CountedIssues.count
                var going: Round?
                // One lab for all of them; a fresh one after a round that left it in an unknown state.
                do {
                    try await Lab.with(runtime: ground.runtime) { lab in
                        try await lab.startDaemon()
                        #expect(try await lab.end(of: course.begin("v0", isNew: false, lab)).outcome.state == .settled)
                        var standing = Standing()
                        while let round = left.popFirst() {
                            tally.rounds += 1
                            going = round
                            issues = CountedIssues.count
                            let began = ContinuousClock.now
                            let report = try await go(round, course, lab, ground, &standing, "v\(tally.rounds)")
                            tally.requests += report.requests
                            if round.victim == .daemon, !course.hasGap { tally.failed += report.failed }
                            Rounds.say(
                                "\(course.name)\(ground.name), \(round.name): \(report.inShort) within "
                                    + "\(report.failedSeconds) s, \(ContinuousClock.now - began)"
                            )
                            going = nil
                            try note(round, since: issues)
                        }
                    }
                } catch {
                    Issue.record(error, "\(course.name), round \(tally.rounds)")
                    // What keeps a lab from starting would keep all of them; an engine that is down may be had again.
                    if left.count == before { going = left.removeFirst() }
                    if let going { try note(going, since: issues) }
                    if let engine = ground.engine, !engine.socket.answers {
                        try await engine.stop(SIGKILL)
                        try await engine.start()
                    }
                }
            }
            return tally
        }

        private func go(
            _ round: Round,
            _ course: CrashCourse,
            _ lab: Lab,
            _ ground: Ground,
            _ standing: inout Standing,
            _ new: String
        ) async throws -> LoadReport {
            let what = Comment(rawValue: "\(course.name): \(round.name)")
            let old = try await lab.active()
            let load = try course.load(lab, standing.version)
            try await until("something is in flight") { try await (lab.service()?.upgradedOpen ?? 0) > 0 }
            let armed = "\(lab.faults)/\(round.point)"
            try Data().write(to: URL(fileURLWithPath: armed))
            let id = try await course.begin(new, isNew: true, lab)
            let late = lateLoad(id, course, lab, standing.version, new)
            defer { late.cancel() }
            try await until("\(what)", within: .seconds(40)) {
                FileManager.default.fileExists(atPath: armed + ".reached")
            }
            var harms = try await kill(round, course, lab, ground, standing)
            try Data().write(to: URL(fileURLWithPath: trace(lab)))
            try FileManager.default.removeItem(atPath: armed + ".reached")
            // The daemon goes on without it meanwhile.
            if round.victim == .engine { try await ground.engine?.start() }
            if round.victim == .daemon {
                try await lab.startDaemon()
                if round.again > 0 { try await killAgain(id, after: round.again, lab) }
            } else if let second = round.second {
                harms += try await killBesides(second, harms.first?.place, id, lab, "\(course.name), \(round.name)")
            }
            let view = try await end(of: id, round, lab, what)
            if round.victim == .daemon {
                // Whether that request was sent cannot be known, and nothing serves meanwhile: it goes back.
                let isLost = round.point.leg == "smokeReplaced" && round.point.kind == "smoke-write"
                let ends: Set = isLost ? [course.ends, .kept] : [course.ends]
                #expect(ends.contains(view.outcome.state), "\(what): \(view.outcome) \(view.problem as Any)")
            } else if view.outcome.state != course.ends {
                // Who is told that it did not go as it would have gone is told why.
                #expect(view.outcome.state != .settled && view.problem != nil, "\(what): \(view.outcome)")
            }
            let isNew = view.outcome.state == .settled
            #expect(try await lab.active() == (isNew ? view.services.first?.to : old), what)
            let events = try await lab.events(of: id)
            load.tell(events, from: standing.version, to: new)
            if let late = try await late.value {
                late.tell(events, from: standing.version, to: new)
                let end = try await late.stop()
                if harms.isEmpty || round.victim == .engine && round.second == nil { expectUnnoticed(end, what) }
            }
            let before = standing.version
            if isNew {
                standing.version = new
                standing.slot.flip()
            }
            try await expectTidy(lab, running: standing.slot.places(), serving: standing.version, what)
            let report = try await load.stop()
            check(report, course, events, harms, what)
            // Only what was kept out may have answered nobody.
            let kept = Set([before])
            let both = kept.union([new])
            let seen = Set(report.perRelease.keys)
            #expect(view.outcome.state == .kept ? seen == kept : seen.isSubset(of: both), what)
            if isNew { #expect(seen.contains(new), what) }
            return report
        }

        /// Waits for the end; a step that may not be repeated unseen is decided upon as a person would.
        private func end(of id: String, _ round: Round, _ lab: Lab, _ what: Comment) async throws -> RolloutView {
            var view = try await lab.end(of: id)
            guard view.outcome.state == .halted else { return view }
            let kind = EffectKind(rawValue: round.point.kind)
            let isKilledAgain = round.again > 0 || round.second != nil || round.victim == .engine
            #expect(kind?.effectClass == .onceOnly || isKilledAgain, "\(what): \(view.outcome)")
            #expect(view.problem?.code == "deploy.step-unknown", "\(what): \(view.outcome)")
            #expect(!view.outcome.next.isEmpty, what)
            try await lab.resume(id, .again)
            try await until("\(what) to go on") { try await lab.client.rollout(id).outcome.state != .halted }
            try await until("\(what) to end", within: .seconds(60)) {
                view = try await lab.client.rollout(id)
                return view.outcome.hasEnded
            }
            return view
        }

        /// WebSockets that open once the new release takes traffic, for a course that takes it back; none otherwise.
        private func lateLoad(
            _ id: String,
            _ course: CrashCourse,
            _ lab: Lab,
            _ old: String,
            _ new: String
        ) -> Task<LoadRun?, any Error> {
            Task {
                guard course.ends == .reverted else { return nil }
                do {
                    _ = try await lab.event(of: id) { $0.moment == .switched }
                } catch {
                    return nil  // it never came that far
                }
                return try lab.load(old, new) { plan in
                    plan.rate = 1
                    plan.webSockets = 1
                }
            }
        }

        // What a machine of any speed keeps: an outage has an end, and no second one follows. How long they are is printed.

        /// How long users may be without an answer: while a service is replaced in place, with the daemon's own restarts.
        private static let gapLimit = 20.0
        /// How long until what was killed is there again, and what is sent to it meanwhile.
        private static let harmLimit = 6.0
        /// How long a killed engine may take to be there again.
        private static let engineLimit = 15.0

        /// Holds what users saw against what was done to them.
        private func check(
            _ report: LoadReport,
            _ course: CrashCourse,
            _ events: [RolloutEvent],
            _ harms: [Harm],
            _ what: Comment
        ) {
            expectSteady(report, what)
            let text = Comment(rawValue: "\(what): \(report.failuresText)")
            #expect(report.failures["wrong-release"] == nil, text)
            #expect(report.failures["wrong-body"] == nil && report.failures["malformed"] == nil, text)
            #expect(report.webSocketsWrong == 0, what)
            #expect(report.answeredByRelease == 0, what)
            if !harms.contains(where: \.carries) {
                #expect(report.reconnects == 0, what)
                #expect(report.streamsCut == 0, what)
                #expect(report.webSocketsCut == 0, what)
            } else {
                #expect(report.streamsCut <= 2 * harms.count, what)
                #expect(report.webSocketsCut <= 2 * harms.count, what)
            }
            let routed = harms.filter(\.isRouted)
            guard course.hasGap || !routed.isEmpty else {
                #expect(report.failed == 0, text)
                return
            }
            guard let failed = report.failedBetweenNs else { return }
            let slack = 1_000_000_000
            // What fails was due as long ago as an answer may take here.
            let age = Int(report.latencyMs.p99 * 1e6)
            var from = routed.map(\.atNs).min() ?? .max
            var to = (routed.map(\.atNs).max() ?? 0) + Int(Self.harmLimit * 1e9)
            var limit = Double(routed.count) * Self.harmLimit
            if course.hasGap {
                if routed.isEmpty { #expect(Set(report.failures.keys) == ["gateway-error"], text) }
                let began = events.first { $0.kind == .phaseBegan && $0.phase == "switch" }
                let ended = events.first { $0.moment == .switched } ?? events.last
                from = min(from, began.map { MonotonicTime.of(wall: $0.time) } ?? .max)
                to = max(to, ended.map { MonotonicTime.of(wall: $0.time) } ?? 0)
                limit += Self.gapLimit
                // What is started in place waits for it.
                if harms.contains(where: { $0.victim == .engine }) { limit += Self.engineLimit }
            }
            #expect(failed.lowerBound >= from - slack - age, "\(text), before anything was done")
            #expect(failed.upperBound <= to + slack, "\(text), after all was well")
            #expect(report.failedSeconds <= limit, "\(text), too long")
            #expect(Double(report.failed) <= limit * Double(CrashCourse.rate), "\(text), too many")
        }

        /// Kills somebody at the point at which the daemon stands still; answers with what users may notice of it.
        private func kill(
            _ round: Round,
            _ course: CrashCourse,
            _ lab: Lab,
            _ ground: Ground,
            _ standing: Standing
        ) async throws -> [Harm] {
            switch round.victim {
            case .daemon:
                try #require(lab.daemonPid != nil, "\(round.name)")
                try await lab.killDaemon()
                return []
            case .proxy:
                try await lab.killProcess(#require(lab.proxyPid, "\(round.name)"))
                return [.proxy()]
            case .engine:
                let engine = try #require(ground.engine, "\(round.name)")
                let harm = Harm(victim: .engine, atNs: MonotonicTime.now(), isRouted: false, carries: false)
                try await engine.stop(SIGKILL)
                return [harm]
            case .shim:
                let shims = lab.holders
                let old = standing.slot.places()
                // The new release's, where there is one.
                let isNew = shims.contains { !old.contains($0.key) }
                guard let found = shims.first(where: { old.contains($0.key) != isNew }) else {
                    // In place there is a moment at which nothing runs.
                    #expect(course.hasGap, "\(round.name): there is no shim")
                    Rounds.say("\(course.name), \(round.name): there is no shim, nobody is killed")
                    return []
                }
                let at = RoutedAt(round.point, isInPlace: course.hasGap, isTakenBack: course.ends == .reverted)
                let harm = Harm(
                    victim: .shim,
                    atNs: MonotonicTime.now(),
                    isRouted: isNew ? at.new : at.old,
                    carries: isNew ? at.hasSwitched : true,
                    place: found.key
                )
                try await lab.killProcess(found.value)
                return [harm]
            }
        }

        /// Kills the daemon once more as soon as its recovery has come past so many points.
        private func killAgain(_ id: String, after count: Int, _ lab: Lab) async throws {
            try await until("points of the recovery", within: .seconds(30)) {
                if lab.lastLines(of: trace(lab), 1000).count >= count { return true }
                return try await lab.client.rollout(id).outcome.hasEnded
            }
            try await lab.killDaemon()
            try await lab.startDaemon()
        }

        /// Kills somebody while what was killed first is mended; the daemon, where that does not come back by itself.
        private func killBesides(
            _ second: KillVictim,
            _ place: String?,
            _ id: String,
            _ lab: Lab,
            _ name: String
        ) async throws -> [Harm] {
            func victim() -> Int32? { second == .proxy ? lab.proxyPid : place.flatMap { lab.holders[$0] } }
            var hasEnded = false
            if second != .daemon {
                var harm: Harm?
                // Not within that: it is not to come back.
                try? await until("\(second) to come back", within: .seconds(3)) {
                    hasEnded = try await lab.client.rollout(id).outcome.hasEnded
                    guard let pid = victim() else { return hasEnded }
                    let atNs = MonotonicTime.now()
                    // Of two shims that come for one place, the one that finds it held ends by itself.
                    guard (try? await lab.killProcess(pid)) != nil else { return hasEnded }
                    harm = Harm(victim: second, atNs: atNs, isRouted: true, carries: true, place: place)
                    return true
                }
                if let harm {
                    Rounds.say("\(name): \(second) killed again when it was back")
                    return [harm]
                }
            }
            guard !hasEnded else {
                Rounds.say("\(name): the rollout has ended, nobody is killed besides")
                return []
            }
            try await killAgain(id, after: 1, lab)
            if second != .daemon { Rounds.say("\(name): \(second) does not come back, the daemon was killed") }
            return []
        }

        private func trace(_ lab: Lab) -> String { lab.faults + "/trace" }
    }
}
