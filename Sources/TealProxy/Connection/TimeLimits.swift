/// How long a connection may stay in a state, in nanoseconds of the event loop's clock.
///
/// Looked at ten times a second, so each may be exceeded by a tenth of a second. What one side sends never lengthens a
/// limit that is meant for the other.
struct TimeLimits: Sendable {
    /// From the first byte of a request head to its end; then 408.
    var requestHead: Int64 = 10_000_000_000
    /// Without a byte of a request body that the proxy waits for; then 408.
    var requestBodyIdle: Int64 = 60_000_000_000
    /// In each such span a request body must bring ``ByteLimit/bodyPerSpan`` bytes; else 408.
    ///
    /// Counted only while the proxy waits for the client: not while the target is slow to take the body in. Together
    /// they are 512 bytes a second, about the least rate that Apache's `mod_reqtimeout` asks for by default; a modem
    /// brings ten times as much.
    var requestBodySpan: Int64 = 60_000_000_000
    /// Without a request on a client connection; then it is closed.
    var clientIdle: Int64 = 75_000_000_000
    /// A client that makes no room for more of its answers; then the connection is closed.
    var clientStall: Int64 = 300_000_000_000
    /// A client that has closed its sending side while nothing comes from the service; then it counts as gone,
    /// as it does at once in the midst of a request body.
    var halfClosed: Int64 = 1_000_000_000
    /// For the client to take in a last answer and close, so that unread bytes do not reset the connection.
    var linger: Int64 = 2_000_000_000
    /// Without a byte in either direction of an upgraded connection.
    var upgradedIdle: Int64 = 3_600_000_000_000
    /// Waiting for the end of a WebSocket frame before a close frame is put in.
    var frameBorder: Int64 = 250_000_000
    /// Connections that come in at a scope's place after it has left the table are still that scope's; longer than a
    /// listener takes to close.
    var scopeFarewell: Int64 = 2_000_000_000
    /// Waiting for both sides to close after a close frame.
    var upgradedClose: Int64 = 1_000_000_000
}
