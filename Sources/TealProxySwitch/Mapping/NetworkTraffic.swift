import TealCore
import TealDriverKit
import TealProxyWire

/// What the services inside projects' networks need of the proxy: a listener at each network's gateway, and routes by
/// service names that only the project itself knows.
struct NetworkTraffic {
    /// Where every service is found inside its network, beside its own port.
    static let port: UInt16 = 80

    /// Those that are in a network.
    private var services: [ServiceTraffic] = []
    /// The project whose replicas are behind a gateway now.
    private var owners: [String: ProjectName] = [:]
    /// How many services of any project claim a place on the host's own internal listeners.
    private var claims: [RoutePlace: Int] = [:]

    init(_ services: [ServiceTraffic]) {
        for traffic in services {
            for gateway in traffic.targets.compactMap(\.gateway) { owners[gateway] = traffic.service.project }
            let places = traffic.routes.filter(\.internalOnly).flatMap { RoutePlace.all(of: $0) }
            for place in Set(places) { claims[place, default: 0] += 1 }
        }
        self.services = services.filter { !gateways(of: $0).isEmpty }
    }

    /// The gateways at which callers reach a service, ascending: more than one only while its network is being replaced.
    ///
    /// One that is only remembered does not count once another project's replicas are behind it.
    private func gateways(of traffic: ServiceTraffic) -> [String] {
        var gateways = Set(traffic.targets.compactMap(\.gateway))
        if let known = traffic.gateway, owners[known] ?? traffic.service.project == traffic.service.project {
            gateways.insert(known)
        }
        return gateways.sorted()
    }

    /// The scope of a service: its project.
    static func scope(of traffic: ServiceTraffic) -> String { "\(traffic.service.project)" }

    /// Whether the host's own internal listeners know a route.
    ///
    /// Inside its network a service is found by its project's own routes, so that two projects may use the same name:
    /// where another claims the place too, it is not known to the host.
    func isHostWide(_ route: Route, of traffic: ServiceTraffic) -> Bool {
        guard route.internalOnly else { return false }
        return gateways(of: traffic).isEmpty || RoutePlace.all(of: route).allSatisfy { claims[$0, default: 0] <= 1 }
    }

    /// The listeners of all networks, each once.
    ///
    /// - Throws: ``SwitchError/refused(_:)`` for a port that is none.
    func listeners() throws(SwitchError) -> [ScopedListener] {
        var found: Set<ScopedListener> = []
        var listeners: [ScopedListener] = []
        for traffic in services {
            var ports = [Self.port]
            if let port = traffic.port {
                guard let port = UInt16(exactly: port), port != 0 else {
                    throw .refused("\(traffic.service) has no fit port: \(port)")
                }
                ports.append(port)
            }
            for gateway in gateways(of: traffic) {
                for port in ports {
                    let address = TargetAddress(host: gateway, port: port)
                    let listener = ScopedListener(scope: Self.scope(of: traffic), address: address)
                    if found.insert(listener).inserted { listeners.append(listener) }
                }
            }
        }
        return listeners
    }

    /// The routes of all scopes: each service by its names, then its internal routes where they take another place.
    var routes: [ProxyRoute] {
        var taken: Set<ScopedPlace> = []
        let byName = services.map { traffic in
            let names = ["\(traffic.service.service)", "\(traffic.service.service).\(traffic.service.project)"]
            for name in names { taken.insert(.init(traffic, RoutePlace(host: name, prefix: "/"))) }
            return ProxyRoute(
                listener: .internal,
                hosts: names,
                service: "\(traffic.service)",
                scope: Self.scope(of: traffic)
            )
        }
        var others: [ProxyRoute] = []
        for traffic in services {
            for route in traffic.routes where route.internalOnly {
                let hosts = route.hosts.filter {
                    taken.insert(.init(traffic, RoutePlace(host: $0, prefix: route.pathPrefix))).inserted
                }
                guard !hosts.isEmpty else { continue }
                others.append(
                    ProxyRoute(
                        listener: .internal,
                        hosts: hosts,
                        pathPrefix: route.pathPrefix,
                        stripPrefix: route.stripPrefix,
                        service: "\(traffic.service)",
                        scope: Self.scope(of: traffic)
                    )
                )
            }
        }
        return byName + others
    }

    private struct ScopedPlace: Hashable {
        let scope: String
        let place: RoutePlace

        init(_ traffic: ServiceTraffic, _ place: RoutePlace) {
            scope = NetworkTraffic.scope(of: traffic)
            self.place = place
        }
    }
}

extension TrafficTable {
    /// Where the proxy is to listen inside networks, as ``ProxyListeners`` names it; empty for a table that is refused.
    package var networkListeners: [ProxyListeners.Network] {
        let listeners = (try? NetworkTraffic(services).listeners()) ?? []  // the publish says why
        return listeners.map { .init(project: $0.scope, address: "\($0.address)") }
    }
}
