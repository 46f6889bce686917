/// The name of a rollout: a number that counts up from 1 on a host and is never given twice.
package struct RolloutID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    package let number: Int

    package init(number: Int) { self.number = number }

    /// Reads `r17` or `17`.
    package init?(parsing text: String) {
        let digits = text.hasPrefix("r") ? text.dropFirst() : text[...]
        guard let number = Int(digits), number > 0 else { return nil }
        self.number = number
    }

    package var description: String { "r\(number)" }

    package static func < (one: Self, other: Self) -> Bool { one.number < other.number }

    package init(from decoder: any Decoder) throws {
        number = try decoder.singleValueContainer().decode(Int.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }
}
