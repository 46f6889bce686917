import Foundation
import TealAPI
import TealClient
import TealCore
import TealEngine
import TealLab
import Testing

extension EndToEnd {
    /// Processes killed at every step that is journalled, under load, and once more during the recovery.
    @Suite struct Crashes {
        enum Victim: String, Sendable {
            case daemon
            case proxy
            case shim
        }

        struct Round: Sendable {
            let point: KillPoint
            let victim: Victim
            /// How many points the recovery comes past before it is killed as well.
            let again: Int
        }

        /// Legs without a step that is journalled: gates, waits and readings.
        private static let withoutSteps: Set<Leg> = [
            .prove, .quiet, .proveReplaced, .verify, .watch, .cut, .backProve, .backCut,
        ]

        @Test func `every rollout ends well whatever is killed at whatever step`() async throws {
            var points: [String: [KillPoint]] = [:]
            for course in CrashCourse.all { points[course.name] = try await rehearse(course) }
            let seen = Set(points.values.joined())
            // A new effect or leg that no course comes past makes this fail: it needs its kill points.
            let kinds = EffectKind.allCases.filter { $0.effectClass != .observation }.map(\.rawValue)
            #expect(Set(kinds).subtracting(seen.map(\.kind)) == [], "effects without kill points")
            let legs = Set(Leg.allCases).subtracting(Self.withoutSteps).map(\.rawValue)
            #expect(Set(legs).subtracting(seen.map(\.leg)) == [], "legs without kill points")
            #expect(Set(seen.map(\.leg)).subtracting(legs) == [], "legs that were thought to have none")

            var total = (rounds: 0, requests: 0, failed: 0)
            for course in CrashCourse.all {
                let tally = try await kill(course, rounds(of: points[course.name] ?? []))
                total = (total.rounds + tally.rounds, total.requests + tally.requests, total.failed + tally.failed)
            }
            Rounds.say(
                "crashes: \(seen.count) points known, \(total.rounds) rounds, \(total.requests) requests, "
                    + "\(total.failed) failed where only the daemon was killed and nothing is replaced in place"
            )
        }

        /// Runs a course once without killing anything; answers with every point that it comes past, three places each.
        private func rehearse(_ course: CrashCourse) async throws -> [KillPoint] {
            try await Lab.with { lab in
                try await lab.startDaemon()
                #expect(try await lab.end(of: course.begin("old", isNew: false, lab)).outcome.state == .settled)
                let load = try course.load(lab)
                try await until("something is in flight") { try await (lab.service()?.upgradedOpen ?? 0) > 0 }
                try Data().write(to: URL(fileURLWithPath: trace(lab)))
                let id = try await course.begin("new", isNew: true, lab)
                let late = lateLoad(id, course, lab)
                let view = try await lab.end(of: id)
                _ = try await late.value?.stop()
                #expect(view.outcome.state == course.ends, "\(course.name): \(view.outcome) \(view.problem as Any)")
                _ = try await load.stop()
                let lines = lab.lastLines(of: trace(lab), 10_000)
                let steps = Set(lines.compactMap { KillPoint($0) }.map { [$0.leg, $0.kind] })
                #expect(lines.count >= steps.count * 3)
                return steps.flatMap { step in
                    KillPoint.places.map { KillPoint(leg: step[0], kind: step[1], place: $0) }
                }.sorted()
            }
        }

        /// Which points are tried: all of them, each so-and-so-many-th, or those with a text in their name (`TEAL_CRASH_ONLY`).
        private func rounds(of points: [KillPoint]) -> [Round] {
            if let only = ProcessInfo.processInfo.environment["TEAL_CRASH_ONLY"] {
                let chosen = points.filter { $0.description.contains(only) }
                return chosen.flatMap { point in
                    (0..<4).map { Round(point: point, victim: .daemon, again: $0) }
                        + [.proxy, .shim].map { Round(point: point, victim: $0, again: 0) }
                }
            }
            let isAll = Rounds.isAll("TEAL_ROUNDS_CRASH")
            let stride = isAll ? 1 : Rounds.of("TEAL_ROUNDS_CRASH", small: 7)
            return points.enumerated().flatMap { index, point -> [Round] in
                guard index % stride == 0 else { return [] }
                var rounds = [Round(point: point, victim: .daemon, again: index % 4)]
                let others = isAll ? 4 : stride * 3
                if index % others == 0 { rounds.append(Round(point: point, victim: .proxy, again: 0)) }
                if index % others == stride { rounds.append(Round(point: point, victim: .shim, again: 0)) }
                return rounds
            }
        }

        private typealias Tally = (rounds: Int, requests: Int, failed: Int)

