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
                let queue = try JobQueue(lab)
                func begin(_ version: String, _ course: Course) async throws -> String {
                    try await lab.begin([spec(version, mode, course, queue)]).id
                }
                try #require(try await lab.end(of: begin("old", .deploy)).outcome.state == .settled)
                let (view, back) = try await queue.whileFeeding { () -> (RolloutView, RolloutView?) in
                    try await Task.sleep(for: .milliseconds(500))
                    let view = try await lab.end(of: begin("new", course))
                    var back: RolloutView?
                    if course == .rollback { back = try await lab.rollback("web") }
                    try await Task.sleep(for: .milliseconds(500))
                    return (view, back)
                }
                let taken = try queue.doneOnce()
                let events = try await lab.events(of: view.id)
                switch course {
                case .deploy:
                    #expect(view.outcome.state == .settled)
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
                    #expect(view.outcome.state == .settled)
                    #expect(back?.outcome.state == .settled)
                    #expect(taken.stretches == ["old", "new", "old"])
                }
                // Nothing is done by the new release before the switch has begun.
                let switched = events.first { $0.kind == .phaseBegan && $0.phase == "switch" }?.time
                for job in taken where job.version == "new" {
                    let begun = try #require(switched, "\(job) without a switch")
                    #expect(job.time >= begun - 0.05, "\(job) before the switch at \(begun)")
                }
                // Two that settled, the second time back, or one alone.
                var slot = ExpectedSlot()
                if course == .deploy { slot.flip() }
                let serves = mode == .worker ? nil : course == .deploy ? "new" : "old"
                try await expectTidy(lab, running: slot.places(), serving: serves)
                Rounds.say("background \(mode) \(course): \(taken.count) jobs, worked \(taken.stretches)")
            }
        }

        private func spec(_ version: String, _ mode: Mode, _ course: Course, _ queue: JobQueue) throws -> ServiceSpec {
            var spec = try Lab.spec(version)
            spec.environment["SAMPLE_QUEUE_DIR"] = queue.directory
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
                spec.health = HealthGate(check: .none)
            }
            switch course {
            case .deploy, .rollback: break
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
