import TealCore
import TealDriverKit

/// Replicas: start, stop, policy and background work.
extension HostPerformer {
    /// Removes replicas of other releases, and surplus ones, from the place that a side needs.
    func clear(_ member: Member, _ side: Side) async throws(StepFailure) -> StepResult {
        guard let release = member.release(side), let slot = member.slot(side) else { return .done }
        let others = try await replicas(of: member.service, in: slot)
            .filter { $0.release != release.id || $0.id.index >= release.spec.replicas }
        let drain = SlotDrain(trafficSwitch: drivers.trafficSwitch, book: book, clock: clock)
        for left in Set(others.filter(\.isRunning).map(\.release)).sorted() {
            await drain.finish(left, in: slot, member.spec.drain)
        }
        if Task.isCancelled { throw StepFailure(.runtimeFailed(.cancelled)) }
        for replica in others {
            // What it runs is stopped with its own grace before its place is taken.
            let policy = await book.state.release(replica.release)?.spec.stop ?? member.spec.stop
            do throws(RuntimeError) {
                try await drivers.runtime.stop(replica.id, policy: policy)
                try await drivers.runtime.remove(replica.id)
            } catch {
                throw StepFailure(.runtimeFailed(error), isPassing: error.isPassing)
            }
        }
        // From here on the slot is the new release's.
        try await change { $0.occupy(member, side) }
        return .done
    }

    func start(
        _ member: Member,
        _ side: Side,
        active: Bool,
        of rollout: Rollout
    ) async throws(StepFailure) -> StepResult {
        guard let release = member.release(side) else { return .done }
        let environment = try await environment(of: release)
        let neighbours = await book.state.neighbours(in: member.service.project, with: rollout.members)
        var started: [ReplicaState] = []
        var refusal: StepFailure?
        for replica in member.replicas(side) {
            let order = StartOrder(
                replica: replica,
                release: release,
                environment: environment,
                active: active,
                neighbours: neighbours
            )
            do throws(RuntimeError) {
                started.append(try await drivers.runtime.start(order))
            } catch .cancelled {
                throw StepFailure(.runtimeFailed(.cancelled))
            } catch {
                let failure = StepFailure(.startFailed(release.id, error), isPassing: error.isPassing)
                // Some of the old release serve users better than none.
                guard side == .old, rollout.leg.isBack else { throw failure }
                refusal = refusal ?? failure
            }
        }
        // What is missing is started again by the gate that follows, until its time is over.
        if let refusal, started.isEmpty { throw refusal }
        return .started(started)
    }

    /// Which runs that were proven in a side's slot are still there, and in reach of users: in this rollout, or by what the
    /// host remembers.
    ///
    /// The way back must not wait for a runtime that gives no answer while the old release serves all along: then those of
    /// it stand that answer by themselves.
    func look(_ member: Member, _ side: Side, of rollout: Rollout) async throws(StepFailure) -> StepResult {
        guard let slot = member.slot(side) else { return .standing([]) }
        let proven: [TrafficTarget]
        if side == .new {
            proven = member.replicas(.new).compactMap { rollout.proven[PlacedReplica($0)] }
            return .standing(Self.standing(proven, in: try await replicas(of: member.service, in: slot)))
        }
        guard let release = member.release(side), let place = await book.state.services[member.service]?[slot],
            place.release == release.id
        else { return .standing([]) }
        proven = Array(place.proven.values)
        do throws(StepFailure) {
            return .standing(Self.standing(proven, in: try await replicasSoon(of: member.service, in: slot)))
        } catch {
            guard error.isPassing else { throw error }
            let answers = await SilentRuntimeProbe(probe: drivers.probe).answering(proven, release)
            return .standing(answers)
        }
    }

    /// The proven runs that are seen.
    private static func standing(_ proven: [TrafficTarget], in replicas: [ReplicaState]) -> [TrafficTarget] {
        let standing = proven.filter { target in
            replicas.contains { state in
                state.id == target.replica && state.run == target.run && state.release == target.release
                    && state.isRunning && !state.drift.contains(.disconnected)
            }
        }
        return standing.sorted { $0.id < $1.id }
    }

    /// How long the way back waits for a runtime before it asks the replicas themselves.
    private static var soon: Duration { .seconds(2) }

