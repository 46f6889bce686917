package import TealDriverKit

/// The words for secrets that could not be read; never a value.
package enum SecretWords {
    package static func text(_ error: SecretError) -> String {
        switch error {
        case .missing(let names): "no value for \(names.sorted().joined(separator: ", "))"
        case .versionGone(let name, let version): "version \(version) of \(name) is gone"
        case .unreadable(let text): text
        }
    }
}
