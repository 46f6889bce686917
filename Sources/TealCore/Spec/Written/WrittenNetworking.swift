/// How a written container is reached, and what it reaches.
package struct WrittenNetworking: Hashable, Sendable, Codable {
    /// `host`, `none`, `service:name` or `container:name` (`NetworkMode`); nil for networks.
    ///
    /// With a mode it is in no network, Teal's included.
    package var mode: String?
    /// The networks that it is in beside Teal's, in the order in which it joins them.
    package var networks: [WrittenNetwork] = []
    /// Whether members of Teal's network reach the proxy and not each other: then each is reached by the others in the
    /// networks above alone, as it was written.
    ///
    /// False where a project has services of both kinds, which meet in Teal's network.
    package var keepsApart = true
    /// Its own name (`Hostname`); nil for its id.
    package var hostName: String?
    /// The domain behind its own name (`Domainname`).
    package var domainName: String?
    /// `name:address`, where `host-gateway` is the host (`ExtraHosts`).
    package var extraHosts: [String] = []
    /// Names that lead to the proxy: other names of services that take requests, which no container carries.
    package var proxiedNames: [String] = []
    /// Name servers, by address (`Dns`).
    package var nameServers: [String] = []
    /// Domains in which short names are looked up (`DnsSearch`).
    package var searchDomains: [String] = []
    /// Of resolv.conf(5) (`DnsOptions`).
    package var resolverOptions: [String] = []
    /// Ports of the host that lead into the container itself (`PortBindings`): not those of requests, which are the
    /// proxy's.
    package var ports: [WrittenPort] = []
    /// `port/protocol` that it says it listens on (`ExposedPorts`).
    package var exposed: [String] = []

    package init() {}
}

/// A network that a written container is in.
package struct WrittenNetwork: Hashable, Sendable, Codable {
    /// Its name on the Engine.
    package var name: String
    /// How it is made when it is not there; nil for one that somebody else makes.
    package var definition: WrittenNetworkDefinition?
    /// Names that lead to this container in it (`Aliases`); none for what takes requests, whose names lead to the proxy.
    package var aliases: [String] = []
    /// `name:alias`, names of others that this container alone knows (`Links`).
    package var links: [String] = []
    /// Its own address (`IPAMConfig.IPv4Address`).
    package var ipv4Address: String?
    /// Its own address (`IPAMConfig.IPv6Address`).
    package var ipv6Address: String?
    /// Its addresses on the link alone (`IPAMConfig.LinkLocalIPs`).
    package var linkLocalAddresses: [String] = []
    /// Its address of the hardware (`MacAddress`, v1.44).
    package var macAddress: String?
    /// The one with the highest is where its way out leads (`GwPriority`, v1.48).
    package var gatewayPriority: Int?
    /// For the network's driver (`DriverOpts`).
    package var driverOptions: [String: String] = [:]

    package init(name: String, definition: WrittenNetworkDefinition? = nil, aliases: [String] = []) {
        self.name = name
        self.definition = definition
        self.aliases = aliases
    }

    /// Whether somebody else makes it.
    package var isExternal: Bool { definition == nil }
}

/// How a network of a project is made (`POST /networks/create`).
package struct WrittenNetworkDefinition: Hashable, Sendable, Codable {
    /// Its name where it was written, for a label.
    package var key: String
    /// Such as `bridge` or `macvlan` (`Driver`).
    package var driver = "bridge"
    /// For the driver, by name (`Options`).
    package var driverOptions: [String: String] = [:]
    /// Whether it leads nowhere but to its own members (`Internal`).
    package var isInternal = false
    /// Whether containers that no service stands behind may join it (`Attachable`).
    package var isAttachable = false
    /// Whether members have IPv6 addresses (`EnableIPv6`).
    package var enablesIPv6 = false
    /// Whether members have IPv4 addresses (`EnableIPv4`, v1.48); nil for the Engine's default.
    package var enablesIPv4: Bool?
    /// Who gives addresses (`IPAM.Driver`).
    package var addressDriver: String?
    /// For who gives addresses, by name (`IPAM.Options`).
    package var addressOptions: [String: String] = [:]
    /// Where addresses are given from (`IPAM.Config`).
    package var ranges: [Range] = []
    /// Its own labels (`Labels`); Teal's and Compose's are beside them.
    package var labels: [String: String] = [:]

    package init(key: String) { self.key = key }

    /// A range of addresses.
    package struct Range: Hashable, Sendable, Codable {
        /// Such as `172.28.0.0/16` (`Subnet`).
        package var subnet: String?
        /// The part that the Engine gives addresses from (`IPRange`).
        package var dynamic: String?
        /// The host's address in it (`Gateway`).
        package var gateway: String?
        /// Addresses of hosts by name (`AuxiliaryAddresses`).
        package var taken: [String: String] = [:]

        package init(subnet: String? = nil, dynamic: String? = nil, gateway: String? = nil) {
            self.subnet = subnet
            self.dynamic = dynamic
            self.gateway = gateway
        }
    }
}

/// A port of the host that leads into a container.
package struct WrittenPort: Hashable, Sendable, Codable {
    /// Where the host listens (`HostIp`); loopback unless something else was asked for.
    package var hostAddress: String
    /// (`HostPort`); nil for one that the Engine chooses.
    package var hostPort: Int?
    package var containerPort: Int
    /// `tcp`, `udp` or `sctp`.
    package var transport: String

    package init(hostAddress: String = "127.0.0.1", hostPort: Int?, containerPort: Int, transport: String = "tcp") {
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.transport = transport
    }
}
