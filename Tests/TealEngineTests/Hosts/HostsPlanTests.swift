import TealCore
import TealDriverKit
import TealEngine
import Testing

@Suite struct `A plan over several hosts` {
    private static let web = Samples.key("web")
    private static let bob: HostName = Samples.name("bob")
    private static let cyd: HostName = Samples.name("cyd")

    /// A host on which releases of web exist, the last of them, or the one named, active in blue.
    private static func state(_ numbers: [Int], active: Int? = nil, content: String? = nil) -> HostState {
        var record = ServiceRecord(service: web, environment: Samples.environment)
        record.lastRelease = numbers.max() ?? 0
        record.activeSlot = .blue
        record.routed = .slot(.blue)
        record.blue = (active ?? numbers.last).map { .init(release: ReleaseID(service: web, number: $0)) }
        let releases = numbers.map { number in
            var release = ReleaseRecord(release: Cast.release(Samples.web(), number))
            release.wasActive = true
            release.endedWell = true
            return release
        }
        return HostState(services: [record], releases: releases)
    }

    private static func hosts(_ own: HostState, _ bob: HostState, _ cyd: HostState) -> [PlannedHost] {
        [.init(nil, own), .init(Self.bob, bob), .init(Self.cyd, cyd)]
    }

    private static func deploy(_ content: String, force: Bool = false, over hosts: [PlannedHost]) -> Planner.Planned {
        Planner.deploy(
            [Samples.draft(Samples.web(), content: content)],
            Samples.request,
            force: force,
            over: hosts
        )
    }

    // MARK: Deploy

    @Test func `gives a new release one number that no host has had, and a member on each`() {
        let planned = Self.deploy("new", over: Self.hosts(Self.state([1]), Self.state([1, 2, 3]), HostState()))
        #expect(planned.problems.isEmpty)
        #expect(planned.members.map(\.host) == [nil, Self.bob, Self.cyd])
        #expect(Set(planned.members.map(\.new.id.number)) == [4])
        #expect(planned.members.map(\.old?.id.number) == [1, 3, nil])
        #expect(planned.members.map(\.slot) == [.green, .green, .blue])
        #expect(planned.made.map(\.id.number) == [4])
    }

    @Test func `brings the hosts after that are behind, to the release that the others have`() {
        let planned = Self.deploy("2", over: Self.hosts(Self.state([1, 2]), Self.state([1]), Self.state([1, 2])))
        #expect(planned.members.map(\.host) == [Self.bob])
        #expect(planned.members.map(\.new.id.number) == [2])
        #expect(planned.made.isEmpty)
        #expect(planned.unchanged.isEmpty)
    }

    @Test func `keeps the record of a release that only another host had`() {
        let planned = Self.deploy("2", over: Self.hosts(Self.state([1]), Self.state([1, 2]), Self.state([1])))
        #expect(planned.members.map(\.host) == [nil, Self.cyd])
        #expect(planned.made.map(\.id.number) == [2])
    }

    @Test func `leaves a service alone that every host has as asked, unless forced`() {
        let hosts = Self.hosts(Self.state([1]), Self.state([1]), Self.state([1]))
        let same = Self.deploy("1", over: hosts)
        #expect(same.unchanged == [Self.web])
        #expect(same.members.isEmpty && same.made.isEmpty)
        let forced = Self.deploy("1", force: true, over: hosts)
        #expect(forced.members.map(\.new.id.number) == [2, 2, 2])
        #expect(forced.unchanged.isEmpty)
    }

    @Test func `is refused once for all hosts when one of them would refuse`() {
        var staging = Self.state([1])
        staging.services[Self.web]?.environment = Samples.name("staging")
        let planned = Self.deploy("new", over: Self.hosts(Self.state([1]), staging, staging))
        #expect(planned.members.isEmpty && planned.made.isEmpty)
        #expect(planned.problems.map(\.code) == ["deploy.other-environment"])
    }

    // MARK: Rollback

    @Test func `leads all hosts back to where the first one goes`() {
        let planned = Planner.rollback(
            [(Self.web, nil)],
            over: Self.hosts(Self.state([1, 2, 3]), Self.state([1, 2, 3]), Self.state([1, 2, 3], active: 2))
        )
        #expect(planned.members.map(\.host) == [nil, Self.bob])
        #expect(planned.members.map(\.new.id.number) == [2, 2])
        #expect(planned.problems.isEmpty)
    }

    @Test func `brings the others to a named release that the first one is on already`() {
        let planned = Planner.rollback(
            [(Self.web, 2)],
            over: Self.hosts(
                Self.state([1, 2, 3], active: 2),
                Self.state([1, 2, 3]),
                Self.state([1, 2, 3], active: 2)
            )
        )
        #expect(planned.members.map(\.host) == [Self.bob])
        #expect(planned.members.map(\.new.id.number) == [2])
        #expect(planned.unchanged.isEmpty)
    }

    @Test func `moves no host when one of them does not know the release`() {
        let planned = Planner.rollback(
            [(Self.web, 1)],
            over: Self.hosts(Self.state([1, 2]), Self.state([2]), Self.state([1, 2]))
        )
        #expect(planned.members.isEmpty)
        #expect(planned.problems.map(\.code) == ["rollback.no-such-release"])
    }

    @Test func `says of a named release that is active everywhere that nothing changes`() {
        let hosts = Self.hosts(Self.state([1, 2]), Self.state([1, 2]), Self.state([1, 2]))
        let planned = Planner.rollback([(Self.web, 2)], over: hosts)
        #expect(planned.unchanged == [Self.web])
        #expect(planned.members.isEmpty && planned.problems.isEmpty)
    }
}
