import TealCore
import TealDriverKit
import TealProxyWire

/// What the services inside projects' networks need of the proxy: a listener at each network's gateway, and routes by
/// service names that only the project itself knows.
///
/// All services of a project that has a network are found there, also those that share the host's own.
struct NetworkTraffic {
    /// Where every service is found inside its network, beside its own port.
    static let port: UInt16 = 80

    /// Those of projects that have a network.
    private var services: [ServiceTraffic] = []
    /// The gateways at which callers reach a project's services, ascending: more than one only while its network is being
    /// replaced.
    private var gateways: [ProjectName: [Gateway]] = [:]
    /// How many services of any project claim a place on the host's own internal listeners.
    private var claims: [RoutePlace: Int] = [:]

    init(_ services: [ServiceTraffic]) {
        var owners: [String: ProjectName] = [:]
        for traffic in services {
            for gateway in traffic.targets.compactMap(\.gateway).compactMap(Gateway.init) {
                owners[gateway.address] = traffic.service.project
            }
            let places = traffic.routes.filter(\.internalOnly).flatMap { RoutePlace.all(of: $0) }
            for place in Set(places) { claims[place, default: 0] += 1 }
        }
        var found: [ProjectName: Set<Gateway>] = [:]
        for traffic in services {
            let project = traffic.service.project
            found[project, default: []].formUnion(traffic.targets.compactMap(\.gateway).compactMap(Gateway.init))
            // One that is only remembered does not count once another project's replicas are behind it.
            if let known = traffic.gateway.flatMap(Gateway.init), owners[known.address, default: project] == project {
                owners[known.address] = project
                found[project, default: []].insert(known)
            }
        }
        gateways = found.mapValues { $0.sorted { $0.address < $1.address } }
        self.services = services.filter { gateways[$0.service.project]?.isEmpty == false }
    }

    /// The address by which a network's members reach the host, and who they are.
    private struct Gateway: Hashable {
        let address: String
        /// All addresses of the network; without a length in the text only the gateway's own, which is the host's.
        let members: NetworkPrefix

        init?(_ text: String) {
            guard let members = NetworkPrefix(parsing: text) else { return nil }
            address = String(text.prefix { $0 != "/" })
            self.members = members
        }
    }

    /// The scope of a service: its project.
    static func scope(of traffic: ServiceTraffic) -> String { "\(traffic.service.project)" }

    /// Whether the host's own internal listeners know a route.
    ///
    /// Inside its network a service is found by its project's own routes, so that two projects may use the same name:
    /// where another claims the place too, it is not known to the host.
    func isHostWide(_ route: Route, of traffic: ServiceTraffic) -> Bool {
        guard route.internalOnly else { return false }
        return gateways[traffic.service.project, default: []].isEmpty
            || RoutePlace.all(of: route).allSatisfy { claims[$0, default: 0] <= 1 }
    }

    /// The listeners of all networks, each place once, at most as many as a table may name beside those of ports; a place
    /// that is a port's is that one's.
    func listeners(besides ports: [ScopedListener] = []) -> [ScopedListener] {
        let taken = Set(ports.map(\.address))
        return Array(
            wanted.filter { !taken.contains($0.address) }.prefix(max(0, RouteTable.listenersMax - ports.count))
        )
    }

    /// How many more there would have to be.
    func leftOut(besides ports: [ScopedListener] = []) -> Int {
        let taken = Set(ports.map(\.address))
        return wanted.filter { !taken.contains($0.address) }.count - listeners(besides: ports).count
    }

    private var wanted: [ScopedListener] {
        var taken: Set<TargetAddress> = []
        var listeners: [ScopedListener] = []
        for traffic in services {
            // A port that is none has been refused where it was written.
            let own = [traffic.port, traffic.formerPort].compactMap { $0.flatMap(UInt16.init(exactly:)) }
            for gateway in gateways[traffic.service.project, default: []] {
                for port in [Self.port] + own where port != 0 {
                    let address = TargetAddress(host: gateway.address, port: port)
                    guard taken.insert(address).inserted else { continue }
                    listeners.append(
                        ScopedListener(scope: Self.scope(of: traffic), address: address, sources: gateway.members)
                    )
                }
            }
        }
        return listeners
    }

    /// The routes of all scopes: each service by its names, then its other routes where they take another place.
    var routes: [ProxyRoute] {
        var taken: Set<ScopedPlace> = []
        let byName = services.map { traffic in
            let names = ["\(traffic.service.service)", "\(traffic.service.service).\(traffic.service.project)"]
            for name in names { taken.insert(.init(traffic, RoutePlace(host: name, prefix: "/"))) }
            return ProxyRoute(
                listener: .internal,
                hosts: names,
                service: "\(traffic.service)",
                unavailableText: traffic.vacancy,
                scope: Self.scope(of: traffic)
            )
        }
        var others: [ProxyRoute] = []
        // What is internal comes first: it is meant for those who ask here.
        let all = services.flatMap { traffic in traffic.routes.map { (traffic, $0) } }
        for (traffic, route) in all.filter(\.1.internalOnly) + all.filter({ !$0.1.internalOnly }) {
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
    /// Where the proxy is to listen inside networks, as ``ProxyListeners`` names it.
    package var networkListeners: [ProxyListeners.Network] {
        NetworkTraffic(services).listeners(besides: PortTraffic(services).listeners).map {
            .init(project: $0.scope, address: "\($0.address)")
        }
    }

    /// How many places there would be beside ``networkListeners`` if a table could name them.
    package var networkListenersLeftOut: Int {
        NetworkTraffic(services).leftOut(besides: PortTraffic(services).listeners)
    }
}