        private func kill(_ course: CrashCourse, _ rounds: [Round]) async throws -> Tally {
            var tally: Tally = (0, 0, 0)
            var left = rounds[...]
            while !left.isEmpty {
                // One lab for all of them; a fresh one after a round that left it in an unknown state.
                do {
                    try await Lab.with { lab in
                        try await lab.startDaemon()
                        #expect(try await lab.end(of: course.begin("v0", isNew: false, lab)).outcome.state == .settled)
                        while let round = left.popFirst() {
                            tally.rounds += 1
                            let began = ContinuousClock.now
                            let report = try await go(round, course, lab, number: tally.rounds)
                            tally.requests += report.requests
                            if round.victim == .daemon, !course.hasGap { tally.failed += report.failed }
                            Rounds.say(
                                "\(course.name) \(round.victim) \(round.point)+\(round.again): \(report.requests) requests, "
                                    + "\(report.failed) failed, \(ContinuousClock.now - began)"
                            )
                        }
                    }
                } catch {
                    Issue.record(error, "\(course.name), round \(tally.rounds)")
                }
            }
            return tally
        }

        private func go(_ round: Round, _ course: CrashCourse, _ lab: Lab, number: Int) async throws -> LoadReport {
            let what = Comment(rawValue: "\(course.name): \(round.victim) killed at \(round.point), +\(round.again)")
            let old = try await lab.active()
            let load = try course.load(lab)
            try await until("something is in flight") { try await (lab.service()?.upgradedOpen ?? 0) > 0 }
            let armed = "\(lab.faults)/\(round.point)"
            try Data().write(to: URL(fileURLWithPath: armed))
            let id = try await course.begin("v\(number)", isNew: true, lab)
            let late = lateLoad(id, course, lab)
            defer { late.cancel() }
            try await until("\(what)", within: .seconds(40)) {
                FileManager.default.fileExists(atPath: armed + ".reached")
            }
            try await kill(round.victim, lab)
            try FileManager.default.removeItem(atPath: armed + ".reached")
            if round.victim == .daemon {
                try Data().write(to: URL(fileURLWithPath: trace(lab)))
                try await lab.startDaemon()
                if round.again > 0 { try await killAgain(id, after: round.again, lab) }
            }
            var view = try await lab.end(of: id)
            if view.outcome.state == .halted {
                // Only what may never be repeated unseen may ask a person.
                let kind = EffectKind(rawValue: round.point.kind)
                #expect(kind?.effectClass == .onceOnly || round.again > 0, "\(what): \(view.outcome)")
                #expect(view.problem?.code == "deploy.step-unknown", "\(what): \(view.outcome)")
                #expect(!view.outcome.next.isEmpty, what)
                try await lab.resume(id, .again)
                try await until("\(what) to go on") { try await lab.client.rollout(id).outcome.state != .halted }
                try await until("\(what) to end", within: .seconds(60)) {
                    view = try await lab.client.rollout(id)
                    return view.outcome.hasEnded
                }
            }
            if round.victim == .daemon {
                #expect(view.outcome.state == course.ends, "\(what): \(view.outcome) \(view.problem as Any)")
            }
            let isNew = view.outcome.state == .settled
            #expect(try await lab.active() == (isNew ? view.services.first?.to : old), what)
            try await expectTidy(lab, running: lab.places(), what)
            let report = try await load.stop()
            check(report, round, course, what)
            if let end = try await late.value?.stop(), round.victim == .daemon {
                #expect(end.failed == 0, "\(what): \(end.failuresText)")
            }
            return report
        }

        /// WebSockets that open once the new release takes traffic, for a course that takes it back; none otherwise.
        private func lateLoad(_ id: String, _ course: CrashCourse, _ lab: Lab) -> Task<LoadRun?, any Error> {
            Task {
                guard course.ends == .reverted else { return nil }
                do {
                    _ = try await lab.event(of: id) { $0.moment == .switched }
                } catch {
                    return nil  // it never came that far
                }
                return try lab.load { plan in
                    plan.rate = 1
                    plan.webSockets = 1
                    plan.checksReleases = false
                }
            }
        }

        private func check(_ report: LoadReport, _ round: Round, _ course: CrashCourse, _ what: Comment) {
            #expect(report.requests > 0, what)
            let gap = course.hasGap ? report.failures["gateway-error"]?.count ?? 0 : 0
            guard round.victim == .daemon else {
                // What was in flight in the killed process is lost, and nobody listens for a moment.
                #expect(report.failed - gap <= 200, "\(what): \(report.failuresText)")
                return
            }
            #expect(report.failed - gap == 0, "\(what): \(report.failuresText)")
            #expect(report.reconnects == 0, what)
        }

        private func kill(_ victim: Victim, _ lab: Lab) async throws {
            switch victim {
            case .daemon: try await lab.killDaemon()
            case .proxy: if let pid = lab.proxyPid { try await lab.killProcess(pid) }
            case .shim:
                // The new release's, where there is one.
                let shims = lab.shimPids
                let active = try await lab.places()
                if let pid = shims.first(where: { !active.contains($0.key) })?.value ?? shims.values.first {
                    try await lab.killProcess(pid)
                }
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

        private func trace(_ lab: Lab) -> String { lab.faults + "/trace" }
    }
}
