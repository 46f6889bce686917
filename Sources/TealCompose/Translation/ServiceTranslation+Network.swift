import TealCore

extension ServiceTranslation {
    /// Which networks it is in, and by which names.
    mutating func translateNetworks() {
        let network = surroundings.project.networks
        written.network.keepsApart = !surroundings.isMixed
        written.network.extraHosts = service.extraHosts.sorted { $0.key < $1.key }.flatMap { name, addresses in
            addresses.map { "\(name):\($0)" }
        }
        written.network.nameServers = service.nameServers
        written.network.searchDomains = service.nameSearch
        written.network.resolverOptions = service.nameServerOptions
        written.network.proxiedNames = surroundings.proxiedNames
        written.network.exposed = service.exposed.map { $0.contains("/") ? $0 : "\($0)/tcp" }
        if let mode = service.networkMode, mode != "bridge", mode != "default" {
            translateMode(mode)
            return
        }
        if service.networkMode != nil {
            written.network.networks = [WrittenNetwork(name: "bridge")]
            return
        }
        let attachments = service.networks.sorted { one, other in
            let (first, second) = (one.value?.priority ?? 0, other.value?.priority ?? 0)
            return first == second ? one.key < other.key : first > second
        }
        for (key, attachment) in attachments {
            written.network.networks.append(self.attachment(attachment, key, network[key]))
        }
        if let address = service.macAddress, !written.network.networks.isEmpty {
            written.network.networks[0].macAddress = written.network.networks[0].macAddress ?? address
        }
        if written.network.networks.contains(where: { $0.ipv4Address ?? $0.ipv6Address ?? $0.macAddress != nil }) {
            alone.append("both would have its fixed address")
        }
        warnOfInternal(attachments.map(\.key))
        link()
    }

    private mutating func translateMode(_ text: String) {
        written.network.mode = mode(text, "network_mode")
        if text == "host" { alone.append("both would be in the host's network") }
        if takesTraffic, text != "host" {
            report(
                .conflict,
                path("network_mode"),
                "`\(service.name)` takes requests, and with `network_mode: \(text)` the proxy does not reach it",
                "Give it networks, or let another service take the requests."
            )
        }
    }

    private func attachment(
        _ attachment: ComposeAttachment?,
        _ key: String,
        _ network: ComposeNetwork?
    ) -> WrittenNetwork {
        let name = network?.name ?? "\(surroundings.project.name)_\(key)"
        var own = WrittenNetwork(
            name: name,
            definition: network.flatMap { $0.isExternal ? nil : Self.definition($0, key) }
        )
        if network == nil { own.definition = WrittenNetworkDefinition(key: key) }
        own.ipv4Address = attachment?.ipv4Address
        own.ipv6Address = attachment?.ipv6Address
        own.linkLocalAddresses = attachment?.linkLocalAddresses ?? []
        own.macAddress = attachment?.macAddress
        own.gatewayPriority = attachment.flatMap { $0.gatewayPriority == 0 ? nil : $0.gatewayPriority }
        own.driverOptions = attachment?.driverOptions ?? [:]
        if let name = attachment?.interfaceName { own.driverOptions["com.docker.network.endpoint.ifname"] = name }
        guard !takesTraffic else { return own }
        var names: [String] = [service.name, "\(self.name)"]
        names += attachment?.aliases ?? []
        if let container = service.containerName { names.append(container) }
        var seen: Set<String> = []
        own.aliases = names.filter { seen.insert($0).inserted }
        return own
    }

    private static func definition(_ network: ComposeNetwork, _ key: String) -> WrittenNetworkDefinition {
        var definition = WrittenNetworkDefinition(key: key)
        definition.driver = network.driver ?? definition.driver
        definition.driverOptions = network.driverOptions
        definition.isInternal = network.isInternal
        definition.isAttachable = network.isAttachable
        definition.enablesIPv4 = network.hasIPv4
        definition.enablesIPv6 = network.hasIPv6 ?? false
        definition.addressDriver = network.addresses.driver
        definition.addressOptions = network.addresses.options
        definition.labels = network.labels
        definition.ranges = network.addresses.pools.map { pool in
            var range = WrittenNetworkDefinition.Range(subnet: pool.subnet, dynamic: pool.range, gateway: pool.gateway)
            range.taken = pool.auxiliary
            return range
        }
        return definition
    }

    private mutating func warnOfInternal(_ keys: [String]) {
        let networks = keys.map { surroundings.project.networks[$0] }
        guard !networks.isEmpty, networks.allSatisfy({ $0?.isInternal ?? false }) else { return }
        warnings.append(
            takesTraffic
                ? "\(name): its networks are internal, and Teal's own network, by which the proxy reaches it, leads out"
                : "\(name): its networks are internal: it reaches nothing outside, and its published ports do not work"
        )
    }

