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
}
