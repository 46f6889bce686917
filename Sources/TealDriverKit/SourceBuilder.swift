package import TealCore

/// Makes artifacts of sources in git repositories, on this host and beside what runs; never as a part of a rollout.
///
/// Nothing that it does touches a release, a slot or a route. A build that fails, is cut off or whose daemon dies leaves
/// nothing but what it had made before.
package protocol SourceBuilder: Sendable {
    /// The commit that a ref stands for now; fetches nothing.
    ///
    /// A ref that is a commit's hash is given back as it is: whether the repository has it is found out by the build.
    ///
    /// - Throws: ``SourceError/noSuchRef(_:)`` and ``SourceError/ambiguousRef(_:)``, or why the repository gave no answer.
    func resolve(_ source: GitSource, for login: GitAccess?) async throws(SourceError) -> GitCommit

    /// What an earlier build of the same has made, if that is still on the host.
    func built(_ order: BuildOrder) async -> BuiltSource?

    /// Makes the artifact, or gives back what an earlier build of the same has made.
    ///
    /// Builds of one service come one after the other. Cancellation ends everything that it has started.
    ///
    /// - Parameters:
    ///   - order: What to build.
    ///   - again: Whether it is built even if that was done before.
    ///   - tell: Takes what happens, in order, with secrets masked; called from any thread, and not for long.
    /// - Returns: The artifact, which is in the host's store then.
    /// - Throws: Why there is none; what was built before stays.
    func build(
        _ order: BuildOrder,
        again: Bool,
        _ tell: @escaping @Sendable (BuildNote) -> Void
    ) async throws(SourceError) -> BuiltSource
}

/// A commit to build for a service, with everything that decides what comes out.
package struct BuildOrder: Sendable {
    package let service: ServiceKey
    package let environment: EnvironmentName
    package let source: GitSource
    package let commit: GitCommit
    /// The values of `source.secrets`, by name.
    package let secrets: [String: Secret]
    /// Tells the values of `secrets` from others without saying anything of them; empty without any.
    package let secretsMark: String
    package let access: GitAccess?
    /// Hides the values of secrets in what people are shown.
    package let mask: @Sendable (String) -> String

    package init(
        service: ServiceKey,
        environment: EnvironmentName,
        source: GitSource,
        commit: GitCommit,
        secrets: [String: Secret],
        secretsMark: String,
        access: GitAccess?,
        mask: @escaping @Sendable (String) -> String
    ) {
        self.service = service
        self.environment = environment
        self.source = source
        self.commit = commit
        self.secrets = secrets
        self.secretsMark = secretsMark
        self.access = access
        self.mask = mask
    }
}

/// Who fetches from a repository.
package enum GitAccess: Hashable, Sendable {
    case password(username: String, Secret)
    /// A private key as OpenSSH writes it.
    case key(Secret)
}

/// An artifact that was built.
package struct BuiltSource: Hashable, Sendable {
    package let commit: GitCommit
    /// SHA-256 of the artifact, in hexadecimal.
    package let artifact: String
    /// Whether an earlier build had made it.
    package let wasThere: Bool

    package init(commit: GitCommit, artifact: String, wasThere: Bool) {
        self.commit = commit
        self.artifact = artifact
        self.wasThere = wasThere
    }
}

/// What happens while sources are built.
package enum BuildNote: Hashable, Sendable {
    /// Another build of the service, or too many of others, are under way.
    case waiting
    case fetching(GitCommit)
    /// A command has begun: its words, and which of how many it is, from 1.
    case command(String, number: Int, of: Int)
    /// A line that git or a command wrote.
    case output(String)
    case packing
}

/// Why sources could not be built.
package enum SourceError: Error, Hashable, Sendable {
    case noGit
    case noSuchRef(GitRef)
    /// A branch and a tag have the name.
    case ambiguousRef(GitRef)
    case noSuchCommit(GitCommit)
    /// The repository wants to know who asks, or does not let this one in.
    case denied(reason: String)
    /// ssh does not know the server, or knows it otherwise.
    case unknownHost(reason: String)
    case unreachable(reason: String)
    /// The whole build took longer than it may; in which step it was.
    case timedOut(step: String, limit: Duration, tail: [String])
    /// A command ended with another code than 0.
    case commandFailed(String, code: Int, tail: [String])
    /// A command's program is not there, or cannot be executed.
    case notLaunched(String, reason: String)
    /// The commit has no such directory.
    case noDirectory(String)
    /// The build has made no such directory.
    case noOutput(String)
    /// A directory of the build leads to another place.
    case outside(String)
    case artifactTooLarge(bytesMax: Int)
    case diskUsed(bytesMax: Int)
    case diskFull(path: String)
    /// What was built cannot be kept as an artifact.
    case unfit(String)
    case failed(String)
    case cancelled
}
