import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport

/// How replicas live and die.
extension World {
    func behaviour(_ content: String) -> Behaviour { behaviours[content] ?? .good }

    func release(_ id: ReleaseID?) -> Release? { id.flatMap { disk.visible.releases[$0]?.release } }

    /// Whether a replica would answer a user's request well now.
    func isAble(_ replica: ModelReplica) -> Bool {
        guard replica.isRunning, !replica.isStopping, !replica.isCutOff, time >= replica.readyAt else { return false }
        let behaviour = behaviour(replica.content)
        return behaviour.isHealthy && behaviour.flapPercent == 0
    }

    func target(_ id: ReplicaID, _ replica: ModelReplica) -> TargetID? {
        replica.run.map { TargetID(release: replica.release, replica: id, run: $0) }
    }

    func endpoint(of id: ReplicaID) -> Endpoint {
        if let known = endpoints[id] { return known }
        // Inside a network each has an address of its own.
        let address = networks.contains(id.service) ? "10.77.0.\(10 + endpoints.count)" : "127.0.0.1"
        let next = Endpoint(address: address, port: 20_000 + endpoints.count)
        endpoints[id] = next
        return next
    }

    /// Where containers of the project's network reach the proxy.
    static let gateway = "10.77.0.1/24"

    /// The runtime's own check says that a replica is unwell, for a while.
    func saysUnhealthy(_ id: ReplicaID, for span: Duration) {
        guard let run = replicas[id]?.run else { return }
        replicas[id]?.health = .unhealthy
        emit(id, .unhealthy, run)
        after(span) { [unowned self] in
            guard replicas[id]?.run == run else { return }
            replicas[id]?.health = .healthy
            disturb()
        }
    }

    /// Somebody changes something about a replica that runs on.
    func change(_ id: ReplicaID, _ drift: ReplicaDrift) {
        replicas[id]?.drift = [drift]
        if let run = replicas[id]?.run { emit(id, .changed, run) }
        audit.lost(id.service, at: time)
        isDirty = true
    }

    /// What somebody changed about a replica is as it was again; it runs on.
    func putRight(_ id: ReplicaID) {
        guard replicas[id]?.drift.isEmpty == false else { return }
        replicas[id]?.drift = []
        note("\(id) is put right")
        isDirty = true
    }

    func launch(_ id: ReplicaID, _ release: Release, works: Bool) {
        let content = release.content.hash
        replicas[id] = ModelReplica(
            release: release.id,
            content: content,
            run: nil,
            phase: .stopped,
            policy: .no,
            endpoint: endpoint(of: id),
            startedAt: time,
            readyAt: time,
            works: works && release.spec.background != .none,
            gateway: networks.contains(id.service) ? Self.gateway : nil
        )
        begin(id)
    }

    /// Lets a replica that is there run anew.
    func begin(_ id: ReplicaID) {
        guard let replica = replicas[id] else { return }
        let behaviour = behaviour(replica.content)
        let run = nextRun()
        replicas[id]?.run = run
        replicas[id]?.phase = .running
        replicas[id]?.isStopping = false
        replicas[id]?.drift = []
        replicas[id]?.health = nil
        replicas[id]?.startedAt = time
        replicas[id]?.readyAt = time + behaviour.boot.nanoseconds
        isDirty = true
        note("\(id) of \(replica.release) runs as \(run)")
        emit(id, .started(run), run)
        guard let diesAfter = behaviour.diesAfter else { return }
        after(diesAfter) { [unowned self] in
            guard let replica = replicas[id], replica.run == run, replica.isRunning else { return }
            audit.lost(id.service, at: time)
            disturb()
            kill(id, code: behaviour.diesOutOfMemory ? 137 : 3, outOfMemory: behaviour.diesOutOfMemory)
        }
    }

    /// A replica that ended starts again as the runtime does it.
    func restart(_ id: ReplicaID) {
        guard let replica = replicas[id], !replica.isRunning, replica.policy == .unlessStopped else { return }
        replicas[id]?.restarts += 1
        begin(id)
    }