    /// `links` and `external_links`: further names of others, for it alone.
    private mutating func link() {
        for link in service.links + service.externalLinks {
            let parts = link.split(separator: ":").map(String.init)
            guard let target = parts.first else { continue }
            let alias = parts.count > 1 ? parts[1] : target
            if service.links.contains(link), let name = surroundings.names[target] {
                if !spec.needs.contains(name) { spec.needs.append(name) }
                if surroundings.takesTraffic(target) {
                    if alias != "\(name)" { written.network.proxiedNames.append(alias) }
                    continue
                }
            }
            for index in written.network.networks.indices {
                written.network.networks[index].links.append("\(target):\(alias)")
            }
        }
        spec.needs.sort()
    }

    // MARK: Ports and routes

    /// The port of requests is the proxy's, all others lead into the container.
    mutating func translatePorts() {
        if takesTraffic {
            let traefik = surroundings.traefik[service.name]
            let domains = surroundings.domains[service.name]
            let fromLabels = traefik.flatMap { $0.routes.isEmpty ? nil : $0.routes } ?? domains?.routes ?? []
            spec.port = steering.port ?? traefik?.port ?? domains?.port ?? guessedPort()
            let routes = steering.routes.isEmpty ? fromLabels : steering.routes
            if steering.routes.isEmpty, traefik?.routes.isEmpty ?? true, let domains, !domains.read.isEmpty {
                assumed.append("\(name): found as its labels \(Phrase.all(domains.read)) say")
            }
            // Other names of it inside the project lead to the proxy, which must know them.
            let names = surroundings.otherNames(service.name)
            spec.routes = routes
            if !names.isEmpty { spec.routes.append(Route(hosts: names.map { $0.lowercased() }, internalOnly: true)) }
        } else {
            spec.port = steering.port
        }
        for (index, port) in service.ports.enumerated() {
            let transport = port.transport ?? "tcp"
            let isTaken = takesTraffic && transport == "tcp" && port.target == spec.port
            let hostPort = port.published.flatMap { $0.isEmpty ? nil : $0 }
            let number = hostPort.flatMap { $0.split(separator: "-").first }.flatMap { Int($0) }
            let asked = port.hostAddress.flatMap { $0.isEmpty ? nil : $0 }
            let address = asked ?? (steering.publishesEverywhere ? "0.0.0.0" : "127.0.0.1")
            let own = WrittenPort(
                hostAddress: isTaken ? asked ?? "0.0.0.0" : address,
                hostPort: number,
                containerPort: port.target,
                transport: transport
            )
            let key = path("ports", "[\(index)]")
            if isTaken {
                taken.append(own)
                notes[key] = .differently(
                    "it is not opened: requests come in at the proxy's own port, which leads to whichever release is active"
                )
                if let hostPort {
                    warnings.append(
                        """
                        \(name): port \(hostPort) of the host, which the Compose file publishes for its port \(port.target), is \
                        not opened: requests come in at the proxy's own port
                        """
                    )
                }
                continue
            }
            written.network.ports.append(own)
            if number != nil, spec.replicas > 1 {
                report(
                    .conflict,
                    key,
                    "`\(service.name)` has \(spec.replicas) replicas, and one alone can have port \(hostPort ?? "") of the host",
                    "Leave the port of the host out, or run one replica."
                )
            }
            warnOfPort(own, isAsked: asked != nil || steering.publishesEverywhere)
            if number != nil { alone.append("both would need port \(hostPort ?? "") of the host") }
            if asked == nil, !steering.publishesEverywhere {
                notes[key] = .differently(
                    "open at 127.0.0.1 alone, since Docker's rules go round a firewall; write an address to open it further"
                )
            } else {
                notes[key] = .honoured
            }
        }
    }

    private mutating func warnOfPort(_ port: WrittenPort, isAsked: Bool) {
        guard let number = port.hostPort else { return }
        if !isAsked {
            warnings.append(
                """
                \(name): port \(number) of the host is open at 127.0.0.1 alone, since Docker's rules go round a firewall such as \
                ufw; for other hosts write an address before it, or `publish: everywhere`
                """
            )
        } else if !port.hostAddress.hasPrefix("127."), port.hostAddress != "::1" {
            warnings.append(
                """
                \(name): port \(number) of the host is open to other hosts at \(port.hostAddress), whatever a firewall such as \
                ufw says, since Docker's rules go round it
                """
            )
        }
    }

    /// The only port that could take requests.
    private func guessedPort() -> Int? {
        let published = service.ports.filter { ($0.transport ?? "tcp") == "tcp" }.map(\.target)
        let exposed = service.exposed.compactMap { Int($0.split(separator: "/").first ?? "") }
        let candidates = Set(published.isEmpty ? exposed : published)
        if candidates.count == 1 { return candidates.first }
        guard candidates.count > 1 else { return nil }
        report(
            .missing,
            path("x-teal", "port"),
            "`\(service.name)` takes requests, and could at \(Phrase.oneOf(candidates.sorted().map { "\($0)" }))",
            "Write `port: \(candidates.min() ?? 80)` at the service in teal.yml, or in its `x-teal`."
        )
        return candidates.min()
    }
}
