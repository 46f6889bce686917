/// What was found that runs already, and what becomes of it.
package struct AdoptView: Hashable, Sendable, Codable {
    package let project: String
    package let environment: String
    package let services: [AdoptedServiceView]
    /// Services that nothing was found of, and that nobody named.
    package let absent: [String]
    /// What is in the way; empty when it may be adopted, or was.
    package let problems: [ProblemBody]
    /// Stands for this plan: what is agreed to by it is what is done.
    package let mark: String
    /// Whether it was done.
    package let applied: Bool
    /// What is still to follow by itself, such as a switch that did not answer; empty for nothing.
    package let warnings: [String]

    package init(
        project: String,
        environment: String,
        services: [AdoptedServiceView],
        absent: [String],
        problems: [ProblemBody],
        mark: String,
        applied: Bool,
        warnings: [String] = []
    ) {
        self.project = project
        self.environment = environment
        self.services = services
        self.absent = absent
        self.problems = problems
        self.mark = mark
        self.applied = applied
        self.warnings = warnings
    }
}

/// One service of an adoption.
package struct AdoptedServiceView: Hashable, Sendable, Codable {
    package let service: String
    package let kind: String
    /// The release that the active containers become, or are: `web@2`.
    package let release: String
    /// Whether it was adopted before: nothing is to be done.
    package let already: Bool
    /// Why the active one is taken for that, the weightiest first.
    package let evidence: [String]
    /// What its gate says now, in words.
    package let health: String
    package let containers: [AdoptedContainerView]
    /// What is done now, one a line.
    package let changes: [String]
    /// What the first release changes, and what it leaves.
    package let later: [String]
    /// How users come past the switch.
    package let gaps: [String]
    package let notes: [String]

    package init(
        service: String,
        kind: String,
        release: String,
        already: Bool,
        evidence: [String] = [],
        health: String,
        containers: [AdoptedContainerView] = [],
        changes: [String] = [],
        later: [String] = [],
        gaps: [String] = [],
        notes: [String] = []
    ) {
        self.service = service
        self.kind = kind
        self.release = release
        self.already = already
        self.evidence = evidence
        self.health = health
        self.containers = containers
        self.changes = changes
        self.later = later
        self.gaps = gaps
        self.notes = notes
    }
}

/// A container that was found.
package struct AdoptedContainerView: Hashable, Sendable, Codable {
    package let name: String
    package let id: String
    /// The release that it becomes.
    package let release: String
    package let slot: String
    package let isActive: Bool
    /// `running`, or how it ended.
    package let state: String
    /// As it was asked for.
    package let image: String
    /// `sha256:…`, by which it is found again.
    package let digest: String
    /// Where requests reach it; nil for nowhere.
    package let address: String?
    /// The ports of the host that lead into it, such as `0.0.0.0:8000 -> 8000/tcp`.
    package let ports: [String]
    package let networks: [String]
    /// The names of its variables beside its image's; never a value.
    package let environment: [String]
    package let restartPolicy: String

    package init(
        name: String,
        id: String,
        release: String,
        slot: String,
        isActive: Bool,
        state: String,
        image: String,
        digest: String,
        address: String?,
        ports: [String],
        networks: [String],
        environment: [String],
        restartPolicy: String
    ) {
        self.name = name
        self.id = id
        self.release = release
        self.slot = slot
        self.isActive = isActive
        self.state = state
        self.image = image
        self.digest = digest
        self.address = address
        self.ports = ports
        self.networks = networks
        self.environment = environment
        self.restartPolicy = restartPolicy
    }
}
