/// Sizes such as `512m`, `1.5 GiB` or `1024`; each unit is 1024 times the one before, whatever it is called.
enum ByteText {
    private static let units: [Character: Double] = [
        "b": 1, "k": 0x1p10, "m": 0x1p20, "g": 0x1p30, "t": 0x1p40, "p": 0x1p50,
    ]

    /// The size in bytes; nil for a text that is none.
    static func parse(_ text: String) -> Int? {
        guard let last = text.lastIndex(where: { ("0"..."9").contains($0) || $0 == "." || $0 == " " }) else {
            return nil
        }
        let number = text[last] == " " ? text[..<last] : text[...last]
        let suffix = text[text.index(after: last)...].lowercased()
        guard let size = TypedText.number(String(number)), size >= 0 else { return nil }
        guard let first = suffix.first else { return whole(size) }
        guard let unit = units[first] else { return nil }
        let isFit = first == "b" ? suffix == "b" : ["", "b", "ib"].contains(String(suffix.dropFirst()))
        return isFit ? whole(size * unit) : nil
    }

    private static func whole(_ size: Double) -> Int? { Int(exactly: size.rounded(.towardZero)) }
}
