package import TealCore

/// Which lines are asked for: query parameters of `GET /v1/logs`.
package struct LogQuery: Hashable, Sendable {
    package let project: ProjectName
    /// Nil for all services of the project.
    package let service: ServiceName?
    /// A release's number, which needs `service`; nil for what runs now.
    package let release: Int?
    /// One replica by its position; nil for all.
    package let replica: Int?
    /// How many lines from before now, per replica; at most ``APILimits/logTailMax``.
    package let tail: Int
    /// Whether lines follow as they are written.
    package let follow: Bool

    package init(
        project: ProjectName,
        service: ServiceName?,
        release: Int?,
        replica: Int?,
        tail: Int,
        follow: Bool
    ) {
        self.project = project
        self.service = service
        self.release = release
        self.replica = replica
        self.tail = tail
        self.follow = follow
    }
}

/// A line that a replica wrote, with the values of known secrets masked.
package struct LogEntry: Hashable, Sendable, Codable {
    /// Seconds since 1970.
    package let time: Double
    package let service: String
    /// Such as `web@42`.
    package let release: String
    /// Such as `web-blue-0`.
    package let replica: String
    /// Whether it was written to the error output.
    package let isError: Bool
    package let text: String

    package init(time: Double, service: String, release: String, replica: String, isError: Bool, text: String) {
        self.time = time
        self.service = service
        self.release = release
        self.replica = replica
        self.isError = isError
        self.text = text
    }
}

/// One line of the log stream (`application/x-ndjson`): an entry, a problem that ends the stream, or neither as a sign of
/// life.
package struct LogStreamLine: Hashable, Sendable, Codable {
    package let entry: LogEntry?
    package let problem: ProblemBody?

    package init(entry: LogEntry? = nil, problem: ProblemBody? = nil) {
        self.entry = entry
        self.problem = problem
    }
}
