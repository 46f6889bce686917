import TealCore
import TealDriverKit

/// What results mean for a rollout, and what work that failed does.
extension Rollout {
    mutating func ended(_ step: Step, _ result: StepResult, at now: Timestamp, _ reaction: inout Reaction) {
        if step.effect.kind.effectClass != .observation { reaction.isDecision = true }
        guard let result = whole(step, result) else { return }
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
        case (.start, .started(let replicas)):
            for replica in replicas { started[PlacedReplica(replica.id, on: step.host)] = replica }
            for replica in replicas where replica.origin == .remade {
                reaction.notes.append(.warning(RuntimeWords.remade(replica)))
            }
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
        case (.lease, .leased(let grant)):
            if let host = step.host { tokens = (tokens ?? [:]).merging([host: grant.token]) { $1 } }
        case (.release, .done):
            if let host = step.host, told?.contains(host) != true { told = ((told ?? []) + [host]).sorted() }
        case (.tail, .lines(let lines)): lastLines = lines
        case (.look(let member, .old), .standing(let targets)): standing[member] = targets
        case (.verify(let member), .unverified(let why)):
            let release = members[member].new.id
            reaction.notes.append(
                .progress(members[member].service, "\(release) was not verified through a route: \(why)")
            )
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
    var hasOpenWork: Bool { open.values.contains { $0.effect.kind != .tail } }

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
        if case .leaseRefused = reason, let host = step.host {
            // What goes on by itself there, or follows another, is nothing of this rollout's any more.
            return lose(host, because: reason, at: now, &reaction)
        }
        switch step.effect.kind {
        case .lease:
            guard let host = step.host else { break }
            return lose(host, because: reason, at: now, &reaction)
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
        guard leg.isBack else { return goBack(reason, on: step.host, at: now, &reaction) }
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
    mutating func postponeWork(after step: Step, _ reaction: inout Reaction) {
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
        // With its policy it would also come up working when it ends.
        let begun: [Effect] = [
            .setActivity(member: member, side: .old, active: true),
            .setPolicy(member: member, side: .old, .unlessStopped),
        ]
        stage = .working(rest: rest.map { $0.filter { !begun.contains($0) } }.filter { !$0.isEmpty })
    }

    /// Users are well; what is left over is said and mended later.
    mutating func warn(of reason: Reason, at now: Timestamp, _ reaction: inout Reaction) {
        reaction.notes.append(.warning(RolloutProblem.text(of: reason, members: members)))
        workGoesOn(at: now, &reaction)
    }

    mutating func workGoesOn(at now: Timestamp, _ reaction: inout Reaction) {
        guard !hasOpenWork, case .working(let rest) = stage else { return }
        guard let batch = rest.first else { return advance(at: now, &reaction) }
        stage = .working(rest: Array(rest.dropFirst()))
        if leg == .start, let limit = limit(of: leg), batch.contains(where: { $0.kind == .start }) {
            // Its place is cleared by now.
            legDeadline = min(legDeadline ?? now + limit, now + limit)
        }
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
        if case .failed(let failure) = result, let host = step.host, step.effect == .lease || failure.reason.endsLease {
            return lose(host, because: failure.reason, at: now, &reaction)
        }
        guard open.values.allSatisfy({ $0.effect.kind == .tail }) else { return }
        stage = .working(rest: [])
        goBack(reason, at: now, &reaction)
    }
}
