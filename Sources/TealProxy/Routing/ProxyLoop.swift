import NIOCore
import TealProxyWire

/// Everything that one event loop owns: routes, targets, connections, counters.
///
/// Only ever touched on its loop, so the hot path needs no lock and no atomic. Other threads reach it by submitting a
/// closure to the loop.
final class ProxyLoop {
    /// Counters of targets that left the table are kept for the daemon to read; the oldest go beyond this many.
    static let departedMax = 1024

    let eventLoop: any EventLoop
    let index: Int
    let connectionsMax: Int
    let limits: TimeLimits
    let classes = ByteClasses()
    let requestScanner: RequestScanner
    let responseScanner: ResponseScanner
    /// The lines of the head being read; valid only until the next scan.
    var lines = FieldLines()
    /// Nanoseconds of the monotonic clock; brought up to date by every request and ten times a second.
    var now: Int64
    private(set) var table = RouteTable.empty
    /// Rises with every table, so that what connections have cached is seen to be old.
    private(set) var generation = 0
    private(set) var routes = RouteIndex()
    /// The scopes by the places where their requests come in.
    private var scopes: [ListenerPlace: Scope] = [:]
    /// Those that have left the table, while connections may still come in there, each with its end on the loop's clock.
    private var departing: [ListenerPlace: (scope: Scope, until: Int64)] = [:]
    /// How many connections each scope has.
    private var scopeCounts: [String: Int] = [:]
    /// The scopes of ports of the host, where users come in.
    private var portScopes: Set<String> = []
    /// The places of the table that others stand in for, by those others.
    private var standIns: [ListenerPlace: ListenerPlace] = [:]
    /// Connections that were closed because they came in at a scope's place from elsewhere.
    private(set) var strangers: [ListenerPlace: UInt64] = [:]
    private let isOwnAddress: @Sendable ([UInt8]) -> Bool
    private(set) var trustedProxies: [NetworkPrefix] = NetworkPrefix.loopback
    private var services: [String: ServiceState] = [:]
    private var targets: [TargetID: TargetState] = [:]
    private var departed: [TargetID] = []
    private var fronts: [FrontConnection] = []
    /// No new requests are taken; connections close as soon as their answer is complete.
    private(set) var isStopping = false
    /// Requests that the proxy refused by itself.
    var refused: UInt64 = 0

    init(
        eventLoop: any EventLoop,
        index: Int,
        connectionsMax: Int,
        limits: TimeLimits = TimeLimits(),
        isOwnAddress: @escaping @Sendable ([UInt8]) -> Bool = HostAddresses.contain
    ) {
        self.eventLoop = eventLoop
        self.isOwnAddress = isOwnAddress
        self.index = index
        self.connectionsMax = connectionsMax
        self.limits = limits
        requestScanner = RequestScanner(classes: classes)
        responseScanner = ResponseScanner(classes: classes)
        now = Int64(clamping: NIODeadline.now().uptimeNanoseconds)
    }

    /// Reads the clock.
    @inline(__always) func updateNow() {
        now = Int64(truncatingIfNeeded: NIODeadline.now().uptimeNanoseconds)
    }

    // MARK: Tables

    /// Puts a table in force.
    ///
    /// Requests already sent stay where they are; the next ones go by the new table.
    func apply(_ table: RouteTable) {
        updateNow()
        self.table = table
        generation &+= 1
        trustedProxies = table.trustedProxies
        applyListeners(table.listeners)
        for target in targets.values { target.isListed = false }
        var next: [String: ServiceState] = [:]
        for service in table.services {
            let state = services[service.name] ?? ServiceState(name: service.name, cursor: index)
            state.update(service, targets: service.targets.compactMap { target(for: $0, of: service) })
            next[service.name] = state
        }
        for (name, state) in services where next[name] == nil { state.empty() }
        services = next
        routes = RouteIndex(table.routes, services: next)
        for target in targets.values where !target.isListed {
            target.closeIdle()
            if !departed.contains(target.id) { departed.append(target.id) }
        }
        departed.removeAll { targets[$0]?.isListed ?? true }
        trimDeparted()
        for front in fronts {
            front.tableChanged()
            front.followListener()
        }
    }

    // MARK: Scopes

    /// One scope may have this part of the connections, so that what runs in a network cannot take users their places.
    private static let scopeShare = 2

    /// A scope at one of its places.
    struct Scope: Hashable {
        let name: String
        /// Nil for everybody.
        let sources: NetworkPrefix?
    }

    private func applyListeners(_ listeners: [ScopedListener]) {
        let before = scopes
        scopes = [:]
        portScopes = Set(listeners.filter(\.isPort).map(\.scope))
        for listener in listeners {
            // Cannot be nil: the table was checked before it was stored.
            guard let place = ListenerPlace(listener.address) else { continue }
            scopes[place] = Scope(name: listener.scope, sources: listener.sources)
            departing[place] = nil
        }
        for (place, scope) in before where scopes[place] == nil {
            departing[place] = (scope, now + limits.scopeFarewell)
            strangers[place] = nil
        }
    }

    /// The scope whose listener is at a place, also a moment after it has left the table; nil for any other place.
    ///
    /// - Parameters:
    ///   - local: Where a connection came in.
    ///   - isScoped: Whether it came in by a listener of the table, which may be one at every address.
    /// - Returns: The scope, and whether it has left the table.
    func scope(at local: ListenerPlace?, isScoped: Bool) -> (scope: Scope, isDeparting: Bool)? {
        guard !scopes.isEmpty || !departing.isEmpty, let local else { return nil }
        let place = meant(by: local) ?? local
        for place in isScoped ? [place, place.everywhere] : [place] {
            if let scope = scopes[place] { return (scope, false) }
            if let found = departing[place] { return (found.scope, true) }
        }
        return nil
    }

