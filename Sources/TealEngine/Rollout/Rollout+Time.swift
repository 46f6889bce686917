import TealCore
import TealDriverKit

/// What ends of replicas and the passing of time mean for a rollout.
extension Rollout {
    mutating func replicaEnded(
        _ replica: PlacedReplica,
        _ exit: ReplicaExit,
        at now: Timestamp,
        _ reaction: inout Reaction
    ) {
        guard let member = position(of: replica).map({ members[$0] }) else { return }
        switch stage {
        case .proving(let proofs, let side):
            if let proof = proofs.first(where: { $0.place == replica }), member.slot(side) == replica.id.slot {
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
    mutating func replicaUnwell(_ replica: PlacedReplica, at now: Timestamp, _ reaction: inout Reaction) {
        guard let member = position(of: replica).map({ members[$0] }), replica.id.slot == member.slot, !leg.isBack
        else { return }
        if case .proving(var proofs, .new) = stage, let place = proofs.firstIndex(where: { $0.place == replica }) {
            let verdict = proofs[place].unwell()
            stage = .proving(proofs, side: .new)
            return apply(verdict, to: replica, at: now, &reaction)
        }
        guard started[replica] != nil, !reached.precedes(.smoke), !isLate else { return }
        switch stage {
        case .proving, .working, .quieting, .watching, .draining:
            let diagnosis = Diagnosis(
                replica: replica.id,
                failure: .unhealthy,
                exit: nil,
                probes: 0,
                limit: member.spec.health.deadline,
                endpoint: started[replica]?.endpoint
            )
            goBack(.unhealthy(member.new.id, diagnosis), on: member.host, at: now, &reaction)
        case .waiting, .failing, .ended: break
        }
    }

    /// A replica that was proven, and is not released yet, may not end by itself.
    private mutating func newReplicaEnded(
        _ replica: PlacedReplica,
        _ exit: ReplicaExit,
        of member: Member,
        at now: Timestamp,
        _ reaction: inout Reaction
    ) {
        // What was in the slot before ends as well, when it is cleared: only what this rollout started counts.
        let isOwn = replica.id.slot == member.slot && started[replica] != nil
        guard isOwn, !leg.isBack, !reached.precedes(.smoke), !isLate else { return }
        goBack(.replicaDied(member.new.id, replica.id, exit), on: member.host, at: now, &reaction)
    }

    /// Whether the new release has been released, so that a dead replica is started again instead.
    ///
    /// Where a way to earlier releases leads counts as that once users were sent there; as long as the switch has not said so they are
    /// better off where they are.
    private var isLate: Bool {
        let isRouting = leg == .route && wasRouted != true
        return !course.precedes(.release) || leadsBack && hasSwitched && !isRouting
    }

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
        guard !leg.isBack, backReason == nil, course.precedes(.release) else { return nil }
        switch stage {
        case .waiting, .failing, .ended: return nil
        case .working, .proving, .quieting, .watching, .draining: return (limitBegan ?? began) + timeout
        }
    }

    /// How often the limit of a leg may pass while the record of the end is being written.
    private static var recordLimitsMax: Int { 10 }

    private mutating func legTimedOut(at now: Timestamp, _ reaction: inout Reaction) {
        let limit = limit(of: leg) ?? .zero
        let reason = Reason.phaseTimeout(leg.phase, limit: limit)
        legDeadline = nil
        if leg == .lease { return loseSilent(at: now, &reaction) }
        guard leg.isForgiving || leg.isBack else { return goBack(reason, at: now, &reaction) }
        for step in openSteps { postponeWork(after: step, &reaction) }
        // Only what is written down has ended: the disk and the switch may take longer than anything else here.
        let waits = (leg.isForgiving || leg == .backRecord) && (recordLimits ?? 0) < Self.recordLimitsMax
        let isBack = leg == .backRecord
        forgetOpen(&reaction) { step in
            waits && step.effect.kind == .record && (step.host == nil || isBack)
        }
        if !open.isEmpty { recordLimits = (recordLimits ?? 0) + 1 }
        if leg.isForgiving || !open.isEmpty {
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
            let replica = proofs[place].place
            let verdict = proofs[place].checkDeadline(at: now)
            if verdict != .goOn {
                return apply(verdict, to: replica, at: now, &reaction)
            }
            guard proofs[place].takeDueProbe(at: now), let member = position(of: replica) else { continue }
            effects.append(.probe(member: member, side: side, index: replica.id.index))
        }
        stage = .proving(proofs, side: side)
        perform(effects, &reaction)
    }
}
