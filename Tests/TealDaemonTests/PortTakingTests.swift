import Glibc
import Logging
import Synchronization
import TealCore
import TealDriverKit
import TealEngine
import TealProxySwitch
import Testing

@testable import TealDaemon

/// A host in memory: one port, the proxy, one container, the packet filter.
final class PortStage: PortProxy, ForeignContainers, Redirecting, HealthProbe {
    struct State {
        var log: [String] = []
        var containerRuns = true
        var proxyListens = false
        var standIn: Int?
        var rules: [RedirectRules.Redirect] = []
        var refusal: String?
        var connections: Int? = 1
        var stopFails = false
        var applyFails = false
        /// No rule goes away.
        var clearFails = false
        var answers = 0
        /// A container that was adopted and leaves the port; nil for none.
        var adopted: ForeignContainer?
        /// Whether it was adopted with the port.
        var leaves = true
        /// By way of whom it is stopped.
        var way: StopWay?
        var stopTakes: Duration = .milliseconds(60)
        /// It has been told to end, and answers nobody.
        var isStopping = false
    }

    let state: Mutex<State>
    let place = HostPort(port: 8080)
    let service: ServiceKey
    let path = "/tmp/teal-taking-\(UInt32.random(in: 0 ... .max)).json"

    init(_ change: (inout State) -> Void = { _ in }) throws {
        service = try Samples().key
        var first = State()
        change(&first)
        state = Mutex(first)
    }

    deinit { unlink(path) }

    var log: [String] { state.withLock { $0.log } }

    func note(_ line: String) { state.withLock { $0.log.append(line) } }

