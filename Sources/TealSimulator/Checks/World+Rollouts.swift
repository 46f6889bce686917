import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport

/// What rollouts do and say.
extension World {
    /// A decision of a rollout was made.
    func observed(_ whole: RolloutEntry) {
        let entry = whole.here
        let rollout = entry.snapshot.rollout
        if whole.snapshot.part == nil { audit.wholes[rollout.id] = whole.snapshot.rollout }
        seeElsewhere(whole)
        if rollout.outcome != nil, audit.rollouts[rollout.id]?.outcome == rollout.outcome { return }
        if audit.rollouts[rollout.id] == nil {
            audit.beganAt[rollout.id] = time
            checkWayBack(rollout)
        }
        if let before = audit.rollouts[rollout.id] { checkLed(rollout, from: before) }
        checkPrompt(rollout)
        audit.rollouts[rollout.id] = rollout
        for step in entry.began { note("\(rollout.id) \(step.leg): \(step.effect)") }
        for ended in entry.ended { seeFailure(ended, of: rollout) }
        for note in entry.notes { tell(note, of: rollout) }
        guard let outcome = rollout.outcome else {
            audit.active.insert(rollout.id)
            audit.open.insert(rollout.id)
            return checkAlone(rollout)
        }
        audit.active.remove(rollout.id)
        audit.open.remove(rollout.id)
        audit.endedAt[rollout.id] = time
        note("\(rollout.id) has ended: \(outcome)")
        if rollout.members.count > 1, rollout.backReason != nil {
            audit.takenBack[rollout.reached.phase.rawValue, default: 0] += 1
        }
        checkEnd(of: rollout, outcome)
        checkTold(whole.snapshot)
    }

    /// A decision of a rollout was written down.
    func checkPhases(_ entry: RolloutEntry) {
        checkPrepared(entry)
        guard let (begun, open) = audit.countSteps(entry) else { return }
        let id = entry.snapshot.rollout.id
        violate(.phasesInStep, "\(id) begins \(begun.effect) at \(begun.leg) while \(open.effect) is under way")
    }

    /// No host's routes move to a new release before all its hosts have them ready.
    private func checkPrepared(_ entry: RolloutEntry) {
        let rollout = entry.snapshot.rollout
        guard rollout.isOverHosts else { return }
        for ended in entry.ended where ended.step.effect.kind == .prepare && ended.result == .done {
            audit.prepared[rollout.id, default: []].insert(ended.step.host)
        }
        for step in entry.began where step.effect.kind == .route && step.leg == .route {
            let lacking = rollout.hosts.filter { audit.prepared[rollout.id]?.contains($0) != true }
            guard let first = lacking.first else { continue }
            let name = first?.description ?? "its own host"
            violate(.allPrepared, "\(rollout.id) moves routes before \(name) has them ready")
        }
    }

    /// What its coordinator did not get done on other hosts, which they may not have heard of.
    private func seeElsewhere(_ whole: RolloutEntry) {
        for ended in whole.ended {
            guard case .failed = ended.result, let host = ended.step.host,
                let other = stage.worlds.first(where: { $0.world.name == host })?.world
            else { continue }
            other.audit.lacksPolicy.formUnion(policies(in: ended, of: whole.snapshot.rollout))
        }
    }

    /// The services whose restart policy a step should have set and has not: it is mended between rollouts.
    private func policies(in ended: EndedStep, of rollout: Rollout) -> [ServiceKey] {
        guard case .setPolicy(let member, _, _) = ended.step.effect else { return [] }
        return [rollout.members[member].service]
    }

    private func seeFailure(_ ended: EndedStep, of rollout: Rollout) {
        guard case .failed(let failure) = ended.result else { return }
        note("\(rollout.id) \(ended.step.leg): \(ended.step.effect.kind.rawValue) failed: \(failure.reason)")
        // On the legs that pass failures over, what was left over was said, and a person or the keeper mends it.
        if ended.step.leg.isForgiving || ended.step.leg.isBack { audit.excused.formUnion(rollout.services) }
    }

    private func tell(_ told: JournalledNote, of rollout: Rollout) {
        switch told.note {
        case .warning(let text):
            note("\(rollout.id) warns: \(text)")
            if text.hasPrefix("what is still in flight on the new release is cut") { audit.cutNew.insert(rollout.id) }
            if told.leg.isForgiving || told.leg.isBack, !text.hasSuffix("is taken"), !text.hasPrefix("port ") {
                audit.excused.formUnion(rollout.services)
            }
        case .progress(_, let text): note("\(rollout.id): \(text)")
        case .moment(let moment): note("\(rollout.id) is \(moment.rawValue)")
        default: break
        }
    }

