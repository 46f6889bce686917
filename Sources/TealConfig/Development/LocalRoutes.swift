import TealCore

/// The routes of services on the machine of who works on them: `name.localhost`, which every browser takes for that machine
/// (RFC 6761 section 6.3).
struct LocalRoutes {
    /// The services as they are written, with hosts of production.
    private let written: [ServiceSpec]

    init(_ services: [ServiceSpec]) { written = services }

    /// The name of a service here.
    static func host(of service: ServiceName) -> String { "\(service).localhost" }

    /// The services with routes and ports of this machine alone.
    ///
    /// `shop.example.com` of `web` and `shop.example.com/api` of `api` become `web.localhost`, `web.localhost/api` and
    /// `api.localhost`.
    var services: [ServiceSpec] {
        written.map { service in
            var local = service
            local.hostPorts = service.hostPorts.map { ports in
                Array(
                    Set(
                        ports.map {
                            $0.isLoopback ? $0 : HostPort(address: $0.isIPv6 ? "::1" : "127.0.0.1", port: $0.port)
                        }
                    )
                )
                .sorted()
            }
            guard service.kind == .web else { return local }
            local.routes = routes(of: service)
            return local
        }
    }

    private func routes(of service: ServiceSpec) -> [Route] {
        let own = Self.host(of: service.name)
        var routes = [Route(hosts: [own], upgraded: service.routes.first { !$0.internalOnly }?.upgraded ?? [])]
        for route in service.routes {
            // One at every host is at every host here too, where nothing is said of that host.
            if route.internalOnly || route.hosts.isEmpty { routes.append(route) }
            guard !route.internalOnly else { continue }
            let isWhole = route.pathPrefix == "/"
            let hosts = route.hosts.isEmpty ? (isWhole ? [] : wholes) : route.hosts.map { here($0, of: service) }
            var local = route
            local.hosts = Set(hosts).sorted().filter { host in
                !routes.contains { $0.hosts.contains(host) && $0.pathPrefix == route.pathPrefix && !$0.internalOnly }
            }
            if !local.hosts.isEmpty { routes.append(local) }
        }
        return routes
    }

    /// What a host of production is here: the name of the service that has all of it; one of this machine is itself.
    private func here(_ host: String, of service: ServiceSpec) -> String {
        if host == "localhost" || host.hasSuffix(".localhost") { return host }
        let owner = written.first { other in
            other.kind == .web
                && other.routes.contains { !$0.internalOnly && $0.pathPrefix == "/" && $0.hosts.contains(host) }
        }
        return Self.host(of: owner?.name ?? service.name)
    }

    /// The names of the services that have all of some host.
    private var wholes: [String] {
        written.filter { service in
            service.kind == .web && service.routes.contains { !$0.internalOnly && $0.pathPrefix == "/" }
        }
        .map { Self.host(of: $0.name) }
    }
}
