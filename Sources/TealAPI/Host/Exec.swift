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
    /// Whether the request's input is the command's, for the stream alone; nil is no.
    package let hasInput: Bool?

    package init(
        project: ProjectName,
        service: ServiceName,
        replica: Int,
        command: [String],
        timeoutSeconds: Double,
        hasInput: Bool? = nil
    ) {
        self.hasInput = hasInput
        self.project = project
        self.service = service
        self.replica = replica
        self.command = command
        self.timeoutSeconds = timeoutSeconds
    }
}

/// One line (`application/x-ndjson`) of the outputs of a command: bytes, the end, a problem that ends the stream, or none of
/// these as a sign of life.
///
/// `POST /v1/exec/stream`: the request's first line is an ``ExecRequest`` as JSON, and what follows is the command's input.
package struct ExecChunk: Hashable, Sendable, Codable {
    /// Bytes that the command wrote, as they are, in base 64 (RFC 4648 section 4).
    package let output: String?
    /// Whether they were written to the error output.
    package let isError: Bool?
    /// How the command ended; the last line.
    package let exitCode: Int?
    /// Whether its limit ended it; with the exit code.
    package let timedOut: Bool?
    package let problem: ProblemBody?

    package init(
        output: String? = nil,
        isError: Bool? = nil,
        exitCode: Int? = nil,
        timedOut: Bool? = nil,
        problem: ProblemBody? = nil
    ) {
        self.output = output
        self.isError = isError
        self.exitCode = exitCode
        self.timedOut = timedOut
        self.problem = problem
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
