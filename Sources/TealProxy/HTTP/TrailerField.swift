/// Which fields may not come behind a chunked body (RFC 9110 section 6.5.1).
///
/// Those that decide framing, routing, who asks and with what right, or how the content is to be read, and those that
/// hold for one connection only (section 7.6.1): a service that puts trailers among the other fields would take them for
/// the head's, from which the proxy drops or replaces them.
enum TrailerField {
    private static let refused: Set<String> = [
        "authorization", "connection", "cookie", "expect", "forwarded", "host", "keep-alive", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "x-real-ip",
    ]

    /// A byte of a name for comparing: lower-case, and an underscore as the hyphen that CGI makes of it.
    @inline(__always) static func normal(_ byte: UInt8) -> UInt8 {
        byte == UInt8(ascii: "_") ? UInt8(ascii: "-") : FieldScan.lowered(byte)
    }

    /// Whether a field is refused as a trailer; its name is in the form of ``normal(_:)``.
    static func isRefused(_ name: [UInt8]) -> Bool {
        let text = String(decoding: name, as: UTF8.self)
        if refused.contains(text) || text.hasPrefix("x-forwarded-") { return true }
        // A digest is known only at the end of the content, and RFC 9530 section 2 has it there.
        return text.hasPrefix("content-") && text != "content-digest"
    }
}
