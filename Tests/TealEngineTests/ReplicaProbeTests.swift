import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport
import Testing

@Suite struct `A replica is asked in every way that it brings along` {
    private static let id = ReplicaID(service: Samples.key("web"), slot: .green, index: 0)
    private static let own = HealthCommand(command: ["/check"], timeout: .seconds(7))
    private static let passed = ProbeResult.passed(latency: .milliseconds(1))

    private static func ask(
        _ answer: ProbeResult = passed,
        check: HealthCheck = .http(HTTPExpectation()),
        port: Int? = nil,
        isGate: Bool = true,
        _ change: (inout ScriptedRuntime.Script) -> Void = { _ in }
    ) async -> (ProbeResult, [ScriptedRuntime.Execution]) {
        var spec = Samples.web()
        spec.health.check = check
        spec.port = port
        let release = Cast.release(spec, 2)
        var script = ScriptedRuntime.Script(health: own, state: Cast.running(id, release.id))
        change(&script)
        let runtime = ScriptedRuntime(script)
        let (result, _) = await ReplicaProbe(runtime: runtime, probe: ScriptedProbe(answer: answer))
            .ask(id, of: release, isGate: isGate)
        return (result, runtime.executed)
    }

    // MARK: The image's own check

    @Test(arguments: [HealthCheck.none, .tcp, .http(HTTPExpectation())])
    func `the image's own check runs after the gate's, within its own limit`(check: HealthCheck) async {
        let (result, executed) = await Self.ask(check: check)
        #expect(result.hasPassed)
        #expect(executed == [.init(command: ["/check"], limit: .seconds(7))])
    }

    @Test func `any code but 0 is a failure, with its last line`() async {
        let (result, _) = await Self.ask { $0.exitCode = 1 }
        #expect(result == .failed(.commandFailed(exitCode: 1, lastLine: "no database")))
    }

    @Test func `it is not run while the gate's check fails, nor once the replica was proven, nor twice`() async {
        #expect(await Self.ask(.failed(.status(503))).1.isEmpty)
        #expect(await Self.ask(isGate: false).1.isEmpty)
        #expect(await Self.ask(check: .command(["/check"])).1.count == 1)
        #expect(await Self.ask(check: .command(["/other"])).1.map(\.command) == [["/other"], ["/check"]])
    }

    @Test func `a check that cannot be found out about is no pass`() async {
        let (result, _) = await Self.ask { $0.healthError = .unreachable(reason: "no engine") }
        #expect(result == .failed(.unreachable("the runtime gives no answer: no engine")))
    }

    @Test(arguments: [
        (
            ProbeFailure.commandFailed(exitCode: 1, lastLine: "s3cret"),
            ProbeFailure.commandFailed(exitCode: 1, lastLine: "***")
        ),
        (.bodyDiffers(expected: "ok", got: "s3cret"), .bodyDiffers(expected: "ok", got: "***")),
        (.headerDiffers(name: "a", expected: "b", got: "s3cret"), .headerDiffers(name: "a", expected: "b", got: "***")),
        (.redirected(status: 302, to: "s3cret"), .redirected(status: 302, to: "***")),
        (.notHTTP("s3cret"), .notHTTP("***")), (.status(500), .status(500)),
    ])
    func `what a release itself said is masked before it is kept`(said: ProbeFailure, kept: ProbeFailure) async {
        let release = Cast.release(Samples.web(), 2)
        #expect(await StarEnvironments().masked(.failed(said), of: release) == .failed(kept))
    }

    // MARK: What stands between

    @Test(arguments: [ProbeFailure.refused, .closedEarly])
    func `behind a published port nobody says that nothing listens`(failure: ProbeFailure) async {
        let (result, _) = await Self.ask(.failed(failure)) {
            $0.listeners = ListenerReport(owner: .unknown, ownPorts: [3000])
        }
        #expect(result == .failed(.unanswered))
        let words = ProbeWords.text(.unanswered, at: Endpoint(address: "127.0.0.1", port: 8000))
        #expect(
            words
                == "no whole answer came through 127.0.0.1:8000, and whether it listens behind that cannot be seen from here"
        )
    }

    @Test func `where it can be seen it is said as ever`() async {
        let nobody = await Self.ask(.failed(.refused)) { $0.listeners = .init(owner: .nobody, ownPorts: [3000]) }
        #expect(nobody.0 == .failed(.wrongPort(own: [3000])))
        #expect(await Self.ask(.failed(.closedEarly)).0 == .failed(.closedEarly))
    }

    @Test func `a connection through a published port proves nothing by itself`() async {
        let unknown = ListenerReport(owner: .unknown, ownPorts: [8000])
        #expect(await Self.ask(check: .tcp) { $0.listeners = unknown }.0 == .failed(.unproven))
        #expect(await Self.ask(check: .tcp, port: 3000) { $0.listeners = unknown }.0 == .failed(.unproven))
        #expect(await Self.ask(check: .tcp, port: 8000) { $0.listeners = unknown }.0.hasPassed)
        #expect(await Self.ask { $0.listeners = unknown }.0.hasPassed)
        let nobody = ListenerReport(owner: .nobody, ownPorts: [])
        #expect(await Self.ask(check: .tcp, port: 8000) { $0.listeners = nobody }.0 == .failed(.refused))
        #expect(await Self.ask { $0.listeners = nobody }.0.hasPassed)
    }

    // MARK: Neighbours

    @Test func `a replica is started with the names that lead to the switch`() async throws {
        let runtime = ScriptedRuntime(.init())
        let host = WillingHost()
        let drivers = HostDrivers(
            runtime: runtime,
            trafficSwitch: host,
            probe: ScriptedProbe(answer: Self.passed),
            environments: host,
            preflight: host,
            marker: host
        )
        var record = ServiceRecord(service: Samples.key("api"), environment: Samples.environment)
        let api = Cast.release(Samples.web("api"), 1)
        record.blue = .init(release: api.id)
        record.activeSlot = .blue
        let contents = JournalContents(
            epoch: 1,
            services: [record],
            releases: [ReleaseRecord(release: api)],
            table: nil,
            unended: [],
            lastRollout: 0
        )
        let book = HostBook(contents: contents, journal: MemoryJournal(), trafficSwitch: host)
        let members = [Cast.second(Samples.worker()), Cast.second(Samples.web(replicas: 1))]
        let rollout = Rollout(id: RolloutID(number: 7), kind: .deploy, members: members, author: "ann", now: host.now())
        let step = Step(number: 1, leg: .start, effect: .start(member: 0, side: .new, active: true), attempt: 1)
        _ = await HostPerformer(drivers: drivers, book: book, clock: host).perform(step, of: rollout)
        #expect(runtime.orders.map(\.replica.service) == [Samples.key("mail")])
        #expect(runtime.orders.map { $0.neighbours.map(\.description) } == [["api", "web"]])
    }
}

/// Masks whatever it is given.
private struct StarEnvironments: ReleaseEnvironments {
    func environment(of release: Release) async throws(SecretError) -> [String: Secret] { [:] }
    func check(_ release: Release) async throws(SecretError) {}
    func masked(_ lines: [String], of release: Release) async -> [String] { lines.map { _ in "***" } }
    func prune(keeping kept: [Release]) async {}
}
