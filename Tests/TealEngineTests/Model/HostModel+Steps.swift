import TealCore
import TealDriverKit
import TealEngine

/// The twin of `HostPerformer`: the same meaning of every effect, without `async`.
extension HostModel {
    /// Carries out an effect now.
    ///
    /// - Returns: Its result and how long the answer takes.
    func carryOut(_ step: Step, of rollout: Rollout) -> (StepResult, Duration) {
        let members = rollout.members
        switch step.effect {
        // The model is one host: nobody asks it for these.
        case .lease, .prepare, .release: return (.done, .zero)
        case .preflight:
            return (
                preflightProblems.isEmpty
                    ? .preflighted(warnings: []) : .failed(.init(.preflight(preflightProblems))), .zero
            )
        case .fetch(let member): return (fetch(members[member]), .milliseconds(5))
        case .clear(let member, let side): return (clear(members[member], side), .zero)
        case .start(let member, let side, let active): return (start(members[member], side, active), .zero)
        case .stop(let member, let side):
            catchUp()
            for id in ids(members[member], side) { stop(id, by: rollout) }
            return (.done, .milliseconds(10))
        case .remove(let member, let side):
            for id in ids(members[member], side) { remove(id, by: rollout) }
            return (.done, .zero)
        case .setPolicy(let member, let side, let policy): return (setPolicy(members[member], side, policy), .zero)
        case .look(let member, let side): return (look(members[member], side, rollout), .zero)
        case .setActivity(let member, let side, let active):
            return (setActivity(members[member], side, active), .milliseconds(5))
        case .route(let directions): return (route(directions, of: rollout), .zero)
        case .cut(let side, let requests, let upgraded): return (cut(side, rollout, requests, upgraded), .zero)
        case .record(let end): return (record(end, of: rollout), .zero)
        case .prune:
            runtime.contents = Set(state.services.keys.flatMap { state.needed(of: $0) }.map(\.id))
            return (.done, .zero)
        case .migrate(let member):
            let behaviour = behaviour(members[member].new.id)
            return once(step.onceName(in: rollout.id), behaviour.migrationExit, behaviour.migrationTakes, .migrate)
        case .hook(let member, _):
            let exit = step.leg.isBack ? 0 : behaviour(members[member].new.id).hookExit
            return once(step.onceName(in: rollout.id), exit, .milliseconds(20), .hook)
        case .smokeWrite(let member, _):
            runtime.smokeWrites[step.onceName(in: rollout.id), default: 0] += 1
            return (smoke(members[member]), .milliseconds(5))
        case .smoke(let member, _): return (smoke(members[member]), .milliseconds(5))
        case .probe(let member, let side, let index):
            let replica = members[member].replicas(side)[index]
            let (result, run) = probe(replica, members[member].release(side)?.id)
            return (.probed(result, run: run), .zero)
        case .verify(let member): return (verify(members[member]), .milliseconds(5))
        case .sample:
            do {
                return (.sampled(.init(try traffic.counters(at: time), of: members)), .zero)
            } catch {
                return (.failed(.init(.switchFailed(error), isPassing: error.isPassing)), .zero)
            }
        case .tail: return (.lines(["last words"]), .zero)
        }
    }

    func behaviour(_ release: ReleaseID) -> Behaviour { behaviours[release] ?? Behaviour() }

    // MARK: Replicas

    private func ids(_ member: Member, _ side: Side) -> [ReplicaID] {
        guard let release = member.release(side), let slot = member.slot(side) else { return [] }
        return runtime.replicas.filter {
            $0.key.service == member.service && $0.key.slot == slot && $0.value.release == release.id
        }.keys.sorted()
    }

    private func fetch(_ member: Member) -> StepResult {
        if let error = behaviour(member.new.id).fetchError {
            return .failed(.init(.fetchFailed(member.new.id, error), isPassing: error.isPassing))
        }
        runtime.contents.insert(member.new.id)
        return .done
    }

