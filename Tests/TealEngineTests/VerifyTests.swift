import Synchronization
import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport
import Testing

/// A release is said to be reached through its route only when a request went through one and it answered.
@Suite struct `A release is verified where its callers come in` {
    private static let passed = ProbeResult.passed(latency: .milliseconds(1))

    /// A switch that counts one more answer of the release each time that it is asked.
    private final class Counting: TrafficSwitch {
        private let target: TargetID
        private let inside: Endpoint?
        private let asked = Mutex<(count: UInt64, hosts: [String?])>((0, []))

        init(_ target: TargetID, inside: Endpoint?) {
            self.target = target
            self.inside = inside
        }

        var publicHosts: [String?] { asked.withLock(\.hosts) }

        func publish(_ table: TrafficTable) async throws(SwitchError) {}
        func publishUnstored(_ table: TrafficTable) async throws(SwitchError) {}
        func position() async throws(SwitchError) -> TablePosition { .init(epoch: 1, version: 1) }
        func counters() async throws(SwitchError) -> TrafficCounters {
            var counters = TargetCounters()
            counters.requests = asked.withLock { asked in
                asked.count += 1
                return asked.count
            }
            return .init(incarnation: "one", position: .init(epoch: 1, version: 1), targets: [target: counters])
        }
        func cut(_ targets: [TargetID], requests: Bool, upgraded: Bool) async throws(SwitchError) -> CutReport {
            .init(requests: 0, upgraded: 0)
        }
        func forget(_ targets: [TargetID]) async throws(SwitchError) {}
        func request(_ expectation: HTTPExpectation, host: String?, within limit: Duration) async -> ProbeResult {
            asked.withLock { $0.hosts.append(host) }
            return passed
        }
        func publicEndpoint() async -> Endpoint? { nil }
        func internalEndpoint() async -> Endpoint? { inside }
    }

    /// Answers at some doors; all others are closed.
    private final class Doors: HealthProbe {
        private let open: [Endpoint: ProbeResult]
        private let asked = Mutex<[String]>([])

        init(_ open: [Endpoint: ProbeResult]) { self.open = open }

        var visits: [String] { asked.withLock { $0 } }

        func request(_ expectation: HTTPExpectation, at endpoint: Endpoint, within limit: Duration) async -> ProbeResult
        {
            asked.withLock { $0.append("\(expectation.headers["Host"] ?? "-") at \(endpoint)\(expectation.path)") }
            return open[endpoint] ?? .failed(.refused)
        }
        func connect(to endpoint: Endpoint, within limit: Duration) async -> ProbeResult { .failed(.refused) }
    }

    /// Masks every line whole.
    private struct Masking: ReleaseEnvironments {
        func environment(of release: Release) async throws(SecretError) -> [String: Secret] { [:] }
        func check(_ release: Release) async throws(SecretError) {}
        func masked(_ lines: [String], of release: Release) async -> [String] { lines.map { _ in "***" } }
        func prune(keeping kept: [Release]) async {}
    }

    private static func verify(
        _ spec: ServiceSpec,
        gateway: String? = nil,
        inside: Endpoint? = nil,
        doors: [Endpoint: ProbeResult] = [:],
        environments: any ReleaseEnvironments = WillingHost()
    ) async -> (result: StepResult, visits: [String], hosts: [String?]) {
        let member = Cast.second(spec)
        let target = Cast.targets(member, .new)[0]
        let (trafficSwitch, probe) = (Counting(target.id, inside: inside), Doors(doors))
        let host = WillingHost()
        let drivers = HostDrivers(
            runtime: ScriptedRuntime(.init()),
            trafficSwitch: trafficSwitch,
            probe: probe,
            environments: environments,
            preflight: host,
            marker: host
        )
        var record = ServiceRecord(service: member.service, environment: Samples.environment)
        record.gateway = gateway
        let contents = JournalContents(
            epoch: 1,
            services: [record],
            releases: [],
            table: nil,
            unended: [],
            lastRollout: 0
        )
        let book = HostBook(contents: contents, journal: MemoryJournal(), trafficSwitch: trafficSwitch)
        let rollout = Rollout(
            id: RolloutID(number: 7),
            kind: .deploy,
            members: [member],
            author: "ann",
            now: host.now()
        )
        let step = Step(number: 1, leg: .verify, effect: .verify(member: 0), attempt: 1)
        let result = await HostPerformer(drivers: drivers, book: book, clock: host).perform(step, of: rollout)
        return (result, probe.visits, trafficSwitch.publicHosts)
    }

