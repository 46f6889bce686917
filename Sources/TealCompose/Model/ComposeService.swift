/// A service of a Compose project, every form the long one.
///
/// Texts that are not set are nil, numbers 0 and lists empty, unless a key says otherwise.
package struct ComposeService: ComposePart, Hashable {
    package let name: String
    package let afterStart: [ComposeHook]
    package let annotations: [String: String]
    /// Whether its output is shown when the project is started in the foreground.
    package let attaches: Bool?
    package let beforeStop: [ComposeHook]
    package let blockIO: ComposeBlockIO?
    package let build: ComposeBuild?
    package let capabilitiesAdded: [String]
    package let capabilitiesDropped: [String]
    package let cgroup: String?
    package let cgroupParent: String?
    /// Nil for the image's own, empty for none.
    package let command: [String]?
    package let configs: [ComposeFileMount]
    package let containerName: String?
    package let cpuCount: Int
    /// Windows only.
    package let cpuPercent: Float
    package let cpuPeriod: Int
    package let cpuQuota: Int
    package let cpuRealtimePeriod: Int
    package let cpuRealtimeRuntime: Int
    /// Processors; 0 when nothing is said.
    package let cpus: Float
    package let cpuSet: String?
    package let cpuShares: Int
    package let credential: ComposeCredential?
    /// By the names of the services.
    package let dependencies: [String: ComposeDependency]
    package internal(set) var deploy: ComposeDeploy?
    package let develop: ComposeDevelop?
    package let deviceCgroupRules: [String]
    package let devices: [ComposeDevice]
    package let domainName: String?
    /// Nil for the image's own, empty for none.
    package let entrypoint: [String]?
    /// The files that variables came from.
    package let envFiles: [ComposeEnvFile]
    /// Variables with their values, those of `envFiles` included; nil for one that has none.
    package internal(set) var environment: [String: String?]
    /// Ports that other services may use.
    package let exposed: [String]
    package let externalLinks: [String]
    package let extraHosts: [String: [String]]
    package let gpus: [ComposeDeviceRequest]
    package let groups: [String]
    package let hasTerminal: Bool
    package let healthcheck: ComposeHealthcheck?
    package let hostName: String?
    package let image: String?
    package let ipc: String?
    package let isolation: String?
    package let isPrivileged: Bool
    package let isReadOnly: Bool
    package let keepsInputOpen: Bool
    /// The files that labels came from.
    package let labelFiles: [String]
    /// Those of `labelFiles` included.
    package internal(set) var labels: [String: String]
    package let links: [String]
    package let logging: ComposeLogging?
    package let macAddress: String?
    /// -1 for no limit of swap.
    package let memoryAndSwapBytes: Int
    package let memoryBytes: Int
    package let memoryReservedBytes: Int
    /// By the models' names; nil for one that is only named.
    package let models: [String: ComposeServiceModel?]
    /// The key `volumes`.
    package let mounts: [ComposeMount]
    package let nameSearch: [String]
    package let nameServerOptions: [String]
    package let nameServers: [String]
    package let networkMode: String?
    /// By the networks' names; nil for one that is only named.
    package let networks: [String: ComposeAttachment?]
    package let outOfMemoryKillDisabled: Bool
    package let outOfMemoryScore: Int
    package let pid: String?
    package let platform: String?
    package let ports: [ComposePort]
    /// -1 for no limit.
    package let processesMax: Int
    /// The profiles that enable it; empty for a service that is always enabled.
    package let profiles: [String]
    package let provider: ComposeProvider?
    package let pullPolicy: String?
    /// Read by nothing in the reference implementation, whose JSON has none.
    package let pullRefreshAfter: String?
    /// `no`, `always`, `on-failure[:N]` or `unless-stopped`.
    package let restart: String?
    package let runsInit: Bool?
    package let runtime: String?
    /// How many replicas; `deploy.replicas` says the same.
    package let scale: Int?
    package let secrets: [ComposeFileMount]
    package let securityOptions: [String]
    package let sharedMemoryBytes: Int
    package let stopGracePeriod: Duration?
    package let stopSignal: String?
    package let storageOptions: [String: String]
    package let swappiness: Int
    package let sysctls: [String: String]
    package let tmpfs: [String]
    package let ulimits: [String: ComposeUlimit]
    package let user: String?
    package let userNamespace: String?
    /// Whether the container gets the engine's socket.
    package let usesEngineSocket: Bool
    package let uts: String?
    package let volumesFrom: [String]
    package let workingDirectory: String?
    /// Keys that begin with `x-`, such as `x-teal`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        name = fields.name
        afterStart = fields.parts("post_start")
        annotations = fields.pairs("annotations")
        attaches = fields.optionalFlag("attach")
        beforeStop = fields.parts("pre_stop")
        blockIO = fields.part("blkio_config")
        build = fields.part("build")
        capabilitiesAdded = fields.texts("cap_add")
        capabilitiesDropped = fields.texts("cap_drop")
        cgroup = fields.text("cgroup")
        cgroupParent = fields.text("cgroup_parent")
        command = fields.command("command")
        configs = fields.parts("configs")
        containerName = fields.text("container_name")
        cpuCount = fields.whole("cpu_count")
        cpuPercent = fields.number("cpu_percent")
        cpuPeriod = fields.whole("cpu_period")
        cpuQuota = fields.whole("cpu_quota")
        cpuRealtimePeriod = fields.whole("cpu_rt_period")
        cpuRealtimeRuntime = fields.whole("cpu_rt_runtime")
        cpus = fields.number("cpus")
        cpuSet = fields.text("cpuset")
        cpuShares = fields.whole("cpu_shares")
        credential = fields.part("credential_spec")
        dependencies = fields.named("depends_on")
        deploy = fields.part("deploy")
        develop = fields.part("develop")
        deviceCgroupRules = fields.texts("device_cgroup_rules")
        devices = fields.parts("devices")
        domainName = fields.text("domainname")
        entrypoint = fields.command("entrypoint")
        envFiles = fields.parts("env_file")
        environment = fields.variables("environment")
        exposed = fields.node("expose")?.list?.compactMap(\.scalarText) ?? []
        externalLinks = fields.texts("external_links")
        extraHosts = fields.hosts("extra_hosts")
        gpus = fields.parts("gpus")
        groups = fields.texts("group_add")
        hasTerminal = fields.flag("tty")
        healthcheck = fields.part("healthcheck")
        hostName = fields.text("hostname")
        image = fields.text("image")
        ipc = fields.text("ipc")
        isolation = fields.text("isolation")
        isPrivileged = fields.flag("privileged")
        isReadOnly = fields.flag("read_only")
        keepsInputOpen = fields.flag("stdin_open")
        labelFiles = fields.texts("label_file")
        labels = fields.pairs("labels")
        links = fields.texts("links")
        logging = fields.part("logging")
        macAddress = fields.text("mac_address")
        memoryAndSwapBytes = fields.bytes("memswap_limit")
        memoryBytes = fields.bytes("mem_limit")
        memoryReservedBytes = fields.bytes("mem_reservation")
        models = fields.optionalNamed("models")
        mounts = fields.parts("volumes")
        nameSearch = fields.texts("dns_search")
        nameServerOptions = fields.texts("dns_opt")
        nameServers = fields.texts("dns")
        networkMode = fields.text("network_mode")
        networks = fields.optionalNamed("networks")
        outOfMemoryKillDisabled = fields.flag("oom_kill_disable")
        outOfMemoryScore = fields.whole("oom_score_adj")
        pid = fields.text("pid")
        platform = fields.text("platform")
        ports = fields.parts("ports")
        processesMax = fields.whole("pids_limit")
        profiles = fields.texts("profiles")
        provider = fields.part("provider")
        pullPolicy = fields.text("pull_policy")
        pullRefreshAfter = fields.text("pull_refresh_after")
        restart = fields.text("restart")
        runsInit = fields.optionalFlag("init")
        runtime = fields.text("runtime")
        scale = fields.optionalWhole("scale")
        secrets = fields.parts("secrets")
        securityOptions = fields.texts("security_opt")
        sharedMemoryBytes = fields.bytes("shm_size")
        stopGracePeriod = fields.duration("stop_grace_period")
        stopSignal = fields.text("stop_signal")
        storageOptions = fields.strictPairs("storage_opt")
        swappiness = fields.bytes("mem_swappiness")
        sysctls = fields.pairs("sysctls")
        tmpfs = fields.texts("tmpfs")
        ulimits = fields.ulimits("ulimits")
        user = fields.text("user")
        userNamespace = fields.text("userns_mode")
        usesEngineSocket = fields.flag("use_api_socket")
        uts = fields.text("uts")
        volumesFrom = fields.texts("volumes_from")
        workingDirectory = fields.text("working_dir")
        extensions = fields.extensions
    }
}
