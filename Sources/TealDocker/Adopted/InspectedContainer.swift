import TealCore

/// How a container would be made again, read from what the Engine says of it and of its image.
///
/// Only what differs from the image and from the Engine's own defaults is taken: the rest comes with them.
struct InspectedContainer: Sendable {
    private let json: JSONValue
    private let config: JSONValue
    private let host: JSONValue
    private let image: JSONValue
    private let id: String
    private let name: String

    /// Labels that would make Compose take another container for its own.
    private static let composeLabels = "com.docker.compose."
    private static let engineNetworks: Set<String> = ["bridge", "host", "none", "podman", "default"]
    private static let sharedMemoryUsual = 64 << 20

    /// - Parameters:
    ///   - json: The container (`GET /containers/{id}/json`).
    ///   - image: Its image (`GET /images/{name}/json`); null when it is gone.
    init(_ json: JSONValue, image: JSONValue) {
        self.json = json
        config = json["Config"]
        host = json["HostConfig"]
        self.image = image["Config"]
        id = json["Id"].string ?? ""
        name = String((json["Name"].string ?? "").drop { $0 == "/" })
    }

    /// Variables that differ from the image's, by name; holds secrets.
    var environment: [String: String] {
        let usual = Set(image["Env"].strings)
        return Self.pairs(config["Env"].strings.filter { !usual.contains($0) })
    }

    var written: WrittenContainer {
        let labels = config["Labels"].object.compactMapValues(\.string)
        var written = WrittenContainer(
            project: labels["com.docker.compose.project"] ?? name,
            service: labels["com.docker.compose.service"] ?? name
        )
        readProgram(&written)
        let usual = image["Labels"].object.compactMapValues(\.string)
        written.labels = labels.filter { usual[$0.key] != $0.value && !$0.key.hasPrefix(Self.composeLabels) }
        written.annotations = host["Annotations"].object.compactMapValues(\.string)
        written.rights = rights
        written.limits = limits
        written.network = network
        written.mounts = mounts
        written.volumesFrom = host["VolumesFrom"].strings.map { "container:\($0)" }
        let driver = host["LogConfig"]["Type"].string ?? ""
        let options = host["LogConfig"]["Config"].object.compactMapValues(\.string)
        if !driver.isEmpty, driver != ContainerPlan.logDriverDefault || !options.isEmpty {
            written.logging = WrittenLogging(driver: driver, options: options)
        }
        written.runtime = host["Runtime"].string.flatMap { ["", "runc", "crun", "oci"].contains($0) ? nil : $0 }
        written.storageOptions = host["StorageOpt"].object.compactMapValues(\.string)
        return written
    }

    /// What of it the next one would not have.
    var losses: [String] {
        var found: [String] = []
        if !host["Links"].strings.isEmpty { found.append("its links to other containers (`--link`)") }
        if !(config["MacAddress"].string ?? "").isEmpty { found.append("its own hardware address") }
        return found
    }

    // MARK: Program

    private func readProgram(_ written: inout WrittenContainer) {
        if config["Entrypoint"].strings != image["Entrypoint"].strings {
            written.entrypoint = config["Entrypoint"].strings
        }
        if config["Cmd"].strings != image["Cmd"].strings { written.command = config["Cmd"].strings }
        written.workingDirectory = differing("WorkingDir")
        written.user = differing("User")
        let present = Set(config["Env"].strings.map { String($0.prefix { $0 != "=" }) })
        written.unsetVariables = Self.pairs(image["Env"].strings).keys.filter { !present.contains($0) }.sorted()
        written.hasTerminal = config["Tty"].bool ?? false
        written.opensInput = config["OpenStdin"].bool ?? false
        written.usesInit = host["Init"].bool.flatMap { $0 ? true : nil }
        written.stopSignal = differing("StopSignal").map { $0.hasPrefix("SIG") ? String($0.dropFirst(3)) : $0 }
        guard config["Healthcheck"] != image["Healthcheck"], !config["Healthcheck"].isNull else { return }
        let check = config["Healthcheck"]
        var health = WrittenHealthcheck(test: check["Test"].strings)
        func span(_ name: String) -> Duration? { check[name].int.flatMap { $0 > 0 ? .nanoseconds($0) : nil } }
        health.interval = span("Interval")
        health.timeout = span("Timeout")
        health.startPeriod = span("StartPeriod")
        health.startInterval = span("StartInterval")
        health.retries = check["Retries"].int.flatMap { $0 > 0 ? $0 : nil }
        written.healthcheck = health
    }

