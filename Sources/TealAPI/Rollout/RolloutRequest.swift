package import TealCore

/// What is asked of a rollout, or of the plan of one: `POST /v1/rollouts` and `POST /v1/plans`.
package struct RolloutRequest: Hashable, Sendable, Codable {
    /// What is to be done.
    package enum Order: Hashable, Sendable {
        case deploy(DeployOrder)
        case rollback(RollbackOrder)
        case scale(ScaleOrder)
    }

    package let order: Order
    package let options: RolloutOptions

    package init(_ order: Order, options: RolloutOptions) {
        self.order = order
        self.options = options
    }

    package var kind: RolloutKind {
        switch order {
        case .deploy: .deploy
        case .rollback: .rollback
        case .scale: .scale
        }
    }

    package var project: ProjectName {
        switch order {
        case .deploy(let order): order.project
        case .rollback(let order): order.project
        case .scale(let order): order.project
        }
    }

    private enum CodingKeys: String, CodingKey {
        case kind
        case deploy
        case rollback
        case scale
        case options
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        options = try container.decode(RolloutOptions.self, forKey: .options)
        switch try container.decode(RolloutKind.self, forKey: .kind) {
        case .deploy: order = .deploy(try container.decode(DeployOrder.self, forKey: .deploy))
        case .rollback: order = .rollback(try container.decode(RollbackOrder.self, forKey: .rollback))
        case .scale: order = .scale(try container.decode(ScaleOrder.self, forKey: .scale))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(options, forKey: .options)
        switch order {
        case .deploy(let order): try container.encode(order, forKey: .deploy)
        case .rollback(let order): try container.encode(order, forKey: .rollback)
        case .scale(let order): try container.encode(order, forKey: .scale)
        }
    }
}

/// The kinds of rollouts.
package enum RolloutKind: String, Hashable, Sendable, Codable, CaseIterable {
    case deploy
    case rollback
    case scale
}

/// New releases of some services of a project; those without a change are left as they are.
package struct DeployOrder: Hashable, Sendable, Codable {
    package let project: ProjectName
    package let environment: EnvironmentName
    /// What was named on the command line, services and groups; empty for all.
    package let named: [String]
    /// The services that the names stand for, in the order of the file; at least one.
    package let services: [DeployService]
    /// Values of secrets, by name, that this deploy brings along; new versions are made of those that changed.
    package let secrets: [String: SecretText]
    /// The commit that the person's checkout is at; nil when it is unknown.
    package let gitCommit: String?
    /// Every web service that the project's file describes, also those that are not deployed now; nil from a client that
    /// does not say.
    package let neighbours: [Neighbour]?
    /// Whether the host's copy of an image may be taken where its registry gives no answer; nil is no.
    package let hostImages: Bool?
    /// Accessories that may be replaced, with the gap that this takes: they were named themselves; nil is none.
    ///
    /// Any other is left as it is once it runs, whatever has changed of it.
    package let upgrades: [ServiceName]?

    package init(
        project: ProjectName,
        environment: EnvironmentName,
        named: [String],
        services: [DeployService],
        secrets: [String: SecretText],
        gitCommit: String?,
        hostImages: Bool? = nil,
        neighbours: [Neighbour]? = nil,
        upgrades: [ServiceName]? = nil
    ) {
        self.project = project
        self.environment = environment
        self.named = named
        self.services = services
        self.secrets = secrets
        self.gitCommit = gitCommit
        self.neighbours = neighbours
        self.hostImages = hostImages
        self.upgrades = upgrades
    }
}

extension RolloutRequest {
    /// The same for some of a deploy's services: those that remain after what they need was released.
    package func keeping(only names: [String]) -> RolloutRequest {
        guard case .deploy(let order) = order else { return self }
        let rest = DeployOrder(
            project: order.project,
            environment: order.environment,
            named: order.named,
            services: order.services.filter { names.contains("\($0.spec.name)") },
            secrets: order.secrets,
            gitCommit: order.gitCommit,
            hostImages: order.hostImages,
            neighbours: order.neighbours,
            upgrades: order.upgrades
        )
        return RolloutRequest(.deploy(rest), options: options)
    }
}

/// One service as it is to run.
package struct DeployService: Hashable, Sendable, Codable {
    /// Resolved and checked; variables and env files are already in it.
    package let spec: ServiceSpec
    /// SHA-256 of the artifact in hexadecimal, which the daemon must have before a rollout begins; nil for an image, and in a
    /// plan for what is built on the host.
    package let artifactSHA256: String?
    /// The digest that a plan showed for its image, or the ID of one that was never pushed: this image or none is released.
    ///
    /// Nil for whatever its name stands for when the deploy begins.
    package let image: String?
    /// The commit that its artifact was built from; of a plan, the one to plan for.
    ///
    /// Nil for what is not built on the host, and in a plan for the one that its ref stands for now.
    package let commit: GitCommit?
    /// What had no value in the file and was assumed, in words, for the plan.
    package let assumed: [String]

    package init(
        spec: ServiceSpec,
        artifactSHA256: String?,
        image: String? = nil,
        commit: GitCommit? = nil,
        assumed: [String]
    ) {
        self.spec = spec
        self.artifactSHA256 = artifactSHA256
        self.image = image
        self.commit = commit
        self.assumed = assumed
    }
}

/// Back to a release that was recorded.
package struct RollbackOrder: Hashable, Sendable, Codable {
    package let project: ProjectName
    /// Nil for all services of the project's newest rollout.
    package let service: ServiceName?
    /// A release's number; nil for the newest that was active, ended well and was not taken back.
    ///
    /// Needs `service`.
    package let release: Int?
    /// Whether it gets today's secrets instead of those that it had.
    package let withCurrentSecrets: Bool

    package init(project: ProjectName, service: ServiceName?, release: Int?, withCurrentSecrets: Bool) {
        self.project = project
        self.service = service
        self.release = release
        self.withCurrentSecrets = withCurrentSecrets
    }
}

/// A release that changes nothing but how many replicas run.
package struct ScaleOrder: Hashable, Sendable, Codable {
    package let project: ProjectName
    /// Replicas, `1...64`, by service; at least one.
    package let replicas: [ServiceName: Int]

    package init(project: ProjectName, replicas: [ServiceName: Int]) {
        self.project = project
        self.replicas = replicas
    }
}