    func taking() -> PortTaking {
        PortTaking(
            book: PortBook(path: path),
            proxy: self,
            containers: self,
            redirecting: self,
            probe: self,
            clock: BootClock(),
            farewell: .milliseconds(20),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    func table(users: Bool = true, of number: Int = 1) throws -> TrafficTable {
        let target = TrafficTarget(
            replica: ReplicaID(service: service, slot: .blue, index: 0),
            release: ReleaseID(service: service, number: number),
            run: RunID("r"),
            endpoint: Endpoint(address: "127.0.0.1", port: 1)
        )
        let traffic = ServiceTraffic(
            service: service,
            routes: [],
            proxy: ProxyPolicy(),
            drain: DrainPolicy(),
            targets: [target],
            ports: [place]
        )
        return TrafficTable(position: TablePosition(epoch: 1, version: 1), services: users ? [traffic] : [])
    }

    // MARK: The proxy

    func listeners() async throws(SwitchError) -> ProxyListeners {
        state.withLock { state in
            ProxyListeners(
                processID: 1,
                public: [],
                internal: [],
                ports: [
                    .init(
                        service: "\(service)",
                        place: place,
                        problem: state.proxyListens ? nil : "127.0.0.1:8080 is taken"
                    )
                ]
            )
        }
    }

    func standIn(for place: HostPort, at port: Int?) async throws(SwitchError) -> Int {
        state.withLock { state in
            if state.standIn == nil {
                state.standIn = port ?? 41000
                state.log.append("stand-in \(state.standIn ?? 0)")
            }
            return state.standIn ?? 0
        }
    }

    func endStandIn(for place: HostPort) async throws(SwitchError) {
        state.withLock { state in
            if state.standIn != nil { state.log.append("end stand-in") }
            state.standIn = nil
        }
    }

    func listen(at place: HostPort) async throws(SwitchError) -> String? {
        state.withLock { state in
            if state.containerRuns { return "127.0.0.1:8080 is taken" }
            if !state.proxyListens { state.log.append("listen") }
            state.proxyListens = true
            return nil
        }
    }

    // MARK: The container

    func holding(_ place: HostPort) async throws(RuntimeError) -> [ForeignContainer] {
        state.withLock { $0.containerRuns ? [$0.adopted ?? `A port that a container has`.container] : [] }
    }

    func leaving(_ place: HostPort) async throws(RuntimeError) -> [ForeignContainer] {
        state.withLock { state in state.leaves ? [state.adopted].compactMap(\.self) : [] }
    }

    func stopLeaving(through way: @escaping StopWay) { state.withLock { $0.way = way } }

    func connections(of container: ForeignContainer) async -> Int? { state.withLock { $0.connections } }

    func isRunning(_ container: ForeignContainer) async throws(RuntimeError) -> Bool {
        state.withLock { $0.containerRuns }
    }

    func stop(_ container: ForeignContainer, within limit: Duration) async throws(RuntimeError) {
        guard
            state.withLock({ state in
                guard !state.stopFails else { return false }
                if state.containerRuns { state.log.append("stop \(container.name)") }
                return true
            })
        else { throw .refused("no") }
        state.withLock { $0.isStopping = true }
        try? await Task.sleep(for: state.withLock(\.stopTakes))
        state.withLock {
            $0.containerRuns = false
            $0.isStopping = false
        }
    }

    func start(_ container: ForeignContainer) async throws(RuntimeError) {
        state.withLock { state in
            state.log.append("start \(container.name)")
            state.containerRuns = true
        }
    }

    // MARK: The packet filter

    func refusal() async -> String? { state.withLock { $0.refusal } }

    func apply(_ redirects: [RedirectRules.Redirect]) async -> String? {
        state.withLock { state in
            guard !(redirects.isEmpty ? state.clearFails : state.applyFails) else { return "no" }
            if state.rules != redirects { state.log.append("rules \(redirects.map(\.port))") }
            state.rules = redirects
            return nil
        }
    }

    // MARK: Who answers there

    func request(_ expectation: HTTPExpectation, at endpoint: Endpoint, within limit: Duration) async -> ProbeResult {
        state.withLock { state in
            state.answers += 1
            return state.containerRuns && !state.isStopping || state.proxyListens
                ? .failed(.status(404)) : .failed(.refused)
        }
    }

    func connect(to endpoint: Endpoint, within limit: Duration) async -> ProbeResult { .failed(.refused) }
}

extension PortTaking {
    /// Takes what a table leads users to that is followed from now on.
    fileprivate func take(_ services: [ServiceKey], _ table: TrafficTable) async throws(SwitchError) -> [String] {
        try await follow(table) { () async throws(SwitchError) in }
        return await take(services)
    }

    /// Goes on after a table that is followed from now on.
    fileprivate func tend(_ table: TrafficTable, unended: Set<ServiceKey>) async throws(SwitchError) {
        try await follow(table) { () async throws(SwitchError) in }
        await tend(unended: unended)
    }
}

@Suite struct `Ports are taken over from containers` {
    private func agreed(_ stage: PortStage) async throws -> PortTaking {
        let taking = stage.taking()
        await taking.takeUp()
        #expect(await taking.agree(to: `A port that a container has`.container, at: stage.place, for: stage.service))
        return taking
    }

    @Test func `without a gap: led away, drained, stopped, taken, and no rule is left`() async throws {
        let stage = try PortStage()
        let taking = try await agreed(stage)
        let told = try await taking.take([stage.service], try stage.table())
        #expect(
            told == [
                "new connections to port 127.0.0.1:8080 of the host come to shop/web: the container old finishes what it has, "
                    + "and is stopped once the release has settled"
            ]
        )
        #expect(stage.log == ["stand-in 41000", "rules [41000]"])
        try await taking.tend(try stage.table(), unended: [stage.service])
        try await taking.tend(try stage.table(), unended: [])
        #expect(stage.log.count == 2)
        stage.state.withLock { $0.connections = 0 }
        try await taking.tend(try stage.table(), unended: [])
        #expect(
            stage.log.dropFirst(2) == ["stop old", "listen", "rules []", "end stand-in"]
        )
        #expect(await taking.open.isEmpty)
        #expect(PortBook(path: stage.path).read(in: "\(BootClock().boot)") == PortBook.Kept())
    }

