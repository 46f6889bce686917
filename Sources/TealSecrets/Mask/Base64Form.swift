/// What a value looks like inside longer base64 text (RFC 4648 sections 4 and 5).
///
/// The value may begin at any of three alignments. A pattern has only the digits that the value alone decides; the digit
/// before and the one after may hold some of its bits as well.
struct Base64Form {
    private static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let url = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The patterns of a value in both alphabets, at most six.
    static func patterns(of value: [UInt8]) -> [Pattern] {
        var patterns: [Pattern] = []
        for before in 0..<3 {
            let skipped = (before * 8 + 5) / 6
            let digits = digits(of: [UInt8](repeating: 0, count: before) + value).dropFirst(skipped)
            for alphabet in [standard, url] {
                let pattern = Pattern(
                    bytes: digits.map { alphabet[Int($0)] },
                    reachesBefore: before > 0,
                    reachesAfter: (before + value.count) % 3 != 0
                )
                if patterns.last?.bytes != pattern.bytes { patterns.append(pattern) }
            }
        }
        return patterns
    }

    /// Whether a byte is a digit of either alphabet.
    static func isDigit(_ byte: UInt8) -> Bool { standard.contains(byte) || url.suffix(2).contains(byte) }

    /// The whole digits, `0..<64`, that the bytes decide; bits left over at the end are not among them.
    private static func digits(of bytes: [UInt8]) -> [UInt8] {
        var digits: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                digits.append(UInt8(bits >> UInt32(count) & 63))
            }
            bits &= 63
        }
        return digits
    }
}