    /// What a runtime tells of a slot's replicas soon.
    private func replicasSoon(of service: ServiceKey, in slot: Slot) async throws(StepFailure) -> [ReplicaState] {
        let limit = clock.now() + Self.soon
        let answer = await withTaskGroup(of: Result<[ReplicaState], StepFailure>.self) { group in
            group.addTask {
                do throws(StepFailure) {
                    return .success(try await replicas(of: service, in: slot))
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                await clock.sleep(until: limit)
                return .failure(StepFailure(.runtimeFailed(.timedOut("a look at what runs")), isPassing: true))
            }
            let first = await group.next() ?? .failure(StepFailure(.runtimeFailed(.cancelled)))
            group.cancelAll()
            return first
        }
        return try answer.get()
    }

    func stop(_ member: Member, _ side: Side) async throws(StepFailure) -> StepResult {
        guard let release = member.release(side), let slot = member.slot(side) else { return .done }
        await book.catchUp()
        // What a rollout that halted left in the new one's place must not run beside the old one either.
        let displaced = side == .new && member.mode == .inPlace ? member.displaced : nil
        let there = try await replicas(of: member.service, in: slot)
        let known = there.filter { $0.release == release.id || $0.release == displaced }
        // A start of one that was missing may still be under way: its stop waits for that, so that nothing comes up later.
        let missing = member.replicas(side).filter { id in !there.contains { $0.id == id } }
        let state = await book.state
        let policies = Dictionary(
            uniqueKeysWithValues: known.map { ($0.id, state.release($0.release)?.spec.stop ?? release.spec.stop) }
        )
        try await each(known.map(\.id) + missing) { replica throws(RuntimeError) in
            // One that is just being removed takes no policy any more, and still has to have ended.
            var refusal: RuntimeError?
            do throws(RuntimeError) {
                try await drivers.runtime.setRestartPolicy(.no, of: replica)
            } catch {
                refusal = error
            }
            try await drivers.runtime.stop(replica, policy: policies[replica] ?? release.spec.stop)
            if let refusal, refusal.isPassing { throw refusal }
        }
        return .done
    }

    func remove(_ member: Member, _ side: Side) async throws(StepFailure) -> StepResult {
        guard let release = member.release(side), let slot = member.slot(side) else { return .done }
        let known = try await replicas(of: member.service, in: slot).filter { $0.release == release.id }
        try await each(known.map(\.id)) { replica throws(RuntimeError) in try await drivers.runtime.remove(replica) }
        return .done
    }

    func setPolicy(_ policy: RestartPolicy, _ member: Member, _ side: Side) async throws(StepFailure) -> StepResult {
        try await each(member.replicas(side)) { replica throws(RuntimeError) in
            do throws(RuntimeError) {
                try await drivers.runtime.setRestartPolicy(policy, of: replica)
            } catch .noSuchReplica where policy == .no {
                return  // what is not there is not started again either
            }
        }
        return .done
    }

    func setActivity(
        _ active: Bool,
        _ member: Member,
        _ side: Side,
        of rollout: Rollout
    ) async throws(StepFailure) -> StepResult {
        guard let release = member.release(side), case .handover(let activate, let deactivate) = release.spec.background
        else { return .done }
        var refusal: StepFailure?
        for replica in member.replicas(side) {
            do throws(RuntimeError) {
                try await tell(replica, active, active ? activate : deactivate, release.spec.stop)
            } catch {
                let failure = StepFailure(.runtimeFailed(error), isPassing: error.isPassing)
                // One that is gone must not keep its siblings from the work that nobody else does.
                guard active, rollout.leg.isBack else { throw failure }
                refusal = refusal ?? failure
            }
        }
        if let refusal { throw refusal }
        return .done
    }

    /// How often a replica that its runtime is about to start again is told to end its work, and how long after each time.
    private static let tellingsMax = 15
    private static let tellingWait: Duration = .milliseconds(200)

    /// Tells a replica to begin or to end its work.
    ///
    /// One that is about to start again by itself would come up working: it is told once it has, and where that is not soon its
    /// start is called off.
    private func tell(
        _ replica: ReplicaID,
        _ active: Bool,
        _ call: ActivityCall,
        _ policy: StopPolicy
    ) async throws(RuntimeError) {
        var tellings = 0
        while true {
            do throws(RuntimeError) {
                return try await drivers.runtime.setActivity(active, of: replica, by: call, within: policy.grace)
            } catch {
                switch active ? .unseen : await idling(replica) {
                case .idle: return
                case .unseen: throw error
                case .starting: break
                }
            }
            // Its policy may still be there, and it would come up under the stop; what is refused is tried again next time.
            try? await drivers.runtime.setRestartPolicy(.no, of: replica)
            tellings += 1
            // Users go back to it, then.
            if Task.isCancelled { throw .cancelled }
            guard tellings < Self.tellingsMax else {
                return try await drivers.runtime.stop(replica, policy: policy)
            }
            await clock.sleep(until: clock.now() + Self.tellingWait)
        }
    }

    /// What is known of a replica that could not be told to end its work.
    private enum Idling {
        /// It does none: it does not run, or is not there.
        case idle
        /// It has ended, and its runtime is about to start it again.
        case starting
        case unseen
    }

    private func idling(_ replica: ReplicaID) async -> Idling {
        do throws(RuntimeError) {
            guard let state = try await drivers.runtime.replica(replica) else { return .idle }
            switch state.phase {
            case .running: return .unseen
            case .restarting: return .starting
            default: return .idle
            }
        } catch {
            return .unseen
        }
    }

    private func replicas(of service: ServiceKey, in slot: Slot) async throws(StepFailure) -> [ReplicaState] {
        do throws(RuntimeError) {
            return try await drivers.runtime.replicas(of: service, in: slot)
        } catch {
            throw StepFailure(.runtimeFailed(error), isPassing: error.isPassing)
        }
    }

    /// Does the same to several replicas side by side; the first error is thrown once all have ended.
    private func each(
        _ replicas: [ReplicaID],
        _ body: @escaping @Sendable (ReplicaID) async throws(RuntimeError) -> Void
    ) async throws(StepFailure) {
        let errors = await withTaskGroup(of: RuntimeError?.self) { group in
            for replica in replicas {
                group.addTask {
                    do throws(RuntimeError) {
                        try await body(replica)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: [RuntimeError]()) { if let error = $1 { $0.append(error) } }
        }
        if let error = errors.first { throw StepFailure(.runtimeFailed(error), isPassing: error.isPassing) }
    }
}
