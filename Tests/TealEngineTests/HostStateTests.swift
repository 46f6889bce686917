import TealCore
import TealDriverKit
import TealEngine
import Testing

@Suite struct `A host keeps what runs and what a rollback needs` {
    private static let web = Samples.key("web")

    private static func id(_ number: Int) -> ReleaseID { ReleaseID(service: web, number: number) }

    /// Ten releases that ended well, 10 active in blue and 9 in green, two to be kept.
    private static func state() -> HostState {
        var spec = Samples.web()
        spec.keep.releases = 2
        var record = ServiceRecord(service: web, environment: Samples.environment)
        record.activeSlot = .blue
        record.blue = .init(release: id(10))
        record.green = .init(release: id(9))
        let releases = (1...10).map { number in
            var release = ReleaseRecord(release: Cast.release(spec, number))
            release.wasActive = true
            release.endedWell = true
            return release
        }
        return HostState(services: [record], releases: releases)
    }

    private static func needed(_ state: HostState) -> [Int] { state.needed(of: web).map(\.id.number) }

    @Test func `the newest good releases are kept beside the active one`() {
        #expect(Self.needed(Self.state()) == [10, 9, 8])
    }

    @Test func `releases that failed take no place among them`() {
        var state = Self.state()
        for number in [9, 8, 7] { state.releases[Self.id(number)]?.endedWell = false }
        #expect(Self.needed(state) == [10, 9, 6, 5])
    }

    @Test func `the target of a rollback stays however old it is`() {
        var state = Self.state()
        for number in 4...9 { state.releases[Self.id(number)]?.takenBack = true }
        #expect(state.rollbackTarget(of: Self.web)?.id == Self.id(3))
        #expect(Self.needed(state) == [10, 9, 8, 3])
    }

    @Test func `a service that the host does not run loses nothing`() {
        var state = Self.state()
        state.services[Self.web] = nil
        #expect(Self.needed(state).count == 10)
    }

    @Test func `the switch follows the proven runs of the routed slot, or 503, or nothing`() {
        var state = Self.state()
        #expect(state.traffic.isEmpty)
        state.services[Self.web]?.routed = .vacant
        #expect(state.traffic.map(\.targets) == [[]])
        let target = Cast.target(ReplicaID(service: Self.web, slot: .blue, index: 1), Self.id(10))
        state.services[Self.web]?.routed = .slot(.blue)
        state.services[Self.web]?.blue?.proven = [1: target]
        #expect(state.traffic.map(\.targets) == [[target]])
    }
}
