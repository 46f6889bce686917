import TealCore
import TealDriverKit
import TealNginxSite

/// The servers of one kind of listener: one for each host, and one for every other.
struct NginxServers {
    /// How long an upgraded connection may be silent.
    private static let upgradedIdle = Duration.seconds(3600)

    let text: String

    /// One place that a service takes.
    private struct Place {
        let route: Route
        let traffic: ServiceTraffic
        /// The variable that holds the path without its prefix; nil where the path is passed on as it came.
        let stripped: String?
    }

    /// - Parameters:
    ///   - services: Those that have routes there.
    ///   - addresses: Where they listen, `address:port`; none for no servers.
    ///   - isInternal: Whether internal routes are known there.
    ///   - log: The file that requests are noted in.
    ///   - stripped: The variables of routes that take their prefix away.
    /// - Throws: ``SwitchError/refused(_:)`` with what cannot be served.
    init(
        _ services: [ServiceTraffic],
        at addresses: [String],
        isInternal: Bool,
        log: String,
        stripped: StrippedPaths
    ) throws(SwitchError) {
        guard !addresses.isEmpty else {
            text = ""
            return
        }
        let places = try Self.places(of: services, isInternal: isInternal, stripped)
        var text = try Self.server(places[""] ?? [:], names: "_", addresses, isDefault: true, log)
        for (host, places) in places.sorted(by: { $0.key < $1.key }) where !host.isEmpty {
            guard let name = NginxText.quoted(host) else { throw .refused("'\(host)' cannot be a host for nginx") }
            text += try Self.server(places, names: name, addresses, isDefault: false, log)
        }
        self.text = text
    }

    /// By host, `""` for any, and by path without a slash at the end.
    private static func places(
        of services: [ServiceTraffic],
        isInternal: Bool,
        _ stripped: StrippedPaths
    ) throws(SwitchError) -> [String: [String: Place]] {
        var places: [String: [String: Place]] = [:]
        for traffic in services {
            for route in traffic.routes where isInternal || !route.internalOnly {
                let prefix = Self.prefix(of: route)
                for host in route.hosts.isEmpty ? [""] : route.hosts {
                    if let other = places[host]?[prefix] {
                        // An internal route has the internal listener for itself.
                        guard other.route.internalOnly != route.internalOnly else {
                            throw .refused(
                                "\(other.traffic.service) and \(traffic.service) want \(host)\(route.pathPrefix)"
                            )
                        }
                        if other.route.internalOnly { continue }
                    }
                    places[host, default: [:]][prefix] =
                        Place(route: route, traffic: traffic, stripped: stripped.variable(of: route))
                }
            }
        }
        return places
    }

    static func prefix(of route: Route) -> String {
        var prefix = route.pathPrefix[...]
        while prefix.last == "/" { prefix.removeLast() }
        return String(prefix)
    }

    private static func server(
        _ places: [String: Place],
        names: String,
        _ addresses: [String],
        isDefault: Bool,
        _ log: String
    ) throws(SwitchError) -> String {
        var lines = addresses.map { "listen \($0)\(isDefault ? " default_server" : "");" }
        lines += ["server_name \(names);", "server_tokens off;", "access_log \(log) teal;"]
        for (index, place) in places.sorted(by: { $0.key < $1.key }).enumerated() {
            lines += try location(place.key, place.value, "@teal_upgraded_\(index)")
        }
        if places[""] == nil {
            // As Teal's own proxy: a host that nobody has is misdirected, a path that nobody has is not found.
            lines.append("location / { return \(isDefault && places.isEmpty ? 421 : 404); }")
        }
        return "server {\n" + lines.map { "    \($0)\n" }.joined() + "}\n"
    }

    /// The locations of one place: the path itself, what is below it, and its upgraded connections.
    private static func location(_ prefix: String, _ place: Place, _ upgraded: String) throws(SwitchError) -> [String] {
        let traffic = place.traffic
        guard let exact = NginxText.quoted(prefix), let below = NginxText.quoted("\(prefix)/") else {
            throw .refused("\(traffic.service): '\(prefix)' cannot be a path for nginx")
        }
        let openings = prefix.isEmpty ? ["location /"] : ["location = \(exact)", "location \(below)"]
        guard !traffic.targets.isEmpty else {
            let words = traffic.vacancy ?? "No release of this service takes traffic now"
            let answer = ["default_type text/plain;", "return 503 \(NginxText.sentence("\(words)"));"]
            return openings.flatMap { block($0, answer) }
        }
        let body = ["client_max_body_size \(traffic.proxy.bodyBytesMax);"]
        let address = NginxText.name(of: traffic.service)
        let path = place.stripped ?? ""
        let plain =
            body + ["error_page 418 = \(upgraded);", "if ($http_upgrade) { return 418; }"]
            + passing(to: "http://$\(address)\(path)", connection: "\"\"", idle: traffic.proxy.responseIdle)
        let other =
            body + ["proxy_set_header Upgrade $http_upgrade;"]
            + passing(to: "http://${\(address)}_upgraded\(path)", connection: "upgrade", idle: upgradedIdle)
        return openings.flatMap { block($0, plain) } + block("location \(upgraded)", other)
    }

    private static func passing(to address: String, connection: String, idle: Duration) -> [String] {
        [
            "proxy_pass \(address);",
            "proxy_http_version 1.1;",
            "proxy_set_header Host $teal_host;",
            "proxy_set_header Connection \(connection);",
            "proxy_set_header X-Forwarded-For $remote_addr;",
            "proxy_set_header X-Forwarded-Host $teal_host;",
            "proxy_set_header X-Forwarded-Proto $scheme;",
            "proxy_connect_timeout 5s;",
            "proxy_read_timeout \(NginxText.time(idle));",
            "proxy_send_timeout \(NginxText.time(idle));",
            // As they come, so that events of a server reach their client at once.
            "proxy_buffering off;",
        ]
    }

    private static func block(_ opening: String, _ lines: [String]) -> [String] {
        ["\(opening) {"] + lines.map { "    \($0)" } + ["}"]
    }
}

/// The variables of routes that take their prefix away from the path.
struct StrippedPaths {
    private(set) var text = ""
    private var names: [String: String] = [:]

    init(_ services: [ServiceTraffic]) throws(SwitchError) {
        let routes = services.flatMap(\.routes).filter(\.stripPrefix)
        let prefixes = Set(routes.map { NginxServers.prefix(of: $0) }).subtracting([""]).sorted()
        for (index, prefix) in prefixes.enumerated() {
            guard NginxText.quoted(prefix) != nil else { throw .refused("'\(prefix)' cannot be a path for nginx") }
            let name = "$teal_path_\(index)"
            text += NginxText.strippingMap(name, prefix: prefix)
            names[prefix] = name
        }
    }

    func variable(of route: Route) -> String? {
        route.stripPrefix ? names[NginxServers.prefix(of: route)] : nil
    }
}
