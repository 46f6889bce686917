/// Everything the proxy needs to know to serve: routes, services, targets, and whom it trusts.
///
/// A table replaces the one before as a whole, so that all routes of a release move at once.
package struct RouteTable: Hashable, Sendable {
    /// Rises when another daemon takes over; a table of a lower epoch is refused.
    package var epoch: UInt64
    /// One more than the version before it.
    ///
    /// Zero is the empty table of a new proxy.
    package var version: UInt64
    package var routes: [ProxyRoute]
    package var services: [ProxyService]
    /// Peers whose `Forwarded` and `X-Forwarded-*` fields are kept and extended; from others they are replaced.
    package var trustedProxies: [NetworkPrefix]
    /// Where the proxy listens beside the places that it was started with.
    package var listeners: [ScopedListener]

    package init(
        epoch: UInt64,
        version: UInt64,
        routes: [ProxyRoute],
        services: [ProxyService],
        trustedProxies: [NetworkPrefix] = NetworkPrefix.loopback,
        listeners: [ScopedListener] = []
    ) {
        self.epoch = epoch
        self.version = version
        self.routes = routes
        self.services = services
        self.trustedProxies = trustedProxies
        self.listeners = listeners
    }

    /// What a proxy serves before the first publish: nothing.
    package static let empty = RouteTable(epoch: 0, version: 0, routes: [], services: [])

    /// Says whether `next` may replace this table.
    ///
    /// The epoch must be the same or higher and the version exactly the next one. The identical table is accepted
    /// again, since a daemon that lost the answer publishes it once more.
    ///
    /// - Parameter next: The table that was published.
    /// - Returns: Nil when it may; the reason when it may not.
    package func refusal(of next: RouteTable) -> PublishRefusal? {
        if next == self { return nil }
        if next.epoch < epoch { return .staleEpoch(epoch: epoch, version: version) }
        if version == .max || next.version != version + 1 { return .versionGap(epoch: epoch, version: version) }
        if let complaint = next.complaint() { return .badTable(complaint) }
        return nil
    }
}
