/// An immutable record of what ran, or may run, under a name such as `backend@42`.
package struct Release: Hashable, Sendable, Codable {
    package let id: ReleaseID
    package let environment: EnvironmentName
    package let spec: ServiceSpec
    /// What the source was resolved to.
    package let content: ReleaseContent
    /// The version of each secret that it had, by name.
    ///
    /// Never a value.
    package let secretVersions: [String: Int]
    /// SHA-256 of the resolved configuration, in hexadecimal.
    package let configurationHash: String
    /// The commit that it was made from, if it was known.
    package let gitCommit: String?
    /// Who asked for it, and from where.
    package let author: String
    /// Seconds since 1970, for people.
    package let createdAt: Double

    package init(
        id: ReleaseID,
        environment: EnvironmentName,
        spec: ServiceSpec,
        content: ReleaseContent,
        secretVersions: [String: Int],
        configurationHash: String,
        gitCommit: String?,
        author: String,
        createdAt: Double
    ) {
        self.id = id
        self.environment = environment
        self.spec = spec
        self.content = content
        self.secretVersions = secretVersions
        self.configurationHash = configurationHash
        self.gitCommit = gitCommit
        self.author = author
        self.createdAt = createdAt
    }
}

/// The bytes that a release runs from, by hash.
package enum ReleaseContent: Hashable, Sendable, Codable {
    /// SHA-256 of the artifact, in hexadecimal; the store keeps it under that name.
    case artifact(sha256: String)
    /// The digest (`sha256:…`) that the image has in the registry that its reference names.
    case image(digest: String)
    /// The ID (`sha256:…`) of an image that is on the host alone and was never pushed.
    case localImage(id: String)

    /// The artifact's hash; nil for an image.
    package var artifactHash: String? {
        if case .artifact(let sha256) = self { sha256 } else { nil }
    }

    package var hash: String {
        switch self {
        case .artifact(let sha256): sha256
        case .image(let digest): digest
        case .localImage(let id): id
        }
    }

    /// Whether it runs in a container.
    package var isImage: Bool { artifactHash == nil }
}
