/// Where a replica listens, as seen from its host: an address that Teal assigned, and a port.
package struct Endpoint: Hashable, Sendable, Codable, CustomStringConvertible {
    /// An IPv4 or IPv6 address in text form, without brackets.
    package let address: String
    /// `1...65535`.
    package let port: Int

    package init(address: String, port: Int) {
        self.address = address
        self.port = port
    }

    package var description: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }
}
