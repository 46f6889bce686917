/// Durations and sizes as `teal.yml` has them.
enum Quantity {
    /// The longest duration of any key.
    static let millisecondsMax = 24 * 3_600_000

    /// `1600ms`, `5s`, `2m`; nil for what no key takes.
    static func duration(milliseconds: Double?) -> String? {
        guard let milliseconds, milliseconds >= 0, milliseconds <= Double(millisecondsMax) else { return nil }
        let whole = Int(milliseconds.rounded(.up))
        if whole == 0 { return "0s" }
        if whole % 1000 != 0 { return "\(whole)ms" }
        for (unit, size) in [("h", 3_600_000), ("m", 60_000)] where whole % size == 0 {
            return "\(whole / size)\(unit)"
        }
        return "\(whole / 1000)s"
    }

    static func duration(seconds: Double?) -> String? { duration(milliseconds: seconds.map { $0 * 1000 }) }

    /// `512m`, `1g`, `100b`.
    static func size(bytes: Int) -> String {
        for (unit, shift) in [("t", 40), ("g", 30), ("m", 20), ("k", 10)] where bytes >= 1 << shift {
            if bytes % (1 << shift) == 0 { return "\(bytes >> shift)\(unit)" }
        }
        return "\(bytes)b"
    }

    /// The bytes of `1G`, `512m`, `300KB` or a bare number of bytes, every unit a power of 1024.
    static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits) else { return nil }
        let shift: Int
        switch text.dropFirst(digits.count).lowercased() {
        case "", "b": shift = 0
        case "k", "kb", "kib": shift = 10
        case "m", "mb", "mib": shift = 20
        case "g", "gb", "gib": shift = 30
        case "t", "tb", "tib": shift = 40
        default: return nil
        }
        let bytes = number * Double(1 << shift)
        return bytes < 9e15 ? Int(bytes) : nil
    }

    /// A limit of memory that `resources.memory` takes.
    static func memory(_ bytes: Int?) -> String? {
        guard let bytes, (4 << 20...4 << 40).contains(bytes) else { return nil }
        return size(bytes: bytes)
    }
}
