/// A release of a service as it is remembered.
package struct ReleaseView: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// It takes the traffic.
        case active
        /// It is in the other slot, for a rollback.
        case standby
        /// A rollout of it is under way.
        case rolling
        /// It was active and ended well.
        case former
        /// It never took traffic.
        case keptOut
        /// It took traffic and was taken back.
        case takenBack
    }

    /// Such as `web@42`.
    package let release: String
    package let number: Int
    package let state: State
    /// Why it was kept out or taken back; nil for others.
    package let because: String?
    /// The rollout that made it, such as `r17`.
    package let rollout: String?
    /// Seconds since 1970.
    package let createdAt: Double
    package let author: String
    package let gitCommit: String?
    /// The artifact's hash or the image's digest.
    package let content: String
    package let replicas: Int
    /// Whether everything that a rollback to it needs is on the host.
    package let restorable: Bool

    package init(
        release: String,
        number: Int,
        state: State,
        because: String?,
        rollout: String?,
        createdAt: Double,
        author: String,
        gitCommit: String?,
        content: String,
        replicas: Int,
        restorable: Bool
    ) {
        self.release = release
        self.number = number
        self.state = state
        self.because = because
        self.rollout = rollout
        self.createdAt = createdAt
        self.author = author
        self.gitCommit = gitCommit
        self.content = content
        self.replicas = replicas
        self.restorable = restorable
    }
}

/// Releases of a service, newest first: `GET /v1/services/{project}/{service}/releases`.
package struct ReleaseList: Hashable, Sendable, Codable {
    package let releases: [ReleaseView]

    package init(releases: [ReleaseView]) { self.releases = releases }
}
