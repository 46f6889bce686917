/// A port of the host at which requests come to one service, whatever host they name.
///
/// The proxy listens there and leads to the active slot, so that a release does not change who has the port.
package struct HostPort: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// An IPv4 or IPv6 address of the host; `0.0.0.0` and `::` are all of its family.
    package var address: String
    /// `1...65535`.
    package var port: Int

    package init(address: String = "127.0.0.1", port: Int) {
        self.address = address
        self.port = port
    }

    /// `address:port`, an IPv6 address in brackets.
    package var description: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }

    package var isIPv6: Bool { address.contains(":") }
    /// Whether it is at every address of its family.
    package var isEverywhere: Bool { address == "0.0.0.0" || address == "::" }
    /// Whether only the host itself comes there.
    package var isLoopback: Bool { address.hasPrefix("127.") || address == "::1" }

    /// Whether a connection could come in at both: the same port, at one address or at every one.
    package func meets(_ other: HostPort) -> Bool {
        port == other.port && isIPv6 == other.isIPv6
            && (address == other.address || isEverywhere || other.isEverywhere)
    }

    package static func < (one: Self, other: Self) -> Bool {
        (one.port, one.address) < (other.port, other.address)
    }
}

extension HostPort {
    /// Reads `8080`, `127.0.0.1:8080` or `[::1]:8080`; nil for anything else.
    ///
    /// A port alone is at 127.0.0.1.
    package init?(parsing text: String) {
        let colon = text.lastIndex(of: ":")
        let digits = colon.map { text[text.index(after: $0)...] } ?? text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits),
            (1...65535).contains(port)
        else { return nil }
        guard let colon else {
            self.init(port: port)
            return
        }
        var address = text[..<colon]
        if address.hasPrefix("["), address.hasSuffix("]") {
            address = address.dropFirst().dropLast()
            guard address.contains(":") else { return nil }
        } else if address.contains(":") {
            return nil
        } else {
            let parts = address.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 4, parts.allSatisfy({ UInt8($0) != nil && ($0 == "0" || !$0.hasPrefix("0")) }) else {
                return nil
            }
        }
        self.init(address: String(address), port: port)
    }
}
