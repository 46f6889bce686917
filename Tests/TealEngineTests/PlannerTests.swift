import TealCore
import TealDriverKit
import TealEngine
import Testing

@Suite struct `A plan says which releases are made and where they go` {
    private static let web = Samples.key("web")

    /// A host on which the given releases of web exist, the last of them active in blue.
    private static func state(_ spec: ServiceSpec = Samples.web(), releases count: Int = 1) -> HostState {
        var record = ServiceRecord(service: web, environment: Samples.environment)
        record.lastRelease = count
        record.activeSlot = .blue
        record.routed = .slot(.blue)
        record.blue = .init(release: ReleaseID(service: web, number: count))
        if count > 1 { record.green = .init(release: ReleaseID(service: web, number: count - 1)) }
        let releases = (1...count).map { number in
            var release = ReleaseRecord(release: Cast.release(spec, number))
            release.wasActive = true
            release.endedWell = true
            return release
        }
        return HostState(services: [record], releases: releases)
    }

    private static func deploy(
        _ specs: [ServiceSpec],
        _ content: String = "new",
        force: Bool = false,
        on state: HostState
    )
        -> Planner.Planned
    {
        Planner.deploy(specs.map { Samples.draft($0, content: content) }, Samples.request, force: force, state: state)
    }

    @Test func `a first release is number 1 in the blue slot`() {
        let planned = Self.deploy([Samples.web()], on: HostState())
        #expect(planned.members.map(\.new.id.number) == [1])
        #expect(planned.members.map(\.slot) == [.blue])
        #expect(planned.members.first?.old == nil)
        #expect(planned.made.map(\.id) == planned.members.map(\.new.id))
    }

    @Test func `the next one goes beside the active one, with the next number`() {
        let member = Self.deploy([Samples.web()], on: Self.state(releases: 3)).members.first
        #expect(member?.new.id.number == 4)
        #expect(member?.slot == .green)
        #expect(member?.oldSlot == .blue)
        #expect(member?.old?.id.number == 3)
        #expect(member?.displaced?.number == 2)
        #expect(member?.mode == .blueGreen)
    }

    @Test func `a number is never given twice, also after releases that failed`() {
        var state = Self.state()
        state.services[Self.web]?.lastRelease = 9
        #expect(Self.deploy([Samples.web()], on: state).members.first?.new.id.number == 10)
    }

    @Test func `a service without a change is left alone unless forced`() {
        let state = Self.state()
        let same = Self.deploy([Samples.web()], "1", on: state)
        #expect(same.unchanged == [Self.web])
        #expect(same.members.isEmpty)
        #expect(same.made.isEmpty)
        #expect(Self.deploy([Samples.web()], "1", force: true, on: state).members.first?.new.id.number == 2)
    }

    @Test func `what needs another comes after it`() {
        var web = Samples.web()
        web.needs = [Samples.name("api")]
        var api = Samples.web("api")
        api.needs = [Samples.name("store"), Samples.name("elsewhere")]
        let planned = Self.deploy([web, Samples.worker(), api, Samples.web("store")], on: HostState())
        #expect(planned.members.map { "\($0.service.service)" } == ["mail", "store", "api", "web"])
    }

