package import TealDriverKit

/// Why the store could not do what it was asked.
///
/// Never carries a value; paths and names only.
package enum SecretStoreError: Error, Hashable, Sendable {
    /// The file is damaged, was sealed with another key, or may not be read.
    case unreadable(path: String, reason: String)
    case diskFull(path: String)
    case notWritten(path: String, reason: String)
    /// The name is empty or longer than ``EncryptedSecretStore/nameBytesMax``.
    case badName(String)
    /// The value is longer than ``EncryptedSecretStore/valueBytesMax``.
    case valueTooLong(name: String)

    /// The error as a reader of secrets is told it.
    package var asSecretError: SecretError {
        switch self {
        case .unreadable(let path, let reason), .notWritten(let path, let reason): .unreadable("\(path): \(reason)")
        case .diskFull(let path): .unreadable("\(path): the disk is full")
        case .badName(let name): .unreadable("'\(name)' is not a name of a secret")
        case .valueTooLong(let name): .unreadable("\(name): its value is too long")
        }
    }
}
