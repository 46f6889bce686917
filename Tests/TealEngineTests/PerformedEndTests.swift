import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport
import Testing

/// The steps of a rollout's end, as a host carries them out.
@Suite struct `The end of a rollout on a host` {
    private static let web = Cast.second(Samples.web())

    /// A host whose users are on the new release, as its journal has it; a bare one knows of no runs of the old release.
    private static func book(
        _ journal: MemoryJournal,
        _ host: WillingHost,
        isBare: Bool = false
    ) async throws -> HostBook {
        var record = ServiceRecord(service: web.service, environment: Samples.environment)
        record.blue = .init(release: try #require(web.old).id)
        record.green = .init(release: web.new.id)
        record.activeSlot = .green
        if !isBare { for target in Cast.targets(web, .old) { record.prove(target) } }
        record.routed = .slot(.green)
        let releases = [web.new, web.old].compactMap { $0 }.map { ReleaseRecord(release: $0) }
        try await journal.append([.service(record)] + releases.map { .release($0) })
        return HostBook(contents: try await journal.read(), journal: journal, trafficSwitch: host)
    }

    private static func perform(
        _ step: Step,
        of rollout: Rollout,
        _ host: WillingHost,
        _ book: HostBook
    ) async
        -> StepResult
    {
        let drivers = HostDrivers(
            runtime: ScriptedRuntime(.init()),
            trafficSwitch: host,
            probe: ScriptedProbe(answer: .passed(latency: .zero)),
            environments: host,
            preflight: host,
            marker: host
        )
        return await HostPerformer(drivers: drivers, book: book, clock: host).perform(step, of: rollout)
    }

    /// A rollout that goes back after its switch.
    private static func goingBack(to leg: Leg) throws -> Rollout {
        var play = Play([web]) { step, _ in
            step.effect.kind == .verify ? .probed(.failed(.status(502)), run: nil) : nil
        }
        let isThere = play.run(to: leg)
        try #require(isThere)
        return play.rollout
    }

    @Test func `is written down whatever the switch says`() async throws {
        let journal = MemoryJournal()
        var host = WillingHost()
        let asked = Asked()
        host.counting = {
            let contents = try? await journal.read()
            await asked.note(contents?.releases.first { $0.id == Self.web.new.id }?.endedWell)
        }
        let book = try await Self.book(journal, host)
        var play = Play([Self.web])
        let isThere = play.run(to: .settle)
        try #require(isThere)
        let step = Step(number: 1, leg: .settle, effect: .record(.settled))
        #expect(await Self.perform(step, of: play.rollout, host, book) == .done)
        #expect(await asked.answers == [true], "the switch is asked for what may be forgotten, after that")
    }

    @Test func `is waited for however long it takes`() throws {
        var play = Play([Self.web])
        let isBegun = play.run { $0.performed.last?.effect == .record(.settled) }
        try #require(isBegun)
        play.now = play.now + .seconds(1000)
        play.feed(.tick)
        #expect(play.rollout.openSteps.map(\.effect) == [.record(.settled)], "only what is written down has ended")
        var stuck = play
        for _ in 0..<12 where stuck.outcome == nil {
            stuck.now = stuck.now + .seconds(1000)
            stuck.feed(.tick)
        }
        #expect(!stuck.rollout.openSteps.contains { $0.effect.kind == .record }, "no rollout goes on for ever")
        play.run()
        #expect(play.outcome == .settled)
        #expect(play.warnings.contains { $0.hasPrefix("settle took longer than") })
    }

    /// On a full disk a switch may have started again from an older table.
    @Test func `cuts nothing while the switch follows another table`() async throws {
        var host = WillingHost()
        let book = try await Self.book(MemoryJournal(), host)
        let rollout = try Self.goingBack(to: .backRemove)
        let step = Step(number: 1, leg: .backDrain, effect: .cut(side: .new, requests: true, upgraded: true))
        host.followed = .init(epoch: 0, version: 7)
        let late = await Self.perform(step, of: rollout, host, book)
        #expect(late == .failed(.init(.switchFailed(.stale(current: host.followed)), isPassing: true)))
        host.followed = await book.table.position
        #expect(await Self.perform(step, of: rollout, host, book) == .cut(.init(requests: 0, upgraded: 0)))
    }

    /// On a full disk they are sent back before that is written, and then the daemon may end.
    @Test(arguments: [Leg.backDrain, .backRemove])
    func `leaves users where they were sent back to`(leg: Leg) async throws {
        let host = WillingHost()
        let book = try await Self.book(MemoryJournal(), host)
        let rollout = try Self.goingBack(to: leg)
        let step = Step(number: 1, leg: leg, effect: .setPolicy(member: 0, side: .new, .no))
        _ = await Self.perform(step, of: rollout, host, book)
        #expect(await book.state.services[Self.web.service]?.routed == .slot(.blue))
    }

    @Test func `leaves users where they are when nobody is known to be where they were sent back to`() async throws {
        let host = WillingHost()
        let journal = MemoryJournal()
        let book = try await Self.book(journal, host, isBare: true)
        var play = Play([Self.web]) { step, _ in
            switch step.effect {
            case .verify: .probed(.failed(.status(502)), run: nil)
            case .look(_, .old): .standing([])
            default: nil
            }
        }
        let isThere = play.run(to: .backDrain)
        try #require(isThere)
        let known = Set(play.rollout.proven.keys.map(\.id.slot))
        let step = Step(number: 1, leg: .backDrain, effect: .setPolicy(member: 0, side: .new, .no))
        _ = await Self.perform(step, of: play.rollout, host, book)
        let record = await book.state.services[Self.web.service]
        #expect(record?.routed == .slot(known.contains(.blue) ? .blue : .green))
        #expect(
            record?.blue?.proven.isEmpty == !known.contains(.blue),
            "those that were proven on the way back are known"
        )
    }

    @Test func `leaves users where they are until they are sent back`() async throws {
        let host = WillingHost()
        let book = try await Self.book(MemoryJournal(), host)
        let rollout = try Self.goingBack(to: .backLook)
        _ = await Self.perform(
            Step(number: 1, leg: .backLook, effect: .look(member: 0, side: .old)),
            of: rollout,
            host,
            book
        )
        #expect(await book.state.services[Self.web.service]?.routed == .slot(.green))
    }
}

/// What was found each time that somebody asked.
private actor Asked {
    private(set) var answers: [Bool?] = []

    func note(_ answer: Bool?) { answers.append(answer) }
}
