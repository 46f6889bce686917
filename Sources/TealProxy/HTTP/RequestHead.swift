/// The parts of a request head that decide where it goes and how long its body is, as offsets in the bytes scanned.
struct RequestHead {
    enum Method: UInt8 {
        case get
        case head
        /// OPTIONS, TRACE, PUT, DELETE: may be repeated (RFC 9110 section 9.2.2).
        case otherIdempotent
        case other
    }

    /// Where the request line starts; empty lines before it are skipped.
    var start = 0
    /// Behind the empty line.
    var end = 0
    /// Behind the request line's CRLF.
    var lineEnd = 0
    var targetStart = 0
    var targetEnd = 0
    /// Where the path starts: behind scheme and authority when the target has them.
    var pathStart = 0
    /// Where the path ends: at the query or the target's end.
    var pathEnd = 0
    /// The authority of a target in absolute form; empty otherwise.
    var authorityStart = 0
    var authorityEnd = 0
    var hostStart = 0
    var hostEnd = 0
    var contentLength = -1
    var method = Method.other
    var minor: UInt8 = 1
    var hasHost = false
    var isChunked = false
    var connectionClose = false
    var connectionKeepAlive = false
    var connectionUpgrade = false
    /// A `Connection` field names fields that are not to be passed on.
    var nominates: Bool { nominated > 0 }
    /// How many.
    var nominated = 0
    var hasUpgrade = false
    var upgradesToWebSocket = false
    var upgradesToHTTP2 = false
    var expectsContinue = false
    var acceptsTrailers = false
    /// `Forwarded`, `X-Forwarded-*` or `X-Real-IP` is there.
    var hasForwarded = false
    /// The path has `%`, `\`, `;`, `//` or `/.`.
    var isCareful = false

    var hasBody: Bool { isChunked || contentLength > 0 }

    /// Sent again on its own account when no byte of an answer came.
    var isRepeatable: Bool { method != .other && !hasBody }
}
