/// Sizes in bytes as people write them: `512m`, `20MiB`, `1g`.
///
/// Every unit is a power of 1024.
package enum SizeText {
    enum Failure: Error, Equatable {
        case noUnit(String)
        case malformed
    }

    static func parse(_ text: String) throws(Failure) -> Int {
        let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        guard !digits.isEmpty, digits.utf8.count <= 15, let number = Double(digits) else { throw .malformed }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        let shift: Int
        switch unit {
        case "": throw .noUnit(String(digits))
        case "b": shift = 0
        case "k", "kb", "kib": shift = 10
        case "m", "mb", "mib": shift = 20
        case "g", "gb", "gib": shift = 30
        case "t", "tb", "tib": shift = 40
        default: throw .malformed
        }
        let bytes = number * Double(1 << shift)
        guard bytes < 9e18 else { throw .malformed }
        return Int(bytes)
    }

    /// The shortest exact text: `512m`, `1g`, `100b`.
    package static func text(_ bytes: Int) -> String {
        for (unit, shift) in [("t", 40), ("g", 30), ("m", 20), ("k", 10)] where bytes >= 1 << shift {
            if bytes % (1 << shift) == 0 { return "\(bytes >> shift)\(unit)" }
        }
        return "\(bytes)b"
    }
}