    /// A rollback that names no release goes to an earlier one than users were on.
    private func checkWayBack(_ rollout: Rollout) {
        guard rollout.kind == .rollback else { return }
        for member in rollout.members {
            guard let old = member.old?.id, old.number < member.new.id.number, !audit.wanted.contains(member.new.id)
            else { continue }
            violate(.neverForward, "\(rollout.id) rolls back from \(old) to \(member.new.id)")
        }
        guard !audit.hasLostEntries, stage.network == nil else { return }
        for member in rollout.members where !audit.wanted.contains(member.new.id) {
            // After a halted way back it may lead to the very release that users are on.
            guard let old = member.old?.id, old != member.new.id else { continue }
            // After a halt users may be on a later release than the one that is active.
            let active = disk.visible.services[member.service]?.active?.release ?? old
            let earlier = audit.good.subtracting(audit.takenBackFrom.union(audit.undecided)).filter {
                $0.service == member.service && $0.number < min(old.number, active.number)
            }
            if audit.undecided.contains(member.new.id), earlier.allSatisfy({ $0.number < member.new.id.number }) {
                continue
            }
            guard let newest = earlier.max(by: { $0.number < $1.number }), newest != member.new.id else { continue }
            violate(.restorable, "\(rollout.id) rolls back to \(member.new.id), although \(newest) ended well")
        }
    }

    /// What a rollback goes by from now on.
    private func noteEnd(of rollout: Rollout, _ outcome: Outcome) {
        for member in rollout.members {
            switch outcome {
            case .settled:
                audit.good.insert(member.new.id)
                audit.takenBackFrom.remove(member.new.id)
                audit.undecided.remove(member.new.id)
                if rollout.kind == .rollback, let old = member.old?.id, old.number > member.new.id.number {
                    audit.takenBackFrom.insert(old)
                }
            // A way back that was itself taken back says nothing against either release.
            case .reverted where rollout.leadsBack: break
            case .reverted: audit.takenBackFrom.insert(member.new.id)
            // Whether users left the old release for good is a person's to say.
            case .halted where rollout.leadsBack: if let old = member.old?.id { audit.undecided.insert(old) }
            case .kept, .halted: break
            }
        }
    }

    /// A rollback does not go on to what is known to have ended before users were sent there.
    private func checkLed(_ rollout: Rollout, from before: Rollout) {
        // One that was taken up again, also in the middle of its route, proves all anew before it goes on.
        guard rollout.kind == .rollback, before.leg == .route, !rollout.isRecovering, rollout.leg != .route,
            rollout.outcome == nil, !rollout.leg.isBack, rollout.backReason == nil,
            !audit.hasForgotten, !audit.journalFailed
        else { return }
        for target in proxy.targets where rollout.members.contains(where: { $0.new.id == target.release }) {
            guard rollout.started.keys.contains(where: { $0.id == target.replica }),
                let ended = audit.endedRuns[target.run],
                max(ended, audit.blindAt, audit.lateEntryAt) < time - Self.hearsWithin
            else { continue }
            violate(.usersAreServed, "\(rollout.id) goes on with \(target.id), which had ended before its switch")
        }
    }

    /// How long users may be on a release that is to be taken back: until what was begun has its answer, or is given up.
    private static let promptLimit: Int64 = 25_000_000_000

    /// Users are taken back at once, whatever else goes on.
    private func checkPrompt(_ rollout: Rollout) {
        guard !rollout.waitsToGoBack else {
            if rollout.hasSwitched, audit.failingSince[rollout.id] == nil { audit.failingSince[rollout.id] = time }
            return
        }
        guard let since = audit.failingSince.removeValue(forKey: rollout.id), time - since > Self.promptLimit,
            audit.blindAt < since, audit.hanging == 0, !audit.journalFailed
        else { return }
        violate(.usersAreServed, "\(rollout.id) went back \((time - since) / 1_000_000_000) s after it was to")
    }

    private func checkAlone(_ rollout: Rollout) {
        let others = audit.active.subtracting([rollout.id]).compactMap { audit.rollouts[$0] }
        for (other, service) in HostAudit.clashes(of: rollout, with: others) {
            violate(.oneRolloutAService, "\(rollout.id) and \(other) are under way at once on \(service)")
        }
    }

    /// In-place services answer 503 while they are replaced, which is said beforehand.
    func mayBeVacant(_ service: ServiceKey) -> Bool {
        audit.rollouts.values.contains { rollout in
            guard !rollout.reached.precedes(.vacate) || rollout.leg.isBack,
                rollout.members.contains(where: { $0.service == service && $0.mode == .inPlace })
            else { return false }
            switch rollout.outcome {
            case nil: return true
            case .halted:
                // The keeper sends users back to a release in place, once no rollout holds the service.
                guard let newest = audit.newest(of: service), newest.id != rollout.id else { return true }
                let isOver = audit.endedAt[newest.id].map { time - $0 >= Self.mendingLimit } ?? false
                return audit.isHalted(rollout, service) && !isOver
            case .settled, .kept, .reverted: return time - (audit.endedAt[rollout.id] ?? 0) < 3_000_000_000
            }
        }
    }

