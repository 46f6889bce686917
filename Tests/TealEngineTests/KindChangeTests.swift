import TealCore
import TealDriverKit
import TealEngine
import Testing

/// A release that takes traffic no more, or for the first time: its routes go and come with it.
@Suite struct `A service that changes what it is takes its routes along` {
    private static let key = Samples.key("web")

    /// The same service without traffic.
    private static func quiet(_ background: Background) -> ServiceSpec {
        var spec = Samples.worker("web", background)
        spec.replicas = 2
        return spec
    }

    /// The releases that a route of the service names.
    private static func routed(_ model: HostModel) -> Set<ReleaseID> {
        Set(model.traffic.targets.filter { $0.replica.service == key }.map(\.release))
    }

    private static func running(_ model: HostModel) -> Set<ReleaseID> {
        Set(model.runtime.replicas.filter { $0.key.service == key && $0.value.isRunning }.map(\.value.release))
    }

    private static func id(_ number: Int) -> ReleaseID { ReleaseID(service: key, number: number) }

    @Test(arguments: [Background.none, .exclusive])
    func `from web to worker no route names it any more, and back it has its route again`(background: Background) {
        let model = HostModel(seed: 1)
        model.deployed([Samples.web()])
        #expect(Self.routed(model) == [Self.id(1)])
        let change = model.deployed([Self.quiet(background)])
        #expect(change?.outcome == .settled)
        #expect(Self.routed(model).isEmpty)
        #expect(!model.traffic.table.services.contains { $0.service == Self.key })
        #expect(model.state.services[Self.key]?.routed == .absent)
        model.run(atMost: .seconds(30))
        #expect(Self.running(model) == [Self.id(2)])
        let back = model.end(of: model.rollback([Self.key]))
        #expect(back?.outcome == .settled)
        #expect(Self.routed(model) == [Self.id(1)])
        model.run(atMost: .seconds(30))
        #expect(Self.running(model) == [Self.id(1)])
        #expect(model.violations.isEmpty)
    }

    @Test(arguments: [Background.none, .exclusive])
    func `a worker that fails leaves the route where it was`(background: Background) {
        let model = HostModel(seed: 2)
        model.deployed([Samples.web()])
        var behaviour = Behaviour()
        behaviour.isHealthy = false
        let name = Self.key.service
        let change = model.deployed([Self.quiet(background)], [name: behaviour])
        guard case .kept = change?.outcome else {
            Issue.record("it ended with \(String(describing: change?.outcome))")
            return
        }
        #expect(Self.routed(model) == [Self.id(1)])
        #expect(Self.running(model) == [Self.id(1)])
        #expect(model.violations.isEmpty)
    }

    @Test(arguments: [Background.none, .exclusive])
    func `a web release that fails after a worker leaves no route`(background: Background) {
        let model = HostModel(seed: 3)
        model.deployed([Self.quiet(background)])
        var behaviour = Behaviour()
        behaviour.isHealthy = false
        model.deployed([Samples.web()], [Self.key.service: behaviour])
        #expect(Self.routed(model).isEmpty)
        #expect(model.state.services[Self.key]?.routed == .absent)
        #expect(Self.running(model) == [Self.id(1)])
        #expect(model.deployed([Samples.web()])?.outcome == .settled)
        #expect(Self.routed(model) == [Self.id(3)])
        #expect(model.violations.isEmpty)
    }

    @Test func `requests that the web release has in flight are finished before it stops`() {
        let old = Cast.release(Samples.web(replicas: 1), 1)
        let spec = Self.quiet(.none)
        let member = Member(
            service: Self.key,
            new: Cast.release(spec, 2),
            old: old,
            slot: .green,
            oldSlot: .blue,
            displaced: nil,
            mode: Member.mode(of: spec, replacing: old.spec),
            warmRuns: false
        )
        var play = Play([member])
        let drains = play.run(to: .drain)
        #expect(drains)
        let route = play.performed.first { $0.leg == .route }?.effect
        guard case .route(let directions) = route else {
            Issue.record("no route moves: \(String(describing: route))")
            return
        }
        var state = HostState(services: [ServiceRecord(service: Self.key, environment: Samples.environment)])
        state.services[Self.key]?.routed = .slot(.blue)
        state.direct(directions, of: [member])
        #expect(state.services[Self.key]?.routed == .absent)
        play.run()
        #expect(play.outcome == .settled)
    }

    @Test func `what an accessory was stops before what comes in its place starts`() {
        var accessory = Samples.web()
        accessory.kind = .accessory
        #expect(Member.mode(of: Samples.web(), replacing: accessory) == .inPlace)
        #expect(Member.mode(of: Samples.web(), replacing: Samples.web()) == .blueGreen)
    }
}
