/// Sources in a git repository, and how the host makes a service's artifact of them.
package struct GitSource: Hashable, Sendable, Codable {
    package var repository: GitRepository
    package var ref: GitRef
    /// The directory in the repository that the commands run in, such as `apps/api`; nil for its root.
    package var directory: String?
    /// Programs with their arguments, run one after the other; without any the files are released as they are.
    package var commands: [[String]]
    /// The directory that becomes the artifact, from ``directory``; `.` for that one itself.
    package var output: String
    /// How long fetching and building may take together.
    package var timeout: Duration
    /// Variables of the commands.
    package var environment: [String: String]
    /// Secrets that the commands get as variables, by name.
    package var secrets: [String]
    /// Who fetches; nil for anybody, or for whom the daemon's user is to ssh.
    package var login: GitLogin?
    /// What the artifact may hold, in bytes.
    package var artifactBytesMax: Int
    /// What checkout and build may take on disk together, in bytes.
    package var diskBytesMax: Int

    package init(repository: GitRepository, ref: GitRef) {
        self.repository = repository
        self.ref = ref
        directory = nil
        commands = []
        output = "."
        timeout = .seconds(15 * 60)
        environment = [:]
        secrets = []
        login = nil
        artifactBytesMax = 1 << 30
        diskBytesMax = 8 << 30
    }

    /// The names of all secrets that a build of it needs.
    package var secretNames: [String] {
        guard let login, !secrets.contains(login.secret) else { return secrets }
        return secrets + [login.secret]
    }

    /// Whether a path leads nowhere but down, from where it is written.
    package static func isBelow(_ path: String) -> Bool {
        !path.isEmpty && !path.hasPrefix("/") && path.utf8.count <= 1000
            && path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            && !path.split(separator: "/").contains("..")
    }
}

/// Who fetches from a repository; what is secret is named only.
package enum GitLogin: Hashable, Sendable, Codable {
    /// Over https.
    case password(username: String, secret: String)
    /// A private key, over ssh.
    case key(secret: String)

    /// The name of the secret.
    package var secret: String {
        switch self {
        case .password(_, let secret), .key(let secret): secret
        }
    }
}