    /// Whether a rollout brings the first release of a service.
    func isFirst(_ service: ServiceKey) -> Bool {
        audit.rollouts.values.contains { rollout in
            audit.active.contains(rollout.id) && rollout.members.contains { $0.service == service && $0.old == nil }
        }
    }

    // MARK: Ends

    private func checkEnd(of rollout: Rollout, _ outcome: Outcome) {
        noteEnd(of: rollout, outcome)
        switch outcome {
        case .settled:
            for member in rollout.members where member.spec.kind != .job {
                if member.spec.takesTraffic, !audit.known.contains(member.service) {
                    audit.known = (audit.known + [member.service]).sorted()
                }
                if !audit.excused.contains(member.service) { checkSettled(member, rollout) }
            }
        case .kept, .reverted:
            for member in rollout.members where member.spec.kind != .job && !audit.excused.contains(member.service) {
                checkTakenBack(member, rollout)
            }
        case .halted(let reason): checkHalted(reason, rollout)
        }
        checkGood(rollout, outcome)
    }

    private func checkHalted(_ reason: Reason, _ rollout: Rollout) {
        // Users are where they belong, and nothing is left to do but to write that down: the rollout waits for it.
        if case .revertFailed = reason, rollout.leg == .backRecord {
            violate(.rolloutsEnd, "\(rollout.id) halted although only its end was left to be written down: \(reason)")
        }
        if case .impossible(let text) = reason, !text.hasPrefix("journal") {
            violate(.endIsTrue, "\(rollout.id) halted because of something impossible: \(text)")
        }
        let oldIsGood = rollout.members.compactMap(\.old).allSatisfy { old in
            let behaviour = behaviour(old.content.hash)
            // One that starts slowly may have been proven while nobody looked at the clock: its daemon was paused.
            return behaviour.isGood && behaviour.isHealthy(within: old.spec.health)
                && !isLost(old.content.hash)
        }
        if stage.isCalm, oldIsGood {
            violate(.rolloutsEnd, "\(rollout.id) halted although nothing went wrong: \(reason)")
        }
    }

    /// Whether content has vanished from any host: a rollout ends on all of them as it ends on one.
    private func isLost(_ content: String) -> Bool {
        stage.worlds.contains { $0.world.audit.lostContents.contains(content) }
    }

    /// A good release is released on a good day.
    private func checkGood(_ rollout: Rollout, _ outcome: Outcome) {
        guard stage.isCalm, !audit.hasHurried, audit.again[rollout.id] == nil else { return }
        let isGood = rollout.members.allSatisfy { member in
            let behaviour = behaviour(member.new.content.hash)
            // The old one has to hand its work over.
            let handsOver = member.old.map { !self.behaviour($0.content.hash).refusesActivity } ?? true
            return behaviour.isGood && behaviour.isHarmless(within: member.spec) && handsOver
                && !isLost(member.new.content.hash)
                // Whoever names an old release may name one that has nothing left.
                && !audit.pruned.contains(member.new.content.hash)
        }
        guard isGood else { return }
        // A question that came late may still hold a host.
        guard stage.network?.isDisturbed != true else { return }
        switch outcome {
        case .settled: break
        // Two hosts were asked for releases of one service at once.
        case .kept(.leaseRefused): break
        case .kept(.aborted), .kept(.superseded), .kept(.rolledBack), .reverted(.aborted, _), .reverted(.superseded, _),
            .reverted(.rolledBack, _):
            break
        case .halted where rollout.isTakenBackByPerson: break  // whether it may halt is another question
        default: violate(.goodIsReleased, "\(rollout.id) ended \(outcome) although nothing was wrong")
        }
    }

    private func checkSettled(_ member: Member, _ rollout: Rollout) {
        guard !audit.journalFailed else { return }
        func expect(_ holds: Bool, _ text: @autoclosure () -> String) {
            if !holds { violate(.endIsTrue, "\(rollout.id) settled and \(text())") }
        }
        for text in untruths(of: rollout, member) { expect(false, text) }
        expect(
            markers[member.service] == member.slot,
            ".current_env says \(String(describing: markers[member.service]))"
        )
        guard audit.isCalm else { return }
        let content = member.new.content.hash
        for id in member.replicas(.new)
        where behaviour(content).diesAfter == nil && !audit.lostContents.contains(content) {
            expect(replicas[id]?.isRunning == true, "\(id) does not run")
            expect(replicas[id]?.policy == .unlessStopped, "\(id) has no restart policy")
            if member.spec.background != .none { expect(replicas[id]?.works == true, "\(id) does no work") }
        }
        for id in member.replicas(.old) where replicas[id]?.release == member.old?.id {
            if !audit.lacksPolicy.contains(member.service) {
                expect(replicas[id]?.policy != .unlessStopped, "\(id) still has a restart policy")
            }
            if member.spec.keep.standby == .zero { expect(replicas[id]?.isRunning != true, "\(id) still runs") }
        }
        if let old = member.old { expect(isThere(old), "\(old.id) is not restorable any more") }
    }

