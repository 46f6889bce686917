package import TealCore

/// Where a proxy listens.
package struct ProxyListeners: Hashable, Sendable {
    /// A listener inside a project's network, where services find each other by name.
    package struct Network: Hashable, Sendable {
        package let project: String
        /// `address:port`.
        package let address: String
        /// Why the proxy does not listen there, in one line; nil when it does.
        package let problem: String?
        /// Connections from outside the network that were closed there.
        package let strangers: UInt64

        package init(project: String, address: String, problem: String? = nil, strangers: UInt64 = 0) {
            self.project = project
            self.address = address
            self.problem = problem
            self.strangers = strangers
        }
    }

    /// A port of the host where everything is for one service.
    package struct Port: Hashable, Sendable {
        /// `project/service`.
        package let service: String
        package let place: HostPort
        /// Why the proxy does not listen there, in one line; nil when it does.
        package let problem: String?

        package init(service: String, place: HostPort, problem: String? = nil) {
            self.service = service
            self.place = place
            self.problem = problem
        }
    }

    package let processID: Int32
    /// `address:port`, for users.
    package let `public`: [String]
    /// `address:port`, for services of this host.
    package let `internal`: [String]
    /// Those that the table names; nil from a proxy of an earlier version, which has none.
    package let networks: [Network]?
    /// Those of ports that the table names.
    package let ports: [Port]

    package init(
        processID: Int32,
        public: [String],
        internal: [String],
        networks: [Network]? = [],
        ports: [Port] = []
    ) {
        self.processID = processID
        self.public = `public`
        self.internal = `internal`
        self.networks = networks
        self.ports = ports
    }
}
