/// The phases of a rollout, as people see them, in order.
package enum Phase: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    case preflight
    case fetch
    case migrate
    case start
    case prove
    case smoke
    case switching = "switch"
    case watch
    case drain
    case settle
    /// Taking users back to the old release, and the new one away.
    case revert

    package static func < (one: Self, other: Self) -> Bool { one.position < other.position }

    private var position: Int { Self.allCases.firstIndex(of: self) ?? Self.allCases.count }
}
