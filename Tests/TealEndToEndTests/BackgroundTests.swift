import TealAPI
import TealCore
import TealLab
import Testing

extension EndToEnd {
    /// Work beside requests: every job is done once, and by the active release.
    @Suite struct BackgroundWork {
        enum Mode: String, Sendable, CaseIterable {
            case handover
            case exclusive
            /// A service without any port.
            case worker
        }

        enum Course: String, Sendable, CaseIterable {
            case deploy
            case unhealthy
            case smoke
            case taken
            case rollback
            /// The daemon is killed while the switch is under way.
            case killed

            /// Whether the new release is active in the end.
            var settles: Bool { self == .deploy || self == .killed }
        }

        static let cases: [(Mode, Course)] = Mode.allCases.flatMap { mode in
            Course.allCases.filter { course in
                // A worker has no smoke requests; in place there is no slot to try them on.
                mode == .handover || course != .smoke
            }.map { (mode, $0) }
        }

        @Test(arguments: cases)
        func `each job is done once and by the active release`(_ mode: Mode, _ course: Course) async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                let queue = try JobQueue(lab, dying: mode == .worker && course == .unhealthy ? "new" : nil)
                func begin(_ version: String, _ course: Course) async throws -> String {
                    let environment = ["SAMPLE_QUEUE_DIR": queue.directory]
                    return try await lab.begin([Self.spec(version, mode, course, environment)]).id
                }
                try #require(try await lab.end(of: begin("old", .deploy)).outcome.state == .settled)
                let (view, back) = try await queue.whileFeeding { () -> (RolloutView, RolloutView?) in
                    try await Task.sleep(for: .milliseconds(500))
                    let id = try await begin("new", course)
                    if course == .killed { try await Self.killDaemon(lab, in: "switch", of: id) }
                    let view = try await lab.end(of: id)
                    var back: RolloutView?
                    if course == .rollback { back = try await lab.rollback("web") }
                    try await Task.sleep(for: .milliseconds(500))
                    return (view, back)
                }
                let taken = try queue.doneOnce()
                try await Self.check(taken, view, back, mode, course, lab)
                // Two that settled, the second time back, or one alone.
                var slot = ExpectedSlot()
                if course.settles { slot.flip() }
                let serves = mode == .worker ? nil : course.settles ? "new" : "old"
                try await expectTidy(lab, running: slot.places(), serving: serves)
                Rounds.say("background \(mode) \(course): \(taken.count) jobs, worked \(taken.stretches)")
            }
        }

        static func killDaemon(_ lab: Lab, in phase: String, of id: String) async throws {
            try await lab.phase(phase, of: id)
            try await lab.killDaemon()
            try await lab.startDaemon()
        }

        /// Holds who did the jobs against what was routed when.
        static func check(
            _ taken: [JobQueue.Taken],
            _ view: RolloutView,
            _ back: RolloutView?,
            _ mode: Mode,
            _ course: Course,
            _ lab: Lab
        ) async throws {
            let events = try await lab.events(of: view.id)
            switch course {
            case .deploy, .killed:
                #expect(view.outcome.state == .settled, "\(view.outcome)")
                #expect(taken.stretches == ["old", "new"])
            case .unhealthy, .smoke:
                #expect(view.outcome.state == .kept, "\(view.outcome)")
                // In place there is no other way to see the new one than to let it work, within the switch.
                #expect(mode == .handover ? taken.stretches == ["old"] : taken.stretches.first == "old")
                #expect(taken.stretches.last == "old")
            case .taken:
                #expect(view.outcome.state == .reverted, "\(view.outcome)")
                #expect(taken.stretches == ["old", "new", "old"])
            case .rollback:
                #expect(view.outcome.state == .settled, "\(view.outcome)")
                #expect(back?.outcome.state == .settled)
                #expect(taken.stretches == ["old", "new", "old"])
            }
            // Nothing is done by the new release before the switch has begun.
            let switched = events.first { $0.kind == .phaseBegan && $0.phase == "switch" }?.time
            for job in taken where job.version == "new" {
                let begun = try #require(switched, "\(job) without a switch")
                #expect(job.time >= begun - 0.05, "\(job) before the switch at \(begun)")
            }
        }

        static func spec(
            _ version: String,
            _ mode: Mode,
            _ course: Course,
            _ environment: [String: String]
        ) throws -> ServiceSpec {
            var spec = try Lab.spec(version)
            spec.environment.merge(environment) { $1 }
            switch mode {
            case .handover:
                spec.background = .handover(
                    activate: .post(path: "/teal/activate"),
                    deactivate: .post(path: "/teal/deactivate")
                )
            case .exclusive: spec.background = .exclusive
            case .worker:
                spec.kind = .worker
                spec.background = .exclusive
                spec.environment["SAMPLE_NO_HTTP"] = "1"
                spec.port = nil
                spec.routes = []
                spec.smoke = []
                spec.health = HealthGate(check: .off)
            }
            switch course {
            case .deploy, .rollback, .killed: break
            case .unhealthy:
                spec.health.deadline = .seconds(2)
                if mode == .worker {
                    spec.environment["SAMPLE_CRASH_AFTER_MS"] = "300"
                    spec.environment["SAMPLE_JOB_MS"] = "1"
                } else {
                    spec.environment["SAMPLE_HEALTH"] = "never"
                }
            case .smoke: spec.environment["SAMPLE_SMOKE_FAIL"] = "1"
            case .taken:
                let check = OnceCommand(command: ["/bin/sh", "-c", "sleep 0.7; exit 1"])
                spec.hooks = [Hook(name: "check", point: .afterSwitch, run: check)]
            }
            return spec
        }

        @Test func `without background work a release is told nothing of it`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                try await lab.deploy("old")
                let view = try await lab.deploy("new") { $0.background = .none }
                #expect(view.outcome.state == .settled)
                try await expectTidy(lab, running: ["web-green-0"])
            }
        }
    }
}
