extension RouteTable {
    /// The most routes of a table.
    package static let routesMax = 4096
    /// The most services of a table.
    package static let servicesMax = 2048
    /// The most targets of one service.
    package static let targetsMax = 256
    /// The most listeners that a table names.
    package static let listenersMax = 1024
    /// The longest host name, path prefix, service name or text, in bytes.
    package static let textBytesMax = 1024

    /// The first thing that is wrong with the table, in one line; nil when the proxy can serve it.
    package func complaint() -> String? {
        if routes.count > Self.routesMax { return "\(routes.count) routes, at most \(Self.routesMax)" }
        if services.count > Self.servicesMax { return "\(services.count) services, at most \(Self.servicesMax)" }
        var names: Set<String> = []
        var targets: [TargetID: TargetAddress] = [:]
        for service in services {
            if !names.insert(service.name).inserted { return "service \(service.name) is there twice" }
            if let complaint = service.complaint() { return "service \(service.name): \(complaint)" }
            for target in service.targets {
                if let other = targets.updateValue(target.address, forKey: target.id), other != target.address {
                    return "target \(target.id) has two addresses, \(other) and \(target.address)"
                }
            }
        }
        var places: Set<Place> = []
        let ports = portScopes
        for route in routes {
            if !names.contains(route.service) {
                return "a route names the service \(route.service), which is not there"
            }
            if let complaint = route.complaint(ports) { return "route to \(route.service): \(complaint)" }
            for host in route.hosts.isEmpty ? [""] : route.hosts {
                // `/api` and `/api/` take the same paths.
                let prefix = String(route.pathPrefix.reversed().drop { $0 == "/" }.reversed())
                let place = Place(listener: route.listener, scope: route.scope, host: host, prefix: prefix)
                if !places.insert(place).inserted {
                    let inside = route.scope.map { " in \($0)" } ?? ""
                    return "two routes take \(host.isEmpty ? "any host" : host)\(route.pathPrefix)\(inside)"
                }
            }
        }
        return listenerComplaint()
    }

    private func listenerComplaint() -> String? {
        if listeners.count > Self.listenersMax { return "\(listeners.count) listeners, at most \(Self.listenersMax)" }
        var taken: Set<[UInt8]> = []
        let ports = portScopes
        for listener in listeners where listener.sources != nil && ports.contains(listener.scope) {
            return "the scope of the listener \(listener) is one of ports and one of a network"
        }
        for listener in listeners {
            if listener.scope.isEmpty || listener.scope.utf8.count > Self.textBytesMax {
                return "the scope of the listener \(listener.address) is empty or too long"
            }
            guard let bytes = IPAddressText.bytes(of: listener.address.host), listener.address.port != 0,
                listener.isPort || bytes.contains(where: { $0 != 0 })
            else { return "the listener \(listener) has no fit address" }
            if let sources = listener.sources, sources.bytes.count != bytes.count {
                return "the listener \(listener) is for another family of addresses: \(sources)"
            }
            let port = [UInt8(listener.address.port >> 8), UInt8(listener.address.port & 0xff)]
            if !taken.insert(bytes + port).inserted { return "the listener \(listener.address) is there twice" }
        }
        return nil
    }

    private struct Place: Hashable {
        let listener: ProxyRoute.Listener
        let scope: String?
        let host: String
        let prefix: String
    }
}

extension ProxyService {
    fileprivate func complaint() -> String? {
        if name.isEmpty || name.utf8.count > RouteTable.textBytesMax { return "its name is empty or too long" }
        if targets.count > RouteTable.targetsMax { return "\(targets.count) targets, at most \(RouteTable.targetsMax)" }
        var ids: Set<TargetID> = []
        for target in targets {
            if target.id.text.isEmpty || target.id.text.utf8.count > TargetID.bytesMax {
                return "a target has no fit name"
            }
            if !ids.insert(target.id).inserted { return "target \(target.id) is there twice" }
            if target.address.port == 0 || IPAddressText.bytes(of: target.address.host) == nil {
                return "target \(target.id) has no fit address: \(target.address)"
            }
        }
        for duration in [upstreamIdle, connectTimeout, responseHeadIdle, responseIdle] where duration <= .zero {
            return "a time limit is not above zero"
        }
        for rule in upgradedRules {
            if let complaint = ProxyRoute.complaint(prefix: rule.pathPrefix) { return "upgraded rule: \(complaint)" }
        }
        return nil
    }
}

extension ProxyRoute {
    /// What is wrong with it, in one line; nil for nothing.
    ///
    /// - Parameter ports: The scopes of ports, whose routes may take any host.
    /// - Returns: The line.
    fileprivate func complaint(_ ports: Set<String>) -> String? {
        if let complaint = Self.complaint(prefix: pathPrefix) { return complaint }
        if let scope {
            if scope.isEmpty || scope.utf8.count > RouteTable.textBytesMax { return "its scope is empty or too long" }
            if listener != .internal || hosts.isEmpty && !ports.contains(scope) {
                return "a route of a scope is internal and names its hosts"
            }
        }
        for host in hosts {
            if host.isEmpty || host.utf8.count > 255 || !host.utf8.allSatisfy(Self.isHostByte) || host.hasSuffix(".") {
                return "\(host.debugDescription) is not a lower-case host name without port and trailing dot"
            }
        }
        if let text = unavailableText {
            if text.utf8.count > RouteTable.textBytesMax || text.utf8.contains(where: { $0 < 0x20 && $0 != 9 }) {
                return "its text is too long or not one line"
            }
        }
        return nil
    }

    fileprivate static func complaint(prefix: String) -> String? {
        guard prefix.utf8.first == UInt8(ascii: "/"), prefix.utf8.count <= RouteTable.textBytesMax else {
            return "the prefix \(prefix.debugDescription) does not start with / or is too long"
        }
        for byte in prefix.utf8 where byte <= 0x20 || byte >= 0x7f || "?#%\\".utf8.contains(byte) {
            return "the prefix \(prefix.debugDescription) has a byte that a prefix may not have"
        }
        for segment in prefix.split(separator: "/", omittingEmptySubsequences: true)
        where segment == "." || segment == ".." {
            return "the prefix \(prefix.debugDescription) has a dot segment"
        }
        return nil
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
