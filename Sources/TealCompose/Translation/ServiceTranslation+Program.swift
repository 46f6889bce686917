import TealCore

extension ServiceTranslation {
    /// What runs, and how it begins and ends.
    mutating func translateProgram() {
        written.entrypoint = service.entrypoint
        written.command = service.command
        spec.command = service.command ?? []
        written.workingDirectory = service.workingDirectory
        written.user = service.user
        written.network.hostName = service.hostName
        written.network.domainName = service.domainName
        for (name, value) in service.environment {
            if let value { spec.environment[name] = value } else { written.unsetVariables.append(name) }
        }
        written.unsetVariables.sort()
        for name in service.environment.keys.sorted() where name.hasPrefix("TEAL_") {
            report(
                .value,
                path("environment", name),
                "\(name) is one of Teal's own variables",
                "Use a name that does not begin with `TEAL_`."
            )
        }
        written.labels = service.labels
        written.annotations = service.annotations
        written.hasTerminal = service.hasTerminal
        written.opensInput = service.keepsInputOpen
        written.usesInit = service.runsInit
        written.runtime = service.runtime
        written.platform = service.platform
        written.storageOptions = service.storageOptions
        if let logging = service.logging {
            written.logging = WrittenLogging(driver: logging.driver ?? "json-file", options: logging.options)
        }
        if let signal = service.stopSignal {
            let plain = signal.uppercased()
            written.stopSignal = plain.hasPrefix("SIG") ? String(plain.dropFirst(3)) : plain
            if Int(signal) == nil, let own = written.stopSignal { spec.stop.signal = own }
        }
        if let grace = service.stopGracePeriod { spec.stop.grace = grace }
    }

    // MARK: Rights and limits

    mutating func translateRights() {
        var rights = WrittenRights()
        rights.capabilitiesAdded = service.capabilitiesAdded
        rights.capabilitiesDropped = service.capabilitiesDropped
        rights.isPrivileged = service.isPrivileged
        rights.securityOptions = service.securityOptions.map(securityOption)
        rights.isRootReadOnly = service.isReadOnly
        rights.groups = service.groups
        rights.systemControls = service.sysctls
        rights.deviceRules = service.deviceCgroupRules
        rights.processMode = mode(service.pid, "pid")
        rights.ipcMode = mode(service.ipc, "ipc")
        rights.hostNameMode = service.uts
        rights.userMode = service.userNamespace
        rights.controlGroupMode = service.cgroup
        rights.controlGroupParent = service.cgroupParent
        rights.isolation = service.isolation
        rights.devices = service.devices.map { device in
            let source = device.source ?? ""
            return WrittenDevice(
                source: source,
                target: device.target ?? source,
                permissions: device.permissions ?? "rwm"
            )
        }
        let gpus = service.gpus.map { request($0, defaults: ["gpu"]) }
        let reserved = (service.deploy?.resources.reservations?.devices ?? []).map { request($0, defaults: []) }
        rights.deviceRequests = gpus + reserved
        written.rights = rights
        if !rights.devices.isEmpty { alone.append("both would use its devices") }
    }

    /// A profile of seccomp is read here, as the Engine takes its text.
    private func securityOption(_ option: String) -> String {
        for separator in ["=", ":"] where option.hasPrefix("seccomp\(separator)") {
            let profile = String(option.dropFirst("seccomp\(separator)".count))
            guard profile != "unconfined", profile != "builtin", !profile.hasPrefix("{") else {
                return "seccomp=\(profile)"
            }
            let file = profile.hasPrefix("/") ? profile : "\(surroundings.project.directory)/\(profile)"
            guard let bytes = surroundings.files.bytes(file) else {
                report(.unreadable, path("security_opt"), "the profile \(file) cannot be read", "Correct the path.")
                return option
            }
            return "seccomp=\(String(decoding: bytes, as: UTF8.self))"
        }
        return option
    }

    private func request(_ wanted: ComposeDeviceRequest, defaults: [String]) -> WrittenDeviceRequest {
        let capabilities = wanted.capabilities.isEmpty ? defaults : wanted.capabilities
        // Without a number and without names all of them are meant.
        let count = wanted.identifiers.isEmpty ? (wanted.count == 0 ? -1 : wanted.count) : nil
        return WrittenDeviceRequest(
            driver: wanted.driver ?? "",
            count: count,
            ids: wanted.identifiers,
            capabilities: capabilities,
            options: wanted.options
        )
    }

    /// A mode, with another service under Teal's name for it.
    mutating func mode(_ text: String?, _ key: String) -> String? {
        guard let text, text.hasPrefix("service:") else { return text }
        let other = String(text.dropFirst("service:".count))
        guard let name = surroundings.names[other] else { return text }
        if other != service.name, !spec.needs.contains(name) { spec.needs.append(name) }
        alone.append("it shares something with \(other) that only one can")
        return "service:\(name)"
    }

