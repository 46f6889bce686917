import TealProxyWire

/// One route as the hot path uses it.
///
/// Belongs to one event loop.
final class Route {
    let prefix: PathPrefix
    let stripsPrefix: Bool
    let service: ServiceState
    let unavailableText: String?

    init(_ route: ProxyRoute, service: ServiceState) {
        prefix = PathPrefix(route.pathPrefix)
        stripsPrefix = route.stripPrefix
        self.service = service
        unavailableText = route.unavailableText
    }
}

/// The routes of one host, longest prefix first.
final class HostRoutes {
    fileprivate(set) var routes: [Route] = []

    /// The route with the longest prefix that matches; nil when none does.
    @inline(__always) func match(_ path: UnsafePointer<UInt8>, _ count: Int) -> Route? {
        for route in routes where route.prefix.matches(path, count) { return route }
        return nil
    }

    /// As ``match(_:_:)``, for a path that a server behind might read in another way.
    ///
    /// ``LenientPath`` drops, decodes and splits as much as anyone does, so a reader that does less of it sees at least
    /// the prefixes that match the path as it came and at most those that match the lenient reading: when these two have
    /// the same match, all in between have. Where that does not hold (``LenientPath/isUnclear``: `..` above all, which
    /// browsers and curl resolve before they send) the path is taken only when nothing depends on it: on a host with
    /// one route, for all paths.
    ///
    /// - Throws: ``Refusal/ambiguousPath`` when the reading would change the match.
    func matchCarefully(_ path: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Route? {
        guard let base = path.baseAddress else { return nil }
        let route = match(base, path.count)
        let lenient = LenientPath(path)
        if lenient.isUnclear {
            guard routes.count == 1, let only = routes.first, only.prefix.bytes.isEmpty else { throw .ambiguousPath }
            return only
        }
        let other = lenient.bytes.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.flatMap { match($0, bytes.count) }
        }
        guard other === route else { throw .ambiguousPath }
        return route
    }
}

/// All routes of a table by listener and host.
///
/// Belongs to one event loop.
struct RouteIndex {
    private var byHost: [ProxyRoute.Listener: [String: HostRoutes]] = [:]
    private var anyHost: [ProxyRoute.Listener: HostRoutes] = [:]
    /// What only the listeners of a scope know, by scope and host; an empty host is any.
    private var byScope: [String: [String: HostRoutes]] = [:]

    init() {}

    /// Builds the index.
    ///
    /// - Parameters:
    ///   - routes: The routes of a table without complaint.
    ///   - services: The services by name; a route whose service is missing is left out.
    init(_ routes: [ProxyRoute], services: [String: ServiceState]) {
        for route in routes {
            guard let service = services[route.service] else { continue }
            let entry = Route(route, service: service)
            if let scope = route.scope {
                let hosts = route.hosts.isEmpty ? [""] : route.hosts
                for host in hosts { self.hosts(for: host, in: scope).routes.append(entry) }
                continue
            }
            for host in route.hosts { hosts(for: host, on: route.listener).routes.append(entry) }
            if route.hosts.isEmpty { hosts(for: nil, on: route.listener).routes.append(entry) }
        }
        for hosts in Array(anyHost.values) + (Array(byHost.values) + byScope.values).flatMap(\.values) {
            hosts.routes.sort { $0.prefix.bytes.count > $1.prefix.bytes.count }
        }
    }

    /// The entry of a host, made when it is missing; `nil` is any host.
    private mutating func hosts(for host: String?, on listener: ProxyRoute.Listener) -> HostRoutes {
        let known = if let host { byHost[listener]?[host] } else { anyHost[listener] }
        if let known { return known }
        let made = HostRoutes()
        if let host { byHost[listener, default: [:]][host] = made } else { anyHost[listener] = made }
        return made
    }

    private mutating func hosts(for host: String, in scope: String) -> HostRoutes {
        if let known = byScope[scope]?[host] { return known }
        let made = HostRoutes()
        byScope[scope, default: [:]][host] = made
        return made
    }

    /// The routes for a host.
    ///
    /// For a request that came in by a scope's listener they are those of the scope and no others, so that nobody there
    /// reaches what is internal to another; at a port of the host that is for any host. For others they are those of the listener, and those for any host when no
    /// route names it. Nil when there are none.
    ///
    /// - Parameters:
    ///   - host: Lower-case, without port and trailing dot; empty when the request had no host.
    ///   - listener: Where the request came in.
    ///   - scope: The scope whose listener that is; nil for none.
    /// - Returns: The routes, longest prefix first.
    func routes(for host: String, on listener: ProxyRoute.Listener, in scope: String? = nil) -> HostRoutes? {
        guard let scope else { return byHost[listener]?[host] ?? anyHost[listener] }
        guard let hosts = byScope[scope] else { return nil }
        return hosts[host] ?? hosts[""]
    }
}
