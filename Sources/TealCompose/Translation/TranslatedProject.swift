package import TealCore

/// A Compose project as services that Teal runs.
package struct TranslatedProject: Hashable, Sendable {
    /// In the order in which they need each other, then by name.
    package var services: [TranslatedService] = []
    /// What became of every key.
    package var report = ComposeReport()
    /// Values of secrets that the project brings along, by Teal's names for them; handed over sealed.
    package var secrets: [String: Secret] = [:]
    /// What is allowed and may surprise, for plan and doctor.
    package var warnings: [String] = []
    /// Every profile that a service names, enabled or not.
    package var profiles: Set<String> = []
}

/// A port of the host that the proxy takes over from a service.
package struct TakenPort: Hashable, Sendable {
    package let port: HostPort
    /// Where it stands in `ports` of the service, from 0.
    package let index: Int

    package init(_ port: HostPort, index: Int) {
        self.port = port
        self.index = index
    }
}

/// One service of it.
package struct TranslatedService: Hashable, Sendable {
    package var spec: ServiceSpec
    /// Its name in the Compose file.
    package let written: String
    /// Ports of the host that lead to its requests: the proxy's to take, and not the container's.
    package var taken: [TakenPort] = []
    /// What was not written and was assumed, in words, for the plan.
    package var assumed: [String] = []
    /// Why two releases of it cannot run side by side; empty where they can.
    package var alone: [String] = []
    /// How its image is made of the sources that are here; nil where it is pulled, or for a release, which builds none.
    package var build: ImageBuild?
    /// Whether what it writes is shown to whoever works on it.
    package var isShown = true

    /// TCP ports of the host that lead into its container.
    var published: [HostPort] {
        (spec.written?.network.ports ?? []).filter { $0.transport == "tcp" }.compactMap { port in
            port.hostPort.map { HostPort(address: port.hostAddress, port: $0) }
        }
    }

    package init(spec: ServiceSpec, written: String) {
        self.spec = spec
        self.written = written
    }
}
