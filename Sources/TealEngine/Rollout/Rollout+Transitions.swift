import TealCore
import TealDriverKit

/// How a rollout moves from leg to leg, forward and back.
extension Rollout {
    /// Enters a leg, or the next one after it that has something to do.
    mutating func enter(_ first: Leg, at now: Timestamp, _ reaction: inout Reaction) {
        // A reading that was asked for by the leg before says nothing to this one.
        forgetReadings(&reaction)
        var leg = first
        while true {
            self.leg = leg
            if !leg.isBack, reached.precedes(leg) { reached = leg }
            reaction.isDecision = true
            if begin(reachable(content(of: leg)), of: leg, at: now, &reaction) { return }
            leave(leg, at: now, &reaction)
            guard case .working = stage, outcome == nil, self.leg == leg else { return }
            guard let next = takeNext(after: leg) else { return finish(at: now, &reaction) }
            leg = next
        }
    }

    /// Starts what a leg consists of; false when it has nothing to do.
    private mutating func begin(_ content: Content, of leg: Leg, at now: Timestamp, _ reaction: inout Reaction) -> Bool
    {
        // What a rollout before it left in the place of a start may have to be drained first.
        legDeadline = limit(of: leg).map { now + $0 + (leg == .start ? drainLimit : .zero) }
        guard !content.isEmpty else {
            legDeadline = nil
            stage = .working(rest: [])
            return false
        }
        if leg != .lease { showPhase(of: leg, &reaction) }
        switch content {
        case .nothing: break
        case .steps(let batches):
            let first = batches.first { !$0.isEmpty } ?? []
            // An empty batch would end with no step and so never be left.
            stage = .working(rest: Array(batches.filter { !$0.isEmpty }.dropFirst()))
            perform(first, &reaction)
        case .proof(let side, let indices):
            stage = .proving(proofs(of: indices, side: side, at: now), side: side)
            if let release = indices.first.flatMap({ members[$0].release(side)?.id }) {
                let until =
                    now + (indices.compactMap { members[$0].release(side)?.spec.health.deadline }.max() ?? .zero)
                reaction.notes.append(.waiting(.health(release), until: until))
            }
            if side == .new { perform([.sample], &reaction) }
        case .quiet(let upgradedMax, let limit):
            stage = .quieting(until: now + limit, upgradedMax: upgradedMax, nextSample: now)
            reaction.notes.append(.waiting(.quiet(upgraded: upgradedMax), until: now + limit))
        case .watch:
            let serving = members.indices.filter { members[$0].takesTraffic(.new) }
            let watch = Watch(
                serving.map { MemberWatch(member: $0, policy: watchPolicy($0), baseline: baseline($0), now: now) },
                now: now
            )
            stage = .watching(watch)
            reaction.notes.append(.waiting(.watch, until: watch.ends))
        case .drain(let side):
            // Whoever wants no more waiting wants the new release to be done, not those on it to be cut.
            let drain = Drain(side: side, policy: hurried && side == .old ? .none : drainPolicy, now: now)
            stage = .draining(drain)
            reaction.notes.append(.waiting(.drain(requests: 0, upgraded: 0), until: drain.ends))
            if side == .new { perform([.sample], &reaction) }
        }
        return true
    }

    private mutating func proofs(of indices: [Int], side: Side, at now: Timestamp) -> [ReplicaProof] {
        indices.flatMap { index -> [ReplicaProof] in
            guard let release = members[index].release(side) else { return [] }
            let mayBeWarm = side == .new && !isRecovering
            return members[index].places(side).map { replica in
                let isWarm = mayBeWarm && members[index].isWarm(started[replica]?.run)
                return ReplicaProof(
                    replica: replica.id,
                    run: started[replica]?.run,
                    endpoint: started[replica]?.endpoint,
                    gate: release.spec.health,
                    passesNeeded: isWarm ? 1 : release.spec.health.passes,
                    host: replica.host,
                    now: now
                )
            }
        }
    }

    private func watchPolicy(_ member: Int) -> WatchPolicy {
        var policy = members[member].spec.watch
        if hurried { policy.window = .zero }
        // Without a public route there is nothing that a request of Teal's own could be sent through.
        if RouteRequest(for: members[member].spec)?.isPublic != true { policy.syntheticPerSecond = 0 }
        return policy
    }

    /// What a member's old release was seen to do between its successor's proof and the switch.
    private func baseline(_ member: Int) -> TrafficWindow? {
        guard let baselineFrom, let baselineTo, baselineFrom.incarnation == baselineTo.incarnation,
            baselineFrom.members.indices.contains(member), baselineTo.members.indices.contains(member)
        else { return nil }
        return TrafficWindow(from: baselineFrom.members[member].old, to: baselineTo.members[member].old)
    }

