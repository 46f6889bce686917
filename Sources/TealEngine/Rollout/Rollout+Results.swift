import TealCore
import TealDriverKit

/// What results, ends of replicas and the passing of time mean for a rollout.
extension Rollout {
    mutating func ended(_ step: Step, _ result: StepResult, at now: Timestamp, _ reaction: inout Reaction) {
        if step.effect.kind.effectClass != .observation { reaction.isDecision = true }
        take(step, result, &reaction)
        switch stage {
        case .working: workEnded(step, result, at: now, &reaction)
        case .failing(let reason): failingEnded(step, result, reason, at: now, &reaction)
        case .proving: proofEnded(step, result, at: now, &reaction)
        case .quieting: quietEnded(result, at: now, &reaction)
        case .watching: watchEnded(step, result, at: now, &reaction)
        case .draining: drainEnded(step, result, at: now, &reaction)
        case .waiting, .ended: break
        }
    }

    /// Keeps what later legs need of a result, whatever the stage.
    private mutating func take(_ step: Step, _ result: StepResult, _ reaction: inout Reaction) {
        switch (step.effect, result) {
        case (.start, .started(let replicas)): for replica in replicas { started[replica.id] = replica }
        case (.sample, .sampled(let sample)):
            switch step.leg {
            case .prove, .proveReplaced: if baselineFrom == nil { baselineFrom = sample }
            case .arm: baselineTo = sample
            case .backDrain: if backFrom == nil { backFrom = sample }
            default: break
            }
        case (.cut, .cut(let report)):
            cutRequests += report.requests
            cutUpgraded += report.upgraded
        case (.tail, .lines(let lines)): lastLines = lines
        case (.look(let member, .old), .standing(let targets)): standing[member] = targets
        case (.preflight, .preflighted(let warnings)), (.route, .routed(let warnings)):
            reaction.notes += warnings.map { .warning($0) }
        case (let effect, .command(let end)) where effect.kind.effectClass == .onceOnly:
            if end.succeeded { doneOnce.insert(onceKey(effect)) }
        case (.smokeWrite, .probed(.passed, _)): doneOnce.insert(onceKey(step.effect))
        default: break
        }
    }

    // MARK: Work

    private mutating func workEnded(_ step: Step, _ result: StepResult, at now: Timestamp, _ reaction: inout Reaction) {
        if step.effect.kind != .tail, let failure = failure(of: step, result) {
            if step.effect.kind == .verify, verifyTries < Self.verifyTriesMax, !leg.isBack {
                verifyTries += 1
                return perform([step.effect], &reaction)
            }
            return workFailed(step, failure, at: now, &reaction)
        }
        workGoesOn(at: now, &reaction)
    }

    /// Whether something is under way that is waited for: what a replica wrote last holds nobody up.
    private var hasOpenWork: Bool { open.values.contains { $0.effect.kind != .tail } }

    /// A proxy that has just taken a new table may drop one probe; a release that is there answers the next.
    private static var verifyTriesMax: Int { 3 }

    private func failure(of step: Step, _ result: StepResult) -> Reason? {
        switch result {
        case .failed(let failure): failure.reason
        case .command(let end) where !end.succeeded:
            switch step.effect {
            case .hook(let member, let index):
                .hookFailed(members[member].new.id, hook: members[member].spec.hooks[index].name, end)
            case .migrate(let member): .migrationFailed(members[member].new.id, end)
            default: nil
            }
        case .standing(let targets):
            switch step.effect {
            case .look(let member, .new):
                members[member].replicas(.new).first { replica in !targets.contains { $0.replica == replica } }
                    .map { .replicaDied(members[member].new.id, $0, nil) }
            default: nil
            }
        case .probed(.failed(let failure), _):
            switch step.effect {
            case .smoke(let member, let index), .smokeWrite(let member, let index):
                .smokeFailed(members[member].new.id, request: members[member].spec.smoke[index].name, failure)
            case .verify(let member): .notReachable(members[member].new.id, failure)
            default: nil
            }
        default: nil
        }
    }

