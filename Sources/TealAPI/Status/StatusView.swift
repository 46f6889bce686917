package import TealCore

/// Which part of the status is asked for: query parameters of `GET /v1/status`.
package struct StatusQuery: Hashable, Sendable {
    /// Nil for all projects of the host.
    package let project: ProjectName?
    /// Nil for all services.
    package let service: ServiceName?

    package init(project: ProjectName? = nil, service: ServiceName? = nil) {
        self.project = project
        self.service = service
    }
}

/// What a host does now.
package struct StatusView: Hashable, Sendable, Codable {
    package let host: String
    /// The daemon's version.
    package let daemon: String
    /// What moves the traffic, `proxy` or `nginx`; nil from an earlier daemon, which has its own proxy.
    package let trafficSwitch: String?
    /// The public listener's address, such as `0.0.0.0:80`; nil while the switch does not answer.
    package let publicEndpoint: String?
    package let projects: [ProjectStatus]
    /// Rollouts that have not ended, newest first.
    package let rollouts: [RolloutView]
    /// What differs between the records and what is, on the host as a whole; one a line.
    package let drift: [String]

    package init(
        host: String,
        daemon: String,
        trafficSwitch: String? = nil,
        publicEndpoint: String?,
        projects: [ProjectStatus],
        rollouts: [RolloutView],
        drift: [String]
    ) {
        self.host = host
        self.daemon = daemon
        self.trafficSwitch = trafficSwitch
        self.publicEndpoint = publicEndpoint
        self.projects = projects
        self.rollouts = rollouts
        self.drift = drift
    }
}

/// One project's services.
package struct ProjectStatus: Hashable, Sendable, Codable {
    package let project: String
    package let environment: String
    /// By name.
    package let services: [ServiceStatus]

    package init(project: String, environment: String, services: [ServiceStatus]) {
        self.project = project
        self.environment = environment
        self.services = services
    }
}

/// How one service stands.
package struct ServiceStatus: Hashable, Sendable, Codable {
    package let service: String
    /// `web`, `worker`, `job` or `accessory`.
    package let kind: String
    /// What takes the traffic; nil before the first release.
    package let active: SlotStatus?
    /// What is kept for a rollback; nil when there is nothing.
    package let standby: SlotStatus?
    package let routes: [RouteStatus]
    package let requestsInFlight: Int
    package let upgradedOpen: Int
    /// What differs between the records and what is, one a line.
    package let drift: [String]
    /// What a rollback would do; nil when there is nothing to go back to.
    package let rollback: RollbackPreview?
    /// The newest outages, oldest first.
    package let outages: [OutageView]
    /// Who stopped it through Teal; nil while it is to run.
    package let stopped: StopView?

    package init(
        service: String,
        kind: String,
        active: SlotStatus?,
        standby: SlotStatus?,
        routes: [RouteStatus],
        requestsInFlight: Int,
        upgradedOpen: Int,
        drift: [String],
        rollback: RollbackPreview?,
        outages: [OutageView] = [],
        stopped: StopView? = nil
    ) {
        self.service = service
        self.kind = kind
        self.active = active
        self.standby = standby
        self.routes = routes
        self.requestsInFlight = requestsInFlight
        self.upgradedOpen = upgradedOpen
        self.drift = drift
        self.rollback = rollback
        self.outages = outages
        self.stopped = stopped
    }
}

/// A release in a slot.
package struct SlotStatus: Hashable, Sendable, Codable {
    /// Such as `web@42`.
    package let release: String
    /// `blue` or `green`.
    package let slot: String
    /// When it came to be what it is, in seconds since 1970; nil when that is not recorded.
    package let since: Double?
    package let gitCommit: String?
    /// The image that it runs, for people, such as `shop:1.4 (sha256:98ac639ae282)`; nil for an artifact.
    package let image: String?
    package let replicas: [ReplicaStatus]

    package init(
        release: String,
        slot: String,
        since: Double?,
        gitCommit: String?,
        image: String? = nil,
        replicas: [ReplicaStatus]
    ) {
        self.release = release
        self.slot = slot
        self.since = since
        self.gitCommit = gitCommit
        self.image = image
        self.replicas = replicas
    }
}

/// How one replica stands.
package struct ReplicaStatus: Hashable, Sendable, Codable {
    package enum Health: String, Hashable, Sendable, Codable, CaseIterable {
        case healthy
        case unhealthy
        /// It has a check and has not passed it yet in this run.
        case unproven
        /// Nothing says how to check it.
        case unchecked
        /// It does not run.
        case down
    }

    /// Such as `web-blue-0`.
    package let replica: String
    /// `running`, `restarting`, `exited`, `stopped` or `foreign`, with the exit where there is one.
    package let phase: String
    package let health: Health
    /// Why it is not healthy; nil when it is.
    package let reason: String?
    /// Where it listens; nil when it does not.
    package let endpoint: String?
    /// Whether a route leads to it.
    package let routed: Bool
    /// How often it was started again by itself.
    package let restarts: Int

    package init(
        replica: String,
        phase: String,
        health: Health,
        reason: String?,
        endpoint: String?,
        routed: Bool,
        restarts: Int
    ) {
        self.replica = replica
        self.phase = phase
        self.health = health
        self.reason = reason
        self.endpoint = endpoint
        self.routed = routed
        self.restarts = restarts
    }
}

/// A route of a service.
package struct RouteStatus: Hashable, Sendable, Codable {
    /// Empty for every host name.
    package let hosts: [String]
    package let pathPrefix: String
    package let internalOnly: Bool
    /// A port of the host where every request is for the service, such as `127.0.0.1:8080`; nil for a route by names.
    package let port: String?

    package init(hosts: [String], pathPrefix: String, internalOnly: Bool, port: String? = nil) {
        self.hosts = hosts
        self.pathPrefix = pathPrefix
        self.internalOnly = internalOnly
        self.port = port
    }
}

/// What `teal rollback` would do with a service.
package struct RollbackPreview: Hashable, Sendable, Codable {
    /// Such as `web@41`.
    package let release: String
    /// What would happen, such as `routes back to the running green slot`.
    package let what: String
    package let aboutSeconds: Double
    /// Why it would be refused; nil when it would not.
    package let refusedBecause: String?

    package init(release: String, what: String, aboutSeconds: Double, refusedBecause: String?) {
        self.release = release
        self.what = what
        self.aboutSeconds = aboutSeconds
        self.refusedBecause = refusedBecause
    }
}
