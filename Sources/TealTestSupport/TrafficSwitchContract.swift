package import TealCore
package import TealDriverKit

/// Where a switch is held to its contract: the switch, and services that it can send traffic to.
package protocol TrafficStage: Sendable {
    /// A switch that follows no table yet, at position 0.0.
    var trafficSwitch: any TrafficSwitch { get }

    /// Starts a service that answers every request with 200 and its name as the body.
    ///
    /// It keeps requests for paths that begin with `/hold` until ``release(_:)``.
    func startService(_ name: String) async throws -> Endpoint

    /// How many requests a service keeps now.
    func heldRequests(of name: String) async -> Int

    /// Answers what a service keeps, and keeps nothing from now on.
    func release(_ name: String) async
}

/// How a stage did not behave as the contract says.
package struct ContractBreach: Error, CustomStringConvertible {
    package let description: String

    package init(_ text: String) { description = text }
}

/// What every ``TrafficSwitch`` promises; each clause runs on a stage of its own.
package enum TrafficSwitchContract: String, CaseIterable, Sendable, CustomStringConvertible {
    case trafficFollowsTheTable = "traffic follows a table once it is published"
    case theSameTableAgain = "the same table again succeeds"
    case gapIsRefused = "a version that is not the next is refused with the position"
    case olderEpochIsRefused = "a table of an older epoch is refused with the position"
    case laterEpochIsTaken = "a table of a later epoch is taken with the next version"
    case positionTells = "the position is that of the table last taken"
    case countersCount = "counters count requests, and in flight rises and falls"
    case allServicesMove = "all services of a table move together"
    case flightSurvives = "a request in flight survives a publish that takes its target away"
    case cutEndsFlight = "a cut ends what is in flight, and says how much"
    case forgetting = "counters of targets that departed are forgotten when asked, others stay"
    case noTargets = "a service without targets answers 503"
    case unknownHost = "an unknown host is answered 421 or 404"

    package var description: String { rawValue }

    /// Checks the clause.
    ///
    /// - Throws: ``ContractBreach``, or what the switch threw where the contract allows no error.
    package func check(on stage: some TrafficStage) async throws {
        let play = try TrafficPlay(stage)
        switch self {
        case .trafficFollowsTheTable: try await play.trafficFollowsTheTable()
        case .theSameTableAgain: try await play.theSameTableAgain()
        case .gapIsRefused: try await play.gapIsRefused()
        case .olderEpochIsRefused: try await play.olderEpochIsRefused()
        case .laterEpochIsTaken: try await play.laterEpochIsTaken()
        case .positionTells: try await play.positionTells()
        case .countersCount: try await play.countersCount()
        case .allServicesMove: try await play.allServicesMove()
        case .flightSurvives: try await play.flightSurvives()
        case .cutEndsFlight: try await play.cutEndsFlight()
        case .forgetting: try await play.forgetting()
        case .noTargets: try await play.noTargets()
        case .unknownHost: try await play.unknownHost()
        }
    }
}

/// The clauses, played with up to two services `web` and `api`, each with releases 1 and 2.
private struct TrafficPlay<Stage: TrafficStage>: Sendable {
    /// How long one request or one wait may take.
    private static var limit: Duration { .seconds(10) }

    let stage: Stage
    let project: ProjectName
    let web: ServiceName
    let api: ServiceName

    init(_ stage: Stage) throws {
        self.stage = stage
        project = try ProjectName(parsing: "contract")
        web = try ServiceName(parsing: "web")
        api = try ServiceName(parsing: "api")
    }

    // MARK: Clauses

    func trafficFollowsTheTable() async throws {
        let targets = try await targets(of: web)
        try await publish(1, [(web, [targets[0]])])
        try await expect("web-1", from: web)
        try await publish(2, [(web, [targets[1]])])
        try await expect("web-2", from: web)
        try await publish(3, [(web, [targets[0]])])
        try await expect("web-1", from: web)
    }

    func theSameTableAgain() async throws {
        let targets = try await targets(of: web)
        for _ in 0..<3 { try await publish(1, [(web, [targets[0]])]) }
        try await publish(2, [(web, [targets[1]])])
        try await publish(2, [(web, [targets[1]])])
        try await expect("web-2", from: web)
    }

    func gapIsRefused() async throws {
        let targets = try await targets(of: web)
        try await publish(1, [(web, [targets[0]])])
        try await refused(TablePosition(epoch: 1, version: 3), [(web, [targets[1]])], at: 1)
        try await refused(TablePosition(epoch: 2, version: 3), [(web, [targets[1]])], at: 1)
        // The version in force with other content is not the same table.
        try await refused(TablePosition(epoch: 1, version: 1), [(web, [targets[1]])], at: 1)
        try await expect("web-1", from: web)
    }