    private var drainPolicy: DrainPolicy {
        var policy = DrainPolicy()
        policy.requests = members.map(\.spec.drain.requests).max() ?? policy.requests
        policy.upgraded = members.map(\.spec.drain.upgraded).max() ?? policy.upgraded
        return policy
    }

    /// People are told of a phase only when it has something to do.
    private mutating func showPhase(of leg: Leg, _ reaction: inout Reaction) {
        guard leg.phase != shownPhase else { return }
        if let shownPhase { reaction.notes.append(.phaseEnded(shownPhase)) }
        reaction.notes.append(.phaseBegan(leg.phase))
        shownPhase = leg.phase
    }

    /// What is true once a leg has been left, whether or not it had anything to do.
    private mutating func leave(_ leg: Leg, at now: Timestamp, _ reaction: inout Reaction) {
        switch leg {
        case .verify: reach(.switched, at: now, &reaction)
        case .afterRelease: reach(.released, at: now, &reaction)
        case .prune: reach(.settled, at: now, &reaction)
        default: break
        }
    }

    private mutating func reach(_ moment: Moment, at now: Timestamp, _ reaction: inout Reaction) {
        guard moments[moment] == nil else { return }
        moments[moment] = elapsed(at: now)
        reaction.notes.append(.moment(moment))
    }

    /// Leaves the present leg for the next one that has something to do.
    mutating func advance(at now: Timestamp, _ reaction: inout Reaction) {
        let here = leg
        legDeadline = nil
        stage = .working(rest: [])
        leave(here, at: now, &reaction)
        guard leg == here, outcome == nil else { return }
        if let next = takeNext(after: here) { enter(next, at: now, &reaction) } else { finish(at: now, &reaction) }
    }

    /// The leg that follows one: the next, or after leases that were asked for again where it had come to.
    private mutating func takeNext(after leg: Leg) -> Leg? {
        guard leg == .lease, let next = afterLease else { return leg.next }
        afterLease = nil
        return next
    }

    /// How long the end waits for what a failed replica wrote last.
    private static var linesLimit: Duration { .seconds(3) }

    private mutating func finish(at now: Timestamp, _ reaction: inout Reaction) {
        if !open.isEmpty, legDeadline == nil {
            legDeadline = now + Self.linesLimit
            stage = .working(rest: [])
            return
        }
        let differing = differingHosts
        guard differing.isEmpty else { return end(.halted(.hostsDiffer(differing)), &reaction) }
        guard let backReason else { return end(.settled, &reaction) }
        let wasRouted = hasSwitched
        end(wasRouted ? .reverted(backReason, notCausedByRelease: notCausedByRelease) : .kept(backReason), &reaction)
    }

    mutating func end(_ outcome: Outcome, _ reaction: inout Reaction) {
        stage = .ended(outcome)
        legDeadline = nil
        reaction.isDecision = true
        if let shownPhase { reaction.notes.append(.phaseEnded(shownPhase)) }
        shownPhase = nil
        reaction.notes.append(.ended(outcome))
    }

    /// Takes users back to the old release, once nothing that was begun is open any more.
    ///
    /// - Parameters:
    ///   - reason: Why.
    ///   - host: Where that was seen; nil for the host whose journal holds the rollout.
    ///   - now: The present.
    ///   - reaction: What is to be done.
    mutating func goBack(
        _ reason: Reason,
        on host: HostName? = nil,
        at now: Timestamp,
        _ reaction: inout Reaction
    ) {
        guard !leg.isBack, backReason == nil else { return }
        legDeadline = nil
        if let tail = tailEffect(for: reason, on: host), !hasAskedLines {
            hasAskedLines = true
            perform([tail], &reaction)
        }
        if hasSwitched { leaveHooks(&reaction) }
        let waitedFor = open.values.filter { $0.effect.kind.effectClass != .observation }
        forgetReadings(&reaction)
        guard waitedFor.isEmpty else {
            if case .failing = stage {} else { backHost = host }
            stage = .failing(reason)
            reaction.isDecision = true
            // What has become of a lease has to be known: a host that has granted it is led back under it.
            let given = waitedFor.filter { $0.effect.kind.effectClass == .repeatable && $0.effect != .lease }
            reaction.cancelled += given.map(\.number).sorted()
            return
        }
        backReason = reason
        backHost = backHost ?? host
        isRecovering = false
        if reached == .preflight || reached == .fetch {
            end(.kept(reason), &reaction)
        } else {
            enter(.backLook, at: now, &reaction)
        }
    }

