/// How long a connection may stay in a state, in nanoseconds of the event loop's clock.
///
/// Looked at ten times a second, so each may be exceeded by a tenth of a second.
enum TimeLimit {
    /// From the first byte of a request head to its end; then 408.
    static let requestHead: Int64 = 10_000_000_000
    /// Without a byte of a request body that the proxy waits for; then 408.
    static let requestBodyIdle: Int64 = 60_000_000_000
    /// Without a request on a client connection; then it is closed.
    static let clientIdle: Int64 = 75_000_000_000
    /// A client that takes no byte of its answer; then the connection is closed.
    static let clientStall: Int64 = 300_000_000_000
    /// A client that has closed its sending side while nothing comes from the service; then it counts as gone,
    /// as it does at once in the midst of a request body.
    static let halfClosed: Int64 = 1_000_000_000
    /// Waiting for the client to take in a last answer and close, so that unread bytes do not reset the connection.
    static let linger: Int64 = 2_000_000_000
    /// Without a byte in either direction of an upgraded connection.
    static let upgradedIdle: Int64 = 3_600_000_000_000
    /// Waiting for the end of a WebSocket frame before a close frame is put in.
    static let frameBorder: Int64 = 250_000_000
    /// Waiting for both sides to close after a close frame.
    static let upgradedClose: Int64 = 1_000_000_000
}

/// How many bytes a connection may hold back.
enum ByteLimit {
    /// Bytes of requests that were sent ahead of the answer to the one before.
    static let pipelined = 64 << 10
    /// Bytes of a request body that wait for a connection to the target.
    static let pending = 256 << 10
    /// What may be queued on a socket before the other side is no longer read, and where it is read again.
    ///
    /// NIO's default of 64 KiB would switch reading off and on for each answer of that size, at two system calls.
    static let writeHigh = 512 << 10
    static let writeLow = 128 << 10
}