    func olderEpochIsRefused() async throws {
        let targets = try await targets(of: web)
        try await publish(TablePosition(epoch: 5, version: 1), [(web, [targets[0]])])
        let older = TablePosition(epoch: 4, version: 2)
        try await refused(older, [(web, [targets[1]])], current: TablePosition(epoch: 5, version: 1))
        try await expect("web-1", from: web)
    }

    func laterEpochIsTaken() async throws {
        let targets = try await targets(of: web)
        try await publish(TablePosition(epoch: 5, version: 1), [(web, [targets[0]])])
        try await publish(TablePosition(epoch: 9, version: 2), [(web, [targets[1]])])
        try await expect("web-2", from: web)
    }

    func positionTells() async throws {
        try await position(is: TablePosition(epoch: 0, version: 0))
        let targets = try await targets(of: web)
        try await publish(TablePosition(epoch: 3, version: 1), [(web, [targets[0]])])
        try await position(is: TablePosition(epoch: 3, version: 1))
        try await publish(TablePosition(epoch: 4, version: 2), [(web, [targets[1]])])
        try await position(is: TablePosition(epoch: 4, version: 2))
    }

    func countersCount() async throws {
        let targets = try await targets(of: web)
        try await publish(1, [(web, [targets[0]])])
        for _ in 0..<5 { try await expect("web-1", from: web) }
        let held = Task { await send("/hold", to: web) }  // Awaited below.
        try await wait("in flight rises") { try await counters(of: targets[0]).requestsInFlight == 1 }
        await stage.release("web-1")
        try Self.claim(await held.value.hasPassed, "the held request was not answered")
        try await wait("in flight falls") { try await counters(of: targets[0]).requestsInFlight == 0 }
        let ended = try await counters(of: targets[0])
        try Self.claim(ended.requests == 6, "\(ended.requests) requests counted instead of 6")
        try Self.claim(ended.successes == 6, "\(ended.successes) successes counted instead of 6")
        try Self.claim(ended.latency.counts.reduce(0, +) == 6, "latencies are not counted once for each answer")
        let all = try await stage.trafficSwitch.counters()
        try Self.claim(all.position == TablePosition(epoch: 1, version: 1), "counters tell position \(all.position)")
    }

    func allServicesMove() async throws {
        let webs = try await targets(of: web)
        let apis = try await targets(of: api)
        try await publish(1, [(api, [apis[0]]), (web, [webs[0]])])
        try await expect("web-1", from: web)
        try await expect("api-1", from: api)
        try await publish(2, [(api, [apis[1]]), (web, [webs[1]])])
        try await expect("web-2", from: web)
        try await expect("api-2", from: api)
    }

    func flightSurvives() async throws {
        let targets = try await targets(of: web)
        try await publish(1, [(web, [targets[0]])])
        let held = Task { await send("/hold", to: web, answers: "web-1") }  // Awaited below.
        try await wait("the request is kept") { await stage.heldRequests(of: "web-1") == 1 }
        try await publish(2, [(web, [targets[1]])])
        try await expect("web-2", from: web)
        try await wait("it is still counted") { try await counters(of: targets[0]).requestsInFlight == 1 }
        await stage.release("web-1")
        let result = await held.value
        try Self.claim(result.hasPassed, "the request in flight ended as \(result)")
    }

    func cutEndsFlight() async throws {
        let targets = try await targets(of: web)
        try await publish(1, [(web, [targets[0]])])
        let held = Task { await send("/hold", to: web) }  // Awaited below.
        try await wait("the request is kept") { await stage.heldRequests(of: "web-1") == 1 }
        try await publish(2, [(web, [targets[1]])])
        let spared = try await stage.trafficSwitch.cut([targets[0].id], requests: false, upgraded: true)
        try Self.claim(spared == CutReport(requests: 0, upgraded: 0), "a cut of upgraded ones reports \(spared)")
        let report = try await stage.trafficSwitch.cut([targets[0].id], requests: true, upgraded: true)
        try Self.claim(report == CutReport(requests: 1, upgraded: 0), "the cut reports \(report)")
        let result = await held.value
        try Self.claim(!result.hasPassed, "the request that was cut passed")
        try await wait("nothing is in flight") { try await counters(of: targets[0]).requestsInFlight == 0 }
        let again = try await stage.trafficSwitch.cut([targets[0].id], requests: true, upgraded: true)
        try Self.claim(again == CutReport(requests: 0, upgraded: 0), "the second cut reports \(again)")
        try await expect("web-2", from: web)
        await stage.release("web-1")
    }

