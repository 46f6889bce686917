import TealCore

/// How a service's container is confined: what was written, and the kind's defaults for the rest.
///
/// Official images run with these: PostgreSQL and Redis as accessories, nginx as a web service; each begins as root, and
/// gives root up by itself.
struct Confinement: Hashable, Sendable {
    /// What an image that begins as root needs to make its directories its own, to become another user, and to signal its
    /// children afterwards.
    static let rootCapabilities = [
        "CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID",
    ]
    /// In memory where the root is read-only.
    static let temporaryDefaults = ["/run", "/tmp", "/var/run", "/var/tmp"]
    /// Writable where the root is read-only, with what the image has there: nginx makes directories inside of its own.
    static let copiedDefaults = ["/var/cache"]
    /// The most that a directory in memory holds, in MiB; it counts for the replica's memory.
    static let temporaryMiBMax = 64

    let user: String?
    let isRootReadOnly: Bool
    /// Directories in memory.
    let temporary: [String]
    /// Directories of the container's own disk that begin with the image's content, and go with the container.
    let copied: [String]
    let capabilities: [String]
    let newPrivileges: Bool
    let processesMax: Int

    init(_ policy: ContainerPolicy, kind: ServiceKind, image: ImageFacts, volumes: [Volume]) {
        user = policy.user
        isRootReadOnly = policy.readOnlyRoot ?? (kind != .accessory)
        let mounted = Set(volumes.map(\.target))
        temporary = (policy.temporary ?? (isRootReadOnly ? Self.temporaryDefaults : [])).filter {
            !mounted.contains($0)
        }
        copied = policy.temporary == nil && isRootReadOnly ? Self.copiedDefaults.filter { !mounted.contains($0) } : []
        let isRoot = policy.user.map { ContainerUser(parsing: $0).isRoot } ?? image.runsAsRoot
        capabilities = policy.capabilities ?? (isRoot ? Self.rootCapabilities : [])
        newPrivileges = policy.newPrivileges
        processesMax = policy.processesMax
    }

    /// Its part of `HostConfig`.
    var hostConfig: [String: JSONValue] {
        let options = "rw,nosuid,nodev,noexec,size=\(Self.temporaryMiBMax)m,mode=1777"
        var config: [String: JSONValue] = [
            "ReadonlyRootfs": .bool(isRootReadOnly),
            "CapDrop": ["ALL"],
            "CapAdd": JSONValue(capabilities),
            "PidsLimit": .int(processesMax),
            "Privileged": false,
        ]
        if !newPrivileges { config["SecurityOpt"] = ["no-new-privileges"] }
        if !temporary.isEmpty {
            config["Tmpfs"] = .object(Dictionary(temporary.map { ($0, JSONValue.string(options)) }) { $1 })
        }
        return config
    }
}
