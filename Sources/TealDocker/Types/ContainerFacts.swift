import TealDriverKit

/// What the Engine says of one container (`GET /containers/{id}/json`).
struct ContainerFacts: Sendable {
    let id: String
    /// Without the slash that the Engine puts before it.
    let name: String
    private(set) var labels: [String: String]
    /// Its program and what that was started with.
    let arguments: [String]
    /// The ID of the image that it was made from.
    let imageID: String
    let environment: [String]
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
    let status: String
    /// The host's id of its first process; nil when it does not run.
    let pid: Int?
    let exitCode: Int
    /// Whether a process of it was killed for its memory, perhaps not the first one.
    let outOfMemory: Bool
    /// What the check says that the Engine runs by itself; nil where it runs none.
    let health: ReplicaHealth?
    /// What kept it from starting; empty for nothing.
    let failure: String
    /// Nil when it never started.
    let startedAt: String?
    let finishedAt: String?
    /// How often the Engine started it again by itself since it was last started.
    let restarts: Int
    /// The restart policy's name; `no` where it has none.
    let restartPolicy: String
    let stopSignal: String?
    /// Where its own address in Teal's network is not the way to it, the port of the host's loopback that is.
    var reachedAt: Int? { written.map(\.published) ?? published }
    /// Nil where nothing limits its memory.
    let memoryBytesMax: Int?
    let logDriver: String
    let hasTerminal: Bool
    /// Its networks by name.
    let networks: [String: Attachment]
    /// The port of the host's loopback that leads to it; nil for none.
    let published: Int?

    /// How it is in a network.
    struct Attachment: Hashable, Sendable {
        let networkID: String
        /// The address that it has; empty while it does not run.
        let address: String
        /// The address that it is to have.
        let wanted: String?
    }

    /// - Returns: Nil for what is no container.
    init?(_ json: JSONValue) {
        guard let id = json["Id"].string, let status = json["State"]["Status"].string else { return nil }
        self.id = id
        self.status = status.lowercased()
        let name = json["Name"].string ?? ""
        self.name = name.hasPrefix("/") ? String(name.dropFirst()) : name
        labels = json["Config"]["Labels"].object.compactMapValues(\.string)
        arguments = [json["Path"].string].compactMap { $0 } + json["Args"].strings
        imageID = json["Image"].string ?? ""
        environment = json["Config"]["Env"].strings
        let state = json["State"]
        pid = state["Pid"].int.flatMap { $0 > 0 ? $0 : nil }
        exitCode = state["ExitCode"].int ?? 0
        outOfMemory = state["OOMKilled"].bool ?? false
        failure = state["Error"].string ?? ""
        health = (state["Health"]["Status"].string ?? state["Healthcheck"]["Status"].string).flatMap {
            ReplicaHealth(rawValue: $0)
        }
        startedAt = Self.moment(state["StartedAt"])
        finishedAt = Self.moment(state["FinishedAt"])
        restarts = json["RestartCount"].int ?? 0
        let policy = json["HostConfig"]["RestartPolicy"]["Name"].string ?? ""
        restartPolicy = policy.isEmpty ? "no" : policy
        stopSignal = json["Config"]["StopSignal"].string
        memoryBytesMax = json["HostConfig"]["Memory"].int.flatMap { $0 > 0 ? $0 : nil }
        logDriver = json["HostConfig"]["LogConfig"]["Type"].string ?? ""
        hasTerminal = json["Config"]["Tty"].bool ?? false
        networks = json["NetworkSettings"]["Networks"].object.mapValues { network in
            Attachment(
                networkID: network["NetworkID"].string ?? "",
                address: network["IPAddress"].string ?? "",
                wanted: network["IPAMConfig"]["IPv4Address"].string
            )
        }
        published =
            json["HostConfig"]["PortBindings"].object.values.lazy
            .compactMap { $0.array.first?["HostPort"].string.flatMap { Int($0) } }.first
    }

    /// What it says of itself where somebody wrote it down; nil for a container of Teal's own making.
    var written: WrittenStamp? { labels[ContainerLabels.written].flatMap { WrittenStamp(parsing: $0) } }

    /// The same with further labels, as if it had been made with them.
    func carrying(_ more: [String: String]) -> ContainerFacts {
        var facts = self
        facts.labels.merge(more) { $1 }
        return facts
    }

    /// The Engine writes the year 1 for never.
    private static func moment(_ value: JSONValue) -> String? {
        value.string.flatMap { $0.isEmpty || $0.hasPrefix("0001-") ? nil : $0 }
    }

    /// Whether it ended because its first process was killed for its memory: one that lost another goes on, and may end
    /// much later of something else.
    var diedOfMemory: Bool { outOfMemory && exitCode == ReplicaExit.killed }

    var isRunning: Bool { status == "running" }
    var isPaused: Bool { status == "paused" }
    var isRestarting: Bool { status == "restarting" }
    /// Whether something of it runs, or will without being asked.
    var isLive: Bool { isRunning || isPaused || isRestarting }
}

extension ReplicaExit {
    /// The code of what SIGKILL ended, which is how the kernel takes memory back.
    static let killed = 137
}
