package import TealCore

/// What a runtime knows of one replica.
package struct ReplicaState: Hashable, Sendable, Codable {
    package let id: ReplicaID
    package let release: ReleaseID
    package let endpoint: Endpoint?
    package let phase: ReplicaPhase
    /// Tells one run of the replica from the next; a gate that was passed by one run says nothing of another.
    package let run: RunID?
    /// How often it was started again by itself since ``ContainerRuntime/start(_:)``.
    package let restarts: Int
    package let restartPolicy: RestartPolicy
    /// The address by which the replica reaches its host, where the proxy listens for the names of its project's services,
    /// with the length of its network's prefix, such as `10.213.1.1/24`; nil where replicas share the host's own network.
    package let gateway: String?
    /// How it differs from what Teal made; a start of the same release mends it.
    package let drift: [ReplicaDrift]
    /// When it ended last, seconds since 1970: this run, or the one before where this one runs; nil when its runtime does
    /// not know.
    package let endedAt: Double?
    /// What the runtime's own check of it says; nil where the runtime checks nothing.
    package let health: ReplicaHealth?
    /// What it was told last of its background work, at its start or since; nil where that is not known.
    package let isActive: Bool?
    /// How the start that answers with this came by it; nil in every other answer, and where the runtime does not say.
    package let origin: ReplicaOrigin?

    package init(
        id: ReplicaID,
        release: ReleaseID,
        endpoint: Endpoint?,
        phase: ReplicaPhase,
        run: RunID?,
        restarts: Int,
        restartPolicy: RestartPolicy,
        gateway: String? = nil,
        drift: [ReplicaDrift] = [],
        endedAt: Double? = nil,
        health: ReplicaHealth? = nil,
        isActive: Bool? = nil,
        origin: ReplicaOrigin? = nil
    ) {
        self.id = id
        self.release = release
        self.endpoint = endpoint
        self.phase = phase
        self.run = run
        self.restarts = restarts
        self.restartPolicy = restartPolicy
        self.gateway = gateway
        self.drift = drift
        self.endedAt = endedAt
        self.health = health
        self.isActive = isActive
        self.origin = origin
    }

    package var isRunning: Bool { phase == .running }

    /// Whether it runs, or will in a moment without being asked to.
    package var runsOrWill: Bool {
        switch phase {
        case .running, .restarting: true
        default: false
        }
    }

    /// The same, as the answer of a start.
    package func started(_ origin: ReplicaOrigin) -> ReplicaState {
        ReplicaState(
            id: id,
            release: release,
            endpoint: endpoint,
            phase: phase,
            run: run,
            restarts: restarts,
            restartPolicy: restartPolicy,
            gateway: gateway,
            drift: drift,
            health: health,
            isActive: isActive,
            origin: origin
        )
    }
}

/// What a runtime's own check of a replica says.
package enum ReplicaHealth: String, Hashable, Sendable, Codable {
    /// It has not passed yet, and may take longer.
    case starting
    case healthy
    case unhealthy
}

/// How a start came by a replica.
package enum ReplicaOrigin: String, Hashable, Sendable, Codable {
    /// It ran already.
    case found
    /// What had been stopped there was started again.
    case kept
    /// It was made, as nothing that could be used was there.
    case made
    /// It was made anew: what Teal kept there for this release had been taken away by somebody else.
    case remade
}

/// What a person or another tool changed about a replica that runs on.
package enum ReplicaDrift: Hashable, Sendable, Codable {
    /// It has another name than the one that Teal gave it.
    case renamed(to: String)
    /// It is not in Teal's network any more, or not at its address.
    case disconnected
    /// It has another restart policy than the one that Teal set.
    case restartPolicy(String)
}

extension KeyedDecodingContainer {
    /// What was recorded before drift was looked for has none.
    func decode(_ type: [ReplicaDrift].Type, forKey key: Key) throws -> [ReplicaDrift] {
        try decodeIfPresent(type, forKey: key) ?? []
    }
}

/// Names one run of a replica; unique on a host for ever (boot id, pid and start time, or container id and start time).
package struct RunID: Hashable, Sendable, Codable, CustomStringConvertible {
    package let description: String

    package init(_ text: String) { description = text }

    package init(from decoder: any Decoder) throws {
        description = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Where a replica stands.
package enum ReplicaPhase: Hashable, Sendable, Codable {
    case running
    /// It ended and waits for its next start.
    case restarting(ReplicaExit)
    /// It ended by itself and is not started again.
    case exited(ReplicaExit)
    /// It was stopped by Teal, or never started.
    case stopped
    /// A person or another tool holds it (paused, stopped by hand).
    case foreign(String)
}

/// How a replica's process ended.
package struct ReplicaExit: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The exit code; 128 plus the signal's number when a signal ended it.
    package let code: Int
    package let outOfMemory: Bool

    package init(code: Int, outOfMemory: Bool) {
        self.code = code
        self.outOfMemory = outOfMemory
    }

    package var description: String { outOfMemory ? "exited \(code), out of memory" : "exited \(code)" }
}

/// Whether a replica is started again when it ends by itself.
package enum RestartPolicy: String, Hashable, Sendable, Codable {
    /// Only the active slot has this one.
    case unlessStopped = "unless-stopped"
    case no
}

/// Something that happened to a replica.
package struct ReplicaEvent: Hashable, Sendable, Codable {
    package enum Kind: Hashable, Sendable, Codable {
        case started(RunID)
        case ended(ReplicaExit)
        /// A process of it was killed for its memory, perhaps not the first one: only ``ended(_:)`` says that it ended.
        case outOfMemory
        /// The runtime's own health check says so.
        case unhealthy
        case removed
        /// Something changed in a way that only `replicas()` can tell.
        case changed
    }

    package let replica: ReplicaID
    package let kind: Kind
    /// The run that it happened to; nil where that is not known.
    ///
    /// An event may come late: what it tells of a run that was replaced says nothing of the present one.
    package let run: RunID?

    package init(replica: ReplicaID, kind: Kind, run: RunID? = nil) {
        self.replica = replica
        self.kind = kind
        self.run = run
    }
}

/// A line that a replica wrote.
package struct LogLine: Hashable, Sendable, Codable {
    /// Seconds since 1970, for people.
    package let time: Double
    package let text: String
    package let isError: Bool
    /// The qualified name of the release that wrote it, such as `shop/web@42`; nil where the log does not say.
    package let release: String?

    package init(time: Double, text: String, isError: Bool, release: String? = nil) {
        self.time = time
        self.text = text
        self.isError = isError
        self.release = release
    }
}

/// Who listens where, found from outside the replica.
package struct ListenerReport: Hashable, Sendable, Codable {
    package enum Owner: Hashable, Sendable, Codable {
        /// Nothing listens on the replica's endpoint.
        case nobody
        /// A process of the replica does.
        case replica
        /// Another process does; its pid and name where they can be read.
        case other(pid: Int?, name: String?)
        /// It cannot be found out here, such as behind a published container port.
        case unknown
    }

    package let owner: Owner
    /// Ports on which the replica's own processes listen, ascending.
    package let ownPorts: [Int]

    package init(owner: Owner, ownPorts: [Int]) {
        self.owner = owner
        self.ownPorts = ownPorts
    }
}