    private mutating func workFailed(_ step: Step, _ reason: Reason, at now: Timestamp, _ reaction: inout Reaction) {
        if case .stepLost = reason {
            open[step.number] = step
            return end(.halted(reason), &reaction)
        }
        switch step.effect.kind {
        case .sample: return workGoesOn(at: now, &reaction)
        case .look:
            // A look that could not be had decides nothing; one that missed a replica does.
            if case .replicaDied = reason { break }
            return workGoesOn(at: now, &reaction)
        case .cut: return warn(of: reason, at: now, &reaction)
        case .setPolicy where decidesNothing(step, reason): return warn(of: reason, at: now, &reaction)
        default: break
        }
        postponeWork(after: step, &reaction)
        if leg.isForgiving { return warn(of: reason, at: now, &reaction) }
        guard leg.isBack else { return goBack(reason, at: now, &reaction) }
        end(.halted(.revertFailed(RolloutProblem.text(of: reason, members: members))), &reaction)
    }

    /// Whether a restart policy that could not be set is drift, which is mended between rollouts, and no reason to go back.
    ///
    /// An old release's policy never is one: what follows stops it, or already sends users to it. A new one's is one only
    /// while its runtime gives no answer: whether its replicas are there is looked at next, before users come to them.
    private func decidesNothing(_ step: Step, _ reason: Reason) -> Bool {
        guard case .setPolicy(_, let side, _) = step.effect else { return false }
        if side == .old || leg == .backRoute { return true }
        if case .runtimeFailed(let error) = reason { return !error.isPassing && error != .cancelled }
        return false
    }

    /// Lets the old release not work as long as the new one may still do so: a job is never done twice.
    private mutating func postponeWork(after step: Step, _ reaction: inout Reaction) {
        let member: Int
        switch step.effect {
        case .setActivity(let index, .new, active: false) where leg == .backHandOver: member = index
        case .stop(let index, .new) where leg == .backRemove && stillActive.contains(index):
            member = index
            if let old = members[index].old {
                let new = members[index].new.id
                reaction.notes.append(.warning("\(old.id) is not set to work, since \(new) may still do so"))
            }
        default: return
        }
        stillActive.insert(member)
        guard case .working(let rest) = stage else { return }
        let begun = Effect.setActivity(member: member, side: .old, active: true)
        stage = .working(rest: rest.map { $0.filter { $0 != begun } }.filter { !$0.isEmpty })
    }

    /// Users are well; what is left over is said and mended later.
    private mutating func warn(of reason: Reason, at now: Timestamp, _ reaction: inout Reaction) {
        reaction.notes.append(.warning(RolloutProblem.text(of: reason, members: members)))
        workGoesOn(at: now, &reaction)
    }

    private mutating func workGoesOn(at now: Timestamp, _ reaction: inout Reaction) {
        guard !hasOpenWork, case .working(let rest) = stage else { return }
        guard let batch = rest.first else { return advance(at: now, &reaction) }
        stage = .working(rest: Array(rest.dropFirst()))
        perform(batch, &reaction)
    }

    private mutating func failingEnded(
        _ step: Step,
        _ result: StepResult,
        _ reason: Reason,
        at now: Timestamp,
        _ reaction: inout Reaction
    ) {
        if case .failed(let failure) = result, case .stepLost = failure.reason {
            open[step.number] = step
            return end(.halted(failure.reason), &reaction)
        }
        guard open.values.allSatisfy({ $0.effect.kind == .tail }) else { return }
        stage = .working(rest: [])
        goBack(reason, at: now, &reaction)
    }

    // MARK: Gates and waits

    private mutating func proofEnded(_ step: Step, _ result: StepResult, at now: Timestamp, _ reaction: inout Reaction)
    {
        guard case .proving(var proofs, let side) = stage else { return }
        if case .start(let member, .old, _) = step.effect, case .started = result {
            return perform([.setPolicy(member: member, side: .old, .unlessStopped)], &reaction)
        }
        if isReviving(step) { return advanceIfProven(at: now, &reaction) }
        guard case .probe(let member, _, let index) = step.effect else { return }
        let replica = members[member].replicas(side)[index]
        guard let place = proofs.firstIndex(where: { $0.replica == replica }) else { return }
        let (probe, run): (ProbeResult, RunID?) =
            switch result {
            case .probed(let probe, let run): (probe, run)
            case .failed(let failure):
                (.failed(.unreachable(RolloutProblem.text(of: failure.reason, members: members))), nil)
            default: (.failed(.unreachable("no answer")), nil)
            }
        let verdict = proofs[place].probed(probe, run: run, at: now)
        stage = .proving(proofs, side: side)
        apply(verdict, to: replica, at: now, &reaction)
    }

