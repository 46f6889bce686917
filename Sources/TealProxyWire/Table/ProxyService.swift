/// The targets that take a service's requests, and the limits that hold for each request.
package struct ProxyService: Hashable, Sendable {
    package enum Balance: UInt8, Sendable, CaseIterable {
        /// One target after the other.
        case roundRobin = 0
        /// The target with the fewest requests in flight from the same event loop; ties go round.
        case leastRequests = 1
    }

    /// `project/service`; routes name it.
    package var name: String
    /// May be empty: then requests are answered 503 with `Retry-After`.
    package var targets: [ProxyTarget]
    package var balance: Balance
    /// How long an unused upstream connection is kept.
    ///
    /// Keep it below the service's own keep-alive limit.
    package var upstreamIdle: Duration
    /// The longest request body, in bytes; a longer one is answered 413.
    package var bodyBytesMax: UInt64
    /// How long to wait for a TCP connection to one target before another is tried.
    package var connectTimeout: Duration
    /// How long the target may stay silent before its response head; then 504.
    package var responseHeadIdle: Duration
    /// How long the target may stay silent inside a response; then the answer is cut.
    package var responseIdle: Duration
    /// Rules for upgraded connections; a path that none matches is kept without a limit.
    package var upgradedRules: [UpgradedRule]

    package static let upstreamIdleDefault: Duration = .seconds(4)
    package static let bodyBytesMaxDefault: UInt64 = 20 << 20
    package static let connectTimeoutDefault: Duration = .milliseconds(1500)
    package static let responseHeadIdleDefault: Duration = .seconds(60)
    package static let responseIdleDefault: Duration = .seconds(300)

    package init(
        name: String,
        targets: [ProxyTarget],
        balance: Balance = .roundRobin,
        upstreamIdle: Duration = upstreamIdleDefault,
        bodyBytesMax: UInt64 = bodyBytesMaxDefault,
        connectTimeout: Duration = connectTimeoutDefault,
        responseHeadIdle: Duration = responseHeadIdleDefault,
        responseIdle: Duration = responseIdleDefault,
        upgradedRules: [UpgradedRule] = []
    ) {
        self.name = name
        self.targets = targets
        self.balance = balance
        self.upstreamIdle = upstreamIdle
        self.bodyBytesMax = bodyBytesMax
        self.connectTimeout = connectTimeout
        self.responseHeadIdle = responseHeadIdle
        self.responseIdle = responseIdle
        self.upgradedRules = upgradedRules
    }
}
