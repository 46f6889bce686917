import NIOHTTP1

/// The server's half of the opening handshake (RFC 6455, section 4.2.2).
enum WebSocketHandshake {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

    /// The value of `Sec-WebSocket-Accept`; `nil` when the request is no handshake of version 13.
    static func accept(_ request: Request) -> String? {
        let headers = request.head.headers
        guard request.head.method == .GET, request.asksForUpgrade,
            headers[canonicalForm: "Upgrade"].contains(where: { $0.lowercased() == "websocket" }),
            headers.first(name: "Sec-WebSocket-Version") == "13",
            let key = headers.first(name: "Sec-WebSocket-Key")
        else { return nil }
        return accept(key: key)
    }

    /// For `dGhlIHNhbXBsZSBub25jZQ==` it is `s3pPLMBiTxaQ9kYGzzhZRbK+xOo=` (the RFC's own example).
    static func accept(key: String) -> String {
        base64(SHA1.digest(of: key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for offset in 0..<3 {
                bits = bits << 8 | UInt32(offset < group.count ? group[start + offset] : 0)
            }
            for position in 0..<4 {
                let digit = Int(bits >> UInt32(18 - position * 6) & 63)
                text.append(position <= group.count ? alphabet[digit] : "=")
            }
        }
        return text
    }
}