    private mutating func apply(
        _ verdict: ReplicaProof.Verdict,
        to replica: ReplicaID,
        at now: Timestamp,
        _ reaction: inout Reaction
    ) {
        guard case .proving(let proofs, let side) = stage,
            let member = members.first(where: { $0.service == replica.service }),
            let release = member.release(side)
        else { return }
        switch verdict {
        case .goOn: break
        case .failed(let diagnosis):
            if leg.isBack, diagnosis.exit != nil, revive(replica, at: now, &reaction) { break }
            if leg.isBack {
                end(.halted(.revertFailed("\(release.id) did not become healthy again")), &reaction)
            } else {
                goBack(.unhealthy(release.id, diagnosis), at: now, &reaction)
            }
        case .proven:
            if let proof = proofs.first(where: { $0.replica == replica }), let run = proof.run,
                let endpoint = proof.endpoint ?? started[replica]?.endpoint
            {
                proven[replica] = .init(
                    replica: replica,
                    release: release.id,
                    run: run,
                    endpoint: endpoint,
                    gateway: started[replica]?.gateway
                )
            }
            reaction.notes.append(.progress(replica.service, "\(replica) is healthy"))
            advanceIfProven(at: now, &reaction)
        }
    }

    private mutating func advanceIfProven(at now: Timestamp, _ reaction: inout Reaction) {
        guard case .proving(let proofs, _) = stage, proofs.allSatisfy(\.isProven) else { return }
        if !openSteps.contains(where: isReviving) { advance(at: now, &reaction) }
    }

    /// Whether a step of a gate starts a replica again.
    private func isReviving(_ step: Step) -> Bool { [.start, .setPolicy].contains(step.effect.kind) }

    /// Starts an old replica again that ended on the way back: nothing else would serve.
    ///
    /// - Returns: false once the time for its health is over.
    private mutating func revive(_ replica: ReplicaID, at now: Timestamp, _ reaction: inout Reaction) -> Bool {
        guard case .proving(var proofs, .old) = stage,
            let place = proofs.firstIndex(where: { $0.replica == replica }),
            let member = members.firstIndex(where: { $0.service == replica.service }),
            proofs[place].beginAgain(at: now)
        else { return false }
        stage = .proving(proofs, side: .old)
        if !openSteps.contains(where: isReviving) {
            perform([.start(member: member, side: .old, active: true)], &reaction)
        }
        return true
    }

    private mutating func quietEnded(_ result: StepResult, at now: Timestamp, _ reaction: inout Reaction) {
        guard case .quieting(let until, let upgradedMax, _) = stage else { return }
        if case .sampled(let sample) = result, sample.upgradedOnOld <= upgradedMax {
            return advance(at: now, &reaction)
        }
        stage = .quieting(until: until, upgradedMax: upgradedMax, nextSample: now + .milliseconds(250))
    }

    private mutating func watchEnded(_ step: Step, _ result: StepResult, at now: Timestamp, _ reaction: inout Reaction)
    {
        guard case .watching(var watch) = stage else { return }
        var verdict = Watch.Verdict.goOn
        switch (step.effect, result) {
        case (.verify(let member), _): watch.probed(member, at: now)
        case (.sample, .sampled(let sample)): verdict = watch.sampled(sample, at: now)
        case (.sample, _): verdict = watch.missed(at: now)
        default: break
        }
        watched = (watch.real, watch.synthetic)
        stage = .watching(watch)
        switch verdict {
        case .goOn: break
        case .passed: advance(at: now, &reaction)
        case .failed(let member, let failure): watchFailed(members[member].new.id, failure, at: now, &reaction)
        }
    }

    private mutating func watchFailed(
        _ release: ReleaseID,
        _ failure: WatchVerdict.Failure,
        at now: Timestamp,
        _ reaction: inout Reaction
    ) {
        guard kind != .rollback else {
            // A rollback never goes forward again by itself.
            reaction.notes.append(.warning(RolloutProblem.text(of: .watchFailed(release, failure), members: members)))
            return advance(at: now, &reaction)
        }
        goBack(.watchFailed(release, failure), at: now, &reaction)
    }

