/// How a rollout is to be carried out.
package struct RolloutOptions: Hashable, Sendable, Codable {
    /// Release services that have not changed, too.
    package var force: Bool
    /// How long to wait for another rollout that holds a service, at most ``APILimits/waitSecondsMax``.
    ///
    /// 0 refuses at once with `deploy.busy`. The wait ends, and nothing is begun, when the connection is closed.
    package var waitSeconds: Double
    /// End the wait of the rollout that holds a service, and say what that cuts.
    package var supersede: Bool
    /// The moment that the caller waits for.
    ///
    /// The daemon goes on to the end whatever it is.
    package var until: RolloutMoment
    /// What a lost caller means to the rollout.
    package var onCancel: CancelPolicy
    /// Who asks, such as `anna@laptop`.
    package var author: String
    /// Whether networks that containers are written to be in, and that somebody else is to make, are made where they are
    /// missing; nil is no.
    package var createNetworks: Bool?
    /// Whether ports of the host are taken over from any container that has them, which is then stopped; nil is no.
    ///
    /// Those of the same service of the same Compose project always are.
    package var takePorts: Bool?

    package init(
        force: Bool = false,
        waitSeconds: Double = 0,
        supersede: Bool = false,
        until: RolloutMoment = .released,
        onCancel: CancelPolicy = .detach,
        author: String,
        createNetworks: Bool? = nil,
        takePorts: Bool? = nil
    ) {
        self.force = force
        self.waitSeconds = waitSeconds
        self.supersede = supersede
        self.until = until
        self.onCancel = onCancel
        self.author = author
        self.createNetworks = createNetworks
        self.takePorts = takePorts
    }
}

/// What becomes of a rollout when the one who asked for it goes away.
package enum CancelPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// It goes on.
    case detach
    /// It is aborted and users are taken back, until it is released. The daemon does so by itself when the last follower
    /// of its events has been gone for ``CancelPolicy/graceSeconds``.
    case abort

    /// How long a lost follower has to come back.
    package static var graceSeconds: Double { 15 }
}

/// The three moments of a rollout that are always shown.
package enum RolloutMoment: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// All routes lead to the new release, and it was seen to answer through them.
    case switched
    /// The watch has passed.
    case released
    /// The old release has stopped and everything is recorded.
    case settled

    package static func < (one: Self, other: Self) -> Bool { one.order < other.order }

    private var order: Int {
        switch self {
        case .switched: 0
        case .released: 1
        case .settled: 2
        }
    }
}

/// `POST /v1/rollouts/{id}/abort`.
package struct AbortRequest: Hashable, Sendable, Codable {
    /// Who asks, such as `anna@laptop`.
    package let author: String

    package init(author: String) { self.author = author }
}

/// `POST /v1/rollouts/{id}/resume`: what a person says of a once-only step whose end could not be found.
package struct ResumeRequest: Hashable, Sendable, Codable {
    package enum Decision: String, Hashable, Sendable, Codable, CaseIterable {
        /// The step was done; go on after it.
        case done
        /// The step was not done; do it.
        case again
    }

    package let decision: Decision
    package let author: String

    package init(decision: Decision, author: String) {
        self.decision = decision
        self.author = author
    }
}
