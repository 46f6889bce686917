/// Extends the forwarded fields of a trusted peer (RFC 7239 section 4, and `X-Forwarded-*` by custom).
enum ForwardedFields {
    /// The fields to add to a head whose peer is trusted and which has forwarded fields already.
    ///
    /// `Forwarded` and `X-Forwarded-For` are extended by the peer; the others are kept as they came, and added only
    /// when missing. When the peer sent one of the two lists and not the other, the other is not made up, since it
    /// would name the peer as the client.
    ///
    /// - Parameters:
    ///   - base: The head's bytes.
    ///   - lines: The head's lines.
    ///   - peer: Who is at the other end.
    ///   - host: The Host field's value.
    /// - Returns: Field lines and the empty line.
    static func extended(_ base: UnsafePointer<UInt8>, _ lines: FieldLines, peer: Peer, host: String) -> [UInt8] {
        let addresses = values(base, lines, .forwardedFor)
        let elements = values(base, lines, .forwarded)
        var text = ""
        if !addresses.isEmpty || elements.isEmpty {
            text += "X-Forwarded-For: \((addresses + [peer.text]).joined(separator: ", "))\r\n"
        }
        if !elements.isEmpty || addresses.isEmpty {
            let own = host.isEmpty ? "for=\(peer.node);proto=http" : "for=\(peer.node);host=\"\(host)\";proto=http"
            text += "Forwarded: \((elements + [own]).joined(separator: ", "))\r\n"
        }
        if !lines.contains(.forwardedProto) { text += "X-Forwarded-Proto: http\r\n" }
        if !lines.contains(.forwardedPort) { text += "X-Forwarded-Port: \(peer.port)\r\n" }
        if !lines.contains(.forwardedHost), !host.isEmpty { text += "X-Forwarded-Host: \(host)\r\n" }
        return Array((text + "\r\n").utf8)
    }

    private static func values(_ base: UnsafePointer<UInt8>, _ lines: FieldLines, _ kind: FieldLine.Kind) -> [String] {
        var values: [String] = []
        for index in 0..<lines.count where lines[index].kind == kind {
            let line = lines[index]
            let (from, to) = FieldScan.trimmed(base, Int(line.valueStart), Int(line.valueEnd))
            if to > from {
                values.append(
                    String(decoding: UnsafeBufferPointer(start: base + from, count: to - from), as: UTF8.self)
                )
            }
        }
        return values
    }
}
