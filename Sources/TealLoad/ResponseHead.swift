import NIOCore

/// The head of an answer, as far as the generator cares.
struct ResponseHead: Equatable {
    /// How the end of the body is found (RFC 9112, section 6.3).
    enum Framing: Equatable {
        case length(Int)
        case chunked
        case untilClose
    }

    let status: Int
    let release: String?
    let framing: Framing
    let keepsAlive: Bool
    /// The value of `Sec-WebSocket-Accept`.
    let accept: String?

    /// Parses the lines of a head, without the empty one at its end.
    init(lines: [Substring]) throws(ResponseError) {
        guard let first = lines.first, first.hasPrefix("HTTP/1."), let status = Int(first.dropFirst(9).prefix(3)) else {
            throw .malformed("status line \(lines.first?.prefix(60) ?? "")")
        }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw .malformed("header line \(line.prefix(60))") }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            fields[line[..<colon].lowercased()] = String(value)
        }
        self.status = status
        self.release = fields["x-release"]
        self.accept = fields["sec-websocket-accept"]
        self.framing = try Self.framing(fields, status: status)
        self.keepsAlive =
            first.hasPrefix("HTTP/1.1") && fields["connection"]?.lowercased() != "close" && framing != .untilClose
    }

    private static func framing(_ fields: [String: String], status: Int) throws(ResponseError) -> Framing {
        if status < 200 || status == 204 || status == 304 { return .length(0) }
        if fields["transfer-encoding"]?.lowercased() == "chunked" { return .chunked }
        guard let text = fields["content-length"] else { return .untilClose }
        guard let length = Int(text), length >= 0 else { throw .malformed("Content-Length \(text)") }
        return .length(length)
    }
}

/// An answer that is not HTTP/1.1.
enum ResponseError: Error, Equatable {
    case malformed(String)
    case headTooLong
}
