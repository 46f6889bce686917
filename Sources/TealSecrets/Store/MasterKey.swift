import Crypto
import Glibc

/// The key that a host's secrets are sealed with.
///
/// The file `key` under the root holds 32 random bytes and may be read by its owner only. Keys for sealing and for
/// comparing are derived from it (HKDF, RFC 5869), so that no key is used for two things.
package struct MasterKey: Sendable, CustomStringConvertible, CustomReflectable {
    static let fileName = "key"
    private static let bytesCount = 32

    /// Seals values.
    let sealing: SymmetricKey
    /// Marks values, to compare them without opening.
    let marking: SymmetricKey
    /// Tells this key from others; says nothing about its bytes.
    let id: [UInt8]

    /// Reads the key under `root`, or makes it when nothing was ever sealed there.
    ///
    /// Leftovers of a crash under `root` are removed. The directory is made when it is missing.
    ///
    /// - Throws: ``SecretStoreError/unreadable(path:reason:)`` when the key is damaged, when others may read it, or when
    ///   it is gone while sealed files are there: a new key could open none of them.
    package static func open(under root: String) throws(SecretStoreError) -> MasterKey {
        let directory = DurableDirectory(path: root)
        try directory.create()
        try directory.removeLeftovers()
        if let bytes = try directory.read(fileName) {
            return try MasterKey(bytes, path: directory.path(of: fileName))
        }
        let others = try directory.names().sorted()
        guard others.isEmpty else {
            throw .unreadable(
                path: directory.path(of: fileName),
                reason: "the key is gone, while '\(others.joined(separator: "', '"))' was sealed with it"
            )
        }
        let fresh = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        try directory.write(fileName, fresh, exclusively: true)
        // Read back: if another process was first, its key is the one.
        return try MasterKey(directory.read(fileName) ?? [], path: directory.path(of: fileName))
    }

    private init(_ bytes: [UInt8], path: String) throws(SecretStoreError) {
        guard bytes.count == Self.bytesCount else {
            throw .unreadable(path: path, reason: "the key has \(bytes.count) bytes instead of \(Self.bytesCount)")
        }
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw .unreadable(path: path, reason: "others may read the key; set its mode to 600")
        }
        let root = SymmetricKey(data: bytes)
        func derived(_ purpose: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(inputKeyMaterial: root, info: Array(purpose.utf8), outputByteCount: 32)
        }
        sealing = derived("teal sealing 1")
        marking = derived("teal marking 1")
        id = derived("teal key id 1").withUnsafeBytes { Array($0.prefix(SealedFile.keyIDBytesCount)) }
    }

    package var description: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