    private func clear(_ member: Member, _ side: Side) -> StepResult {
        guard let release = member.release(side), let slot = member.slot(side) else { return .done }
        for (id, replica) in runtime.replicas.sorted(by: { $0.key < $1.key })
        where id.service == member.service && id.slot == slot
            && (replica.release != release.id || id.index >= release.spec.replicas)
        {
            stop(id, by: nil)
            remove(id, by: nil)
        }
        return change { $0.occupy(member, side) }.map { .failed(StepFailure($0)) } ?? .done
    }

    private func start(_ member: Member, _ side: Side, _ active: Bool) -> StepResult {
        guard let release = member.release(side) else { return .done }
        if secretsFail { return .failed(.init(.secretsFailed("no value for TOKEN"))) }
        var started: [ReplicaState] = []
        for id in member.replicas(side) {
            if let error = start(id, release.id, active: active) {
                return .failed(.init(.startFailed(release.id, error), isPassing: error.isPassing))
            }
            if let state = runtime.state(id) { started.append(state) }
        }
        return .started(started)
    }

    /// Starts one replica; one of the same release that runs is left as it is.
    func start(_ id: ReplicaID, _ release: ReleaseID, active: Bool) -> RuntimeError? {
        if let there = runtime.replicas[id] {
            guard there.release == release else { return .placeTaken(by: there.release) }
            if there.isRunning { return nil }
        }
        if let error = behaviour(release).startError { return error }
        launch(id, release, policy: .no, active: active, restarts: 0)
        return nil
    }

    private func launch(_ id: ReplicaID, _ release: ReleaseID, policy: RestartPolicy, active: Bool, restarts: Int) {
        let run = runtime.nextRun()
        let works = active && state.release(release)?.spec.background != Background.none
        runtime.replicas[id] = ModelReplica(
            release: release,
            run: run,
            phase: .running,
            policy: policy,
            startedAt: time,
            isActive: works,
            restarts: restarts
        )
        guard let crashesAfter = behaviour(release).crashesAfter else { return }
        after(crashesAfter) { [unowned self] in self.die(id, run) }
    }

    /// A replica ends by itself.
    func die(_ id: ReplicaID, _ run: RunID) {
        guard let replica = runtime.replicas[id], replica.run == run, replica.isRunning else { return }
        note("\(id) of \(replica.release) dies")
        hasLostReplicas = true
        let isOutOfMemory = behaviour(replica.release).crashesOutOfMemory
        let exit = ReplicaExit(code: isOutOfMemory ? 137 : 3, outOfMemory: isOutOfMemory)
        let works = replica.isActive
        runtime.replicas[id]?.isActive = false
        runtime.replicas[id]?.phase = replica.policy == .unlessStopped ? .restarting(exit) : .exited(exit)
        traffic.flights.removeAll { $0.target == TargetID(release: replica.release, replica: id, run: run) }
        afterInDaemon(.milliseconds(3)) { [unowned self] in
            for (rollout, running) in self.daemon?.runs ?? [:] where running.core.rollout.services.contains(id.service)
            {
                self.feed(rollout, .replicaEvent(.init(replica: id, kind: .ended(exit), run: run)))
            }
        }
        guard replica.policy == .unlessStopped else { return }
        after(.milliseconds(100)) { [unowned self] in
            guard case .restarting = self.runtime.replicas[id]?.phase, self.runtime.replicas[id]?.run == run else {
                return
            }
            guard self.runtime.replicas[id]?.policy == .unlessStopped else {
                self.runtime.replicas[id]?.phase = .exited(exit)
                return
            }
            self.launch(
                id,
                replica.release,
                policy: .unlessStopped,
                active: works,
                restarts: replica.restarts + 1
            )
        }
    }

    /// The twin of `HostPerformer.look`.
    private func look(_ member: Member, _ side: Side, _ rollout: Rollout) -> StepResult {
        guard let slot = member.slot(side), let place = state.services[member.service]?[slot],
            place.release == member.release(side)?.id
        else { return .standing([]) }
        let proven =
            side == .new
            ? member.replicas(.new).compactMap { rollout.proven[PlacedReplica($0)] } : Array(place.proven.values)
        return .standing(
            proven.filter { target in
                let replica = runtime.replicas[target.replica]
                return replica?.isRunning == true && replica?.run == target.run
            }
            .sorted { $0.id < $1.id }
        )
    }

