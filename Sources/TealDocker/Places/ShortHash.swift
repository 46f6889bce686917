import Crypto

/// Names for what has too long or too free a name of its own.
enum ShortHash {
    /// The first 32 hexadecimal digits of the text's SHA-256.
    static func of(_ text: String) -> String { of(Array(text.utf8)) }

    static func of(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return SHA256.hash(data: bytes).prefix(16).reduce(into: "") { text, byte in
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }
}