    @Test func `another environment than the one on this host is refused`() {
        var state = Self.state()
        state.services[Self.web]?.environment = Samples.name("staging")
        let planned = Self.deploy([Samples.web()], on: state)
        #expect(planned.members.isEmpty)
        #expect(
            planned.problems.map(\.description) == [
                """
                error: nothing has been changed: on this host shop/web runs for environment 'staging', \
                not 'production' [deploy.other-environment]
                  next: Deploy with `--environment staging`, or choose another host
                """
            ]
        )
    }

    @Test func `a rollback goes to the newest good release before the active one`() {
        #expect(Planner.rollback([(Self.web, nil)], state: Self.state(releases: 4)).members.first?.new.id.number == 3)
    }

    @Test func `a rollback never goes to a release that was taken back or failed`() {
        var state = Self.state(releases: 4)
        state.releases[ReleaseID(service: Self.web, number: 3)]?.takenBack = true
        state.releases[ReleaseID(service: Self.web, number: 2)]?.endedWell = false
        #expect(Planner.rollback([(Self.web, nil)], state: state).members.first?.new.id.number == 1)
    }

    @Test func `a rollback never goes forward`() {
        var state = Self.state(releases: 4)
        state.services[Self.web]?.blue = .init(release: ReleaseID(service: Self.web, number: 2))
        #expect(Planner.rollback([(Self.web, nil)], state: state).members.first?.new.id.number == 1)
        state.services[Self.web]?.blue = .init(release: ReleaseID(service: Self.web, number: 1))
        let planned = Planner.rollback([(Self.web, nil)], state: state)
        #expect(planned.members.isEmpty)
        #expect(
            planned.problems.map(\.description) == [
                """
                error: nothing has been changed: web@1 has no release before it that was active, ended well and was \
                not taken back [rollback.no-target]
                  next: Name one with `teal rollback web RELEASE`; `teal history web` lists them
                """
            ]
        )
    }

    @Test func `a named release may be any that is known, also a later or a taken back one`() {
        var state = Self.state(releases: 4)
        state.services[Self.web]?.blue = .init(release: ReleaseID(service: Self.web, number: 2))
        state.releases[ReleaseID(service: Self.web, number: 4)]?.takenBack = true
        #expect(Planner.rollback([(Self.web, 4)], state: state).members.first?.new.id.number == 4)
        #expect(Planner.rollback([(Self.web, 2)], state: state).unchanged == [Self.web])
    }

    @Test func `an unknown release is refused with those that are known`() {
        #expect(
            Planner.rollback([(Self.web, 9)], state: Self.state(releases: 2)).problems.map(\.description) == [
                """
                error: nothing has been changed: there is no web@9 [rollback.no-such-release]
                  at:   known are web@2, web@1
                  next: See all with `teal history web`
                """
            ]
        )
    }

    @Test func `only a standby that still runs proven is warm`() throws {
        var state = Self.state(releases: 2)
        let green = ReleaseID(service: Self.web, number: 1)
        let ids = Member.replicas(of: Cast.release(Samples.web(), 1), in: .green)
        state.services[Self.web]?.green = .init(
            release: green,
            proven: .init(uniqueKeysWithValues: ids.map { ($0.index, Cast.target($0, green)) })
        )
        #expect(Planner.rollback([(Self.web, nil)], state: state).members.first?.warmRuns == false)
        state.services[Self.web]?.standbyUntil = Timestamp(nanoseconds: 1)
        let member = try #require(Planner.rollback([(Self.web, nil)], state: state).members.first)
        #expect(member.warmRuns)
        let runs = member.replicas(.new).compactMap { state.services[Self.web]?[$0.slot]?.proven[$0.index]?.run }
        #expect(!runs.isEmpty && runs.allSatisfy { member.isWarm($0) })
        #expect(!member.isWarm(RunID("started since")) && !member.isWarm(nil))
    }

    @Test func `scaling is a release that changes nothing else`() {
        let state = Self.state()
        let planned = Planner.scale([Self.web: 5], Samples.request, state: state)
        var expected = Samples.web()
        expected.replicas = 5
        #expect(planned.members.first?.new.spec == expected)
        #expect(planned.members.first?.new.content == .artifact(sha256: "1"))
        #expect(planned.members.first?.new.id.number == 2)
        #expect(Planner.scale([Self.web: 2], Samples.request, state: state).unchanged == [Self.web])
        let unknown = Planner.scale([Samples.key("api"): 2], Samples.request, state: state)
        #expect(unknown.problems.map(\.code) == ["rollout.no-such-service"])
    }

    @Test func `what runs on cannot become a job`() throws {
        let model = HostModel(seed: 1)
        model.deployed([Samples.web()])
        var job = Samples.worker("web", .none)
        job.kind = .job
        let planned = Planner.deploy([Samples.draft(job)], Samples.request, force: false, state: model.state)
        #expect(planned.members.isEmpty)
        #expect(
            planned.problems.map(\.description) == [
                """
                error: nothing has been changed: web@1 runs as a web, and a job cannot take its place [deploy.kind]
                  next: Give the job a name of its own in teal.yml
                """
            ]
        )
    }
}
