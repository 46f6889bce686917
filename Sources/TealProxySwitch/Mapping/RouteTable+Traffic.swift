import TealCore
import TealDriverKit
import TealProxyWire

extension RouteTable {
    /// The table of the engine in the proxy's words.
    ///
    /// A route that is not internal only is known to both listeners; where an internal one takes the same host and path,
    /// that one has the internal listener for itself. Services inside a project's network have the routes and listeners of
    /// ``NetworkTraffic`` as well.
    ///
    /// - Throws: ``SwitchError/refused(_:)`` with what the proxy could not serve.
    init(
        _ table: TrafficTable,
        trustedProxies: [NetworkPrefix],
        ownPlaces: [HostPort] = []
    ) throws(SwitchError) {
        var services: [ProxyService] = []
        for traffic in table.services { services.append(try ProxyService(traffic)) }
        let networks = NetworkTraffic(table.services)
        let ports = PortTraffic(table.services, besides: ownPlaces)
        self.init(
            epoch: table.position.epoch,
            version: table.position.version,
            routes: Self.routes(of: table.services, networks) + networks.routes + ports.routes,
            services: services,
            trustedProxies: trustedProxies,
            listeners: ports.listeners + networks.listeners(besides: ports.listeners)
        )
        if let complaint = complaint() { throw .refused(complaint) }
    }

    var position: TablePosition { TablePosition(epoch: epoch, version: version) }

    private static func routes(of services: [ServiceTraffic], _ networks: NetworkTraffic) -> [ProxyRoute] {
        var places: Set<RoutePlace> = []
        for traffic in services {
            for route in traffic.routes where networks.isHostWide(route, of: traffic) {
                places.formUnion(RoutePlace.all(of: route))
            }
        }
        return services.flatMap { traffic in
            traffic.routes.flatMap { route -> [ProxyRoute] in
                let name = "\(traffic.service)"
                if route.internalOnly {
                    return networks.isHostWide(route, of: traffic) ? [ProxyRoute(route, .internal, to: name)] : []
                }
                let routes = [ProxyRoute(route, .public, to: name)]
                return places.isDisjoint(with: RoutePlace.all(of: route))
                    ? routes + [ProxyRoute(route, .internal, to: name)] : routes
            }
        }
    }
}

/// One host, or any host, with a path.
struct RoutePlace: Hashable {
    let host: String?
    let prefix: String

    static func all(of route: Route) -> Set<RoutePlace> {
        if route.hosts.isEmpty { return [RoutePlace(host: nil, prefix: route.pathPrefix)] }
        return Set(route.hosts.map { RoutePlace(host: $0, prefix: route.pathPrefix) })
    }
}

extension ProxyRoute {
    fileprivate init(_ route: Route, _ listener: Listener, to service: String) {
        self.init(
            listener: listener,
            hosts: route.hosts,
            pathPrefix: route.pathPrefix,
            stripPrefix: route.stripPrefix,
            service: service
        )
    }
}

extension ProxyService {
    fileprivate init(_ traffic: ServiceTraffic) throws(SwitchError) {
        guard traffic.split == nil else {
            throw .refused("the proxy does not divide requests between releases, as \(traffic.service) wants")
        }
        var targets: [ProxyTarget] = []
        for target in traffic.targets {
            guard let port = UInt16(exactly: target.endpoint.port) else {
                throw .refused("target \(target.id) has no fit port: \(target.endpoint.port)")
            }
            let address = TargetAddress(host: target.endpoint.address, port: port)
            targets.append(ProxyTarget(id: TealProxyWire.TargetID("\(target.id)"), address: address))
        }
        self.init(
            name: "\(traffic.service)",
            targets: targets,
            balance: traffic.proxy.balance == .roundRobin ? .roundRobin : .leastRequests,
            upstreamIdle: traffic.proxy.upstreamIdle,
            bodyBytesMax: UInt64(clamping: traffic.proxy.bodyBytesMax),
            responseHeadIdle: traffic.proxy.responseIdle,
            responseIdle: traffic.proxy.responseIdle,
            upgradedRules: Self.rules(of: traffic)
        )
    }

    /// The rules of all routes, one for each path; of two for the same path the one that cuts less.
    private static func rules(of traffic: ServiceTraffic) -> [TealProxyWire.UpgradedRule] {
        var rules: [String: TealCore.UpgradedRule] = [:]
        for rule in traffic.routes.flatMap(\.upgraded) {
            let limit = rule.limit ?? traffic.drain.upgraded
            let full = TealCore.UpgradedRule(pathPrefix: rule.pathPrefix, mode: rule.mode, limit: limit)
            guard let other = rules[rule.pathPrefix] else {
                rules[rule.pathPrefix] = full
                continue
            }
            let cutsLess =
                other.mode == .close || (full.mode == .keep && limit > other.limit ?? traffic.drain.upgraded)
            if cutsLess { rules[rule.pathPrefix] = full }
        }
        return rules.values.sorted { $0.pathPrefix < $1.pathPrefix }
            .map { rule in
                switch rule.mode {
                case .keep: .init(pathPrefix: rule.pathPrefix, mode: .keep, limit: rule.limit)
                case .close: .init(pathPrefix: rule.pathPrefix, mode: .close)
                }
            }
    }
}
