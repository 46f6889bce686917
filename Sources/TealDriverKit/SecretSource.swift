package import TealCore

/// Where the values of secrets come from.
package protocol SecretSource: Sendable {
    /// The newest version of each named secret.
    ///
    /// - Throws: ``SecretError/missing(_:)`` with every name that has no value.
    func currentVersions(of names: [String], for project: ProjectName) async throws(SecretError) -> [String: Int]

    /// The value of one version of a secret.
    func value(of name: String, version: Int, for project: ProjectName) async throws(SecretError) -> Secret
}

/// Why secrets could not be read.
package enum SecretError: Error, Hashable, Sendable {
    case missing([String])
    case versionGone(name: String, version: Int)
    case unreadable(String)
}
