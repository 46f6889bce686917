package import TealCore

/// A command to run beside a replica, with its environment: `POST /v1/exec`.
package struct ExecRequest: Hashable, Sendable, Codable {
    package let project: ProjectName
    package let service: ServiceName
    /// The replica's position in the active slot.
    package let replica: Int
    /// The program and its arguments; at least one.
    package let command: [String]
    /// When it is ended at the latest; at most ``APILimits/execSecondsMax``.
    package let timeoutSeconds: Double

    package init(
        project: ProjectName,
        service: ServiceName,
        replica: Int,
        command: [String],
        timeoutSeconds: Double
    ) {
        self.project = project
        self.service = service
        self.replica = replica
        self.command = command
        self.timeoutSeconds = timeoutSeconds
    }
}

/// How the command ended.
package struct ExecAnswer: Hashable, Sendable, Codable {
    /// Such as `web-blue-0`.
    package let replica: String
    /// The exit code; 128 plus the signal's number when a signal ended it.
    package let exitCode: Int
    /// The last lines of both outputs, oldest first, with the values of known secrets masked.
    package let output: [String]
    /// Whether its limit ended it.
    package let timedOut: Bool

    package init(replica: String, exitCode: Int, output: [String], timedOut: Bool) {
        self.replica = replica
        self.exitCode = exitCode
        self.output = output
        self.timedOut = timedOut
    }
}
