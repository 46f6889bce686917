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
    /// The web services of its project, itself included, as the project's file described them: names that it may call.
    package let neighbours: [Neighbour]

    package init(
        id: ReleaseID,
        environment: EnvironmentName,
        spec: ServiceSpec,
        content: ReleaseContent,
        secretVersions: [String: Int],
        configurationHash: String,
        gitCommit: String?,
        author: String,
        createdAt: Double,
        neighbours: [Neighbour] = []
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
        self.neighbours = neighbours
    }
}

/// A web service that others of its project may call by name, whether or not it has been released.
package struct Neighbour: Hashable, Sendable, Codable {
    package let name: ServiceName
    /// The port that callers know it by beside 80; nil for 80 alone.
    package let port: Int?

    package init(name: ServiceName, port: Int?) {
        self.name = name
        self.port = port
    }

    /// Those among a project's services, in their order.
    package static func among(_ services: [ServiceSpec]) -> [Neighbour] {
        services.filter { $0.kind == .web }.map { Neighbour(name: $0.name, port: $0.port) }
    }
}

extension KeyedDecodingContainer {
    /// What was recorded before neighbours were has none.
    func decode(_ type: [Neighbour].Type, forKey key: Key) throws -> [Neighbour] {
        try decodeIfPresent(type, forKey: key) ?? []
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
