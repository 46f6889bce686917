package import TealEngine

/// Something that must never be, and was.
package struct Violation: Hashable, Sendable, Codable {
    package let invariant: Invariant
    package let text: String
    /// When, in milliseconds of the world.
    package let milliseconds: Int64
}
