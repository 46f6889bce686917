/// What a rollout would do, for `POST /v1/plans`; nothing was changed for it.
package struct PlanView: Hashable, Sendable, Codable {
    package let kind: RolloutKind
    package let project: String
    package let environment: String
    package let services: [PlannedService]
    /// What preflight would refuse now; empty when the rollout may begin.
    package let problems: [ProblemBody]
    /// What is worth knowing and stops nothing, such as secrets that are newer than the release.
    package let warnings: [String]
    /// The services that change, by rollout, where it takes more than one: what others need is released before them.
    ///
    /// Nil for one rollout.
    package let stages: [[String]]?

    package init(
        kind: RolloutKind,
        project: String,
        environment: String,
        services: [PlannedService],
        problems: [ProblemBody],
        warnings: [String],
        stages: [[String]]? = nil
    ) {
        self.kind = kind
        self.project = project
        self.environment = environment
        self.services = services
        self.problems = problems
        self.warnings = warnings
        self.stages = stages
    }
}

/// What a rollout would do with one service.
package struct PlannedService: Hashable, Sendable, Codable {
    package let service: String
    /// `web`, `worker`, `job` or `accessory`.
    package let kind: String
    /// `blue-green` or `recreate`.
    package let strategy: String
    /// Such as `web@41`; nil when nothing is active.
    package let from: String?
    /// Such as `web@42`; nil when it would be left as it is.
    package let to: String?
    /// The slot that the new release would run in; nil when there is none.
    package let slot: String?
    /// The image with its digest, or the artifact with its hash, as it would run.
    package let content: String
    /// Whether the content differs from the active release's.
    package let contentChanged: Bool
    /// Which image it would run, and how that was found; nil for an artifact.
    package let image: PlannedImage?
    /// Which commit it would run; nil for what is not built on the host.
    package let source: PlannedSource?
    /// Changed settings with old and new value, one a line, such as `replicas: 1 -> 2`; never a secret's value.
    package let configuration: [String]
    package let environment: PlannedKeys
    package let secrets: PlannedKeys
    /// The routes as they would be, one a line.
    package let routes: [String]
    package let routesChanged: Bool
    package let replicas: Int
    /// What one slot may use; nil without a limit.
    package let memoryBytesPerSlot: Int?
    /// What both slots may use while they overlap; nil without a limit.
    package let memoryBytesBothSlots: Int?
    /// Why users would notice a gap; nil when no downtime is expected.
    package let downtime: String?
    /// What nobody wrote and was assumed, one a line.
    package let assumed: [String]
    /// How a replica proves that it can take traffic, for people; nil from an earlier daemon.
    package let health: String?
    /// Why it is left as it is although it has changed; nil for what has not, or is released.
    package let left: LeftAccessory?

    package init(
        service: String,
        kind: String,
        strategy: String,
        from: String?,
        to: String?,
        slot: String?,
        content: String,
        contentChanged: Bool,
        image: PlannedImage? = nil,
        source: PlannedSource? = nil,
        configuration: [String],
        environment: PlannedKeys,
        secrets: PlannedKeys,
        routes: [String],
        routesChanged: Bool,
        replicas: Int,
        memoryBytesPerSlot: Int?,
        memoryBytesBothSlots: Int?,
        downtime: String?,
        assumed: [String],
        health: String? = nil,
        left: LeftAccessory? = nil
    ) {
        self.service = service
        self.kind = kind
        self.strategy = strategy
        self.from = from
        self.to = to
        self.slot = slot
        self.content = content
        self.contentChanged = contentChanged
        self.image = image
        self.source = source
        self.configuration = configuration
        self.environment = environment
        self.secrets = secrets
        self.routes = routes
        self.routesChanged = routesChanged
        self.replicas = replicas
        self.memoryBytesPerSlot = memoryBytesPerSlot
        self.memoryBytesBothSlots = memoryBytesBothSlots
        self.downtime = downtime
        self.assumed = assumed
        self.health = health
        self.left = left
    }

    /// Whether the service would be left as it is.
    package var isUnchanged: Bool { to == nil }
}

/// The image that a service would run.
package struct PlannedImage: Hashable, Sendable, Codable {
    /// How it was found.
    package enum Found: String, Hashable, Sendable, Codable, CaseIterable {
        /// The registry has it now.
        case registry
        /// It is the host's copy of what the registry had; the registry gave no answer.
        case host
        /// It was made on the host and never pushed.
        case hostOnly
        /// A release has it already.
        case recorded
    }

    /// As it is written, such as `ghcr.io/acme/shop:1.4.2`.
    package let reference: String
    /// The digest that stands for it in the registry, or the ID of one that was never pushed: `sha256:` and 64 digits.
    package let digest: String
    package let found: Found
    /// Why the registry gave no answer; nil when it was not needed or did.
    package let because: String?

    package init(reference: String, digest: String, found: Found, because: String? = nil) {
        self.reference = reference
        self.digest = digest
        self.found = found
        self.because = because
    }
}

/// The commit that a service would run.
package struct PlannedSource: Hashable, Sendable, Codable {
    package let repository: String
    /// As it is written: a branch, a tag or a commit.
    package let ref: String
    package let commit: String
    /// Whether an artifact of it is on the host already, so that nothing would have to be built.
    package let built: Bool

    package init(repository: String, ref: String, commit: String, built: Bool) {
        self.repository = repository
        self.ref = ref
        self.commit = commit
        self.built = built
    }
}

/// How a set of names would change; names only, never values.
package struct PlannedKeys: Hashable, Sendable, Codable {
    package let added: [String]
    package let changed: [String]
    package let removed: [String]
    package let unchanged: [String]

    package init(added: [String] = [], changed: [String] = [], removed: [String] = [], unchanged: [String] = []) {
        self.added = added
        self.changed = changed
        self.removed = removed
        self.unchanged = unchanged
    }

    /// Whether the new set differs from the old one.
    package var differs: Bool { !(added.isEmpty && changed.isEmpty && removed.isEmpty) }
}
