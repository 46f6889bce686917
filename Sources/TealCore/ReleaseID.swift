/// The name of a release: a service's key and a number that counts up from 1 and is never given twice.
package struct ReleaseID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    package let service: ServiceKey
    package let number: Int

    package init(service: ServiceKey, number: Int) {
        self.service = service
        self.number = number
    }

    /// `backend@42`, without the project, as people see it.
    package var description: String { "\(service.service)@\(number)" }

    /// `shop/backend@42`, unique on a host.
    package var qualified: String { "\(service)@\(number)" }

    package static func < (one: Self, other: Self) -> Bool {
        (one.service, one.number) < (other.service, other.number)
    }
}
