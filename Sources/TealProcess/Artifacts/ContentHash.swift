import Crypto
import Glibc
import TealShimWire

/// SHA-256, in hexadecimal.
enum ContentHash {
    private static let blockBytes = 1 << 20

    static func of(_ bytes: [UInt8]) -> String { text(SHA256.hash(data: bytes)) }

    /// The hash of a file's bytes.
    static func ofFile(_ path: String) throws(SystemError) -> String {
        let file = try Descriptor(opening: path, O_RDONLY)
        var hash = SHA256()
        while true {
            let block = try file.readSome(blockBytes, from: path)
            if block.isEmpty { return text(hash.finalize()) }
            hash.update(data: block)
        }
    }

    private static func text(_ digest: SHA256.Digest) -> String {
        digest.map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }

    /// Whether a text is one that this makes.
    static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}