    @Test func `with a gap that is measured, where nothing may be led away`() async throws {
        let stage = try PortStage { $0.refusal = "there is no `nft`" }
        let taking = try await agreed(stage)
        let told = try await taking.take([stage.service], try stage.table())
        #expect(told.count == 2)
        #expect(told[0].hasPrefix("nobody answered at port 127.0.0.1:8080 of the host for "))
        #expect(told[0].hasSuffix(", while it passed from the container old to the proxy"))
        #expect(
            told[1]
                == "port 127.0.0.1:8080 of the host is the proxy's, and leads to shop/web; the container old is stopped and "
                + "was not removed"
        )
        #expect(stage.log == ["stop old", "listen"])
        try await taking.tend(try stage.table(), unended: [])
        #expect(await taking.open.isEmpty)
    }

    @Test func `given back when users are taken back`() async throws {
        let stage = try PortStage()
        let taking = try await agreed(stage)
        _ = try await taking.take([stage.service], try stage.table())
        try await taking.tend(try stage.table(users: false), unended: [stage.service])
        #expect(stage.log.dropFirst(2) == ["rules []", "end stand-in"])
        #expect(await taking.open.isEmpty && stage.state.withLock { $0.containerRuns })

        let other = try PortStage { $0.refusal = "no" }
        let second = try await agreed(other)
        _ = try await second.take([other.service], try other.table())
        try await second.tend(try other.table(users: false), unended: [other.service])
        #expect(other.log == ["stop old", "listen", "start old"])
    }

    @Test func `given back before the proxy follows the table that takes users back`() async throws {
        let stage = try PortStage()
        let taking = try await agreed(stage)
        _ = try await taking.take([stage.service], try stage.table())
        try await taking.follow(try stage.table(users: false)) { () async throws(SwitchError) in stage.note("publish") }
        #expect(stage.log.dropFirst(2) == ["rules []", "end stand-in", "publish"])
        #expect(await taking.open.isEmpty)
        #expect(PortBook(path: stage.path).read(in: "\(BootClock().boot)") == PortBook.Kept())
    }

    @Test func `led away again where users are not taken back after all`() async throws {
        let stage = try PortStage()
        let taking = try await agreed(stage)
        _ = try await taking.take([stage.service], try stage.table())
        let users = try stage.table(users: false)
        await #expect(throws: SwitchError.refused("no")) {
            try await taking.follow(users) { () async throws(SwitchError) in throw .refused("no") }
        }
        // Whether it is followed is not known, and the container answers meanwhile.
        await taking.tend(unended: [stage.service])
        #expect(await taking.open[stage.place]?.state == .agreed)
        #expect(stage.log.dropFirst(2) == ["rules []", "end stand-in"])
        try await taking.tend(try stage.table(), unended: [stage.service])
        #expect(await taking.open[stage.place]?.state == .redirected(standIn: 41000))
        #expect(stage.log.dropFirst(4) == ["stand-in 41000", "rules [41000]"])
    }

    @Test func `given back later where the rule does not go at once`() async throws {
        let stage = try PortStage { $0.clearFails = true }
        let taking = try await agreed(stage)
        _ = try await taking.take([stage.service], try stage.table())
        try await taking.tend(try stage.table(users: false), unended: [])
        #expect(await taking.open[stage.place]?.state == .redirected(standIn: 41000))
        stage.state.withLock { $0.clearFails = false }
        await taking.tend(unended: [])
        #expect(stage.log.dropFirst(2) == ["rules []", "end stand-in"])
        #expect(await taking.open.isEmpty)
    }

    @Test func `by a daemon that starts again, at whatever point the one before ended`() async throws {
        let stage = try PortStage()
        _ = try await agreed(stage).take([stage.service], try stage.table())
        // A rule that somebody took away is back, and one that nobody asks for goes.
        stage.state.withLock { $0.rules = [.init(place: HostPort(port: 1), port: 2)] }
        let again = stage.taking()
        await again.takeUp()
        #expect(stage.state.withLock { $0.rules } == [.init(place: stage.place, port: 41000)])
        // The proxy was started again as well, and has no stand-in.
        stage.state.withLock { $0.standIn = nil }
        try await again.tend(try stage.table(), unended: [])
        #expect(stage.state.withLock { $0.standIn } == 41000)
        stage.state.withLock {
            $0.connections = 0
            $0.stopFails = true
        }
        try await again.tend(try stage.table(), unended: [])
        #expect(await again.open[stage.place]?.state == .stopping(standIn: 41000))
        stage.state.withLock { $0.stopFails = false }
        let third = stage.taking()
        await third.takeUp()
        try await third.tend(try stage.table(), unended: [])
        #expect(await third.open.isEmpty)
        #expect(stage.state.withLock { $0.rules.isEmpty && $0.proxyListens && !$0.containerRuns && $0.standIn == nil })
    }

    @Test func `left alone without consent, which is told`() async throws {
        let stage = try PortStage()
        let taking = stage.taking()
        await taking.takeUp()
        #expect(
            try await taking.take([stage.service], try stage.table())
                == ["requests to port 127.0.0.1:8080 of the host do not come to shop/web: 127.0.0.1:8080 is taken"]
        )
        #expect(stage.log == [] && stage.state.withLock { $0.containerRuns })
    }

    @Test func `with a gap after all where the rule does not come into force`() async throws {
        let stage = try PortStage { $0.applyFails = true }
        let taking = try await agreed(stage)
        let told = try await taking.take([stage.service], try stage.table())
        #expect(told.first?.hasPrefix("nobody answered at port") == true)
        #expect(stage.log == ["stand-in 41000", "end stand-in", "stop old", "listen"])
    }
}

