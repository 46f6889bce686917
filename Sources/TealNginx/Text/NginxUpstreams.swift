import TealCore
import TealDriverKit
import TealNginxSite

/// The upstreams of one service, and the variable that names the one of a request.
///
/// For `shop/web` it is `$teal_shop_web`; the same name with `_upgraded` behind it is for upgraded connections. A site that
/// exists uses both, so that it never has to change: `proxy_pass http://$teal_shop_web;`.
struct NginxUpstreams {
    /// Idle connections to a service that each worker keeps.
    static let keptMax = 32

    let text: String

    /// - Parameters:
    ///   - traffic: The service.
    ///   - vacancy: Where requests go while the service has no targets; it answers 503.
    ///   - marksUpgraded: Whether the kernel has IPv6, so that upgraded connections can be told apart.
    /// - Throws: ``SwitchError/refused(_:)`` with what cannot be served.
    init(_ traffic: ServiceTraffic, vacancy: Endpoint, marksUpgraded: Bool) throws(SwitchError) {
        let name = NginxText.name(of: traffic.service)
        let groups = try Self.groups(of: traffic)
        let key = try Self.key(of: traffic, name)
        var text = "# \(traffic.service)\n" + key.text
        for (index, group) in groups.enumerated() {
            let upstream = groups.count == 1 ? name : "\(name)_\(index)"
            text += Self.upstream(upstream, group.targets.map(\.endpoint), traffic, key.name, or: vacancy)
            let marked = group.targets.map { marksUpgraded ? Self.marked($0.endpoint) : $0.endpoint }
            text += Self.upstream("\(upstream)_upgraded", marked, traffic, key.name, or: vacancy, keeps: false)
        }
        text += Self.choice(groups, name, key.name)
        self.text = text
    }

    private struct Group {
        /// Nil for what is left.
        let percent: Int?
        let targets: [TrafficTarget]
    }

    /// The releases that are set apart, then the others.
    private static func groups(of traffic: ServiceTraffic) throws(SwitchError) -> [Group] {
        guard let shares = traffic.split?.shares, !shares.isEmpty else {
            return [Group(percent: nil, targets: traffic.targets)]
        }
        let named = Set(shares.map(\.release))
        let rest = traffic.targets.filter { !named.contains($0.release) }
        var groups: [Group] = []
        for share in shares {
            let targets = traffic.targets.filter { $0.release == share.release }
            guard (1...99).contains(share.percent), !targets.isEmpty else {
                throw .refused("\(share.release.qualified) cannot have \(share.percent)% with \(targets.count) targets")
            }
            groups.append(Group(percent: share.percent, targets: targets))
        }
        let sum = shares.reduce(0) { $0 + $1.percent }
        guard named.count == shares.count, sum < 100, !rest.isEmpty else {
            throw .refused("the shares of \(traffic.service) are \(sum)% with \(rest.count) targets for what is left")
        }
        return groups + [Group(percent: nil, targets: rest)]
    }

    /// What requests that stay together have in common: the variable, and the text that makes it.
    private static func key(
        of traffic: ServiceTraffic,
        _ name: String
    ) throws(SwitchError) -> (name: String?, text: String) {
        switch traffic.split?.sticky {
        case nil: return (nil, "")
        case .address: return ("$remote_addr", "")
        case .cookie(let cookie):
            // A variable's name is made of it.
            guard !cookie.isEmpty, cookie.utf8.allSatisfy({ $0 == UInt8(ascii: "_") || isLetterOrDigit($0) }) else {
                throw .refused("nginx can look at cookies named by letters, digits and _ only: '\(cookie)'")
            }
            let text = "map $cookie_\(cookie) $\(name)_key {\n    '' $remote_addr;\n    default $cookie_\(cookie);\n}\n"
            return ("$\(name)_key", text)
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func upstream(
        _ name: String,
        _ endpoints: [Endpoint],
        _ traffic: ServiceTraffic,
        _ key: String?,
        or vacancy: Endpoint,
        keeps: Bool = true
    ) -> String {
        var lines: [String] = []
        if let key {
            lines.append("hash \(key) consistent;")
        } else if traffic.proxy.balance == .leastRequests {
            lines.append("least_conn;")
        }
        // A replica that answers nothing is left alone for a second only: whether it is well is for Teal to say.
        lines += (endpoints.isEmpty ? [vacancy] : endpoints).map { "server \($0) max_fails=1 fail_timeout=1s;" }
        if keeps, !endpoints.isEmpty {
            lines.append("keepalive \(keptMax);")
            lines.append("keepalive_timeout \(NginxText.time(traffic.proxy.upstreamIdle));")
        }
        return "upstream \(name) {\n" + lines.map { "    \($0)\n" }.joined() + "}\n"
    }

    private static func choice(_ groups: [Group], _ name: String, _ key: String?) -> String {
        guard groups.count > 1 else { return "map '' $\(name) {\n    default \(name);\n}\n" }
        var text = "split_clients \"\(key ?? "$request_id")\" $\(name) {\n"
        for (index, group) in groups.enumerated() {
            text += "    \(group.percent.map { "\($0)%" } ?? "*") \(name)_\(index);\n"
        }
        return text + "}\n"
    }

    /// An IPv4 address as IPv6 writes it: the same place, and another kind of socket.
    private static func marked(_ endpoint: Endpoint) -> Endpoint {
        endpoint.address.contains(":") ? endpoint : Endpoint(address: "::ffff:\(endpoint.address)", port: endpoint.port)
    }
}