    private mutating func drainEnded(_ step: Step, _ result: StepResult, at now: Timestamp, _ reaction: inout Reaction)
    {
        guard case .draining(var drain) = stage, step.effect.kind == .sample else { return }
        let verdict: Drain.Verdict =
            if case .sampled(let sample) = result { drain.sampled(sample, at: now) } else { drain.missed(at: now) }
        stage = .draining(drain)
        if leg == .backDrain, case .sampled(let sample) = result { judgeOld(sample) }
        switch verdict {
        case .goOn: break
        case .empty where wantsJudgement(of: drain, at: now): break
        case .empty: advance(at: now, &reaction)
        case .overdue(let requests, let upgraded):
            let isLast = requests && upgraded || now >= drain.ends
            perform([.cut(side: drain.side, requests: requests, upgraded: upgraded)], &reaction)
            if isLast { stage = .working(rest: []) }
        }
    }

    /// How long the old release is looked at after a revert, to say whether it fails alike.
    private static var judgingLimit: Duration { .seconds(3) }

    /// Whether the new release is drained, and too little was seen of the old one to say whether it fails alike.
    private func wantsJudgement(of drain: Drain, at now: Timestamp) -> Bool {
        guard leg == .backDrain, case .watchFailed = backReason, !hasJudgedOld else { return false }
        guard members.contains(where: { $0.old != nil }) else { return false }
        return now.since(drain.began) < Self.judgingLimit
    }

    /// After a revert: whether the old release fails in the same way.
    private mutating func judgeOld(_ sample: TrafficSample) {
        guard let backFrom, backFrom.incarnation == sample.incarnation, case .watchFailed(let bad, _) = backReason,
            let member = members.firstIndex(where: { $0.new.id == bad }), sample.members.indices.contains(member),
            backFrom.members.indices.contains(member)
        else { return }
        let window = TrafficWindow(from: backFrom.members[member].old, to: sample.members[member].old)
        switch WatchVerdict.judge(window, before: nil, policy: members[member].spec.watch) {
        case .tooFew: break
        case .good: hasJudgedOld = true
        case .bad:
            hasJudgedOld = true
            notCausedByRelease = true
        }
    }

    // MARK: Replicas and time

    mutating func replicaEnded(_ replica: ReplicaID, _ exit: ReplicaExit, at now: Timestamp, _ reaction: inout Reaction)
    {
        guard let member = members.first(where: { $0.service == replica.service }) else { return }
        switch stage {
        case .proving(let proofs, let side):
            if let proof = proofs.first(where: { $0.replica == replica }), member.slot(side) == replica.slot {
                return apply(proof.ended(exit), to: replica, at: now, &reaction)
            }
            newReplicaEnded(replica, exit, of: member, at: now, &reaction)
        case .working, .quieting, .watching, .draining:
            newReplicaEnded(replica, exit, of: member, at: now, &reaction)
        case .waiting, .failing, .ended: break
        }
    }

    /// The runtime's own check of a replica says that it is unwell, which counts as a failure at once.
    ///
    /// Not on the way back: what an old release is asked there decides, since nothing else would serve.
    mutating func replicaUnwell(_ replica: ReplicaID, at now: Timestamp, _ reaction: inout Reaction) {
        guard let member = members.first(where: { $0.service == replica.service }), replica.slot == member.slot,
            !leg.isBack
        else { return }
        if case .proving(var proofs, .new) = stage, let place = proofs.firstIndex(where: { $0.replica == replica }) {
            let verdict = proofs[place].unwell()
            stage = .proving(proofs, side: .new)
            return apply(verdict, to: replica, at: now, &reaction)
        }
        guard started[replica] != nil, !reached.precedes(.smoke), !isLate else { return }
        switch stage {
        case .proving, .working, .quieting, .watching, .draining:
            let diagnosis = Diagnosis(
                replica: replica,
                failure: .unhealthy,
                exit: nil,
                probes: 0,
                limit: member.spec.health.deadline,
                endpoint: started[replica]?.endpoint
            )
            goBack(.unhealthy(member.new.id, diagnosis), at: now, &reaction)
        case .waiting, .failing, .ended: break
        }
    }

