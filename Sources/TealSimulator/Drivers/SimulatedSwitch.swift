import TealCore
import TealDriverKit

/// The world's proxy, as one run of the daemon asks it.
struct SimulatedSwitch: TrafficSwitch {
    let incarnation: Incarnation

    private var world: World { incarnation.world }

    private var ends: Incarnation.Ends<SwitchError> {
        let lost = SwitchError.unreachable(reason: "no answer in 5 s")
        return .init(cancelled: .cancelled, lost: lost, refused: .unreachable(reason: "refused"))
    }

    func publish(_ table: TrafficTable) async throws(SwitchError) {
        let known = Set(world.proxy.targets.map(\.id))
        let named = table.services.flatMap(\.targets).filter { !known.contains($0.id) }.map(\.replica)
        let asked = world.time
        try await incarnation.call(.publish, ends, naming: named) { () throws(SwitchError) in
            guard try world.proxy.judge(table) else { return }
            try world.proxy.store(table)
            world.follow(table, asked: asked)
        }
    }

    func publishUnstored(_ table: TrafficTable) async throws(SwitchError) {
        let asked = world.time
        try await incarnation.call(.publishUnstored, ends) { () throws(SwitchError) in
            guard try world.proxy.judge(table) else { return }
            // Stored if that can be done; users come first.
            if !world.proxy.isFull { try world.proxy.store(table) }
            world.follow(table, asked: asked)
        }
    }

    private func needProxy() throws(SwitchError) {
        guard world.proxy.isUp, world.proxy.isReachable else { throw .unreachable(reason: "no answer") }
    }

    func position() async throws(SwitchError) -> TablePosition {
        try await incarnation.call(.position, ends) { () throws(SwitchError) in
            try needProxy()
            return world.proxy.table.position
        }
    }

    func counters() async throws(SwitchError) -> TrafficCounters {
        try await incarnation.call(.counters, ends) { () throws(SwitchError) in
            try world.proxy.counters(at: world.time)
        }
    }

    func cut(_ targets: [TargetID], requests: Bool, upgraded: Bool) async throws(SwitchError) -> CutReport {
        try await incarnation.call(.cut, ends) { () throws(SwitchError) in
            try needProxy()
            return world.cut(Set(targets), requests: requests, upgraded: upgraded)
        }
    }

    func forget(_ targets: [TargetID]) async throws(SwitchError) {
        try await incarnation.call(.forget, ends) { () throws(SwitchError) in
            try needProxy()
            world.proxy.forget(targets)
        }
    }

    func request(_ expectation: HTTPExpectation, host: String?, within limit: Duration) async -> ProbeResult {
        await incarnation.look(.request, failing: .failed(.closedEarly)) {
            guard world.proxy.isUp else { return .failed(.refused) }
            guard
                let service = world.proxy.table.services.first(where: { traffic in
                    traffic.routes.contains { $0.hosts.first == host }
                })?.service, let answered = world.ask(service), let replica = world.replicas[answered.target.replica]
            else { return .failed(.status(503)) }
            return world.answer(replica)
        }
    }

    /// Whether the proxy listens there for callers of this host, or of a project's network.
    static func isDoor(_ endpoint: Endpoint) -> Bool {
        endpoint.address == "10.77.0.1" || endpoint.address == "127.0.0.1" && endpoint.port == 8081
    }

    /// A request that comes to the proxy by an internal route, or by a service's name.
    func come(by name: String) async -> ProbeResult {
        await incarnation.look(.request, failing: .failed(.closedEarly)) {
            guard world.proxy.isUp else { return .failed(.refused) }
            let meant = world.proxy.table.services.first { traffic in
                "\(traffic.service.service)" == name || traffic.routes.contains { $0.hosts.contains(name) }
            }
            guard let meant, let answered = world.ask(meant.service),
                let replica = world.replicas[answered.target.replica]
            else { return .failed(.status(503)) }
            return world.answer(replica)
        }
    }

    func internalEndpoint() async -> Endpoint? { Endpoint(address: "127.0.0.1", port: 8081) }

    func unheard() async -> [UnheardPlace] {
        await incarnation.look(.ports, failing: []) {
            guard world.whims.chance(20) else { return [] }
            return [UnheardPlace(project: "shop", reason: "10.77.0.1:80 is taken")]
        }
    }

    func takePorts(of services: [ServiceKey]) async -> [String] {
        await incarnation.look(.ports, failing: []) {
            world.whims.chance(20) ? ["port 8000 is another program's, and nobody is led there"] : []
        }
    }

    func publicEndpoint() async -> Endpoint? { Endpoint(address: "127.0.0.1", port: 80) }
}

/// Asks the world's replicas.
struct SimulatedProbe: HealthProbe {
    let incarnation: Incarnation

    func request(_ expectation: HTTPExpectation, at endpoint: Endpoint, within limit: Duration) async -> ProbeResult {
        if SimulatedSwitch.isDoor(endpoint) {
            return await SimulatedSwitch(incarnation: incarnation).come(by: expectation.headers["Host"] ?? "")
        }
        return await ask(endpoint) { world, replica in
            if world.release(replica.release)?.spec.health.check.path == expectation.path {
                let result = world.answer(replica)
                world.countPass(replica, result)
                return result
            }
            world.countSmoke(replica, expectation)
            return world.behaviour(replica.content).smokePasses ? world.answer(replica) : .failed(.status(500))
        }
    }

    func connect(to endpoint: Endpoint, within limit: Duration) async -> ProbeResult {
        await ask(endpoint) { world, replica in
            world.countPass(replica, .passed(latency: .zero))
            return .passed(latency: .zero)
        }
    }

    private func ask(_ endpoint: Endpoint, _ body: (World, ModelReplica) -> ProbeResult) async -> ProbeResult {
        let world = incarnation.world
        let failing = ProbeResult.failed(.timedOut(after: .seconds(5)))
        return await incarnation.look(.probe, takes: .milliseconds(1), failing: failing) {
            guard let replica = world.replicas.values.first(where: { $0.endpoint == endpoint }), replica.isRunning,
                !replica.isStopping, !replica.isCutOff, world.time >= replica.readyAt
            else { return .failed(.refused) }
            return body(world, replica)
        }
    }
}

extension HealthCheck {
    fileprivate var path: String? {
        if case .http(let expectation) = self { expectation.path } else { nil }
    }
}

extension World {
    /// What a replica that runs and listens answers.
    func answer(_ replica: ModelReplica) -> ProbeResult {
        let behaviour = behaviour(replica.content)
        guard behaviour.isHealthy, !luck.chance(behaviour.flapPercent) else { return .failed(behaviour.failure) }
        return .passed(latency: behaviour.latency)
    }

    func countPass(_ replica: ModelReplica, _ result: ProbeResult) {
        guard let run = replica.run else { return }
        audit.countPass(run, result.hasPassed, spacing: release(replica.release)?.spec.health.spacing, at: time)
    }
}