    /// A text of the container where the image has another one; nil for the same, or none.
    private func differing(_ key: String) -> String? {
        guard let text = config[key].string, !text.isEmpty, text != image[key].string else { return nil }
        return text
    }

    // MARK: Rights and limits

    private var rights: WrittenRights {
        var rights = WrittenRights()
        rights.capabilitiesAdded = host["CapAdd"].strings
        rights.capabilitiesDropped = host["CapDrop"].strings
        rights.isPrivileged = host["Privileged"].bool ?? false
        rights.securityOptions = host["SecurityOpt"].strings
        rights.isRootReadOnly = host["ReadonlyRootfs"].bool ?? false
        rights.groups = host["GroupAdd"].strings
        rights.systemControls = host["Sysctls"].object.compactMapValues(\.string)
        rights.deviceRules = host["DeviceCgroupRules"].strings
        rights.devices = host["Devices"].array.map { device in
            WrittenDevice(
                source: device["PathOnHost"].string ?? "",
                target: device["PathInContainer"].string ?? "",
                permissions: device["CgroupPermissions"].string ?? "rwm"
            )
        }
        rights.deviceRequests = host["DeviceRequests"].array.map { request in
            WrittenDeviceRequest(
                driver: request["Driver"].string ?? "",
                count: request["Count"].int,
                ids: request["DeviceIDs"].strings,
                capabilities: request["Capabilities"].array.first?.strings ?? [],
                options: request["Options"].object.compactMapValues(\.string)
            )
        }
        rights.processMode = mode("PidMode")
        rights.ipcMode = mode("IpcMode").flatMap { ["private", "shareable"].contains($0) ? nil : $0 }
        rights.hostNameMode = mode("UTSMode")
        rights.userMode = mode("UsernsMode")
        rights.controlGroupMode = mode("CgroupnsMode").flatMap { $0 == "private" ? nil : $0 }
        rights.controlGroupParent = mode("CgroupParent")
        return rights
    }

    private func mode(_ key: String) -> String? { host[key].string.flatMap { $0.isEmpty ? nil : $0 } }

    private var limits: WrittenLimits {
        func number(_ key: String) -> Int? { host[key].int.flatMap { $0 == 0 ? nil : $0 } }
        var limits = WrittenLimits()
        limits.memoryBytesReserved = number("MemoryReservation")
        limits.memoryAndSwapBytesMax = number("MemorySwap")
        limits.swappiness = host["MemorySwappiness"].int.flatMap { $0 < 0 ? nil : $0 }
        limits.survivesOutOfMemory = host["OomKillDisable"].bool.flatMap { $0 ? true : nil }
        limits.outOfMemoryScore = number("OomScoreAdj")
        limits.sharedMemoryBytes = number("ShmSize").flatMap { $0 == Self.sharedMemoryUsual ? nil : $0 }
        limits.processesMax = number("PidsLimit").flatMap { $0 < 0 ? nil : $0 }
        limits.cpuShares = number("CpuShares")
        limits.cpuPeriod = number("CpuPeriod")
        limits.cpuQuota = number("CpuQuota")
        limits.cpuRealtimePeriod = number("CpuRealtimePeriod")
        limits.cpuRealtimeRuntime = number("CpuRealtimeRuntime")
        limits.cpuSet = mode("CpusetCpus")
        for limit in host["Ulimits"].array {
            guard let name = limit["Name"].string, let soft = limit["Soft"].int, let hard = limit["Hard"].int else {
                continue
            }
            limits.ulimits[name] = .init(soft: soft, hard: hard)
        }
        func devices(_ key: String, by value: String) -> [WrittenBlockLimits.Device] {
            host[key].array.compactMap { device in
                guard let path = device["Path"].string, let number = device[value].int else { return nil }
                return .init(path: path, value: number)
            }
        }
        limits.blocks.weight = number("BlkioWeight")
        limits.blocks.weights = devices("BlkioWeightDevice", by: "Weight")
        limits.blocks.readBytes = devices("BlkioDeviceReadBps", by: "Rate")
        limits.blocks.writeBytes = devices("BlkioDeviceWriteBps", by: "Rate")
        limits.blocks.readOperations = devices("BlkioDeviceReadIOps", by: "Rate")
        limits.blocks.writeOperations = devices("BlkioDeviceWriteIOps", by: "Rate")
        return limits
    }

