import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport
import Testing

@Suite struct `Where the switch cannot listen` {
    private static let words =
        "inside the network of shop, services are not found there: 10.213.1.1:80 is taken"

    /// What a route step brings back with these places in the way.
    private func routed(
        _ places: [UnheardPlace],
        network: String? = "10.213.1.1/24"
    ) async throws -> StepResult {
        let host = WillingHost(places: places)
        let drivers = HostDrivers(
            runtime: ScriptedRuntime(.init()),
            trafficSwitch: host,
            probe: ScriptedProbe(answer: .passed(latency: .zero)),
            environments: host,
            preflight: host,
            marker: host
        )
        let members = [Cast.second(Samples.web())]
        var record = ServiceRecord(service: members[0].service, environment: Samples.environment)
        record.gateway = network
        record.blue = .init(release: ReleaseID(service: record.service, number: 1))
        record.activeSlot = .blue
        record.routed = .slot(.blue)
        let contents = JournalContents(
            epoch: 1,
            services: [record],
            releases: [ReleaseRecord(release: Cast.release(Samples.web(), 1))],
            table: nil,
            unended: [],
            lastRollout: 0
        )
        let book = HostBook(contents: contents, journal: MemoryJournal(), trafficSwitch: host)
        let rollout = Rollout(id: RolloutID(number: 7), kind: .deploy, members: members, author: "ann", now: host.now())
        let step = Step(number: 1, leg: .route, effect: .route([.init(member: 0, side: .old)]))
        return await HostPerformer(drivers: drivers, book: book, clock: host).perform(step, of: rollout)
    }

    @Test func `the route is moved all the same, and says so of its own projects`() async throws {
        let other = UnheardPlace(project: "blog", reason: "10.213.2.1:80 is taken")
        #expect(try await routed([other]) == .done)
        let own = UnheardPlace(project: "shop", reason: "10.213.1.1:80 is taken")
        #expect(try await routed([own, other]) == .routed(warnings: [Self.words]))
        #expect(try await routed([own], network: nil) == .done)
    }

    @Test func `the rollout warns and goes on, forward and back`() {
        var play = Play([Cast.second(Samples.web())]) { step, play in
            if case .route = step.effect { return .routed(warnings: [Self.words]) }
            guard step.effect == .sample, step.leg == .watch else { return nil }
            return .sampled(play.sample { new, _ in new.serverErrors = new.successes })
        }
        play.run()
        guard case .reverted = play.outcome else {
            Issue.record("it ended as \(String(describing: play.outcome))")
            return
        }
        #expect(play.warnings.filter { $0 == Self.words }.count >= 2)
    }
}
