/// One replica of a service: the slot it runs in and its position there.
package struct ReplicaID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    package let service: ServiceKey
    package let slot: Slot
    /// The replica's position, `0..<replicas`.
    package let index: Int

    package init(service: ServiceKey, slot: Slot, index: Int) {
        self.service = service
        self.slot = slot
        self.index = index
    }

    /// `backend-blue-0`, as people see it.
    package var description: String { "\(service.service)-\(slot)-\(index)" }

    package static func < (one: Self, other: Self) -> Bool {
        (one.service, one.slot.rawValue, one.index) < (other.service, other.slot.rawValue, other.index)
    }
}
