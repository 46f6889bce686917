package import TealCore
package import TealDriverKit
package import TealEngine

/// A service whose containers are looked for.
package struct AdoptionWish: Hashable, Sendable {
    /// As the project describes it: its routes, gates and limits are those of what is adopted, too.
    package let spec: ServiceSpec
    /// The name of its container, or what stands before `-blue` and `-green`; nil for the usual names.
    package let container: String?
    /// Which of two is active, as a person says; nil for what is seen.
    package let active: Slot?
    /// Whether it was asked for by name: then it is a problem when it has no container.
    package let isNamed: Bool

    package init(spec: ServiceSpec, container: String? = nil, active: Slot? = nil, isNamed: Bool = false) {
        self.spec = spec
        self.container = container
        self.active = active
        self.isNamed = isNamed
    }
}

/// The one line of a switch's configuration that leads to a service.
package struct SwitchLine: Hashable, Sendable {
    /// Such as `/etc/nginx/sites-enabled/shop:12`.
    package let place: String
    /// Where it leads, as it is written, such as `localhost:8000`; nil when no line could be chosen.
    package let address: String?
    /// Why it cannot be gone by, in a clause; nil when it can.
    package let obstacle: String?

    package init(place: String, address: String?, obstacle: String? = nil) {
        self.place = place
        self.address = address
        self.obstacle = obstacle
    }

    /// The same place with `localhost` as the address that it stands for.
    package var endpoint: Endpoint? {
        guard let address, let colon = address.lastIndex(of: ":"),
            let port = Int(address[address.index(after: colon)...])
        else { return nil }
        let host = address[..<colon].filter { $0 != "[" && $0 != "]" }
        return Endpoint(address: host == "localhost" ? "127.0.0.1" : String(host), port: port)
    }
}

/// What is seen of a host before containers are adopted.
package struct AdoptionSight: Sendable {
    /// Those that Teal did not make.
    package var containers: [FoundContainer]
    package var state: HostState
    package var trafficSwitch: SwitchKind
    /// The lines that lead to services, where the switch has such.
    package var lines: [ServiceKey: SwitchLine] = [:]
    /// What the services' own `.current_env` files say.
    package var marks: [ServiceKey: String] = [:]
    /// Why new connections to a port of the host cannot be led away from the container that has it; nil when they can.
    package var redirectRefusal: String?

    package init(containers: [FoundContainer], state: HostState, trafficSwitch: SwitchKind) {
        self.containers = containers
        self.state = state
        self.trafficSwitch = trafficSwitch
    }
}
