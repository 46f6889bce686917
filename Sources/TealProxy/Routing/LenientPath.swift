/// A path as the most lenient server might read it, used only to see whether that would change the match.
///
/// Everything percent-encoded is decoded, again and again, a backslash is a slash, what follows `;` in a segment does
/// not count, and empty and `.` segments are left out: `/a/./%62` → `/a/b`, `//a;x=1/b` → `/a/b`, `/a%2Fb` → `/a/b`,
/// `/a%252Fb` → `/a/b`.
struct LenientPath {
    private static let slash = UInt8(ascii: "/")
    /// A backslash, or a slash that was encoded: some split there, some do not.
    private static let maybeSlash = UInt8(ascii: "\\")
    private static let semicolon = UInt8(ascii: ";")

    private(set) var bytes: [UInt8] = []
    /// Whether a reader that decodes or splits less might see other segments that count, not only fewer.
    ///
    /// So with a segment that may be `..`, since what is dropped or split before it decides where it leads, and with a
    /// slash behind `;` that not all take for one, since it decides how much does not count.
    private(set) var isUnclear = false

    init(_ path: UnsafeBufferPointer<UInt8>) {
        let decoded = Self.decoded(path)
        for part in decoded.split(separator: Self.slash) {
            let segments = part.split(separator: Self.maybeSlash, omittingEmptySubsequences: false)
            for (index, segment) in segments.enumerated() {
                let bare = segment.prefix { $0 != Self.semicolon }
                if bare.count < segment.count, index < segments.count - 1 { isUnclear = true }
                if bare.isEmpty || bare.elementsEqual(".".utf8) { continue }
                if bare.elementsEqual("..".utf8) { isUnclear = true }
                bytes.append(Self.slash)
                bytes += bare
            }
        }
        if bytes.isEmpty || decoded.last == Self.slash || decoded.last == Self.maybeSlash { bytes.append(Self.slash) }
    }

    /// The path without any percent-encoding that decoding, once or more, would take away.
    private static func decoded(_ path: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(path.count)
        for byte in path {
            decoded.append(byte)
            // A decoded byte may complete another one before it, as in `%%32e`.
            while decoded.count >= 3, decoded[decoded.count - 3] == UInt8(ascii: "%"),
                let high = hex(decoded[decoded.count - 2]), let low = hex(decoded[decoded.count - 1])
            {
                decoded.removeLast(3)
                let byte = high << 4 | low
                decoded.append(byte == slash ? maybeSlash : byte)
            }
        }
        return decoded
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte &- 0x30
        case 0x41...0x46, 0x61...0x66: (byte | 0x20) &- 0x57
        default: nil
        }
    }
}
