/// How the files that a Compose file names are looked at.
package struct FileLook: Sendable {
    /// What stands at a path.
    package enum Kind: Sendable {
        case missing
        case directory
        case file
        /// A socket, a device and the like.
        case other
    }

    package let kind: @Sendable (String) -> Kind
    /// The whole file; nil when it cannot be read, or has more than ``WrittenFile/bytesMax``.
    package let bytes: @Sendable (String) -> [UInt8]?
    /// SHA-256, in hexadecimal.
    package let hash: @Sendable ([UInt8]) -> String

    package init(
        kind: @escaping @Sendable (String) -> Kind,
        bytes: @escaping @Sendable (String) -> [UInt8]?,
        hash: @escaping @Sendable ([UInt8]) -> String
    ) {
        self.kind = kind
        self.bytes = bytes
        self.hash = hash
    }
}
