import Crypto
import FoundationEssentials

/// The format of a sealed file: a head that anybody can read, then AES-256-GCM (NIST SP 800-38D).
///
/// | bytes | what |
/// |---|---|
/// | 8 | `TEALSEAL` |
/// | 1 | the format's version, 1 |
/// | 8 | the key's id |
/// | 32 | the mark: HMAC-SHA-256 of place and value |
/// | 12 | the nonce, random |
/// | n | the value, encrypted |
/// | 16 | the tag, over value, head and place |
///
/// The place (what the value is and whose) is not in the file: a file that was moved elsewhere does not open.
struct SealedFile {
    static let keyIDBytesCount = 8
    private static let magic = Array("TEALSEAL".utf8)
    private static let version: UInt8 = 1
    private static let markBytesCount = 32
    private static let headBytesCount = 8 + 1 + keyIDBytesCount + markBytesCount

    /// Why bytes do not open.
    enum Failure: Error {
        /// It was sealed with another key.
        case foreignKey
        case damaged(String)
    }

    /// Seals a value for a place.
    static func seal(_ value: [UInt8], for place: [String], with key: MasterKey) -> [UInt8] {
        let head = magic + [version] + key.id + mark(of: value, for: place, with: key)
        do {
            let box = try AES.GCM.seal(value, using: key.sealing, authenticating: head + bytes(of: place))
            return head + Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
        } catch {
            // AES-GCM refuses only keys and nonces of a wrong size (CryptoKitError), and ours are fixed.
            preconditionFailure("AES-GCM refused to seal: \(error)")
        }
    }

    /// Opens what ``seal(_:for:with:)`` made for the same place.
    static func open(_ file: [UInt8], for place: [String], with key: MasterKey) throws(Failure) -> [UInt8] {
        guard file.count > headBytesCount, file.starts(with: magic) else { throw .damaged("it is no sealed file") }
        guard file[magic.count] == version else {
            throw .damaged("its format \(file[magic.count]) is not known to this Teal")
        }
        guard file[(magic.count + 1)...].prefix(keyIDBytesCount).elementsEqual(key.id) else { throw .foreignKey }
        let head = Array(file.prefix(headBytesCount))
        do {
            let box = try AES.GCM.SealedBox(combined: Data(file.dropFirst(headBytesCount)))
            return Array(try AES.GCM.open(box, using: key.sealing, authenticating: head + bytes(of: place)))
        } catch {
            // Which byte is wrong cannot be told, and nothing of the error helps a person.
            throw .damaged("it is damaged, or was moved here from another place")
        }
    }

    /// Whether an opened file holds `value`, by comparing marks in constant time.
    static func holds(_ value: [UInt8], _ file: [UInt8], for place: [String], with key: MasterKey) -> Bool {
        let mark = file.prefix(headBytesCount).suffix(markBytesCount)
        return HMAC<SHA256>.isValidAuthenticationCode(
            mark,
            authenticating: bytes(of: place) + value,
            using: key.marking
        )
    }

    /// A mark of several named values, which is none that a file of one has; in hexadecimal.
    static func mark(of values: [(name: String, value: [UInt8])], with key: MasterKey) -> String {
        var text = bytes(of: ["marks", "\(values.count)"])
        for (name, value) in values {
            text += bytes(of: [name]) + withUnsafeBytes(of: UInt32(value.count).bigEndian, Array.init) + value
        }
        return HMAC<SHA256>.authenticationCode(for: text, using: key.marking).map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }

    private static func mark(of value: [UInt8], for place: [String], with key: MasterKey) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes(of: place) + value, using: key.marking))
    }

    /// The place as bytes in which no two places are alike: each part after its length.
    private static func bytes(of place: [String]) -> [UInt8] {
        place.flatMap { part in
            withUnsafeBytes(of: UInt32(part.utf8.count).bigEndian, Array.init) + Array(part.utf8)
        }
    }
}
