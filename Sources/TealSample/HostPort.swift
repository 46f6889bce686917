/// A host name or address with a port, written `host:port`.
struct HostPort: Sendable, Equatable, CustomStringConvertible {
    let host: String
    let port: Int

    /// Fails unless there are both, the port being 1…65535.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex,
            let port = Int(text[text.index(after: colon)...]), (1...65_535).contains(port)
        else { return nil }
        self.host = String(text[..<colon])
        self.port = port
    }

    var description: String { "\(host):\(port)" }
}