    private static func named(_ change: (inout ServiceSpec) -> Void = { _ in }) -> ServiceSpec {
        var spec = Samples.web(replicas: 1)
        spec.source = .image("shop:1")
        spec.port = 3000
        spec.routes = []
        change(&spec)
        return spec
    }

    @Test func `through the public route where there is one`() async {
        let (result, visits, hosts) = await Self.verify(Samples.web(replicas: 1))
        #expect(result == .probed(Self.passed, run: nil))
        #expect(visits.isEmpty)
        #expect(hosts == ["web.example"])
    }

    @Test func `by nothing, where its watch asks nothing`() async {
        var spec = Samples.web(replicas: 1)
        spec.watch.asksNothing = true
        let (result, _, hosts) = await Self.verify(spec)
        #expect(result == .unverified("its watch asks nothing"))
        #expect(hosts.isEmpty)
    }

    @Test func `by its internal route, where the switch serves that for this host`() async {
        let door = Endpoint(address: "127.0.0.1", port: 8081)
        var spec = Samples.web(replicas: 1)
        spec.routes = [Route(hosts: ["web.internal"])]
        spec.routes[0].internalOnly = true
        let (result, visits, _) = await Self.verify(spec, inside: door, doors: [door: Self.passed])
        #expect(result == .probed(Self.passed, run: nil))
        #expect(visits == ["web.internal at 127.0.0.1:8081/up"])
        let bad = await Self.verify(spec, inside: door, doors: [door: .failed(.status(503))])
        #expect(bad.result == .probed(.failed(.status(503)), run: nil))
    }

    @Test func `and what it answers there is told without its secrets`() async {
        let door = Endpoint(address: "127.0.0.1", port: 8081)
        var spec = Samples.web(replicas: 1)
        spec.routes = [Route(hosts: ["web.internal"], internalOnly: true)]
        let answer = ProbeResult.failed(.bodyDiffers(expected: "ok", got: "connects as hunter2"))
        let told = await Self.verify(spec, inside: door, doors: [door: answer], environments: Masking())
        #expect(told.result == .probed(.failed(.bodyDiffers(expected: "ok", got: "***")), run: nil))
    }

    @Test func `by its name inside its network, at the second door when another program has the first`() async {
        let second = Endpoint(address: "10.213.1.1", port: 3000)
        let (result, visits, hosts) = await Self.verify(
            Self.named(),
            gateway: "10.213.1.1/24",
            doors: [second: Self.passed]
        )
        #expect(result == .probed(Self.passed, run: nil))
        #expect(visits == ["web at 10.213.1.1:80/up", "web at 10.213.1.1:3000/up"])
        #expect(hosts.isEmpty)
    }

    @Test func `and otherwise it is said that it was not`() async {
        let closed = await Self.verify(Self.named(), gateway: "10.213.1.1")
        #expect(closed.result == .unverified("its routes are internal, and this host is not let in to them"))
        let none = await Self.verify(Self.named { $0.source = .artifact(path: ".") })
        #expect(none.result == .unverified("it has none"))
        var play = Play([Cast.second(Samples.web(replicas: 1))]) { step, _ in
            step.leg == .verify ? .unverified("it has none") : nil
        }
        play.run()
        #expect(play.outcome == .settled)
        let notes = play.entries.flatMap(\.notes).map(\.note)
        let text = "web@2 was not verified through a route: it has none"
        #expect(notes.contains(.progress(Samples.key("web"), text)))
    }
}