    /// The place of the table that a local address stands in for.
    private func meant(by local: ListenerPlace) -> ListenerPlace? {
        standIns.isEmpty ? nil : standIns[local] ?? standIns[local.everywhere]
    }

    /// The port that a local address stands in for; nil where it is its own.
    func standsFor(_ local: ListenerPlace?) -> Int? { local.flatMap(meant).map { Int($0.port) } }

    /// Lets connections at one place count as if they had come in at another; nil for itself again, and who is there ends
    /// with the next answer.
    func setStandIn(_ local: ListenerPlace, for place: ListenerPlace?) {
        standIns[local] = place
        if place == nil { for front in fronts { front.followListener() } }
    }

    /// Whether a peer may come in at a scope's place: from the scope's own network, or from the host itself.
    ///
    /// Others are counted. A destination alone says nothing: who knows the gateway of another network can ask there.
    func admits(_ peer: Peer, to scope: Scope) -> Bool {
        guard let sources = scope.sources else { return true }
        if sources.contains(peer.bytes) || isOwnAddress(peer.bytes) { return true }
        if let place = peer.local { strangers[place, default: 0] &+= 1 }
        return false
    }

    // MARK: Targets

    private func target(for target: ProxyTarget, of service: ProxyService) -> TargetState? {
        let idleLimit = service.upstreamIdle.nanoseconds
        if let known = targets[target.id], known.place == target.address {
            known.isListed = true
            known.idleLimit = idleLimit
            return known
        }
        // Cannot fail: the table was checked before it was stored.
        guard let address = try? SocketAddress(ipAddress: target.address.host, port: Int(target.address.port)) else {
            return nil
        }
        let made = TargetState(id: target.id, place: target.address, address: address, idleLimit: idleLimit)
        targets[target.id] = made
        return made
    }

    private func trimDeparted() {
        var surplus = departed.count - Self.departedMax
        departed.removeAll { id in
            guard surplus > 0, targets[id]?.isBusy != true else { return false }
            surplus -= 1
            targets[id] = nil
            return true
        }
    }

    // MARK: Counters

    /// The counters of every target this loop knows.
    func counters() -> [TargetCounters] { targets.values.map(\.counters) }

    /// 503 answers for want of a target, by service.
    func unavailable() -> [String: UInt64] { services.mapValues(\.unavailable).filter { $0.value > 0 } }

    /// Whether a target is routed or busy, so that its counters must stay.
    func isInUse(_ id: TargetID) -> Bool { targets[id].map { $0.isListed || $0.isBusy } ?? false }

    /// Drops the counters of a target.
    func forget(_ id: TargetID) {
        guard !isInUse(id) else { return }
        targets[id] = nil
        departed.removeAll { $0 == id }
    }

    // MARK: Connections

    var connectionCount: Int { fronts.count }

    /// Takes in a client connection; false when there are too many.
    func add(_ front: FrontConnection) -> Bool {
        guard fronts.count < connectionsMax else { return false }
        if let scope = front.scope, !portScopes.contains(scope) {
            guard scopeCounts[scope, default: 0] < max(1, connectionsMax / Self.scopeShare) else { return false }
            scopeCounts[scope, default: 0] += 1
            front.countedScope = scope
        }
        front.place = fronts.count
        fronts.append(front)
        return true
    }

    /// Forgets a client connection.
    func remove(_ front: FrontConnection) {
        let place = front.place
        guard place >= 0, place < fronts.count, fronts[place] === front else { return }
        front.place = -1
        if let scope = front.countedScope {
            front.countedScope = nil
            scopeCounts[scope] = scopeCounts[scope].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
        let last = fronts.removeLast()
        if last !== front {
            fronts[place] = last
            last.place = place
        }
    }

    /// Looks at every limit of time.
    ///
    /// Runs ten times a second; nothing else here has a timer of its own.
    func tick() {
        updateNow()
        for target in targets.values { target.expireIdle(now: now) }
        if !departing.isEmpty { departing = departing.filter { $0.value.until > now } }
        for front in fronts { front.checkLimits() }
    }

    // MARK: Ending things

    /// Closes upgraded connections of a target; see ``ControlRequest/closeUpgraded(_:onlyPathsMarkedClose:)``.
    func closeUpgraded(_ id: TargetID, onlyMarked: Bool) -> Int {
        var count = 0
        for front in fronts where front.target?.id == id && front.isTunnel {
            if onlyMarked, front.upgradedMode != .close { continue }
            front.closeTunnel(.serviceRestart)
            count += 1
        }
        return count
    }

    /// Ends what is in flight on a target; see ``ControlRequest/cut(_:requests:upgraded:)``.
    func cut(_ id: TargetID, requests: Bool, upgraded: Bool) -> (requests: Int, upgraded: Int) {
        var count = (requests: 0, upgraded: 0)
        for front in fronts where front.target?.id == id {
            if upgraded, front.isTunnel {
                front.closeTunnel(.goingAway)
                count.upgraded += 1
            } else if requests, front.isExchanging {
                front.cutExchange()
                count.requests += 1
            }
        }
        return count
    }

    /// Begins to stop: unused client connections close now, the others with their answer.
    func stop() {
        isStopping = true
        for front in fronts { front.stopIfIdle() }
    }

    /// Tells every upgraded connection that the proxy goes away.
    func closeTunnels() {
        for front in fronts where front.isTunnel { front.closeTunnel(.goingAway) }
    }

    /// Ends everything that is left.
    func closeAll() {
        for front in fronts { front.closeAtOnce() }
        for target in targets.values { target.closeIdle() }
    }
}
