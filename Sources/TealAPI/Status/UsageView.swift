package import TealCore

/// Whose use is asked for.
package struct UsageQuery: Hashable, Sendable {
    /// One project; nil for every one of the host.
    package let project: ProjectName?
    /// One service; nil for every one.
    package let service: ServiceName?

    package init(project: ProjectName? = nil, service: ServiceName? = nil) {
        self.project = project
        self.service = service
    }
}

/// What replicas use of the host.
package struct UsageView: Hashable, Sendable, Codable {
    /// Over how long processors were counted, in seconds.
    package let seconds: Double
    /// How many processors the host has.
    package let processors: Int
    /// All of the host's memory, in bytes.
    package let memoryBytes: Int
    /// Those that run, and those that could not be looked at, by name.
    package let replicas: [UsageOfReplica]

    package init(seconds: Double, processors: Int, memoryBytes: Int, replicas: [UsageOfReplica]) {
        self.seconds = seconds
        self.processors = processors
        self.memoryBytes = memoryBytes
        self.replicas = replicas
    }
}

/// What one replica uses.
package struct UsageOfReplica: Hashable, Sendable, Codable {
    package let project: String
    /// Such as `web-blue-0`.
    package let replica: String
    /// Such as `web@42`.
    package let release: String
    package let isActive: Bool
    /// How many processors were busy with it; nil when it was started anew meanwhile.
    package let processors: Double?
    /// Nil when it could not be looked at.
    package let memoryBytes: Int?
    /// Nil where nothing limits it.
    package let memoryBytesMax: Int?
    package let processes: Int?
    /// Why it could not be looked at; nil when it was.
    package let reason: String?

    package init(
        project: String,
        replica: String,
        release: String,
        isActive: Bool,
        processors: Double? = nil,
        memoryBytes: Int? = nil,
        memoryBytesMax: Int? = nil,
        processes: Int? = nil,
        reason: String? = nil
    ) {
        self.project = project
        self.replica = replica
        self.release = release
        self.isActive = isActive
        self.processors = processors
        self.memoryBytes = memoryBytes
        self.memoryBytesMax = memoryBytesMax
        self.processes = processes
        self.reason = reason
    }
}