    /// The runtime waits longer from restart to restart, at most this long.
    private static let restartWaitMost: Duration = .seconds(10)

    /// A replica ends by itself, or by somebody who is not Teal.
    func kill(_ id: ReplicaID, code: Int, outOfMemory: Bool = false, restarts: Bool = true) {
        guard let replica = replicas[id], replica.isRunning, let run = replica.run else { return }
        note("\(id) of \(replica.release) ends with \(code)")
        if runtimeIsUp { audit.endedRuns[run] = time }
        audit.lost(id.service, at: time)
        let exit = ReplicaExit(code: code, outOfMemory: outOfMemory)
        endFlights(id, replica)
        let willRestart = restarts && replica.policy == .unlessStopped && runtimeIsUp && !replica.isStopping
        replicas[id]?.phase = willRestart ? .restarting(exit) : .exited(exit)
        replicas[id]?.isStopping = false
        disturb()
        if outOfMemory { emit(id, .outOfMemory, run) }
        emit(id, .ended(exit), run)
        guard willRestart else { return }
        let wait = min(Duration.milliseconds(100) * (1 << min(replica.restarts, 7)), Self.restartWaitMost)
        after(wait) { [unowned self] in
            guard let replica = replicas[id], replica.run == run, case .restarting = replica.phase else { return }
            guard replica.policy == .unlessStopped, runtimeIsUp else {
                replicas[id]?.phase = .exited(exit)
                return
            }
            restart(id)
        }
    }

    /// Teal tells a replica to stop.
    ///
    /// - Returns: How long it takes until it is gone.
    func tellToStop(_ id: ReplicaID, grace: Duration) -> Duration {
        guard let replica = replicas[id] else { return .zero }
        guard replica.isRunning, let run = replica.run else {
            if case .restarting = replica.phase { replicas[id]?.phase = .stopped }
            return .zero
        }
        let behaviour = behaviour(replica.content)
        let takes = behaviour.hangsOnStop ? grace : min(grace, behaviour.stopTakes)
        guard !replica.isStopping else { return takes }
        checkStop(id, replica)
        audit.stoppedByTeal(id.service, at: time)
        replicas[id]?.isStopping = true
        note("\(id) of \(replica.release) is told to stop")
        isDirty = true
        after(takes) { [unowned self] in
            guard let replica = replicas[id], replica.run == run, replica.isStopping else { return }
            endFlights(id, replica)
            replicas[id]?.phase = .stopped
            replicas[id]?.isStopping = false
            replicas[id]?.policy = .no
            isDirty = true
            emit(id, .ended(.init(code: behaviour.hangsOnStop ? 137 : 143, outOfMemory: false)), run)
        }
        return takes
    }

    func removeReplica(_ id: ReplicaID, byTeal: Bool) {
        guard let replica = replicas[id] else { return }
        if byTeal, replica.isRunning, !replica.isStopping { checkStop(id, replica) }
        if replica.isRunning {
            if byTeal { audit.stoppedByTeal(id.service, at: time) } else { audit.lost(id.service, at: time) }
            endFlights(id, replica)
        }
        replicas[id] = nil
        note("\(id) of \(replica.release) is removed")
        isDirty = true
        emit(id, .removed, replica.run)
    }

    private func endFlights(_ id: ReplicaID, _ replica: ModelReplica) {
        guard let target = target(id, replica) else { return }
        _ = proxy.end(at: time) { $0.target == target }
    }

    /// Tells the daemons of something a moment later, if they still live then.
    private func emit(_ id: ReplicaID, _ kind: ReplicaEvent.Kind, _ run: RunID?) {
        let told = [daemon].compactMap(\.self) + formers
        guard !told.isEmpty, runtimeIsUp else { return }
        after(luck.milliseconds(1...4)) {
            for each in told where each.isAlive { each.tell(.init(replica: id, kind: kind, run: run)) }
        }
    }
}
