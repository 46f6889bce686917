/// Which requests go to a service: the listener they came in by, their host and their path.
package struct ProxyRoute: Hashable, Sendable {
    package enum Listener: UInt8, Sendable, CaseIterable {
        /// The listeners that users reach.
        case `public` = 0
        /// The listeners that only services on this host reach.
        case `internal` = 1
    }

    package var listener: Listener
    /// Lower-case host names without port or trailing dot; IPv6 in brackets.
    ///
    /// Empty: any host that no other route names.
    package var hosts: [String]
    /// Starts with `/`.
    ///
    /// Matches whole segments: `/api` takes `/api` and `/api/x`, not `/apix`. Longest wins.
    package var pathPrefix: String
    /// Whether the prefix is taken off before the request goes upstream.
    package var stripPrefix: Bool
    /// The ``ProxyService/name`` that takes the requests.
    package var service: String
    /// One line for the 503 that is answered while the service has no targets; a plain sentence when absent.
    package var unavailableText: String?
    /// The scope by whose listeners alone the route is reached; nil for every listener of its kind.
    ///
    /// Such a route is an internal one. It names its hosts, but in a scope of ports of the host, where it may take any.
    package var scope: String?

    package init(
        listener: Listener = .public,
        hosts: [String] = [],
        pathPrefix: String = "/",
        stripPrefix: Bool = false,
        service: String,
        unavailableText: String? = nil,
        scope: String? = nil
    ) {
        self.listener = listener
        self.hosts = hosts
        self.pathPrefix = pathPrefix
        self.stripPrefix = stripPrefix
        self.service = service
        self.unavailableText = unavailableText
        self.scope = scope
    }
}
