/// The parts of a response head that decide how long its body is and what becomes of the connection.
struct ResponseHead {
    /// Behind the empty line.
    var end = 0
    var lineEnd = 0
    var status = 0
    var minor: UInt8 = 1
    var contentLength = -1
    var isChunked = false
    var connectionClose = false
    var connectionKeepAlive = false
    /// A `Connection` field names fields that are not to be passed on.
    var nominates: Bool { nominated > 0 }
    /// How many.
    var nominated = 0
    /// `Keep-Alive: timeout=`, in seconds; negative when it was not there.
    var keepAliveSeconds = -1

    /// Whether the connection may take another request after this response (RFC 9112 section 9.3).
    var keepsAlive: Bool { minor == 1 ? !connectionClose : connectionKeepAlive && !connectionClose }
}
