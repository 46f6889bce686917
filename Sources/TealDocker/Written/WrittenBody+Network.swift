import TealCore

extension WrittenBody {
    /// A network that the container is in, and how.
    struct Endpoint: Hashable, Sendable {
        let name: String
        let config: JSONValue
    }

    /// The networks that it is in, its project's own first.
    ///
    /// The Engine takes one of them at creation, and the others before the start.
    var endpoints: [Endpoint] {
        guard written.network.mode == nil else { return [] }
        let own = joinsProject ? [Endpoint(name: plan.network.name, config: plan.endpointConfig)] : []
        return own
            + written.network.networks.map { Endpoint(name: $0.name, config: Self.config($0, isOnce: plan.isOnce)) }
    }

    /// A command that runs beside the service has neither its names nor its addresses.
    private static func config(_ network: WrittenNetwork, isOnce: Bool) -> JSONValue {
        var config: [String: JSONValue] = [:]
        if !network.links.isEmpty { config["Links"] = JSONValue(network.links) }
        if !network.driverOptions.isEmpty { config["DriverOpts"] = JSONValue(network.driverOptions) }
        if let priority = network.gatewayPriority { config["GwPriority"] = .int(priority) }
        guard !isOnce else { return .object(config) }
        if !network.aliases.isEmpty { config["Aliases"] = JSONValue(network.aliases) }
        var addresses: [String: JSONValue] = [:]
        if let address = network.ipv4Address { addresses["IPv4Address"] = .string(address) }
        if let address = network.ipv6Address { addresses["IPv6Address"] = .string(address) }
        if !network.linkLocalAddresses.isEmpty { addresses["LinkLocalIPs"] = JSONValue(network.linkLocalAddresses) }
        if !addresses.isEmpty { config["IPAMConfig"] = .object(addresses) }
        if let address = network.macAddress { config["MacAddress"] = .string(address) }
        return .object(config)
    }

    var networkMode: String? {
        if let mode = written.network.mode { return plan.places.mode(mode) }
        return endpoints.first?.name
    }

    /// Whether it shares another container's network, and so can say nothing of its own.
    private var sharesNetwork: Bool { networkMode?.hasPrefix("container:") ?? false }

    /// `Hostname` and `Domainname`.
    var names: [String: JSONValue] {
        guard !sharesNetwork else { return [:] }
        var names: [String: JSONValue] = [:]
        if let name = written.network.hostName { names["Hostname"] = .string(name) }
        if let name = written.network.domainName { names["Domainname"] = .string(name) }
        return names
    }

    /// The part of `HostConfig` that says who is reached and how: hosts, name servers and ports.
    var reach: [String: JSONValue] {
        guard !sharesNetwork else { return [:] }
        let network = written.network
        var config: [String: JSONValue] = [:]
        func set(_ name: String, _ texts: [String]) { if !texts.isEmpty { config[name] = JSONValue(texts) } }
        // What is written comes first, and the first counts.
        // From the host's own network the proxy is reached as well.
        let knowsProxy = joinsProject || network.mode == "host"
        set("ExtraHosts", network.extraHosts + (knowsProxy ? plan.hosts + proxied : []))
        set("Dns", network.nameServers)
        set("DnsSearch", network.searchDomains)
        set("DnsOptions", network.resolverOptions)
        if !bindings.isEmpty { config["PortBindings"] = .object(bindings) }
        return config
    }

    private var proxied: [String] { written.network.proxiedNames.map { "\($0):\(plan.network.gateway)" } }

    /// `PortBindings`, by the container's port.
    private var bindings: [String: JSONValue] {
        guard !plan.isOnce, written.network.mode == nil else { return [:] }
        var bindings: [String: [JSONValue]] = [:]
        for port in written.network.ports {
            bindings["\(port.containerPort)/\(port.transport)", default: []].append([
                "HostIp": .string(port.hostAddress), "HostPort": .string(port.hostPort.map { "\($0)" } ?? ""),
            ])
        }
        if let published = plan.published {
            bindings["\(published.container)/tcp", default: []].append([
                "HostIp": "127.0.0.1", "HostPort": .string("\(published.host)"),
            ])
        }
        return bindings.mapValues { .array($0) }
    }

    var exposedPorts: [String: JSONValue] {
        guard !sharesNetwork else { return [:] }
        return Dictionary((written.network.exposed + bindings.keys).map { ($0, JSONValue.object([:])) }) { $1 }
    }

    /// What is written into a label, so that a container can be put back where it was.
    var stamp: WrittenStamp {
        WrittenStamp(
            endpoints: Dictionary(endpoints.filter { $0.name != plan.network.name }.map { ($0.name, $0.config) }) {
                $1
            },
            joinsProject: joinsProject,
            isOnHost: written.network.mode == "host",
            port: plan.port,
            published: plan.published?.host
        )
    }
}