    // MARK: Network and mounts

    private var network: WrittenNetworking {
        var network = WrittenNetworking()
        network.keepsApart = false
        let mode = host["NetworkMode"].string ?? ""
        if ["host", "none"].contains(mode) || mode.hasPrefix("container:") {
            network.mode = mode
            return network
        }
        // The Engine's own name for it is the beginning of its id.
        if let own = config["Hostname"].string, !own.isEmpty, !id.hasPrefix(own) { network.hostName = own }
        network.domainName = config["Domainname"].string.flatMap { $0.isEmpty ? nil : $0 }
        network.extraHosts = host["ExtraHosts"].strings
        network.nameServers = host["Dns"].strings
        network.searchDomains = host["DnsSearch"].strings
        network.resolverOptions = host["DnsOptions"].strings
        let all = json["NetworkSettings"]["Networks"].object.filter { !Self.engineNetworks.contains($0.key) }
        network.networks = all.sorted { $0.key < $1.key }.map { name, attachment in
            var joined = WrittenNetwork(name: name)
            // By its own name others find it too, and the next one has another.
            let names = attachment["Aliases"].strings + [self.name]
            joined.aliases = Set(names.filter { !$0.isEmpty && !id.hasPrefix($0) }).sorted()
            joined.ipv4Address = attachment["IPAMConfig"]["IPv4Address"].string.flatMap { $0.isEmpty ? nil : $0 }
            joined.ipv6Address = attachment["IPAMConfig"]["IPv6Address"].string.flatMap { $0.isEmpty ? nil : $0 }
            return joined
        }
        return network
    }

    private var mounts: [WrittenMount] {
        let seen = json["Mounts"].array.compactMap { mount -> WrittenMount? in
            guard let target = mount["Destination"].string else { return nil }
            let isReadOnly = !(mount["RW"].bool ?? true)
            switch mount["Type"].string {
            case "bind":
                var options = WrittenMount.BindOptions()
                options.propagation = mount["Propagation"].string.flatMap {
                    ["", "rprivate"].contains($0) ? nil : $0
                }
                let source = WrittenMount.Source.bind(path: mount["Source"].string ?? "", options)
                return WrittenMount(source, target: target, isReadOnly: isReadOnly)
            case "volume":
                // One without a name of its own has one on the Engine, and is found by that.
                guard let name = mount["Name"].string else { return nil }
                return WrittenMount(.volume(WrittenVolume(name: name)), target: target, isReadOnly: isReadOnly)
            case "tmpfs": return WrittenMount(memory(at: target), target: target, isReadOnly: isReadOnly)
            default: return nil
            }
        }
        let taken = Set(seen.map(\.target))
        let words = host["Tmpfs"].object.compactMapValues(\.string).filter { !taken.contains($0.key) }
        return (seen + words.map { WrittenMount(.memoryWords($0.value), target: $0.key) }).sorted {
            $0.target < $1.target
        }
    }

    private func memory(at target: String) -> WrittenMount.Source {
        if let words = host["Tmpfs"][target].string { return .memoryWords(words) }
        let options = host["Mounts"].array.first { $0["Target"].string == target }?["TmpfsOptions"] ?? .null
        return .memory(bytesMax: options["SizeBytes"].int, mode: options["Mode"].int)
    }

    private static func pairs(_ lines: [String]) -> [String: String] {
        Dictionary(
            lines.map { line in
                let name = line.prefix { $0 != "=" }
                return (String(name), String(line.dropFirst(name.utf8.count + 1)))
            }
        ) { $1 }
    }
}
