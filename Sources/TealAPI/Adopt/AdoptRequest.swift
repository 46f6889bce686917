package import TealCore

/// What is to be adopted, or only looked at: `POST /v1/adoptions`.
package struct AdoptRequest: Hashable, Sendable, Codable {
    package let project: ProjectName
    package let environment: EnvironmentName
    /// What was named on the command line; empty for all.
    package let named: [String]
    /// The services that are looked for, resolved and checked; at least one.
    package let services: [ServiceSpec]
    /// The web services of the project.
    package let neighbours: [Neighbour]
    /// Names of containers by service, or what stands before `-blue` and `-green`.
    package let containers: [ServiceName: String]
    /// Which of two is active, by service, where a person says it.
    package let active: [ServiceName: Slot]
    /// Whether a person vouches for what does not pass its gate.
    package let trust: Bool
    /// What the plan that a person agreed to is known by: only that is done.
    ///
    /// It is the plan's ``AdoptView/mark``; nil only looks.
    package let apply: String?
    package let author: String

    package init(
        project: ProjectName,
        environment: EnvironmentName,
        named: [String],
        services: [ServiceSpec],
        neighbours: [Neighbour],
        containers: [ServiceName: String] = [:],
        active: [ServiceName: Slot] = [:],
        trust: Bool = false,
        apply: String? = nil,
        author: String
    ) {
        self.project = project
        self.environment = environment
        self.named = named
        self.services = services
        self.neighbours = neighbours
        self.containers = containers
        self.active = active
        self.trust = trust
        self.apply = apply
        self.author = author
    }

    /// The same, to be done as a plan has shown it.
    package func applying(_ mark: String) -> AdoptRequest {
        AdoptRequest(
            project: project,
            environment: environment,
            named: named,
            services: services,
            neighbours: neighbours,
            containers: containers,
            active: active,
            trust: trust,
            apply: mark,
            author: author
        )
    }
}
