import TealCore
import TealDriverKit

/// What is true of a place: what Teal remembers, and what the Engine has.
struct PlaceStanding: Sendable {
    let place: ReplicaID
    let record: PlaceRecord?
    /// Nil when there is none, or it is gone.
    let container: ContainerFacts?
    let network: NetworkRecord?

    /// - Returns: Nil when neither is there.
    init?(place: ReplicaID, record: PlaceRecord?, containers: [ContainerFacts], network: NetworkRecord?) {
        guard record != nil || !containers.isEmpty else { return nil }
        self.place = place
        self.record = record
        self.network = network
        container = Self.sorted(containers, by: record).first
    }

    /// The one that counts first: what lives, then what is on record, then the rest.
    static func sorted(_ containers: [ContainerFacts], by record: PlaceRecord?) -> [ContainerFacts] {
        func rank(_ facts: ContainerFacts) -> Int { (facts.isLive ? 0 : 2) + (facts.id == record?.container ? 0 : 1) }
        return containers.sorted { (rank($0), $0.id) < (rank($1), $1.id) }
    }

    var release: ReleaseID? { container.flatMap { ContainerLabels($0.labels)?.release } ?? record?.release }

    /// - Returns: Nil for a container without a record whose labels say nothing.
    var state: ReplicaState? {
        guard let release else { return nil }
        return ReplicaState(
            id: place,
            release: release,
            endpoint: endpoint,
            phase: phase,
            run: container?.run,
            restarts: container?.restarts ?? 0,
            restartPolicy: policy,
            // What Teal did not make is not in its network.
            gateway: isAdopted ? nil : network.map { "\($0.gateway)/\($0.subnet.length)" },
            drift: drift,
            endedAt: container?.finishedAt.flatMap { EngineMoment(parsing: $0)?.inSeconds },
            health: container?.health,
            isActive: isActive
        )
    }

    /// Whether what counts here is a container that Teal did not make.
    private var isAdopted: Bool { record?.adopted.map { $0.container == container?.id } ?? false }

    /// Where it is reached: of an adopted container without a port of the host, wherever its network has it now.
    private var endpoint: Endpoint? {
        guard let record, isAdopted, let network = record.adopted?.network else { return record?.endpoint }
        guard let address = container?.networks[network]?.address, !address.isEmpty else { return record.endpoint }
        return Endpoint(address: address, port: record.port)
    }

    var phase: ReplicaPhase {
        // A container that somebody removed is not there to run: it is made anew by the next start.
        guard let container else { return .stopped }
        let exit = ReplicaExit(code: container.exitCode, outOfMemory: container.diedOfMemory)
        switch container.status {
        case "running": return .running
        case "paused": return .foreign("paused")
        case "restarting": return .restarting(exit)
        // One that the Engine failed to remove is as good as gone.
        case "created", "configured", "initialized", "removing", "dead": return .stopped
        default: return record?.isStopped ?? false ? .stopped : .exited(exit)
        }
    }

    /// What starts it again when it ends: the engine, or where that keeps no policy, whoever reads the record.
    private var policy: RestartPolicy {
        if let record, record.keepsPolicy == false { return record.restartPolicy }
        return container?.policy ?? .no
    }

    /// What this run was told last, else what it was told when it began.
    private var isActive: Bool? {
        guard let container, container.isRunning else { return nil }
        if let activity = record?.activity, activity.run == container.run { return activity.active }
        return container.environment.last { $0.hasPrefix("TEAL_ACTIVE=") }.map { $0 == "TEAL_ACTIVE=1" }
    }

    private var hasOtherPolicy: Bool {
        guard let record, let container, record.keepsPolicy != false else { return false }
        return container.restartPolicy != record.restartPolicy.rawValue
    }

    /// How a container differs from what the record says; of what is stopped only what would bring it up by itself.
    var drift: [ReplicaDrift] {
        guard let record, let container, !record.isGoing else { return [] }
        var drift: [ReplicaDrift] = []
        guard container.isLive else {
            return hasOtherPolicy ? [.restartPolicy(container.restartPolicy)] : []
        }
        if let name = record.name, container.name != name { drift.append(.renamed(to: container.name)) }
        // One that waits for its next start has no address.
        if container.isRunning, !isConnected { drift.append(.disconnected) }
        if hasOtherPolicy {
            drift.append(.restartPolicy(container.restartPolicy))
        }
        return drift
    }

    var isConnected: Bool {
        guard let record, let network, let container else { return true }
        if let stamp = container.written {
            guard stamp.endpoints.keys.allSatisfy({ container.networks[$0] != nil }) else { return false }
        }
        guard let address = record.address else { return true }
        return container.networks[network.name]?.address == "\(address)"
    }
}

extension ContainerFacts {
    /// Nil when it never started.
    var run: RunID? { startedAt.map { RunID("\(id) \($0)") } }
    /// Every other policy than none starts it again.
    var policy: RestartPolicy { restartPolicy == "no" ? .no : .unlessStopped }
}
