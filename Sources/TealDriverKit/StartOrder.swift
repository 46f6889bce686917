package import TealCore

/// What is needed to start one replica.
package struct StartOrder: Sendable {
    package let replica: ReplicaID
    package let release: Release
    /// The whole environment of the replica, secrets included; `PORT` and `TEAL_*` are added by the runtime.
    package let environment: [String: Secret]
    /// Whether the replica may do background work at once (`TEAL_ACTIVE`).
    package let active: Bool
    /// The services of the same project whose names, alone and with the project's behind a dot, lead to the proxy inside
    /// the network; the replica's own service may be one of them.
    package let neighbours: [ServiceName]

    package init(
        replica: ReplicaID,
        release: Release,
        environment: [String: Secret],
        active: Bool,
        neighbours: [ServiceName] = []
    ) {
        self.replica = replica
        self.release = release
        self.environment = environment
        self.active = active
        self.neighbours = neighbours
    }
}

/// What is needed to run a release's command once.
package struct OnceOrder: Sendable {
    /// Unique for ever: made of the rollout and the step.
    package let name: String
    package let release: Release
    package let command: [String]
    package let environment: [String: Secret]
    package let timeout: Duration
    /// Whether it runs on the host itself (a hook) instead of in the release's content (a migration).
    package let onHost: Bool
    /// As ``StartOrder/neighbours``.
    package let neighbours: [ServiceName]

    package init(
        name: String,
        release: Release,
        command: [String],
        environment: [String: Secret],
        timeout: Duration,
        onHost: Bool,
        neighbours: [ServiceName] = []
    ) {
        self.name = name
        self.release = release
        self.command = command
        self.environment = environment
        self.timeout = timeout
        self.onHost = onHost
        self.neighbours = neighbours
    }
}

/// How a once-only run stands.
package enum OnceState: Hashable, Sendable, Codable {
    /// Nothing under this name was ever begun; it is safe to begin.
    case neverBegun
    case running
    case ended(CommandResult)
    /// It was begun, does not run any more, and left no end behind.
    case unknown
}

/// How a command ended.
package struct CommandResult: Hashable, Sendable, Codable {
    /// The exit code; 128 plus the signal's number when a signal ended it.
    package let exitCode: Int
    /// The last lines of both outputs, oldest first, at most 50.
    package let tail: [String]
    /// Whether its limit ended it.
    package let timedOut: Bool

    package init(exitCode: Int, tail: [String], timedOut: Bool = false) {
        self.exitCode = exitCode
        self.tail = tail
        self.timedOut = timedOut
    }

    package var succeeded: Bool { exitCode == 0 && !timedOut }
}
