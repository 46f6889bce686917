/// The versions that this build speaks.
package enum TealVersion {
    /// The program's own version.
    package static let program = "0.1.0"
    /// The API version that this build prefers.
    package static let apiPresent = 1
    /// The oldest API version that a daemon of this build still answers: the previous one, once there is one.
    package static let apiOldest = 1
    /// Carries the API version in requests and answers.
    package static let header = "Teal-API-Version"
}

/// The daemon's answer to the handshake, `GET /v1/version`.
package struct VersionAnswer: Hashable, Sendable, Codable {
    /// The daemon's own version, such as `0.1.0`.
    package let daemon: String
    /// The API versions that it answers, ascending: the present one and, where there is one, the previous.
    package let api: [Int]
    /// What it speaks to the proxy and the shims, by name (`proxy`, `shim`).
    package let protocols: [String: Int]
    /// The host's name, for people.
    package let host: String
    /// The directory that holds everything the daemon writes.
    package let home: String

    package init(daemon: String, api: [Int], protocols: [String: Int], host: String, home: String) {
        self.daemon = daemon
        self.api = api
        self.protocols = protocols
        self.host = host
        self.home = home
    }
}
