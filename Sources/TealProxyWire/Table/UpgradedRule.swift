/// What happens to upgraded connections (WebSocket and others) under a path when their target leaves the table.
package struct UpgradedRule: Hashable, Sendable {
    package enum Mode: UInt8, Sendable, CaseIterable {
        /// The connection stays on the old target until either side ends it, its limit, or a cut.
        case keep = 0
        /// The connection is closed as soon as its target leaves, with close code 1012 where it is a WebSocket.
        case close = 1
    }

    /// Path prefix as the client sent it, on segment borders, before any prefix is stripped.
    ///
    /// Longest match wins.
    package let pathPrefix: String
    package let mode: Mode
    /// With `keep`: how long a connection may stay after its target left; without it until the daemon cuts it.
    package let limit: Duration?

    package init(pathPrefix: String, mode: Mode, limit: Duration? = nil) {
        self.pathPrefix = pathPrefix
        self.mode = mode
        self.limit = limit
    }
}
