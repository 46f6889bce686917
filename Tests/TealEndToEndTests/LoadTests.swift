import TealAPI
import TealLab
import Testing

extension EndToEnd {
    /// A check that looks at nothing must not pass.
    @Suite struct LoadItself {
        @Test func `load that is not told what is routed, or ended before its time, is an error`() async throws {
            try await Lab.with { lab in
                try await lab.startDaemon()
                try await lab.deploy("v1")
                let untold = try lab.load()
                try await Task.sleep(for: .milliseconds(300))
                await #expect(throws: LabFailure.self) { try await untold.stop() }
                let short = try lab.load("v1") { $0.limit = .seconds(1) }
                try await until("the load to begin") { lab.processes().contains { $0.name == "teal-load" } }
                try await until("the load's own end") { !lab.processes().contains { $0.name == "teal-load" } }
                await #expect(throws: LabFailure.self) { try await short.stop() }
            }
        }

        @Test func `an answer of a release before its switch began is seen, with the events of the rollout alone`()
            async throws
        {
            try await Lab.with { lab in
                try await lab.startDaemon()
                try await lab.deploy("v1")
                let right = try lab.load("v1")
                let wrong = try lab.load("v1")
                let view = try await lab.deploy("v2")
                let events = try await lab.events(of: view.id)
                right.tell(events, from: "v1", to: "v2")
                // As if it had been taken back before the switch.
                wrong.tell(events.filter { $0.phase != "switch" && $0.moment != .switched }, from: "v1", to: "v1")
                let good = try await right.stop()
                expectUnnoticed(good)
                #expect(good.perRelease.keys.sorted() == ["v1", "v2"])
                #expect(try await wrong.stop().failures["wrong-release"]?.count ?? 0 > 0)
            }
        }
    }
}