    func forgetting() async throws {
        let targets = try await targets(of: web)
        try await publish(1, [(web, [targets[0]])])
        try await expect("web-1", from: web)
        let ids = targets.prefix(2).map(\.id)
        try await stage.trafficSwitch.forget(ids)
        try Self.claim(try await counters(of: targets[0]).requests == 1, "a target that a route names was forgotten")
        try await publish(2, [(web, [targets[1]])])
        try await expect("web-2", from: web)
        try await stage.trafficSwitch.forget(ids)
        let known = try await stage.trafficSwitch.counters().targets
        try Self.claim(known[ids[0]] == nil, "a target that departed is still counted")
        try Self.claim(known[ids[1]]?.requests == 1, "a target that a route names was forgotten")
    }

    func noTargets() async throws {
        try await publish(1, [(web, [])])
        let result = await send("/", to: web)
        try Self.claim(result == .failed(.status(503)), "a service without targets gave \(result)")
    }

    func unknownHost() async throws {
        let targets = try await targets(of: web)
        try await publish(1, [(web, [targets[0]])])
        var expectation = HTTPExpectation()
        expectation.statuses = [421, 404]
        let result = await stage.trafficSwitch.request(expectation, host: "unknown.test", within: Self.limit)
        try Self.claim(result.hasPassed, "an unknown host gave \(result)")
    }

    // MARK: Parts

    /// Releases 1 and 2 of a service, started as `web-1` and `web-2`.
    private func targets(of service: ServiceName) async throws -> [TrafficTarget] {
        let key = ServiceKey(project: project, service: service)
        var targets: [TrafficTarget] = []
        for (number, slot) in [(1, Slot.blue), (2, .green)] {
            let endpoint = try await stage.startService("\(service)-\(number)")
            targets.append(
                TrafficTarget(
                    replica: ReplicaID(service: key, slot: slot, index: 0),
                    release: ReleaseID(service: key, number: number),
                    run: RunID("run-\(number)"),
                    endpoint: endpoint
                )
            )
        }
        return targets
    }

    private func table(_ position: TablePosition, _ services: [(ServiceName, [TrafficTarget])]) -> TrafficTable {
        TrafficTable(
            position: position,
            services: services.map { service, targets in
                ServiceTraffic(
                    service: ServiceKey(project: project, service: service),
                    routes: [Route(hosts: ["\(service).test"])],
                    proxy: ProxyPolicy(),
                    drain: DrainPolicy(),
                    targets: targets
                )
            }
        )
    }

    private func publish(_ version: UInt64, _ services: [(ServiceName, [TrafficTarget])]) async throws {
        try await publish(TablePosition(epoch: 1, version: version), services)
    }

    private func publish(_ position: TablePosition, _ services: [(ServiceName, [TrafficTarget])]) async throws {
        try await stage.trafficSwitch.publish(table(position, services))
    }

    private func refused(
        _ position: TablePosition,
        _ services: [(ServiceName, [TrafficTarget])],
        at version: UInt64
    ) async throws {
        try await refused(position, services, current: TablePosition(epoch: 1, version: version))
    }

    private func refused(
        _ position: TablePosition,
        _ services: [(ServiceName, [TrafficTarget])],
        current: TablePosition
    ) async throws {
        do {
            try await publish(position, services)
        } catch SwitchError.stale(current) {
            try await self.position(is: current)
            return
        }
        throw ContractBreach("\(position) was taken while \(current) was in force")
    }

    private func position(is expected: TablePosition) async throws {
        let position = try await stage.trafficSwitch.position()
        try Self.claim(position == expected, "the position is \(position) instead of \(expected)")
    }

    private func send(_ path: String, to service: ServiceName, answers name: String? = nil) async -> ProbeResult {
        var expectation = HTTPExpectation(path: path)
        expectation.bodyPattern = name.map { "^\($0)$" }
        return await stage.trafficSwitch.request(expectation, host: "\(service).test", within: Self.limit)
    }

    private func expect(_ name: String, from service: ServiceName) async throws {
        let result = await send("/", to: service, answers: name)
        try Self.claim(result.hasPassed, "\(service) was to answer '\(name)' and gave \(result)")
    }

    private func counters(of target: TrafficTarget) async throws -> TargetCounters {
        try await stage.trafficSwitch.counters().targets[target.id] ?? TargetCounters()
    }

    /// Polls until something holds, up to the limit.
    private func wait(_ what: String, until holds: () async throws -> Bool) async throws {
        let pause = Duration.milliseconds(5)
        for _ in 0..<Int(Self.limit / pause) {
            if try await holds() { return }
            try await Task.sleep(for: pause)
        }
        throw ContractBreach("waited in vain until \(what)")
    }

    private static func claim(_ holds: Bool, _ breach: @autoclosure () -> String) throws {
        if !holds { throw ContractBreach(breach()) }
    }
}