    /// Users come first: a hook of the new release that may take minutes goes on, and ends, by itself.
    private mutating func leaveHooks(_ reaction: inout Reaction) {
        for step in openSteps {
            guard case .hook(let member, let index) = step.effect else { continue }
            open.removeValue(forKey: step.number)
            reaction.cancelled.append(step.number)
            let release = members[member].new
            let name = release.spec.hooks[index].name
            reaction.notes.append(
                .warning("the hook '\(name)' of \(release.id) is not waited for: it goes on by itself, up to its limit")
            )
        }
    }

    /// Which replica's last lines explain a reason; nil where lines explain nothing.
    private func tailEffect(for reason: Reason, on host: HostName?) -> Effect? {
        func effect(_ release: ReleaseID, _ index: Int) -> Effect? {
            members.firstIndex { $0.new.id == release && $0.host == host }
                .map { .tail(member: $0, side: .new, index: index) }
        }
        switch reason {
        case .unhealthy(let release, let diagnosis): return effect(release, diagnosis.replica.index)
        case .replicaDied(let release, let replica, _): return effect(release, replica.index)
        case .smokeFailed(let release, _, _), .notReachable(let release, _), .watchFailed(let release, _):
            return effect(release, 0)
        default: return nil
        }
    }

    mutating func forgetReadings(_ reaction: inout Reaction) {
        readings = nil
        for step in openSteps where step.effect.kind.effectClass == .observation && step.effect.kind != .tail {
            open.removeValue(forKey: step.number)
            reaction.cancelled.append(step.number)
        }
    }

    /// Waits no longer for anything that was begun.
    mutating func forgetOpen(_ reaction: inout Reaction, except isKept: (Step) -> Bool = { _ in false }) {
        let kept = open.filter { isKept($0.value) }
        reaction.cancelled += open.keys.filter { kept[$0] == nil }.sorted()
        open = kept
    }

    /// Cuts what is still in flight when a drain ends.
    mutating func cutRest(of drain: Drain, _ reaction: inout Reaction) {
        forgetReadings(&reaction)
        perform([.cut(side: drain.side, requests: true, upgraded: true)], &reaction)
        stage = .working(rest: [])
    }

    /// Begins the steps of one batch.
    mutating func perform(_ effects: [Effect], _ reaction: inout Reaction) {
        for (host, effect) in effects.flatMap(spread) {
            let attempt = onceAttempts[onceKey(effect)] ?? 1
            let step = Step(number: nextNumber, leg: leg, effect: effect, attempt: attempt, host: host)
            nextNumber += 1
            open[step.number] = step
            reaction.steps.append(step)
            if effect.kind.effectClass != .observation { reaction.isDecision = true }
            if effect.kind.effectClass == .onceOnly {
                reaction.notes.append(.progress(nil, onceText(effect)))
            }
        }
    }

    private func onceText(_ effect: Effect) -> String {
        switch effect {
        case .migrate(let member): "runs the migration of \(members[member].new.id)"
        case .hook(let member, let index): "runs the hook '\(members[member].spec.hooks[index].name)'"
        case .smokeWrite(let member, let index): "sends '\(members[member].spec.smoke[index].name)' once"
        default: effect.kind.rawValue
        }
    }

    // MARK: People

    mutating func takeBack(_ reason: Reason, at now: Timestamp, _ reaction: inout Reaction) {
        guard outcome == nil, !leg.isBack, backReason == nil else { return }
        switch stage {
        case .waiting:
            end(.kept(reason), &reaction)
        case .failing: break
        case .working where course == .settle || course == .prune: break  // too late: the old release may be gone
        case .working, .proving, .quieting, .watching, .draining: goBack(reason, at: now, &reaction)
        case .ended: break
        }
    }

    mutating func hurry(by person: String, at now: Timestamp, _ reaction: inout Reaction) {
        // Asked for again it can only end a drain that goes on all the same, as that of a way back does.
        let isDraining = if case .draining = stage { true } else { false }
        guard outcome == nil, !hurried || isDraining else { return }
        hurried = true
        reaction.isDecision = true
        if let cutShort { reaction.notes.append(.warning("\(cutShort), since \(person) wants no more waiting")) }
        switch stage {
        case .quieting: advance(at: now, &reaction)
        case .watching: advance(at: now, &reaction)
        case .draining(let drain): cutRest(of: drain, &reaction)
        default: break
        }
    }

