/// Where a target listens: a numeric IP address and a TCP port.
package struct TargetAddress: Hashable, Sendable, CustomStringConvertible {
    /// IPv4 (`127.0.0.1`) or IPv6 (`::1`) as text, without brackets.
    ///
    /// Never a name: the proxy resolves nothing.
    package let host: String
    package let port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    package var description: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
