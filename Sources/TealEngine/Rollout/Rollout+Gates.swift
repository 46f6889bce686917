import TealCore
import TealDriverKit

/// What results mean to gates and waits: proofs, the quiet moment, the watch, the drain.
extension Rollout {
    mutating func proofEnded(_ step: Step, _ result: StepResult, at now: Timestamp, _ reaction: inout Reaction) {
        guard case .proving(var proofs, let side) = stage else { return }
        if case .start(let member, .old, _) = step.effect, case .started = result {
            return perform([.setPolicy(member: member, side: .old, .unlessStopped)], &reaction)
        }
        if isReviving(step) { return advanceIfProven(at: now, &reaction) }
        guard case .probe(let member, _, let index) = step.effect else { return }
        let replica = members[member].places(side)[index]
        guard let place = proofs.firstIndex(where: { $0.place == replica }) else { return }
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

    mutating func apply(
        _ verdict: ReplicaProof.Verdict,
        to replica: PlacedReplica,
        at now: Timestamp,
        _ reaction: inout Reaction
    ) {
        guard case .proving(let proofs, let side) = stage, let member = position(of: replica),
            let release = members[member].release(side)
        else { return }
        switch verdict {
        case .goOn: break
        case .failed(let diagnosis):
            // How it ended need not be known, and an answer may be about a run before the present one.
            guard leg.isBack else {
                return goBack(.unhealthy(release.id, diagnosis), on: replica.host, at: now, &reaction)
            }
            if revive(replica, at: now, &reaction) || giveUp(replica, of: member, at: now, &reaction) { break }
            end(.halted(.revertFailed("\(release.id) did not become healthy again")), &reaction)
        case .proven:
            if let proof = proofs.first(where: { $0.place == replica }), let run = proof.run,
                let endpoint = proof.endpoint ?? started[replica]?.endpoint
            {
                proven[replica] = .init(
                    replica: replica.id,
                    release: release.id,
                    run: run,
                    endpoint: endpoint,
                    gateway: started[replica]?.gateway
                )
            }
            reaction.notes.append(.progress(replica.id.service, "\(replica) is healthy"))
            advanceIfProven(at: now, &reaction)
        }
    }

    mutating func advanceIfProven(at now: Timestamp, _ reaction: inout Reaction) {
        guard case .proving(let proofs, _) = stage, proofs.allSatisfy(\.isProven),
            !openSteps.contains(where: { $0.effect.kind == .start })
        else { return }
        // Users do not wait for a restart policy: the keeper sees to it.
        forgetOpen(&reaction) { $0.effect.kind != .setPolicy }
        advance(at: now, &reaction)
    }

    /// Whether a step of a gate starts a replica again.
    func isReviving(_ step: Step) -> Bool { [.start, .setPolicy].contains(step.effect.kind) }

    /// Starts an old replica again that ended on the way back: nothing else would serve.
    ///
    /// - Returns: false once the time for its health is over.
    private mutating func revive(_ replica: PlacedReplica, at now: Timestamp, _ reaction: inout Reaction) -> Bool {
        guard case .proving(var proofs, .old) = stage,
            let place = proofs.firstIndex(where: { $0.place == replica }),
            let member = position(of: replica), proofs[place].beginAgain(at: now)
        else { return false }
        stage = .proving(proofs, side: .old)
        if !openSteps.contains(where: { isReviving($0) && $0.effect.member == member }) {
            // Beside a new release that still works it does nothing until it is told to.
            let active = members[member].mode == .inPlace || startsActive(member, .old)
            perform([.start(member: member, side: .old, active: active)], &reaction)
        }
        return true
    }

    /// Goes back without an old replica whose time is over, when another one of the same release is healthy: some of it
    /// serve users better than none.
    ///
    /// - Returns: false when there is none.
    private mutating func giveUp(
        _ replica: PlacedReplica,
        of member: Int,
        at now: Timestamp,
        _ reaction: inout Reaction
    ) -> Bool {
        guard case .proving(let proofs, let side) = stage else { return false }
        let rest = proofs.filter { $0.place != replica }
        let places = members[member].places(side)
        guard rest.contains(where: { $0.isProven && places.contains($0.place) }) else { return false }
        proven[replica] = nil
        givenUp = (givenUp ?? []) + [replica]
        stage = .proving(rest, side: side)
        reaction.notes.append(
            .warning("\(replica) did not become healthy again; the rollout goes back with the others")
        )
        // Nor do users wait for a start of what is not waited for any more.
        if rest.allSatisfy(\.isProven) { forgetOpen(&reaction) { $0.effect.kind != .start } }
        advanceIfProven(at: now, &reaction)
        return true
    }

    mutating func quietEnded(_ result: StepResult, at now: Timestamp, _ reaction: inout Reaction) {
        guard case .quieting(let until, let upgradedMax, _) = stage else { return }
        if case .sampled(let sample) = result, sample.upgradedOnOld <= upgradedMax {
            return advance(at: now, &reaction)
        }
        stage = .quieting(until: until, upgradedMax: upgradedMax, nextSample: now + .milliseconds(250))
    }

    mutating func watchEnded(_ step: Step, _ result: StepResult, at now: Timestamp, _ reaction: inout Reaction) {
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
        case .failed(let member, let failure): watchFailed(members[member], failure, at: now, &reaction)
        }
    }

    private mutating func watchFailed(
        _ member: Member,
        _ failure: WatchVerdict.Failure,
        at now: Timestamp,
        _ reaction: inout Reaction
    ) {
        let release = member.new.id
        guard !leadsBack else {
            // It never goes forward again by itself.
            reaction.notes.append(.warning(RolloutProblem.text(of: .watchFailed(release, failure), members: members)))
            return advance(at: now, &reaction)
        }
        goBack(.watchFailed(release, failure), on: member.host, at: now, &reaction)
    }

    mutating func drainEnded(_ step: Step, _ result: StepResult, at now: Timestamp, _ reaction: inout Reaction) {
        guard case .draining(var drain) = stage, step.effect.kind == .sample else { return }
        let verdict: Drain.Verdict =
            if case .sampled(let sample) = result {
                drain.sampled(sample.limited { isDrained($0) }, at: now)
            } else {
                drain.missed(at: now)
            }
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

    /// Whether a drain of the present leg is about a member.
    ///
    /// Before the switch only those in place have lost their users; what is in flight on others goes on.
    package func isDrained(_ member: Int) -> Bool { leg != .drainVacated || members[member].mode == .inPlace }

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
            let member = members.firstIndex(where: { $0.new.id == bad && $0.host == backHost }),
            sample.members.indices.contains(member),
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
}
