/// A service on one host: what holds a place of its own in a release over several hosts.
package struct Placement: Hashable, Sendable, Codable, CustomStringConvertible {
    package let service: ServiceKey
    /// Nil: the host whose journal holds it.
    package let host: HostName?

    package init(service: ServiceKey, host: HostName? = nil) {
        self.service = service
        self.host = host
    }

    /// `shop/web`, or `shop/web on b`.
    package var description: String { host.map { "\(service) on \($0)" } ?? "\(service)" }
}
