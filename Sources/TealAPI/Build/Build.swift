package import TealCore

/// A service's sources to be built on the host, before a rollout of it: `POST /v1/builds`.
package struct BuildRequest: Hashable, Sendable, Codable {
    package let project: ProjectName
    package let environment: EnvironmentName
    package let service: ServiceName
    package let source: GitSource
    /// The commit to build; nil for the one that `source.ref` stands for now.
    package let commit: GitCommit?
    /// Values of secrets, by name, that count before those that the daemon has; none of them is kept.
    package let secrets: [String: SecretText]
    /// Whether it is built even if that was done before; nil is no.
    package let again: Bool?

    package init(
        project: ProjectName,
        environment: EnvironmentName,
        service: ServiceName,
        source: GitSource,
        commit: GitCommit? = nil,
        secrets: [String: SecretText] = [:],
        again: Bool? = nil
    ) {
        self.project = project
        self.environment = environment
        self.service = service
        self.source = source
        self.commit = commit
        self.secrets = secrets
        self.again = again
    }
}

/// Something that happens in a build, with the values of known secrets masked.
package struct BuildEvent: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// It is known which commit it is.
        case resolved
        /// Another build is under way, which this one waits for.
        case waiting
        case fetching
        /// A command has begun.
        case command
        /// A line that git or a command wrote.
        case output
        case packing

        /// A kind that this build does not know is shown as output.
        package init(from decoder: any Decoder) throws {
            self = Self(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .output
        }
    }

    package let kind: Kind
    package let service: String
    /// Since the build was asked for.
    package let elapsedSeconds: Double
    /// For people; one line.
    package let text: String

    package init(kind: Kind, service: String, elapsedSeconds: Double, text: String) {
        self.kind = kind
        self.service = service
        self.elapsedSeconds = elapsedSeconds
        self.text = text
    }
}

/// What a build has made.
package struct BuildResult: Hashable, Sendable, Codable {
    package let service: String
    package let repository: String
    /// As it was asked for.
    package let ref: String
    package let commit: String
    package let artifactSHA256: String
    /// How large the artifact is; nil when that is unknown.
    package let sizeBytes: Int?
    /// False when an earlier build had made it.
    package let built: Bool
    package let elapsedSeconds: Double

    package init(
        service: String,
        repository: String,
        ref: String,
        commit: String,
        artifactSHA256: String,
        sizeBytes: Int?,
        built: Bool,
        elapsedSeconds: Double
    ) {
        self.service = service
        self.repository = repository
        self.ref = ref
        self.commit = commit
        self.artifactSHA256 = artifactSHA256
        self.sizeBytes = sizeBytes
        self.built = built
        self.elapsedSeconds = elapsedSeconds
    }
}

/// One line of the stream of a build (`application/x-ndjson`): an event, the result or a problem that ends it, or none of
/// them as a sign of life.
///
/// Nothing is known of a build whose stream ends without a result or a problem, but that no service was changed by it.
package struct BuildStreamLine: Hashable, Sendable, Codable {
    package let event: BuildEvent?
    package let result: BuildResult?
    package let problem: ProblemBody?

    package init(event: BuildEvent? = nil, result: BuildResult? = nil, problem: ProblemBody? = nil) {
        self.event = event
        self.result = result
        self.problem = problem
    }
}
