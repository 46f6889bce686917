/// Durations as people write them: `250ms`, `4s`, `2m`, `1h30m`, `1.5s`.
package enum DurationText {
    enum Failure: Error, Equatable {
        case noUnit(String)
        case malformed
    }

    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9), ("d", 86400e9),
    ]

    static func parse(_ text: String) throws(Failure) -> Duration {
        var rest = text[...]
        var nanoseconds = 0.0
        var smallest = Double.infinity
        guard !rest.isEmpty else { throw .malformed }
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            guard !digits.isEmpty, digits.utf8.count <= 15, let number = Double(digits) else { throw .malformed }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { $0.isLetter }
            if name.isEmpty, rest.isEmpty, digits.count == text.count { throw .noUnit(String(digits)) }
            // Each unit once, the larger before the smaller: `1h30m`.
            guard let unit = units.first(where: { $0.name == name }), unit.nanoseconds < smallest else {
                throw .malformed
            }
            smallest = unit.nanoseconds
            nanoseconds += number * unit.nanoseconds
            rest = rest.dropFirst(name.count)
        }
        // What is not nothing must not become nothing.
        guard nanoseconds < 9e18, nanoseconds == 0 || nanoseconds >= 1 else { throw .malformed }
        return .nanoseconds(Int64(nanoseconds.rounded()))
    }

    /// The shortest exact text: `250ms`, `90s`, `2m`, `1h`.
    package static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        if milliseconds == 0 { return "0s" }
        if milliseconds % 1000 != 0 { return "\(milliseconds)ms" }
        if seconds % 86400 == 0 { return "\(seconds / 86400)d" }
        if seconds % 3600 == 0 { return "\(seconds / 3600)h" }
        if seconds % 60 == 0 { return "\(seconds / 60)m" }
        return "\(seconds)s"
    }
}