@Suite struct `Before a release, the ports of the host` {
    private func report(
        _ stage: PortStage,
        look: PortLook = .taken,
        holder: String? = nil,
        listeners: ProxyListeners = ProxyListeners(processID: 1, public: ["0.0.0.0:80"], internal: ["127.0.0.1:8081"]),
        agreed: [HostPort: PortTakeover] = [:],
        kind: Rollout.Kind = .deploy,
        _ change: (inout ServiceSpec) -> Void = { $0.hostPorts = [HostPort(port: 8080)] }
    ) async throws -> PreflightReport {
        let release = try Samples().image(2) { spec in change(&spec) }
        let member = Member(
            service: release.id.service,
            new: release,
            old: nil,
            slot: .blue,
            oldSlot: nil,
            displaced: nil,
            mode: .blueGreen,
            warmRuns: false
        )
        let rollout = Rollout(
            id: RolloutID(number: 1),
            kind: kind,
            members: [member],
            author: "ann",
            now: Timestamp(nanoseconds: 0)
        )
        let check = PortCheck(
            listeners: { listeners },
            containers: stage,
            refusal: { await stage.refusal() },
            agreed: { agreed },
            look: { _ in look },
            holder: { _ in holder }
        )
        return await check.check(rollout, HostState())
    }

    @Test func `are free, or somebody is named`() async throws {
        let stage = try PortStage { $0.containerRuns = false }
        #expect(try await report(stage, look: .free) == PreflightReport())
        let taken = try await report(stage, holder: "node (pid 7)")
        #expect(
            taken.problems.map(\.description) == [
                """
                error: nothing has been changed: port 127.0.0.1:8080 of shop/web belongs to node (pid 7) [preflight.port-taken]
                  next: Choose another port of the host for web, or end what has it
                """
            ]
        )
        #expect(try await report(stage, look: .denied).problems.map(\.code) == ["preflight.port-denied"])
        // A way back is never refused.
        let back = try await report(stage, holder: "node (pid 7)", kind: .rollback)
        #expect(back.problems.isEmpty && back.warnings == ["port 127.0.0.1:8080 of shop/web belongs to node (pid 7)"])
    }

    @Test func `of a container are taken over when that was agreed, and the plan says how`() async throws {
        let stage = try PortStage()
        #expect(try await report(stage).problems.map(\.code) == ["preflight.port-held"])
        let agreed = [stage.place: try `A port that a container has`.takeover(.agreed)]
        let warnings = try await report(stage, agreed: agreed).warnings
        #expect(
            warnings.first == "port 127.0.0.1:8080 of the host is taken over from the container old without a gap: new "
                + "connections come to the new release once it is switched, and the container is stopped when it has settled"
        )
        #expect(
            warnings.last?.hasPrefix("the container old has port 8080 open at 0.0.0.0, and the proxy opens it at")
                == true
        )
        stage.state.withLock { $0.refusal = "there is no `nft`" }
        #expect(
            try await report(stage, agreed: agreed).warnings.first
                == "port 127.0.0.1:8080 of the host is taken over from the container old with a gap: it is stopped at the switch, "
                + "which takes up to 10 s, and until then nobody may answer there, since connections cannot be led away: there "
                + "is no `nft`"
        )
    }

    @Test func `that are the proxy's own are told`() async throws {
        let stage = try PortStage()
        let own = try await report(stage) { spec in
            spec.routes = []
            spec.hostPorts = [HostPort(port: 80), HostPort(port: 8081)]
        }
        #expect(
            own.problems.map(\.summary) == [
                "nothing has been changed: port 127.0.0.1:80 of shop/web belongs to Teal's proxy, whose own public port it is",
                "nothing has been changed: port 127.0.0.1:8081 of shop/web belongs to Teal's proxy, whose own internal port it is",
            ]
        )
        let routed = try await report(stage) { spec in
            spec.routes = [Route(hosts: ["shop.test"])]
            spec.hostPorts = [HostPort(port: 80)]
        }
        #expect(
            routed.problems.isEmpty
                && routed.warnings == [
                    "port 127.0.0.1:80 of the host is the proxy's own public port: shop/web is reached there by its host names "
                        + "alone"
                ]
        )
    }
}
