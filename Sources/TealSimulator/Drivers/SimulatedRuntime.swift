import TealCore
import TealDriverKit
import TealEngine

/// The world's runtime, as one run of the daemon asks it.
struct SimulatedRuntime: ContainerRuntime {
    let incarnation: Incarnation

    private var world: World { incarnation.world }

    private var ends: Incarnation.Ends<RuntimeError> {
        let lost = RuntimeError.unreachable(reason: "no answer in 5 s")
        return .init(cancelled: .cancelled, lost: lost, refused: .unreachable(reason: "refused"))
    }

    private func needRuntime() throws(RuntimeError) {
        guard world.runtimeIsUp else { throw .unreachable(reason: "the socket refuses connections") }
    }

    // MARK: Content

    func fetch(_ release: Release) async throws(RuntimeError) {
        let content = release.content.hash
        let takes = world.contents.contains(content) ? .zero : world.behaviour(content).fetchTakes
        try await incarnation.call(.fetch, ends, takes: takes) { () throws(RuntimeError) in
            try needRuntime()
            if let error = world.behaviour(content).fetchError { throw error }
            if world.contents.contains(content) { return }
            guard world.registry.contains(content) else { throw .contentMissing(release.id) }
            guard !world.disk.isFull else { throw .diskFull(path: "/images") }
            world.contents.insert(content)
        }
    }

    func prune(keeping kept: [Release]) async throws(RuntimeError) -> [String] {
        try await incarnation.call(.prune, ends) { () throws(RuntimeError) in
            try needRuntime()
            let kept = Set(kept.map(\.content.hash))
            let gone = world.contents.subtracting(kept).sorted()
            world.contents.formIntersection(kept)
            // What Teal was handed over, or what was built here, cannot be had again.
            world.registry.subtract(gone)
            world.checkPruned(Set(gone))
            return gone
        }
    }

    func healthCommand(of release: Release) async throws(RuntimeError) -> HealthCommand? { nil }

    // MARK: Replicas

    func start(_ order: StartOrder) async throws(RuntimeError) -> ReplicaState {
        let id = order.replica
        let release = order.release
        return try await incarnation.call(.start, ends, starting: id) { () throws(RuntimeError) in
            try needRuntime()
            if let there = world.replicas[id] {
                guard there.release == release.id else { throw .placeTaken(by: there.release) }
                if there.isRunning, !there.isStopping {
                    // A start that finds it running mends it, as in the real runtimes.
                    world.putRight(id)
                    return world.replicas[id]?.state(id) ?? there.state(id)
                }
            }
            guard world.contents.contains(release.content.hash) else { throw .contentMissing(release.id) }
            guard !world.takenPorts.contains(id) else {
                throw .portTaken(port: world.endpoint(of: id).port, by: "another program")
            }
            if let error = world.behaviour(release.content.hash).startError { throw error }
            world.checkBegun(id, release)
            world.launch(id, release, works: order.active)
            guard let state = world.replicas[id]?.state(id) else { throw .noSuchReplica(id) }
            return state
        }
    }

    /// Waits until no start of a replica is under way; a call that another daemon took over from meanwhile is never carried out.
    private func behindStart(of replica: ReplicaID) async throws(RuntimeError) {
        let wasInCharge = incarnation.isInCharge
        await incarnation.whileStarting(replica)
        if wasInCharge, !incarnation.isInCharge { throw incarnation.isAlive ? ends.lost : .cancelled }
    }

    func stop(_ replica: ReplicaID, policy: StopPolicy) async throws(RuntimeError) {
        let doesNotStop = Incarnation.Ends(
            cancelled: RuntimeError.cancelled,
            lost: .unreachable(reason: "no answer in 5 s"),
            refused: .doesNotStop(replica)
        )
        try await behindStart(of: replica)
        let takes = try await incarnation.call(.stop, doesNotStop) { () throws(RuntimeError) in
            try needRuntime()
            return world.tellToStop(replica, grace: policy.grace)
        }
        await incarnation.wait(takes + .milliseconds(1))
        guard incarnation.isAlive else { throw .cancelled }
    }

    func remove(_ replica: ReplicaID) async throws(RuntimeError) {
        try await behindStart(of: replica)
        try await incarnation.call(.remove, ends) { () throws(RuntimeError) in
            try needRuntime()
            world.removeReplica(replica, byTeal: true)
        }
    }

    func setRestartPolicy(_ policy: RestartPolicy, of replica: ReplicaID) async throws(RuntimeError) {
        try await incarnation.call(.policy, ends) { () throws(RuntimeError) in
            try needRuntime()
            guard world.replicas[replica] != nil else { throw .noSuchReplica(replica) }
            world.replicas[replica]?.policy = policy
            world.isDirty = true
        }
    }

