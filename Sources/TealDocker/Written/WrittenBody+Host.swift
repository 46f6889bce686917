import TealCore

extension WrittenBody {
    /// `HostConfig`.
    var hostConfig: [String: JSONValue] {
        var config: [String: JSONValue] = ["RestartPolicy": ["Name": "no"], "AutoRemove": false]
        if let mode = networkMode { config["NetworkMode"] = .string(mode) }
        config.merge(rights) { $1 }
        config.merge(limits) { $1 }
        config.merge(blocks) { $1 }
        config.merge(mounts) { $1 }
        config.merge(reach) { $1 }
        let logging = written.logging
        config["LogConfig"] = [
            "Type": .string(logging?.driver ?? plan.logDriver),
            "Config": JSONValue(logging?.options ?? plan.logOptions),
        ]
        if let runtime = written.runtime { config["Runtime"] = .string(runtime) }
        if let usesInit = written.usesInit { config["Init"] = .bool(usesInit) }
        if !written.annotations.isEmpty { config["Annotations"] = JSONValue(written.annotations) }
        if !written.storageOptions.isEmpty { config["StorageOpt"] = JSONValue(written.storageOptions) }
        return config
    }

    // MARK: Rights

    private var rights: [String: JSONValue] {
        let rights = written.rights
        var config: [String: JSONValue] = [
            "Privileged": .bool(rights.isPrivileged), "ReadonlyRootfs": .bool(rights.isRootReadOnly),
        ]
        func set(_ name: String, _ texts: [String]) { if !texts.isEmpty { config[name] = JSONValue(texts) } }
        func set(_ name: String, _ text: String?) { if let text { config[name] = .string(text) } }
        set("CapAdd", rights.capabilitiesAdded)
        set("CapDrop", rights.capabilitiesDropped)
        set("SecurityOpt", rights.securityOptions)
        set("GroupAdd", rights.groups)
        set("DeviceCgroupRules", rights.deviceRules)
        set("PidMode", rights.processMode.map { plan.places.mode($0) })
        set("IpcMode", rights.ipcMode.map { plan.places.mode($0) })
        set("UTSMode", rights.hostNameMode)
        set("UsernsMode", rights.userMode)
        set("CgroupnsMode", rights.controlGroupMode)
        set("CgroupParent", rights.controlGroupParent)
        set("Isolation", rights.isolation)
        if !rights.systemControls.isEmpty { config["Sysctls"] = JSONValue(rights.systemControls) }
        if !rights.devices.isEmpty {
            config["Devices"] = .array(
                rights.devices.map { device in
                    [
                        "PathOnHost": .string(device.source), "PathInContainer": .string(device.target),
                        "CgroupPermissions": .string(device.permissions),
                    ]
                }
            )
        }
        if !rights.deviceRequests.isEmpty { config["DeviceRequests"] = .array(rights.deviceRequests.map(Self.request)) }
        return config
    }

    private static func request(_ wanted: WrittenDeviceRequest) -> JSONValue {
        [
            "Driver": .string(wanted.driver), "Count": .int(wanted.count ?? 0), "DeviceIDs": JSONValue(wanted.ids),
            "Capabilities": [JSONValue(wanted.capabilities)], "Options": JSONValue(wanted.options),
        ]
    }

    // MARK: Limits

    private var limits: [String: JSONValue] {
        let limits = written.limits
        var config: [String: JSONValue] = [:]
        func set(_ name: String, _ number: Int?) { if let number { config[name] = .int(number) } }
        set("Memory", spec.resources.memoryBytesMax)
        set("NanoCpus", spec.resources.cpusMax.map { Int(($0 * 1e9).rounded()) })
        set("MemoryReservation", limits.memoryBytesReserved)
        set("MemorySwap", limits.memoryAndSwapBytesMax)
        set("MemorySwappiness", limits.swappiness)
        set("OomScoreAdj", limits.outOfMemoryScore)
        set("ShmSize", limits.sharedMemoryBytes)
        set("PidsLimit", limits.processesMax)
        set("CpuShares", limits.cpuShares)
        set("CpuPeriod", limits.cpuPeriod)
        set("CpuQuota", limits.cpuQuota)
        set("CpuRealtimePeriod", limits.cpuRealtimePeriod)
        set("CpuRealtimeRuntime", limits.cpuRealtimeRuntime)
        set("CpuCount", limits.cpuCount)
        set("CpuPercent", limits.cpuPercent)
        if let cores = limits.cpuSet { config["CpusetCpus"] = .string(cores) }
        if let survives = limits.survivesOutOfMemory { config["OomKillDisable"] = .bool(survives) }
        if !limits.ulimits.isEmpty {
            config["Ulimits"] = .array(
                limits.ulimits.sorted { $0.key < $1.key }.map { name, limit in
                    ["Name": .string(name), "Soft": .int(limit.soft), "Hard": .int(limit.hard)]
                }
            )
        }
        return config
    }

    private var blocks: [String: JSONValue] {
        let blocks = written.limits.blocks
        var config: [String: JSONValue] = [:]
        func set(_ name: String, _ devices: [WrittenBlockLimits.Device], by value: String) {
            guard !devices.isEmpty else { return }
            config[name] = .array(
                devices.map { .object(["Path": .string($0.path), value: .int($0.value)]) }
            )
        }
        if let weight = blocks.weight { config["BlkioWeight"] = .int(weight) }
        set("BlkioWeightDevice", blocks.weights, by: "Weight")
        set("BlkioDeviceReadBps", blocks.readBytes, by: "Rate")
        set("BlkioDeviceWriteBps", blocks.writeBytes, by: "Rate")
        set("BlkioDeviceReadIOps", blocks.readOperations, by: "Rate")
        set("BlkioDeviceWriteIOps", blocks.writeOperations, by: "Rate")
        return config
    }
}
