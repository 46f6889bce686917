package import TealCore

/// Asks replicas whether they are well, now, for `POST /v1/health`; changes nothing.
package struct HealthRequest: Hashable, Sendable, Codable {
    package let project: ProjectName
    /// Nil for all services of the project.
    package let service: ServiceName?

    package init(project: ProjectName, service: ServiceName?) {
        self.project = project
        self.service = service
    }
}

/// What the replicas answered.
package struct HealthView: Hashable, Sendable, Codable {
    package let services: [ServiceHealth]

    package init(services: [ServiceHealth]) { self.services = services }

    /// Whether every probe passed.
    package var isHealthy: Bool { services.allSatisfy { $0.probes.allSatisfy(\.passed) } }
}

/// One service's probes: each replica of the active slot, then each route.
package struct ServiceHealth: Hashable, Sendable, Codable {
    package let service: String
    /// Such as `web@42`; nil when nothing is active.
    package let release: String?
    package let probes: [ProbeView]

    package init(service: String, release: String?, probes: [ProbeView]) {
        self.service = service
        self.release = release
        self.probes = probes
    }
}

/// How one probe went.
package struct ProbeView: Hashable, Sendable, Codable {
    /// What was asked, such as `web-blue-0` or `public route shop.example`.
    package let target: String
    package let passed: Bool
    package let latencySeconds: Double?
    /// What was seen, such as `GET /up answered 200`.
    package let text: String

    package init(target: String, passed: Bool, latencySeconds: Double?, text: String) {
        self.target = target
        self.passed = passed
        self.latencySeconds = latencySeconds
        self.text = text
    }
}
