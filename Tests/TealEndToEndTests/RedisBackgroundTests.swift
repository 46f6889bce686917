import TealAPI
import TealCore
import TealLab
import Testing

extension EndToEnd.Containers {
    /// Work beside requests, from a real Redis list: every job is done once, and by the active release.
    @Test(arguments: EndToEnd.BackgroundWork.Mode.allCases)
    func `each job of a Redis list is done once and by the active release`(
        _ mode: EndToEnd.BackgroundWork.Mode
    )
        async throws
    {
        let stride = Rounds.of("TEAL_ROUNDS_BACKGROUND", small: 3)
        let place = EndToEnd.BackgroundWork.Mode.allCases.firstIndex(of: mode) ?? 0
        let courses = EndToEnd.BackgroundWork.Course.allCases.filter { mode == .handover || $0 != .smoke }.enumerated()
            .filter { ($0.offset + place) % stride == 0 }.map(\.element)
        try await LabEngine.with { engine in
            try await Lab.with(runtime: .containers(engine.socket)) { lab in
                try await lab.startDaemon()
                let redis = try await LabRedis.deploy(in: lab)
                var slot = ExpectedSlot()
                for (number, course) in courses.enumerated() {
                    let jobs = RedisJobs(redis, lab, list: "jobs-\(number)")
                    func begin(_ version: String, _ course: EndToEnd.BackgroundWork.Course) async throws -> String {
                        let environment = ["SAMPLE_REDIS": LabRedis.address, "SAMPLE_REDIS_LIST": jobs.list]
                        let spec = try EndToEnd.BackgroundWork.spec(version, mode, course, environment)
                        return try await lab.begin([spec]).id
                    }
                    let first = try await lab.end(of: begin("old", .deploy))
                    try #require(first.outcome.state == .settled, "\(first.outcome) \(first.problem as Any)")
                    if number > 0 { slot.flip() }
                    let (view, back) = try await jobs.whileFeeding { () -> (RolloutView, RolloutView?) in
                        try await Task.sleep(for: .milliseconds(500))
                        let id = try await begin("new", course)
                        if course == .killed { try await EndToEnd.BackgroundWork.killDaemon(lab, in: "switch", of: id) }
                        let view = try await lab.end(of: id)
                        var back: RolloutView?
                        if course == .rollback { back = try await lab.rollback("web") }
                        try await Task.sleep(for: .milliseconds(500))
                        return (view, back)
                    }
                    let taken = jobs.doneOnce("\(mode) \(course)")
                    try await EndToEnd.BackgroundWork.check(taken, view, back, mode, course, lab)
                    if course.settles { slot.flip() }
                    let serves = mode == .worker ? nil : course.settles ? "new" : "old"
                    try await expectTidy(
                        lab,
                        running: slot.places().union([LabRedis.place]),
                        serving: serves,
                        "\(mode) \(course)"
                    )
                    Rounds.say("Redis, \(mode) \(course): \(taken.count) jobs, worked \(taken.stretches)")
                }
            }
        }
    }
}
