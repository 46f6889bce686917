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

    /// As the sample, but inside a network and without routes.
    private static func named(_ kind: ServiceKind = .web, gateway: String? = "10.213.1.1") -> (HostState, TrafficTarget)
    {
        var state = state()
        var spec = Samples.web()
        spec.kind = kind
        spec.routes = []
        spec.port = 3000
        state.releases[id(10)] = ReleaseRecord(release: Cast.release(spec, 10))
        let known = Cast.target(ReplicaID(service: web, slot: .blue, index: 0), id(10))
        let target = TrafficTarget(
            replica: known.replica,
            release: known.release,
            run: known.run,
            endpoint: known.endpoint,
            gateway: gateway
        )
        state.services[web]?.routed = .slot(.blue)
        state.services[web]?.prove(target)
        return (state, target)
    }

    @Test func `a service without routes is known to the switch by its name, if it is in a network`() throws {
        let (state, target) = Self.named()
        let traffic = try #require(state.traffic.first)
        #expect(traffic.targets == [target] && traffic.routes.isEmpty)
        #expect(traffic.port == 3000 && traffic.gateway == "10.213.1.1")
        #expect(Self.named(gateway: nil).0.traffic.isEmpty)
        #expect(Self.named(.worker).0.traffic.isEmpty)
    }

    @Test func `its gateway is remembered while it has no replicas`() throws {
        var (state, _) = Self.named()
        state.keepProven(running: [], now: 0)
        #expect(state.traffic.map(\.gateway) == ["10.213.1.1"] && state.traffic.map(\.targets) == [[]])
        state.services[Self.web]?.routed = .vacant
        #expect(state.traffic.map(\.gateway) == ["10.213.1.1"])
        state.services[Self.web]?.routed = .absent
        #expect(state.traffic.isEmpty)
        let process = Cast.target(ReplicaID(service: Self.web, slot: .blue, index: 0), Self.id(10))
        state.services[Self.web]?.prove(process)
        #expect(state.services[Self.web]?.gateway == nil)
    }

    @Test func `a service without routes is known also where only another of its project is in a network`() throws {
        var (state, _) = Self.named(gateway: nil)
        let mail = Cast.release(Samples.worker(), 1)
        state.releases[mail.id] = ReleaseRecord(release: mail)
        var record = ServiceRecord(service: mail.id.service, environment: Samples.environment)
        record.gateway = "10.213.1.1/24"
        state.services[mail.id.service] = record
        #expect(state.traffic.map(\.service) == [Self.web] && state.traffic.map(\.gateway) == ["10.213.1.1/24"])
        #expect(state.gateway(of: Samples.project) == "10.213.1.1")
    }

    @Test func `the port of the other release is known as long as that runs`() {
        var (state, target) = Self.named()
        #expect(state.traffic.map(\.formerPort) == [nil])
        var spec = Samples.web()
        spec.port = 8000
        state.releases[Self.id(9)] = ReleaseRecord(release: Cast.release(spec, 9))
        state.services[Self.web]?.green = .init(release: Self.id(9))
        #expect(state.traffic.map(\.formerPort) == [nil])
        state.services[Self.web]?.green?.proven = [0: target]
        #expect(state.traffic.map(\.port) == [3000] && state.traffic.map(\.formerPort) == [8000])
        spec.port = 3000
        state.releases[Self.id(9)] = ReleaseRecord(release: Cast.release(spec, 9))
        #expect(state.traffic.map(\.formerPort) == [nil])
    }

    @Test func `what a release was told of and is not there answers for itself`() throws {
        var (state, _) = Self.named(gateway: "10.213.1.1/24")
        let spec = try #require(state.release(Self.id(10))?.spec)
        let told = [
            Neighbour(name: Samples.name("api"), port: 9000), Neighbour(name: Self.web.service, port: 3000),
        ]
        state.releases[Self.id(10)] = ReleaseRecord(release: Cast.release(spec, 10, neighbours: told))
        #expect(state.traffic.map { "\($0.service)" } == ["shop/api", "shop/web"])
        let api = try #require(state.traffic.first)
        #expect(api.port == 9000 && api.gateway == "10.213.1.1/24" && api.targets.isEmpty && api.routes.isEmpty)
        #expect(api.vacancy == "api of shop has not been released on this host.")
        #expect(state.neighbours(in: Samples.project).map(\.description) == ["api", "web"])
        state.services[Self.web]?.gateway = nil
        #expect(state.traffic.allSatisfy { $0.service == Self.web })
    }

    @Test func `the neighbours of a project are its web services, here or coming`() {
        var state = Self.state()
        let mail = Cast.release(Samples.worker(), 1)
        state.releases[mail.id] = ReleaseRecord(release: mail)
        state.services[mail.id.service] = ServiceRecord(service: mail.id.service, environment: Samples.environment)
        state.services[mail.id.service]?.green = .init(release: mail.id)
        let coming = [Cast.first(Samples.web("api")), Cast.first(Samples.worker("jobs"))]
        func names(_ members: [Member]) -> [String] {
            state.neighbours(in: Samples.project, with: members).map(\.description)
        }
        #expect(names([]) == ["web"])
        #expect(names(coming) == ["api", "web"])
        #expect(state.neighbours(in: Samples.name("blog"), with: coming).isEmpty)
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