    /// A replica that was proven, and is not released yet, may not end by itself.
    private mutating func newReplicaEnded(
        _ replica: ReplicaID,
        _ exit: ReplicaExit,
        of member: Member,
        at now: Timestamp,
        _ reaction: inout Reaction
    ) {
        // What was in the slot before ends as well, when it is cleared: only what this rollout started counts.
        let isOwn = replica.slot == member.slot && started[replica] != nil
        guard isOwn, !leg.isBack, !reached.precedes(.smoke), !isLate else { return }
        goBack(.replicaDied(member.new.id, replica, exit), at: now, &reaction)
    }

    /// Whether the new release has been released, so that a dead replica is started again instead.
    private var isLate: Bool { !leg.precedes(.afterRelease) || kind == .rollback && hasSwitched }

    mutating func passTime(at now: Timestamp, _ reaction: inout Reaction) {
        guard outcome == nil else { return }
        if let legDeadline, now >= legDeadline { return legTimedOut(at: now, &reaction) }
        if let overdueAt, now >= overdueAt { return goBack(.rolloutTimeout(limit: timeout), at: now, &reaction) }
        switch stage {
        case .proving: askReplicas(at: now, &reaction)
        case .quieting(let until, let upgradedMax, let nextSample):
            if now >= until { return advance(at: now, &reaction) }
            guard open.isEmpty, now >= nextSample else { return }
            stage = .quieting(until: until, upgradedMax: upgradedMax, nextSample: now + .milliseconds(250))
            perform([.sample], &reaction)
        case .watching(let watch) where watch.isOverdue(at: now): advance(at: now, &reaction)
        case .watching(var watch):
            var effects: [Effect] = []
            if watch.takeDueSample(at: now) { effects.append(.sample) }
            effects += watch.takeDueSynthetic(at: now).map { .verify(member: $0) }
            stage = .watching(watch)
            perform(effects, &reaction)
        case .draining(let drain) where drain.isOverdue(at: now): cutRest(of: drain, &reaction)
        case .draining(var drain):
            guard drain.takeDueSample(at: now) else { return }
            stage = .draining(drain)
            perform([.sample], &reaction)
        case .waiting, .working, .failing, .ended: break
        }
    }

    private var timeout: Duration { members.map(\.spec.timeouts.rollout).max() ?? .seconds(1800) }

    /// When the whole rollout has taken too long; nil once it has been released or goes back.
    var overdueAt: Timestamp? {
        guard !leg.isBack, backReason == nil, leg.precedes(.afterRelease) else { return nil }
        switch stage {
        case .waiting, .failing, .ended: return nil
        case .working, .proving, .quieting, .watching, .draining: return (limitBegan ?? began) + timeout
        }
    }

    private mutating func legTimedOut(at now: Timestamp, _ reaction: inout Reaction) {
        let limit = limit(of: leg) ?? .zero
        let reason = Reason.phaseTimeout(leg.phase, limit: limit)
        legDeadline = nil
        guard leg.isForgiving || leg.isBack else { return goBack(reason, at: now, &reaction) }
        for step in openSteps { postponeWork(after: step, &reaction) }
        forgetOpen(&reaction)
        if leg.isForgiving {
            guard case .working = stage else { return advance(at: now, &reaction) }
            // The rest of the leg, such as the record, still has to be done.
            legDeadline = now + limit
            warn(of: reason, at: now, &reaction)
        } else {
            end(.halted(.revertFailed(RolloutProblem.text(of: reason, members: members))), &reaction)
        }
    }

    private mutating func askReplicas(at now: Timestamp, _ reaction: inout Reaction) {
        guard case .proving(var proofs, let side) = stage else { return }
        var effects: [Effect] = []
        for place in proofs.indices {
            let replica = proofs[place].replica
            let verdict = proofs[place].checkDeadline(at: now)
            if verdict != .goOn {
                return apply(verdict, to: replica, at: now, &reaction)
            }
            guard proofs[place].takeDueProbe(at: now),
                let member = members.firstIndex(where: { $0.service == replica.service })
            else { continue }
            effects.append(.probe(member: member, side: side, index: replica.index))
        }
        stage = .proving(proofs, side: side)
        perform(effects, &reaction)
    }
}