    /// What the records say against the end of a rollout.
    private func untruths(of rollout: Rollout, _ member: Member) -> [String] {
        let releases = [member.new.id, member.old?.id].compactMap { $0.flatMap { disk.visible.releases[$0] } }
        let records = disk.visible.services[member.service].map { [$0] } ?? []
        return HostAudit.untruths(of: rollout, member, HostState(services: records, releases: releases))
    }

    /// Whether the rollout before this one that changed anything of a service halted.
    private func followsHalt(_ rollout: Rollout, of service: ServiceKey) -> Bool {
        let before = audit.rollouts.values.filter {
            $0.id < rollout.id && $0.services.contains(service) && !$0.reached.precedes(.start)
        }
        guard let last = before.max(by: { $0.id < $1.id }), case .halted = last.outcome else { return false }
        return true
    }

    private func checkTakenBack(_ member: Member, _ rollout: Rollout) {
        guard let record = disk.visible.services[member.service], !audit.journalFailed else { return }
        func expect(_ holds: Bool, _ text: @autoclosure () -> String) {
            if !holds {
                let outcome = rollout.outcome.map { "\($0)" } ?? "none"
                violate(.endIsTrue, "\(rollout.id) ended \(outcome) and \(text())")
            }
        }
        for text in untruths(of: rollout, member) { expect(false, text) }
        // Before anything was started nothing was written down either, whatever a halt before it had left.
        if let old = member.old, !rollout.reached.precedes(.start) {
            expect(isThere(old), "\(old.id) is not restorable any more")
        }
        guard audit.isCalm, !rollout.reached.precedes(.start) else { return }
        let isAfterHalt = followsHalt(rollout, of: member.service)
        if member.spec.takesTraffic, !isAfterHalt {
            let wanted: ServiceRecord.Routed = member.oldSlot.map { .slot($0) } ?? .absent
            expect(record.routed == wanted, "routes lead to \(record.routed)")
        }
        for id in member.replicas(.new) {
            let there = replicas[id]
            expect(there?.release != member.new.id || there?.isRunning != true, "\(id) still runs")
            expect(there?.release != member.new.id || member.displaced == member.new.id, "\(id) was left behind")
        }
        // What a rollout that halted left of the old release is put right by the keeper, once nothing holds the service.
        guard let old = member.old, behaviour(old.content.hash).diesAfter == nil,
            !audit.lostContents.contains(old.content.hash), !isAfterHalt
        else { return }
        let givenUp = Set((rollout.givenUp ?? []).map(\.id))
        for id in member.replicas(.old) where !givenUp.contains(id) {
            expect(replicas[id]?.isRunning == true, "\(id) of the old release does not run")
            expect(replicas[id]?.policy == .unlessStopped, "\(id) of the old release has no restart policy")
            if old.spec.background != .none { expect(replicas[id]?.works == true, "\(id) does no work") }
        }
    }
}

extension Behaviour {
    /// Whether nothing about a release can make its rollout fail, as its spec has it.
    func isHarmless(within spec: ServiceSpec) -> Bool {
        guard fetchError == nil, onceError == nil, migrationExit == 0, hookExit == 0, smokePasses, !refusesActivity
        else { return false }
        let gate = spec.health
        // What nobody asks whether it listens is told of its work as long as its grace is.
        if case .handover = spec.background, gate.check == .none, boot >= spec.stop.grace { return false }
        return isHealthy(within: gate) && latency < spec.watch.latencyFloor
    }

    /// Whether there is time for its proof from when it listens.
    func isHealthy(within gate: HealthGate) -> Bool {
        boot + gate.spacing * gate.passes + gate.interval < gate.deadline
    }
}

extension RolloutEntry {
    /// The same with what of the rollout is on the host of its journal alone.
    fileprivate var here: RolloutEntry {
        guard snapshot.rollout.isOverHosts else { return self }
        let own = RolloutPart(of: snapshot.rollout, on: nil).rollout
        return RolloutEntry(
            snapshot: .init(boot: snapshot.boot, rollout: own, createdAt: snapshot.createdAt),
            began: began,
            ended: ended.filter { $0.step.host == nil },
            notes: notes
        )
    }
}

extension Rollout {
    /// Whether it goes back because a person wanted it to.
    fileprivate var isTakenBackByPerson: Bool {
        switch backReason {
        case .aborted, .superseded, .rolledBack: true
        default: false
        }
    }
}
