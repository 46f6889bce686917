/// One of the two places where a service's release runs on a host.
package enum Slot: String, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
    case blue
    case green

    package var other: Slot { self == .blue ? .green : .blue }
    package var description: String { rawValue }
}
