/// Which requests a service takes.
package struct Route: Hashable, Sendable, Codable {
    /// Lower-case host names without port; empty takes every host.
    package var hosts: [String]
    /// Begins with `/`; the longest matching prefix wins, on segment borders.
    package var pathPrefix: String
    /// Whether the service sees the path without the prefix.
    package var stripPrefix: Bool
    /// Whether only the internal listener knows it.
    package var internalOnly: Bool
    /// What happens to upgraded connections at a switch, by path; the longest matching prefix wins.
    package var upgraded: [UpgradedRule]

    package init(
        hosts: [String] = [],
        pathPrefix: String = "/",
        stripPrefix: Bool = false,
        internalOnly: Bool = false,
        upgraded: [UpgradedRule] = []
    ) {
        self.hosts = hosts
        self.pathPrefix = pathPrefix
        self.stripPrefix = stripPrefix
        self.internalOnly = internalOnly
        self.upgraded = upgraded
    }
}

/// What happens at a switch to the upgraded connections (WebSocket and the like) under a path.
package struct UpgradedRule: Hashable, Sendable, Codable {
    package enum Mode: String, Hashable, Sendable, Codable, CaseIterable {
        /// They stay on the old release until they end or their limit passes.
        case keep
        /// They are closed at the switch, so that clients meet again on the new release.
        case close
    }

    package var pathPrefix: String
    package var mode: Mode
    /// How long kept ones may live on after the switch; nil for the service's drain limit.
    package var limit: Duration?

    package init(pathPrefix: String, mode: Mode, limit: Duration? = nil) {
        self.pathPrefix = pathPrefix
        self.mode = mode
        self.limit = limit
    }
}

/// How the proxy treats one service's requests.
package struct ProxyPolicy: Hashable, Sendable, Codable {
    package enum Balance: String, Hashable, Sendable, Codable, CaseIterable {
        case roundRobin = "round-robin"
        case leastRequests = "least-requests"
    }

    package var balance: Balance = .roundRobin
    /// Larger request bodies are answered with 413.
    package var bodyBytesMax: Int = 20 << 20
    /// Idle connections to the service end after this; below the service's own keep-alive limit.
    package var upstreamIdle: Duration = .seconds(4)
    /// How long a response may be silent before it is given up.
    package var responseIdle: Duration = .seconds(60)

    package init() {}
}
