/// The SHA-256 of an artifact, as 64 lower-case hexadecimal digits.
package struct ArtifactHash: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Checks `text`; nil when it is no such hash.
    package init?(parsing text: some StringProtocol) {
        guard text.utf8.count == 64 else { return nil }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): continue
            default: return nil
            }
        }
        description = String(text)
    }
}