    /// Stops a replica as Teal does, and sees that it may be stopped.
    func stop(_ id: ReplicaID, by rollout: Rollout?) {
        guard let replica = runtime.replicas[id] else { return }
        if replica.isRunning, let run = replica.run { checkStop(id, replica.release, run, by: rollout) }
        runtime.replicas[id]?.phase = .stopped
        runtime.replicas[id]?.policy = .no
        runtime.replicas[id]?.isActive = false
    }

    func remove(_ id: ReplicaID, by rollout: Rollout?) {
        stop(id, by: rollout)
        guard runtime.replicas.removeValue(forKey: id) != nil else { return }
        afterInDaemon(.milliseconds(3)) { [unowned self] in
            for (rollout, run) in self.daemon?.runs ?? [:] where run.core.rollout.services.contains(id.service) {
                self.feed(rollout, .replicaEvent(.init(replica: id, kind: .removed)))
            }
        }
    }

    private func setPolicy(_ member: Member, _ side: Side, _ policy: RestartPolicy) -> StepResult {
        for id in member.replicas(side) {
            guard runtime.replicas[id] != nil else {
                if policy == .no { continue }
                return .failed(.init(.runtimeFailed(.noSuchReplica(id))))
            }
            runtime.replicas[id]?.policy = policy
        }
        return .done
    }

    private func setActivity(_ member: Member, _ side: Side, _ active: Bool) -> StepResult {
        guard let release = member.release(side), case .handover = release.spec.background else { return .done }
        for id in member.replicas(side) {
            guard runtime.replicas[id]?.isRunning == true else {
                if !active { continue }
                return .failed(.init(.runtimeFailed(.activityRefused("it does not run"))))
            }
            runtime.replicas[id]?.isActive = active
        }
        return .done
    }

    // MARK: Once only

    private func once(_ name: String, _ exit: Int, _ takes: Duration, _ kind: EffectKind) -> (StepResult, Duration) {
        if let known = runtime.once[name] {
            if known.isLost { return (.failed(.init(.stepLost(kind, name: name))), .zero) }
            return (.command(known.result), .nanoseconds(max(0, known.endsAt - time)))
        }
        let tail = exit == 0 ? [] : ["relation exists already"]
        let result = CommandResult(exitCode: exit, tail: tail)
        runtime.once[name] = ModelOnce(endsAt: time + takes.nanoseconds, result: result)
        return (.command(result), takes)
    }

    // MARK: Probes

    /// Asks a replica whether it is well.
    func probe(_ id: ReplicaID, _ release: ReleaseID?) -> (ProbeResult, RunID?) {
        guard let replica = runtime.replicas[id], replica.release == release else {
            return (.failed(.notRunning(nil)), nil)
        }
        switch replica.phase {
        case .running: break
        case .restarting(let exit), .exited(let exit): return (.failed(.notRunning(exit)), replica.run)
        case .stopped, .foreign: return (.failed(.notRunning(nil)), replica.run)
        }
        let behaviour = behaviour(replica.release)
        if time < replica.startedAt + behaviour.boot.nanoseconds { return (.failed(.refused), replica.run) }
        if !behaviour.isHealthy || behaviour.flaps && random.chance(50) { return (.failed(.status(500)), replica.run) }
        if let run = replica.run { runtime.passes[run, default: 0] += 1 }
        return (.passed(latency: .milliseconds(1)), replica.run)
    }

    private func smoke(_ member: Member) -> StepResult {
        guard let first = member.replicas(.new).first, runtime.replicas[first]?.isRunning == true else {
            return .probed(.failed(.notRunning(nil)), run: nil)
        }
        return .probed(behaviour(member.new.id).smokePasses ? .passed(latency: .zero) : .failed(.status(500)), run: nil)
    }

    private func verify(_ member: Member) -> StepResult {
        guard traffic.isReachable else {
            return .failed(.init(.switchFailed(.unreachable(reason: "no answer")), isPassing: true))
        }
        guard let answered = request(member.service) else { return .probed(.failed(.status(503)), run: nil) }
        guard answered.release == member.new.id else {
            return .probed(.failed(.anotherProcess(pid: nil, name: nil)), run: nil)
        }
        return .probed(.passed(latency: .zero), run: nil)
    }
}
