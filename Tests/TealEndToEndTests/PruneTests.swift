import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

extension EndToEnd.Containers {
    /// Whoever prunes, Teal or a foreign hand, a rollback goes where it said, and what had to be made anew is said.
    @Test func `no prune costs a rollback`() async throws {
        try await LabEngine.with { engine in
            try await Lab.with(runtime: .containers(engine.socket)) { lab in
                try await lab.startDaemon()
                let registry = try await LabRegistry(lab)
                func deploy(_ version: String, _ image: String) async throws {
                    let view = try await lab.deploy(version) {
                        $0.source = .image(image); $0.command = []
                    }
                    try #require(view.outcome.state == .settled, "\(view.outcome) \(view.problem as Any)")
                }
                try await deploy("v1", try registry.push("one"))
                try await deploy("v2", try registry.push("two"))
                var slot = ExpectedSlot()
                slot.flip()
                let load = try lab.load("v2")
                var (active, other) = ("v2", "v1")

                /// Rolls back after `prune`, and says whether something was made anew.
                func back(after what: String, _ prune: () async throws -> Void) async throws -> Bool {
                    try await prune()
                    let id = try await lab.beginRollback("web", to: active == "v2" ? 1 : 2).id
                    let view = try await lab.end(of: id, telling: load, from: active, to: other)
                    try #require(view.outcome.state == .settled, "\(what): \(view.outcome) \(view.problem as Any)")
                    (active, other) = (other, active)
                    slot.flip()
                    try await expectTidy(lab, running: slot.places(), serving: active, "\(what)")
                    let said = try await lab.events(of: id).map(\.text).filter { $0.contains("anew") }
                    Rounds.say("rollback after \(what): \(view.elapsedSeconds) s, said \(said)")
                    return !said.isEmpty
                }
                let all = try await back(after: "docker system prune -f and docker image prune -a -f") {
                    let gone = try lab.pruneByHand(images: true)
                    #expect(gone.containers == 1 && gone.images > 0, "\(gone)")
                    let preview = try await lab.service()?.rollback?.what
                    #expect(preview?.contains("pulls the image") == true, "\(preview ?? "nothing")")
                }
                #expect(all, "image and container were made anew")
                let system = try await back(after: "docker system prune -f") {
                    let gone = try lab.pruneByHand(images: false)
                    #expect(gone.containers == 1, "the standby's container")
                }
                #expect(system, "the standby's container was made anew")
                let own = try await back(after: "teal prune") {
                    let removed = try await lab.client.prune(.init(project: nil, apply: true))
                    #expect(removed.items.isEmpty, "\(removed)")
                }
                #expect(!own, "the standby's container was there")
                expectUnnoticed(try await load.stop())
            }
        }
    }

    @Test func `a rollback to an image that was never pushed and was pruned is refused before anything changes`()
        async throws
    {
        try await LabEngine.with { engine in
            try await Lab.with(runtime: .containers(engine.socket)) { lab in
                try await lab.startDaemon()
                let image = try SampleImage.build(on: engine.socket, as: "lab/only-here:1")
                let first = try await lab.deploy("v1") {
                    $0.source = .image(image); $0.command = []
                }
                try #require(first.outcome.state == .settled, "\(first.outcome)")
                try #require(try await lab.deploy("v2").outcome.state == .settled)
                let load = try lab.load("v2")
                #expect(try lab.pruneByHand(images: true).images > 0)
                #expect(try await lab.findings().contains { $0.contains("never pushed") })
                await #expect(throws: (any Error).self) {
                    let view = try await lab.rollback("web")
                    guard view.outcome.state == .settled else { throw LabFailure("\(view.outcome)") }
                }
                var slot = ExpectedSlot()
                slot.flip()
                #expect(lab.running == slot.places())
                #expect(try await lab.who().version == "v2")
                try await expectInvariants(lab, besides: ["(4)"])
                expectUnnoticed(try await load.stop())
            }
        }
    }
}