    /// What ends early when nothing is waited for any more.
    private var cutShort: String? {
        let next = "what is in flight on the old release is cut once users have left it"
        switch stage {
        case .quieting: return "it switches before upgraded connections have ended, and \(next)"
        case .watching(let watch):
            let seen = "\(watch.real) real and \(watch.synthetic) synthetic requests"
            return "the watch is cut short after \(seen), and \(next)"
        case .draining(let drain): return "what is still in flight on the \(drain.side) release is cut"
        default: return leg.isBack || !course.precedes(.drain) ? nil : "it is not watched under traffic, and \(next)"
        }
    }

    // MARK: Recovery

    /// Goes on after the daemon was gone: legs ask for end states, so the present stretch is simply entered again.
    ///
    /// - Parameters:
    ///   - otherBoot: How long it has been under way by the wall clock, when the boot's own clock began anew since; else nil.
    ///   - usersAreBack: Whether it had gone back, and only where users went could be written down: so it goes back again.
    ///   - servesOld: Whether users of all that is replaced in place are on the old releases.
    ///   - now: The present.
    ///   - reaction: What is to be done.
    mutating func recover(
        otherBoot: Duration?,
        usersAreBack: Bool,
        servesOld: Bool,
        at now: Timestamp,
        _ reaction: inout Reaction
    ) {
        if let otherBoot {
            began = now
            earlier = max(earlier ?? .zero, otherBoot)
            limitBegan = nil
        }
        guard outcome == nil else { return }
        // In the end no way leads back: the old release may be gone.
        let goesBack = usersAreBack && backReason == nil && course.precedes(.settle)
        // Of other hosts only the leg tells.
        let hasComeBack = leg.isBack && (!isOverHosts || Leg.backRouteReplaced.precedes(leg))
        hasLedBack = servesOld && (hasComeBack || goesBack) ? true : nil
        comeBack()
        stillActive = []
        standing = [:]
        reaction.isDecision = true
        hasAskedLines = !lastLines.isEmpty
        let lost = openSteps.first { $0.effect.kind == .smokeWrite }
        let waitedReason: Reason? = if case .failing(let reason) = stage { reason } else { nil }
        open = [:]
        if let waitedReason {
            // Nothing that may have been lost matters to the old release.
            stage = .working(rest: [])
            return goBackAgain(waitedReason, at: now, &reaction)
        }
        if goesBack {
            stage = .working(rest: [])
            return goBackAgain(.unwritten, at: now, &reaction)
        }
        if let lost, lost.leg == .smokeReplaced {
            // Nothing serves in its place, so nobody is waited for: it goes back.
            stage = .working(rest: [])
            return goBackAgain(.stepLost(lost.effect.kind, name: lost.onceName(in: id)), at: now, &reaction)
        }
        if let lost {
            // Whether the service took it in cannot be found out, so it is not sent again.
            open[lost.number] = lost
            return end(.halted(.stepLost(lost.effect.kind, name: lost.onceName(in: id))), &reaction)
        }
        enterAgain(legAfterRecovery, at: now, &reaction)
    }

    /// What is so of every rollout that nobody has carried on for a while.
    mutating func comeBack() {
        isRecovering = true
        wasAway = true
        if hasSwitched { wasRouted = true }
    }

    /// Enters a leg after its leases may have run out.
    mutating func enterAgain(_ leg: Leg, at now: Timestamp, _ reaction: inout Reaction) {
        guard isOverHosts else { return enter(leg, at: now, &reaction) }
        afterLease = leg
        enter(.lease, at: now, &reaction)
    }

    var legAfterRecovery: Leg {
        if leg.isBack { return .backLook }
        if case .waiting = stage { return .preflight }
        switch leg {
        case .lease: return afterLease ?? .preflight
        case .release: return .release
        case .preflight, .fetch, .migrate: return leg
        case .afterRelease, .drain, .cut: return leg == .afterRelease ? .afterRelease : .drain
        case .settle, .prune: return .settle
        default: return .beforeStart
        }
    }

    mutating func resume(again: Bool, at now: Timestamp, _ reaction: inout Reaction) {
        guard case .ended(.halted(.stepLost)) = stage,
            let lost = openSteps.first(where: { $0.effect.kind.effectClass == .onceOnly })
        else { return }
        open = [:]
        if again {
            onceAttempts[onceKey(lost.effect), default: 1] += 1
        } else {
            doneOnce.insert(onceKey(lost.effect))
        }
        limitBegan = now
        comeBack()
        reaction.isDecision = true
        stage = .working(rest: [])
        tokens = nil
        enterAgain(lost.leg == .migrate ? .migrate : legAfterRecovery, at: now, &reaction)
    }
}

extension DrainPolicy {
    /// Waits for nothing.
    static var none: DrainPolicy {
        var policy = DrainPolicy()
        policy.requests = .zero
        policy.upgraded = .zero
        return policy
    }
}