    mutating func translateLimits() {
        func some(_ number: Int) -> Int? { number == 0 ? nil : number }
        let deployed = service.deploy?.resources
        spec.resources = Resources(
            memoryBytesMax: some(deployed?.limits?.memoryBytes ?? 0) ?? some(service.memoryBytes),
            cpusMax: cpus(deployed?.limits?.cpus ?? 0) ?? cpus(service.cpus)
        )
        var limits = WrittenLimits()
        limits.memoryBytesReserved = some(deployed?.reservations?.memoryBytes ?? 0) ?? some(service.memoryReservedBytes)
        limits.memoryAndSwapBytesMax = some(service.memoryAndSwapBytes)
        limits.swappiness = some(service.swappiness)
        limits.survivesOutOfMemory = service.outOfMemoryKillDisabled ? true : nil
        limits.outOfMemoryScore = some(service.outOfMemoryScore)
        limits.sharedMemoryBytes = some(service.sharedMemoryBytes)
        limits.processesMax = some(deployed?.limits?.processes ?? 0) ?? some(service.processesMax)
        limits.cpuShares = some(service.cpuShares)
        limits.cpuPeriod = some(service.cpuPeriod)
        limits.cpuQuota = some(service.cpuQuota)
        limits.cpuRealtimePeriod = some(service.cpuRealtimePeriod)
        limits.cpuRealtimeRuntime = some(service.cpuRealtimeRuntime)
        limits.cpuSet = service.cpuSet
        limits.cpuCount = some(service.cpuCount)
        limits.cpuPercent = some(Int(service.cpuPercent))
        limits.ulimits = service.ulimits.mapValues { .init(soft: $0.soft, hard: $0.hard) }
        if let blocks = service.blockIO {
            func all(_ devices: [ComposeThrottledDevice]) -> [WrittenBlockLimits.Device] {
                devices.map { .init(path: $0.path, value: $0.rate) }
            }
            limits.blocks.weight = some(blocks.weight)
            limits.blocks.weights = blocks.weightDevices.map { .init(path: $0.path, value: $0.weight) }
            limits.blocks.readBytes = all(blocks.readBytes)
            limits.blocks.writeBytes = all(blocks.writtenBytes)
            limits.blocks.readOperations = all(blocks.readOperations)
            limits.blocks.writeOperations = all(blocks.writtenOperations)
        }
        written.limits = limits
    }

    /// By their shortest text: 0.1 as a small number is not 0.1 as a large one.
    private func cpus(_ number: Float) -> Double? { number == 0 ? nil : Double("\(number)") }

    // MARK: Health

    mutating func translateHealth() {
        spec.health = HealthGate(check: .none)
        guard let check = service.healthcheck else { return assumeHealth() }
        if check.isDisabled || check.test.first == "NONE" {
            written.healthcheck = WrittenHealthcheck(test: ["NONE"])
            spec.health.check = .off
            return
        }
        var own = WrittenHealthcheck(test: check.test)
        own.interval = check.interval
        own.timeout = check.timeout
        own.retries = check.retries
        own.startPeriod = check.startPeriod
        own.startInterval = check.startInterval
        written.healthcheck = own
        // As long as it could take where it was written for: its start, and then every try.
        let tries = (check.interval ?? .seconds(30)) * (check.retries ?? 3)
        spec.health.deadline = max(spec.health.deadline, (check.startPeriod ?? .zero) + tries)
        if let timeout = check.timeout { spec.health.timeout = timeout }
        spec.timeouts.rollout = max(spec.timeouts.rollout, spec.health.deadline * 2)
    }

    /// Whether this host reaches it at an address of its own, or at its loopback.
    private var isReached: Bool { written.network.mode == "host" || written.joinsProject(takingTraffic: false) }

    private mutating func assumeHealth() {
        guard !steering.hasHealth else { return }
        let known = spec.kind == .accessory ? KnownImage.of(service.image) : nil
        if isReached, let store = known?.store(command: service.command, environment: spec.environment) {
            let port = spec.port ?? store.name.usualPort
            spec.port = port
            spec.health.check = .store(store)
            assumed.append(
                "\(name): no health check given, so it is asked in the protocol of \(store.name.title) at port \(port)"
            )
        } else if let command = known?.command {
            spec.health.check = .command(command)
            assumed.append("\(name): no health check given, so it is asked with `\(command.last ?? "")`")
        } else if spec.kind == .web {
            spec.health.check = .tcp
            assumed.append("\(name): no health check given, so a connection to its port counts")
        }
    }
}
