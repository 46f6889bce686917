import NIOCore
package import TealCore
package import TealDriverKit
package import TealProxyWire

/// Moves routes by Teal's own proxy, over its control socket.
///
/// It holds nothing: what the proxy follows, the proxy is asked. Every call is bounded, ``publishLimit`` for a publish
/// and ``askLimit`` for the others, and within that bound it connects again when the proxy has just died.
package struct ProxySwitch: TrafficSwitch {
    /// How long a publish may take, tries and questions included.
    package static let publishLimit = Duration.seconds(10)
    /// How long any other call may take.
    package static let askLimit = Duration.seconds(3)

    private let client: ControlClient
    private let probe: any HealthProbe
    private let trustedProxies: [NetworkPrefix]
    /// Where the proxy was told to listen when it was started: these stay its own, whatever a service asks for.
    private let ownPlaces: [HostPort]

    /// A switch for the proxy behind a control socket.
    ///
    /// - Parameters:
    ///   - controlPath: The Unix socket of the proxy, at most 107 bytes (`sockaddr_un`).
    ///   - probe: Sends the requests through the public route.
    ///   - trustedProxies: Peers whose forwarded fields are kept; goes into every table.
    ///   - ownPlaces: Where the proxy was told to listen when it was started; no service gets these.
    package init(
        controlPath: String,
        probe: any HealthProbe,
        trustedProxies: [NetworkPrefix] = NetworkPrefix.loopback,
        ownPlaces: [HostPort] = []
    ) {
        client = ControlClient(path: controlPath)
        self.probe = probe
        self.trustedProxies = trustedProxies
        self.ownPlaces = ownPlaces
    }

    package func publish(_ table: TrafficTable) async throws(SwitchError) {
        try await publish(table, mustPersist: true)
    }

    /// Publishes a table that is followed even when the proxy cannot store it.
    ///
    /// For taking users back when the disk is full; the proxy stores it as soon as that works.
    package func publishUnstored(_ table: TrafficTable) async throws(SwitchError) {
        try await publish(table, mustPersist: false)
    }

    private func publish(_ table: TrafficTable, mustPersist: Bool) async throws(SwitchError) {
        let routes = try RouteTable(table, trustedProxies: trustedProxies, ownPlaces: ownPlaces)
        let request = ControlRequest.publish(routes, mustPersist: mustPersist)
        // What is left for publishing, when a question for the table may still follow.
        let end = NIODeadline.now() + .nanoseconds((Self.publishLimit - Self.askLimit).nanoseconds)
        while true {
            let left = Duration.nanoseconds((end - .now()).nanoseconds)
            let reply: ControlReply
            do throws(ControlError) {
                reply = try await client.ask(request, within: left, repeats: false)
            } catch .lost(let reason) {
                // The table may be followed or not: ask before publishing it once more.
                let followed = try await readTable()
                // A proxy of the version before this one was sent no more than it knows of.
                if ProtocolVersions.spoken.all.contains(where: { followed == routes.spoken(in: $0) }) { return }
                guard NIODeadline.now() < end else { throw .unreachable(reason: reason) }
                continue
            } catch {
                throw SwitchError(error)
            }
            return try Self.judge(reply)
        }
    }

    package func position() async throws(SwitchError) -> TablePosition { try await readTable().position }

    package func counters() async throws(SwitchError) -> TrafficCounters {
        guard case .counters(let report) = try await ask(.counters) else { throw Self.unfit("counters") }
        return TrafficCounters(report)
    }

    package func cut(
        _ targets: [TealDriverKit.TargetID],
        requests: Bool,
        upgraded: Bool
    ) async throws(SwitchError) -> CutReport {
        var report = CutReport(requests: 0, upgraded: 0)
        for target in targets {
            // May be asked again: what was cut by an answer that got lost is only missing in the count.
            let request = ControlRequest.cut(.init("\(target)"), requests: requests, upgraded: upgraded)
            guard case .ended(let requests, let upgraded) = try await ask(request) else { throw Self.unfit("cut") }
            report = CutReport(
                requests: report.requests + Int(clamping: requests),
                upgraded: report.upgraded + Int(clamping: upgraded)
            )
        }
        return report
    }

    package func forget(_ targets: [TealDriverKit.TargetID]) async throws(SwitchError) {
        for target in targets {
            do throws(ControlError) {
                _ = try await client.ask(.forget(.init("\(target)")), within: Self.askLimit, repeats: true)
            } catch .failed(.targetInUse) {
                continue
            } catch {
                throw SwitchError(error)
            }
        }
    }

    package func request(
        _ expectation: HTTPExpectation,
        host: String?,
        within limit: Duration
    ) async -> ProbeResult {
        let start = NIODeadline.now()
        guard let endpoint = await endpoint(.public, within: min(limit, Self.askLimit)) else {
            return .failed(.unreachable("the proxy does not answer at \(client.path)"))
        }
        var expectation = expectation
        if let host {
            expectation.headers = expectation.headers.filter { $0.key.lowercased() != "host" }
            expectation.headers["Host"] = host
        }
        let left = limit - .nanoseconds((NIODeadline.now() - start).nanoseconds)
        guard left > .zero else { return .failed(.timedOut(after: limit)) }
        return await probe.request(expectation, at: endpoint, within: left)
    }

    /// Where the proxy listens now, as it says itself.
    package func listeners() async throws(SwitchError) -> ProxyListeners {
        guard case .status(let status) = try await ask(.status) else { throw Self.unfit("status") }
        func texts(_ kind: ProxyRoute.Listener) -> [String] {
            status.listeners.filter { $0.kind == kind }.map { "\($0.address)" }
        }
        return ProxyListeners(
            processID: status.processID,
            public: texts(.public),
            internal: texts(.internal),
            networks: status.scoped.map { scoped in
                scoped.filter { !$0.listener.isPort }.map {
                    .init(
                        project: $0.listener.scope,
                        address: "\($0.listener.address)",
                        problem: $0.problem,
                        strangers: $0.strangers
                    )
                }
            },
            ports: (status.scoped ?? []).filter(\.listener.isPort).map {
                .init(service: $0.listener.scope, place: HostPort($0.listener.address), problem: $0.problem)
            }
        )
    }

    package func unheard() async -> [UnheardPlace] {
        // A proxy that does not answer is said by who published.
        guard case .status(let status)? = try? await client.ask(.status, within: Self.askLimit, repeats: true) else {
            return []
        }
        return (status.scoped ?? []).compactMap { scoped in
            // Those of ports are told where they are taken over.
            scoped.listener.isPort
                ? nil : scoped.problem.map { UnheardPlace(project: scoped.listener.scope, reason: $0) }
        }
    }

    package func publicEndpoint() async -> Endpoint? { await endpoint(.public, within: Self.askLimit) }

    package func internalEndpoint() async -> Endpoint? { await endpoint(.internal, within: Self.askLimit) }

    private func endpoint(_ kind: ProxyRoute.Listener, within limit: Duration) async -> Endpoint? {
        // No answer is what nil stands for.
        guard case .status(let status)? = try? await client.ask(.status, within: limit, repeats: true),
            let listener = status.listeners.first(where: { $0.kind == kind })
        else { return nil }
        let address =
            switch listener.address.host {
            case "0.0.0.0": "127.0.0.1"
            case "::": "::1"
            default: listener.address.host
            }
        return Endpoint(address: address, port: Int(listener.address.port))
    }

    private func readTable() async throws(SwitchError) -> RouteTable {
        guard case .table(let table) = try await ask(.readTable) else { throw Self.unfit("table") }
        return table
    }

    func ask(_ request: ControlRequest) async throws(SwitchError) -> ControlReply {
        do {
            return try await client.ask(request, within: Self.askLimit, repeats: true)
        } catch {
            throw SwitchError(error)
        }
    }

    private static func judge(_ reply: ControlReply) throws(SwitchError) {
        switch reply {
        case .applied: return
        case .refused(.staleEpoch(let epoch, let version)), .refused(.versionGap(let epoch, let version)):
            throw .stale(current: TablePosition(epoch: epoch, version: version))
        case .refused(.badTable(let complaint)): throw .refused(complaint)
        case .refused(.diskFull(let path)): throw .diskFull(path: path)
        case .refused(.notStored(let reason)): throw .notStored(reason)
        default: throw unfit("publish")
        }
    }

    static func unfit(_ question: String) -> SwitchError {
        .refused("the proxy's answer to \(question) is of another kind")
    }
}

extension SwitchError {
    init(_ error: ControlError) {
        switch error {
        case .unreachable(let reason), .lost(let reason): self = .unreachable(reason: reason)
        case .failed(.stopping): self = .unreachable(reason: "the proxy is stopping")
        case .failed(let failure): self = .refused("the proxy answered \(failure)")
        case .unreadable(let reason): self = .refused("the proxy's answer cannot be read: \(reason)")
        case .cancelled: self = .cancelled
        }
    }
}
