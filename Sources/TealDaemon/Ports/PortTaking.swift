import Logging
import TealCore
import TealDriverKit
import TealEngine
import TealProxySwitch

/// What ports of the host ask of the proxy.
protocol PortProxy: Sendable {
    func listeners() async throws(SwitchError) -> ProxyListeners
    func standIn(for place: HostPort, at port: Int?) async throws(SwitchError) -> Int
    func endStandIn(for place: HostPort) async throws(SwitchError)
    func listen(at place: HostPort) async throws(SwitchError) -> String?
}

extension ProxySwitch: PortProxy {}

/// Takes ports of the host over from containers that Teal did not make, as ``PortTakeover`` decides.
///
/// Each state is on disk before it is acted on, and every act may be repeated, so that a daemon that starts again goes on.
/// The rules of the packet filter are always made anew from what is on disk: none is left that nothing there asks for.
actor PortTaking {
    /// How long the proxy may take to have a port that its container has given up.
    static let listenLimit: Duration = .seconds(10)
    /// Between two tries to listen.
    private static let pace: Duration = .milliseconds(5)
    /// A container's own limit counts up to here while users wait for the port.
    static let stopLimitMax: Duration = .seconds(20)
    private static let noTable = TrafficTable(position: TablePosition(epoch: 0, version: 0), services: [])

    let containers: any ForeignContainers
    let redirecting: any Redirecting
    private let book: PortBook
    private let proxy: any PortProxy
    let meter: GapMeter
    let clock: any HostClock
    /// How long connections that came to the proxy are answered once more, and told to end, before nothing is left there
    /// that could answer.
    private let farewell: Duration
    let logger: Logger
    private(set) var takeovers: [HostPort: PortTakeover] = [:]
    /// The newest gaps that were measured as adopted containers were stopped, oldest first.
    private(set) var gaps: [PortGap] = []
    /// The table that the proxy follows; nil where that is not known.
    private(set) var followed: TrafficTable?
    /// One thing at a time: the rollout's step, or the look of every second.
    private var isBusy = false
    /// Ports whose containers are being stopped by their rollouts: what follows is theirs to see to.
    var passing: Set<HostPort> = []

    init(
        book: PortBook,
        proxy: any PortProxy,
        containers: any ForeignContainers,
        redirecting: any Redirecting,
        probe: any HealthProbe,
        clock: any HostClock,
        farewell: Duration = .seconds(2),
        logger: Logger
    ) {
        self.book = book
        self.proxy = proxy
        self.containers = containers
        self.redirecting = redirecting
        meter = GapMeter(probe: probe)
        self.clock = clock
        self.farewell = farewell
        self.logger = logger
    }

    /// Those that have not ended, by place.
    var open: [HostPort: PortTakeover] { takeovers }

    // MARK: At the start

    /// Takes up what was left, and has the packet filter lead away what is on disk and nothing else.
    func takeUp() async {
        let kept = book.read(in: "\(clock.boot)")
        if kept == nil {
            logger.warning("What is left of ports to take over cannot be read", metadata: ["path": "\(book.path)"])
        }
        takeovers = Dictionary((kept?.takeovers ?? []).map { ($0.place, $0) }) { $1 }
        gaps = kept?.gaps ?? []
        if await redirecting.refusal() == nil { await applyRules() }
        containers.stopLeaving { [weak self] replica, grace, stop async throws(RuntimeError) in
            guard let self else { return try await stop() }
            try await self.stop(replica, grace: grace, stop)
        }
    }

    // MARK: Consent

    /// Lets a container's port be taken over when users of the service are switched.
    func agree(to container: ForeignContainer, at place: HostPort, for service: ServiceKey) -> Bool {
        if let known = takeovers[place], known.service == service, known.container.id == container.id { return true }
        let takeover = PortTakeover(service: service, place: place, container: container, since: clock.wallTime())
        return keep(takeover)
    }

    // MARK: A table comes

    /// Has a table followed; containers whose ports it takes the users from have their connections again before.
    ///
    /// - Parameters:
    ///   - table: The table.
    ///   - publish: Sends it to the proxy.
    /// - Throws: What `publish` throws. Users it would have taken away are led to the proxy again once a table that names
    ///   them is followed.
    func follow(
        _ table: TrafficTable,
        _ publish: @Sendable () async throws(SwitchError) -> Void
    ) async throws(SwitchError) {
        // The others do not wait for a container that is being stopped.
        guard takeovers.values.contains(where: { loses($0, by: table) }) else { return try await pass(table, publish) }
        await enter()
        defer { isBusy = false }
        var back: [PortTakeover] = []
        for takeover in takeovers.values where takeover.goesBack(before: table) {
            // What could not be done is tried again every second.
            guard await leadBack(takeover) else { continue }
            back.append(takeover)
            // It ends with the table otherwise.
            try? await proxy.endStandIn(for: takeover.place)
        }
        if !back.isEmpty { await clock.sleep(until: clock.now() + farewell) }
        try await pass(table, publish)
        for takeover in back { tell(await end(takeover), at: takeover.place) }
    }

    /// Whether a takeover may have users that a table takes away from it.
    private func loses(_ takeover: PortTakeover, by table: TrafficTable) -> Bool {
        guard takeover.container.adopted == nil else { return takeover.goesBack(before: table) }
        let hasUsers = followed.map { takeover.hasUsers(in: $0) } ?? false
        return takeover.goesBack(before: table) || (hasUsers && !takeover.hasUsers(in: table))
    }

    private func pass(
        _ table: TrafficTable,
        _ publish: @Sendable () async throws(SwitchError) -> Void
    ) async throws(SwitchError) {
        do throws(SwitchError) {
            try await publish()
        } catch {
            followed = nil
            throw error
        }
        followed = table
    }

    // MARK: The step of a rollout

    /// Takes the ports of services whose users have just been switched, as far as that was agreed on.
    ///
    /// - Parameter services: The services.
    /// - Returns: What people are told, a line each.
    func take(_ services: [ServiceKey]) async -> [String] {
        await enter()
        defer { isBusy = false }
        guard let table = followed else { return [] }
        let found: ProxyListeners
        do throws(SwitchError) {
            found = try await proxy.listeners()
        } catch {
            return ["which ports the proxy has cannot be seen: \(RuntimeWords.text(error, of: "the proxy"))"]
        }
        var told: [String] = []
        let names = Set(services.map(\.description))
        for traffic in table.services where names.contains("\(traffic.service)") {
            for place in traffic.ports ?? [] {
                await noteAdopted(at: place, of: traffic.service)
                if let takeover = takeovers[place], takeover.service == traffic.service {
                    told += await advance(place, table, hasSettled: false)
                    if let line = await stay(place, table) { told.append(line) }
                } else if let port = found.ports.first(where: { $0.place == place }), let problem = port.problem {
                    told.append("requests to port \(place) of the host do not come to \(traffic.service): \(problem)")
                } else if !found.ports.contains(where: { $0.place == place }) {
                    told.append(
                        "requests to port \(place) of the host do not come to \(traffic.service): the proxy that runs is of an "
                            + "earlier version, or has that port for itself"
                    )
                }
            }
        }
        return told
    }

    // MARK: Every second

    /// Goes on with what is open.
    ///
    /// - Parameter unended: The services of which a rollout is under way.
    func tend(unended: Set<ServiceKey>) async {
        guard !isBusy, !takeovers.isEmpty else { return }
        isBusy = true
        defer { isBusy = false }
        for (place, takeover) in takeovers.sorted(by: { $0.key < $1.key }) where !passing.contains(place) {
            // Without a table nothing is known of users, and only a consent may end: to what is somebody else's.
            let mayEnd = takeover.state == .agreed && takeover.container.adopted == nil
            guard let table = followed ?? (mayEnd ? Self.noTable : nil) else { continue }
            for line in await advance(place, table, hasSettled: !unended.contains(takeover.service)) {
                tell(line, at: place)
            }
            await mendStandIn(place)
        }
    }

    func tell(_ line: String, at place: HostPort) {
        logger.notice("Port of the host", metadata: ["port": "\(place)", "what": "\(line)"])
    }

    /// A proxy that was started again has its stand-in no more.
    private func mendStandIn(_ place: HostPort) async {
        guard case .redirected(let port) = takeovers[place]?.state else { return }
        // A proxy that does not answer now is asked again in a second.
        if let found = try? await proxy.standIn(for: place, at: port), found == port { return }
        guard let other = try? await proxy.standIn(for: place, at: nil), other != port else { return }
        guard change(place, to: .redirected(standIn: other)) else { return }
        await applyRules()
    }

    // MARK: One port

    private func advance(_ place: HostPort, _ table: TrafficTable, hasSettled: Bool) async -> [String] {
        var told: [String] = []
        // Every step leads to another state, or to none.
        while let takeover = takeovers[place] {
            let facts = await facts(of: takeover, table, hasSettled: hasSettled)
            switch takeover.next(facts) {
            case .wait: return told
            case .redirect:
                if let line = await redirect(takeover) {
                    told.append(line)
                } else if takeover.container.adopted != nil {
                    return told
                } else {
                    let (line, goesOn) = await stopWithGap(takeover)
                    told.append(line)
                    guard goesOn else { return told }
                }
            case .stop:
                if takeover.standIn == nil {
                    let (line, goesOn) = await stopWithGap(takeover)
                    told.append(line)
                    guard goesOn else { return told }
                } else {
                    guard change(place, to: .stopping(standIn: takeover.standIn)) else { return told }
                }
            case .listen:
                guard let line = await finish(takeover) else { return told }
                told.append(line)
            case .giveBack:
                guard let line = await giveBack(takeover) else { return told }
                told.append(line)
            case .forget: forget(place)
            }
        }
        return told
    }

    private func facts(
        of takeover: PortTakeover,
        _ table: TrafficTable,
        hasSettled: Bool
    ) async -> PortTakeover.Facts {
        let traffic = table.services.first { $0.service == takeover.service }
        let usersAreHere = takeover.hasUsers(in: table)
        var mayRedirect = false
        if case .agreed = takeover.state, usersAreHere { mayRedirect = await redirecting.refusal() == nil }
        var connections: Int?
        if case .redirected = takeover.state, hasSettled, takeover.container.adopted == nil {
            connections = await containers.connections(of: takeover.container)
        }
        return .init(
            usersAreHere: usersAreHere,
            hasSettled: hasSettled,
            mayRedirect: mayRedirect,
            connections: connections,
            waited: clock.since(takeover.since),
            limit: traffic?.drain.requests ?? DrainPolicy().requests,
            own: await ownFacts(of: takeover, table)
        )
    }

    /// Leads new connections to another port where the proxy listens; nil when that could not be done.
    private func redirect(_ takeover: PortTakeover) async -> String? {
        let port: Int
        do throws(SwitchError) {
            port = try await proxy.standIn(for: takeover.place, at: nil)
        } catch {
            logger.warning(
                "No port stands in for one of the host",
                metadata: ["port": "\(takeover.place)", "error": "\(RuntimeWords.text(error, of: "the proxy"))"]
            )
            return nil
        }
        guard change(takeover.place, to: .redirected(standIn: port)) else { return nil }
        if let problem = await applyRules() {
            logger.warning(
                "Connections are not led away",
                metadata: ["port": "\(takeover.place)", "error": "\(problem)"]
            )
            _ = change(takeover.place, to: .agreed)
            // It ends with the proxy otherwise.
            try? await proxy.endStandIn(for: takeover.place)
            return nil
        }
        return "new connections to port \(takeover.place) of the host come to \(takeover.service): the container "
            + "\(takeover.container.name) finishes what it has, and is stopped "
            + (takeover.container.adopted == nil ? "once the release has settled" : "when the release settles")
    }

    /// Stops the container and lets the proxy have the port, and measures for how long nobody answers.
    ///
    /// - Returns: What people are told, and whether it was begun.
    private func stopWithGap(_ takeover: PortTakeover) async -> (line: String, goesOn: Bool) {
        let name = takeover.container.name
        guard change(takeover.place, to: .stopping(standIn: nil)) else {
            return (
                "port \(takeover.place) of the host stays with the container \(name): the disk cannot be written to",
                false
            )
        }
        let (gap, answers, _) = await meter.measure(at: takeover.place, within: .seconds(2)) {
            await self.passOver(takeover)
        }
        let span = ProbeWords.seconds(gap)
        let place = "at port \(takeover.place) of the host for \(span)"
        let passing = "passed from the container \(name) to the proxy"
        let line =
            answers
            ? "nobody answered \(place), while it \(passing)" : "nobody has answered \(place), since it \(passing)"
        return (line, true)
    }

    /// Has the container stopped, and the proxy listen, as soon as the port is free.
    private func passOver(_ takeover: PortTakeover) async {
        // Awaited below. The port is free a little before the Engine says that the container has stopped.
        let listening = Task { await listen(at: takeover.place, within: Self.stopLimitMax + Self.listenLimit) }
        do throws(RuntimeError) {
            try await containers.stop(takeover.container, within: Self.stopLimitMax)
        } catch {
            listening.cancel()
            logger.warning(
                "A container was not stopped",
                metadata: ["container": "\(takeover.container.name)", "error": "\(RuntimeWords.text(error))"]
            )
        }
        _ = await listening.value
    }

    /// Sees that the container has stopped and that the proxy has the port, then leads nothing away any more; nil when that is
    /// not so yet.
    func finish(_ takeover: PortTakeover) async -> String? {
        let isAdopted = takeover.container.adopted != nil
        do throws(RuntimeError) {
            // Its rollout has stopped one that was adopted.
            if !isAdopted { try await containers.stop(takeover.container, within: Self.stopLimitMax) }
        } catch {
            logger.warning(
                "A container was not stopped",
                metadata: ["container": "\(takeover.container.name)", "error": "\(RuntimeWords.text(error))"]
            )
            return nil
        }
        if let problem = await listen(at: takeover.place, within: Self.listenLimit) {
            logger.warning("The proxy does not have a port yet", metadata: ["error": "\(problem)"])
            return nil
        }
        guard change(takeover.place, to: .taken) else { return nil }
        if takeover.standIn != nil {
            await applyRules()
            // It ends with the proxy otherwise.
            try? await proxy.endStandIn(for: takeover.place)
        }
        return "port \(takeover.place) of the host is the proxy's, and leads to \(takeover.service); the container "
            + "\(takeover.container.name) \(isAdopted ? "has ended" : "is stopped and was not removed")"
    }

    /// Lets the container have its connections again; nil when that could not be done yet.
    private func giveBack(_ takeover: PortTakeover) async -> String? {
        guard await leadBack(takeover) else { return nil }
        return await end(takeover)
    }

    /// Has the container run, and leads nothing away from it any more; false when that could not be done yet.
    private func leadBack(_ takeover: PortTakeover) async -> Bool {
        do throws(RuntimeError) {
            // One that was adopted is started by its rollout, without the port.
            if takeover.container.adopted == nil, try await !containers.isRunning(takeover.container) {
                try await containers.start(takeover.container)
            }
        } catch {
            logger.warning(
                "A container could not be started again",
                metadata: ["container": "\(takeover.container.name)", "error": "\(RuntimeWords.text(error))"]
            )
            return false
        }
        guard takeover.standIn != nil else { return true }
        // Users come first: what cannot be written down is done again by a daemon that starts again.
        if !change(takeover.place, to: .agreed) { takeovers[takeover.place]?.state = .agreed }
        guard let problem = await applyRules() else { return true }
        logger.warning(
            "Connections are still led away",
            metadata: ["port": "\(takeover.place)", "error": "\(problem)"]
        )
        if !keep(takeover) { takeovers[takeover.place] = takeover }
        return false
    }

    /// Forgets what the container has back.
    private func end(_ takeover: PortTakeover) async -> String {
        forget(takeover.place)
        // A place that is not in the table has lost it already.
        try? await proxy.endStandIn(for: takeover.place)
        return takeover.container.adopted == nil
            ? "port \(takeover.place) of the host is the container \(takeover.container.name)'s again"
            : "new connections to port \(takeover.place) of the host are not led away from the container "
                + "\(takeover.container.name) any more"
    }

    func listen(at place: HostPort, within limit: Duration) async -> String? {
        let end = ContinuousClock.now + limit
        while true {
            let problem: String?
            do throws(SwitchError) {
                problem = try await proxy.listen(at: place)
            } catch {
                problem = RuntimeWords.text(error, of: "the proxy")
            }
            guard let problem else { return nil }
            guard ContinuousClock.now < end, !Task.isCancelled else { return problem }
            // Cut short only where the daemon ends.
            try? await Task.sleep(for: Self.pace)
        }
    }

    // MARK: What is on disk

    private func change(_ place: HostPort, to state: PortTakeover.State) -> Bool {
        guard var takeover = takeovers[place] else { return false }
        takeover.state = state
        takeover.since = clock.wallTime()
        return keep(takeover)
    }

    func keep(_ takeover: PortTakeover) -> Bool {
        var next = takeovers
        next[takeover.place] = takeover
        return write(next)
    }

    func forget(_ place: HostPort) {
        var next = takeovers
        next[place] = nil
        // What stays on disk is looked at again, and forgotten again.
        if !write(next) { takeovers[place] = nil }
    }

    /// Remembers for how long nobody answered; only the record is poorer for one that cannot be written.
    func remember(_ gap: PortGap) {
        gaps = gaps.suffix(PortGap.keptMax - 1) + [gap]
        _ = write(takeovers)
    }

    private func write(_ next: [HostPort: PortTakeover]) -> Bool {
        let code = book.write(.init(takeovers: Array(next.values), gaps: gaps), in: "\(clock.boot)")
        guard code == 0 else {
            logger.warning(
                "A port's takeover cannot be written down",
                metadata: ["path": "\(book.path)", "errno": "\(code)"]
            )
            return false
        }
        takeovers = next
        return true
    }

    @discardableResult
    private func applyRules() async -> String? {
        let redirects = takeovers.values.compactMap { takeover in
            takeover.standIn.map { RedirectRules.Redirect(place: takeover.place, port: $0) }
        }
        return await redirecting.apply(redirects.sorted { $0.place < $1.place })
    }

    func enter() async {
        // The look of every second is bounded. A task of its own waits also where nobody waits for the caller any more.
        while isBusy { await Task { try? await Task.sleep(for: .milliseconds(20)) }.value }
        isBusy = true
    }

    func leave() { isBusy = false }
}
