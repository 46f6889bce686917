import NIOCore

extension FrontConnection {
    /// How long a client should wait before it asks again while a service has no target, in seconds.
    private static let retryAfterSeconds = 1

    /// Answers the request here, with one line of text.
    ///
    /// The connection stays open when the request was read to its end; otherwise the answer says `close`, and what the
    /// client still sends is dropped until it has read the answer.
    func answer(_ refusal: Refusal) {
        dropBack()
        switch refusal {
        case .badGateway, .badResponse, .unavailable, .gatewayTimeout, .cut: break
        default: loop.refused &+= 1
        }
        if requestBody != .done || isLast { keepsAlive = false }
        let (code, reason) = refusal.status
        let text = text(for: refusal) + "\n"
        var head = "HTTP/1.1 \(code) \(reason)\r\nContent-Type: text/plain; charset=utf-8\r\n"
        head += "Content-Length: \(text.utf8.count)\r\nCache-Control: no-store\r\n"
        if refusal == .unavailable || refusal == .cut { head += "Retry-After: \(Self.retryAfterSeconds)\r\n" }
        if !keepsAlive {
            head += "Connection: close\r\n"
        } else if self.head.minor == 0 {
            head += "Connection: keep-alive\r\n"
        }
        head += "\r\n"
        isResponding = true
        write(ByteBuffer(string: self.head.method == .head ? head : head + text))
        settle()
    }

    private func text(for refusal: Refusal) -> String {
        switch refusal {
        case .bodyTooLong:
            if let service {
                return "The request body is too long: \(service.name) takes at most \(service.bodyBytesMax) bytes."
            }
        case .unavailable:
            if let text = route?.unavailableText { return text }
        default: break
        }
        return refusal.text
    }
}