    func setActivity(
        _ active: Bool,
        of replica: ReplicaID,
        by call: ActivityCall,
        within limit: Duration
    )
        async throws(RuntimeError)
    {
        // What does not listen yet is asked again within the limit.
        let readyIn = max(0, (world.replicas[replica]?.readyAt ?? 0) - world.time)
        try await incarnation.call(.activity, ends, takes: min(limit, .nanoseconds(readyIn))) {
            () throws(RuntimeError) in
            guard let there = world.replicas[replica], there.isRunning, !there.isStopping else {
                throw .activityRefused("it does not run")
            }
            guard world.time >= there.readyAt else { throw .activityRefused("nothing listens") }
            if world.behaviour(there.content).refusesActivity { throw .activityRefused("it answered 500") }
            world.replicas[replica]?.works = active
            world.note("\(replica) of \(there.release) \(active ? "begins" : "ends") its work")
            world.isDirty = true
        }
    }

    func mend(_ replica: ReplicaID, run: RunID) async throws(RuntimeError) {
        try await incarnation.call(.policy, ends) { () throws(RuntimeError) in
            try needRuntime()
            guard world.replicas[replica]?.run == run else { return }
            world.putRight(replica)
        }
    }

    // MARK: Looking

    func replicas() async throws(RuntimeError) -> [ReplicaState] {
        try await incarnation.call(.list, ends) { () throws(RuntimeError) in
            try needRuntime()
            return world.replicas.sorted { $0.key < $1.key }.map { $0.value.state($0.key) }
        }
    }

    func replica(_ id: ReplicaID) async throws(RuntimeError) -> ReplicaState? {
        try await incarnation.call(.replica, ends, seeing: id) { () throws(RuntimeError) in
            try needRuntime()
            return world.replicas[id]?.state(id)
        }
    }

    func logTail(of replica: ReplicaID, linesMax: Int) async throws(RuntimeError) -> [LogLine] {
        try await incarnation.call(.logs, ends) { () throws(RuntimeError) in
            try needRuntime()
            guard let there = world.replicas[replica] else { throw .noSuchReplica(replica) }
            return ["listens", "connects as \(Audit.secret)"].map {
                LogLine(time: world.wallTime, text: $0, isError: false, release: there.release.qualified)
            }
        }
    }

    func followLog(of replica: ReplicaID, linesMax: Int) -> AsyncThrowingStream<LogLine, any Error> {
        AsyncThrowingStream { $0.finish() }
    }

    func usage(of replica: ReplicaID) async throws(RuntimeError) -> ReplicaUsage? { nil }

    func listeners(of replica: ReplicaID) async throws(RuntimeError) -> ListenerReport {
        try await incarnation.call(.listeners, ends) { () throws(RuntimeError) in
            try needRuntime()
            guard let there = world.replicas[replica], there.isRunning, world.time >= there.readyAt else {
                return .init(owner: .nobody, ownPorts: [])
            }
            return .init(owner: .replica, ownPorts: [there.endpoint.port])
        }
    }

    func execute(
        _ command: [String],
        beside replica: ReplicaID,
        within limit: Duration
    )
        async throws(RuntimeError) -> CommandResult
    {
        try await incarnation.call(.execute, ends) { () throws(RuntimeError) in
            try needRuntime()
            guard let there = world.replicas[replica], there.isRunning else { throw .noSuchReplica(replica) }
            guard world.time >= there.readyAt else { return .init(exitCode: 1, tail: []) }
            let result = world.answer(there)
            world.countPass(there, result)
            return .init(exitCode: result.hasPassed ? 0 : 1, tail: [])
        }
    }

    func events() -> AsyncStream<ReplicaEvent> { incarnation.streamEvents() }

    // MARK: Once

    func runOnce(_ order: OnceOrder) async throws(RuntimeError) -> CommandResult {
        let behaviour = world.behaviour(order.release.content.hash)
        let (endsAt, result): (Int64, CommandResult) = try await incarnation.call(.once, ends) {
            () throws(RuntimeError) in
            if let known = world.onces[order.name] {
                if known.isLost { throw .endUnknown(order.name) }
                return (known.endsAt, known.result)
            }
            if !order.onHost { try needRuntime() }
            if let error = behaviour.onceError { throw error }
            let exit = order.onHost ? behaviour.hookExit : behaviour.migrationExit
            let takes: Duration = order.onHost ? behaviour.hookTakes : behaviour.migrationTakes
            let tail = exit == 0 ? [] : ["cannot connect as \(Audit.secret)"]
            let once = ModelOnce(
                endsAt: world.time + takes.nanoseconds,
                result: .init(exitCode: exit, tail: tail)
            )
            world.onces[order.name] = once
            world.checkOnce(order.name)
            return (once.endsAt, once.result)
        }
        await world.sleep(until: endsAt, incarnation)
        guard incarnation.isAlive else { throw .cancelled }
        if world.onces[order.name]?.isLost == true { throw .endUnknown(order.name) }
        guard world.time >= endsAt else { throw .cancelled }
        return result
    }

    func onceState(of name: String) async throws(RuntimeError) -> OnceState {
        try await incarnation.call(.onceState, ends) { () throws(RuntimeError) in
            try needRuntime()
            guard let once = world.onces[name] else { return .neverBegun }
            if once.isLost { return .unknown }
            return world.time < once.endsAt ? .running : .ended(once.result)
        }
    }
}
