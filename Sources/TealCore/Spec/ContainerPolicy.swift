/// How a service's container is confined.
package struct ContainerPolicy: Hashable, Sendable, Codable {
    /// A user, or `user:group`, by name or number; nil for the image's own.
    package var user: String?
    /// Whether the root file system cannot be written to; nil for the kind's default: yes, but not for an accessory.
    package var readOnlyRoot: Bool?
    /// Directories in memory, absolute paths; nil for `/run`, `/tmp`, `/var/run` and `/var/tmp` in memory, and `/var/cache`
    /// on the container's own disk, where the root is read-only, and none elsewhere.
    package var temporary: [String]?
    /// Capabilities that are kept, without `CAP_` and in upper case; nil for the default: none, and for an image that runs
    /// as root those that the official images need to give root up.
    package var capabilities: [String]?
    /// Whether a program may gain more rights than its parent, such as by a setuid bit.
    package var newPrivileges: Bool = false
    /// The most processes and threads of one replica.
    package var processesMax: Int = 4096

    package init() {}
}

/// Who pulls an image.
package struct PullAccess: Hashable, Sendable, Codable {
    package var username: String
    /// The name of the secret that is the password; always its newest value.
    package var passwordSecret: String

    package init(username: String, passwordSecret: String) {
        self.username = username
        self.passwordSecret = passwordSecret
    }
}

extension KeyedDecodingContainer {
    /// What was recorded before containers could be confined has the defaults.
    func decode(_ type: ContainerPolicy.Type, forKey key: Key) throws -> ContainerPolicy {
        try decodeIfPresent(type, forKey: key) ?? ContainerPolicy()
    }
}
