package import TealCore

/// What a person wants to run, before it has a number.
package struct ReleaseDraft: Hashable, Sendable {
    package let spec: ServiceSpec
    package let content: ReleaseContent
    /// The newest version of each secret, by name.
    package let secretVersions: [String: Int]
    /// SHA-256 of the resolved configuration, in hexadecimal.
    package let configurationHash: String
    /// As ``Release/neighbours``; another list makes no other release.
    package let neighbours: [Neighbour]
    /// The commit that its content was built from; nil for the request's.
    package let gitCommit: String?

    package init(
        spec: ServiceSpec,
        content: ReleaseContent,
        secretVersions: [String: Int],
        configurationHash: String,
        neighbours: [Neighbour] = [],
        gitCommit: String? = nil
    ) {
        self.spec = spec
        self.content = content
        self.secretVersions = secretVersions
        self.configurationHash = configurationHash
        self.neighbours = neighbours
        self.gitCommit = gitCommit
    }

    /// Whether a release already is what this would become.
    package func equals(_ release: Release) -> Bool {
        release.spec == spec && release.content == content && release.secretVersions == secretVersions
    }
}

/// Who asks for a rollout, from what, and when.
package struct Request: Hashable, Sendable {
    package let project: ProjectName
    package let environment: EnvironmentName
    package let author: String
    package let gitCommit: String?
    /// Seconds since 1970.
    package let wallTime: Double

    package init(
        project: ProjectName,
        environment: EnvironmentName,
        author: String,
        gitCommit: String?,
        wallTime: Double
    ) {
        self.project = project
        self.environment = environment
        self.author = author
        self.gitCommit = gitCommit
        self.wallTime = wallTime
    }
}
