import Glibc
package import TealCore

/// Looks for secret values in bytes that somebody keeps: files, argument lists, labels.
///
/// A value is found as it is, as a JSON string has it, and in base64 of either alphabet at every alignment.
package struct SecretTrace: Sendable, CustomStringConvertible, CustomReflectable {
    /// Shorter values, in bytes, are not looked for: they would be found everywhere.
    package static let valueBytesMin = 8

    private struct Value: Sendable {
        let name: String
        let forms: [[UInt8]]
    }

    private let values: [Value]
    /// The length of the longest form, in bytes.
    package let bytesMost: Int

    /// A trace of values by name.
    ///
    /// - Parameters:
    ///   - secrets: The values; of equal ones the first name is told.
    ///   - plain: Text that is no secret: a value that is in it cannot be told from it and is not looked for.
    package init(_ secrets: [String: Secret], except plain: [UInt8] = []) {
        var known: Set<[UInt8]> = []
        var values: [Value] = []
        for (name, secret) in secrets.sorted(by: { $0.key < $1.key }) {
            let bytes = Array(secret.reveal().utf8)
            guard bytes.count >= Self.valueBytesMin, known.insert(bytes).inserted, !Self.holds(plain, bytes) else {
                continue
            }
            let encoded = Base64Form.patterns(of: bytes).map(\.bytes).filter { $0.count >= Self.valueBytesMin }
            values.append(Value(name: name, forms: Array(Set([bytes, Self.escaped(bytes)] + encoded))))
        }
        self.values = values
        bytesMost = values.flatMap(\.forms).map(\.count).max() ?? 0
    }

    /// The names of the values that are in some bytes, ascending.
    package func names(in bytes: [UInt8]) -> [String] {
        values.filter { value in value.forms.contains { Self.holds(bytes, $0) } }.map(\.name)
    }

    package var description: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// As a string in JSON (RFC 8259, section 7), without escaped slashes.
    private static func escaped(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case 0x22, 0x5C: [0x5C, byte]
            case 0x0A: Array("\\n".utf8)
            case 0x0D: Array("\\r".utf8)
            case 0x09: Array("\\t".utf8)
            default: [byte]
            }
        }
    }

    private static func holds(_ bytes: [UInt8], _ form: [UInt8]) -> Bool {
        guard let first = form.first, bytes.count >= form.count else { return false }
        return bytes.withUnsafeBytes { text in
            form.withUnsafeBytes { wanted in
                guard let base = text.baseAddress, let needle = wanted.baseAddress else { return false }
                var begin = 0
                let last = text.count - wanted.count
                while begin <= last, let hit = memchr(base + begin, Int32(first), last - begin + 1) {
                    begin = UnsafeRawPointer(hit) - base
                    if memcmp(base + begin, needle, wanted.count) == 0 { return true }
                    begin += 1
                }
                return false
            }
        }
    }
}
