package import TealCore
package import TealDriverKit

/// One rollout as a value: it takes in what happened and answers with what to do.
///
/// It has no clock, task or randomness. The legs of the way forward and back are in ``Leg``; what each leg does is in
/// `Rollout+Legs.swift`.
package struct Rollout: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable {
        case deploy
        case rollback
        case scale
    }

    package enum Event: Hashable, Sendable {
        case begin
        case stepEnded(Int, StepResult)
        case replicaEnded(PlacedReplica, ReplicaExit)
        /// The runtime's own check says that a replica is unhealthy.
        case replicaUnwell(PlacedReplica)
        /// Time has passed.
        case tick
        /// A person wants the old release to stay, or to come back.
        case takeBack(Reason)
        /// A person wants no more waiting.
        case hurry(by: String)
        /// The daemon started again; replicas survive it, but not a reboot.
        ///
        /// After another boot with how long it has been under way by the wall clock. Whether routes lead users away from its
        /// new releases again, which it had sent them to.
        case recovered(otherBoot: Duration?, usersAreBack: Bool, servesOld: Bool)
        /// A person decided about a once-only step whose end is unknown.
        case resume(again: Bool)
        /// The lease of another host was not renewed in time.
        case hostLost(HostName)
        /// Of a part of a rollout over several hosts: who carried it out has not renewed its lease on this host.
        ///
        /// With how long it has been under way by this host's clock.
        case abandoned(Duration)
    }

    /// What one event leads to.
    package struct Reaction: Hashable, Sendable {
        package var steps: [Step] = []
        /// Steps whose result is not wanted any more; they still end with one.
        package var cancelled: [Int] = []
        package var notes: [RolloutNote] = []
        /// Whether the rollout changed in a way that must be journalled before the steps.
        package var isDecision = false

        package init() {}
    }

    enum Stage: Hashable, Sendable, Codable {
        /// Nothing has been done yet. Leaves on `begin`.
        case waiting
        /// Batches of steps, one after the other; the steps of a batch run side by side. Leaves when all have ended.
        case working(rest: [[Effect]])
        /// A leg failed or was interrupted, and what still runs is awaited. Leaves when nothing is open.
        case failing(Reason)
        /// Replicas prove themselves. Leaves when all are proven, or at the first that fails.
        case proving([ReplicaProof], side: Side)
        /// Waits for few upgraded connections. Leaves on a quiet reading, or at the limit.
        case quieting(until: Timestamp, upgradedMax: Int, nextSample: Timestamp)
        case watching(Watch)
        case draining(Drain)
        /// Nothing more happens by itself; a halted rollout may be resumed.
        case ended(Outcome)
    }

    package internal(set) var id: RolloutID
    package let kind: Kind
    /// In the order of their needs; those of one service on several hosts side by side.
    package internal(set) var members: [Member]
    package let author: String
    package internal(set) var leg: Leg = .preflight
    /// The furthest leg of the way forward that was entered.
    package internal(set) var reached: Leg = .preflight
    /// When it began, by the clock of this boot; after another boot, when it was taken up again.
    package internal(set) var began: Timestamp
    /// How long it had been under way when it was taken up again in this boot; nil in the boot that it began in.
    package internal(set) var earlier: Duration?
    /// From when its limit of time counts, once a person let it go on; nil for its beginning.
    var limitBegan: Timestamp?
    /// When each moment came, in time since the beginning.
    package internal(set) var moments: [Moment: Duration] = [:]
    /// Why it went back, once it does.
    package internal(set) var backReason: Reason?
    package internal(set) var notCausedByRelease = false
    package internal(set) var watched: (real: Int, synthetic: Int) {
        get { (watchedReal, watchedSynthetic) }
        set { (watchedReal, watchedSynthetic) = newValue }
    }
    package internal(set) var cutRequests = 0
    package internal(set) var cutUpgraded = 0
    private var watchedReal = 0
    private var watchedSynthetic = 0

    var stage: Stage = .waiting
    /// The phase that people were told of last, while it lasts.
    var shownPhase: Phase?
    /// Steps that have begun and not ended, by number.
    var open: [Int: Step] = [:]
    var nextNumber = 1
    var legDeadline: Timestamp?
    package internal(set) var hurried = false
    /// How often the limit of the leg has passed while the record of the end was being written; nil for never.
    var recordLimits: Int?
    /// Whether its routes may have been moved before the daemon started again; nil for no.
    var wasRouted: Bool?
    /// Whether legs are entered again after a start of the daemon, with the replicas perhaps gone.
    package internal(set) var isRecovering = false
    /// Whether the daemon was gone meanwhile: the old release may not run any more, by a reboot or because what was done
    /// while the disk was full is not known.
    var wasAway = false
    /// Once-only steps that ended well, by name.
    var doneOnce: Set<String> = []
    var onceAttempts: [String: Int] = [:]
    /// The replicas as they were found running, for the gate.
    package internal(set) var started: [PlacedReplica: ReplicaState] = [:]
    package internal(set) var proven: [PlacedReplica: TrafficTarget] = [:]
    var baselineFrom: TrafficSample?
    var baselineTo: TrafficSample?
    var backFrom: TrafficSample?
    var verifyTries = 0
    /// The proven runs of the old releases that were still there when the way back began, by member.
    var standing: [Int: [TrafficTarget]] = [:]
    /// Old replicas that did not become healthy again on the way back, which went on with the others; nil for none.
    package internal(set) var givenUp: [PlacedReplica]?
    /// Whether users were on the old releases in place when it was taken up again on its way back; nil for no.
    var hasLedBack: Bool?
    /// Members whose new release could not be told to end its background work: it must be gone before the old one works.
    var stillActive: Set<Int> = []
    /// What the replica that failed wrote last, masked, oldest first.
    package internal(set) var lastLines: [String] = []
    var hasAskedLines = false
    /// Whether enough was seen of the old release, after a revert, to say whether it fails alike.
    var hasJudgedOld = false

    // What only a rollout over several hosts has; nil on one host, where it is not stored either.

    /// What the other hosts know its leases by.
    package internal(set) var tokens: [HostName: LeaseToken]?
    /// Hosts whose lease is lost: nothing is asked of them any more, and they go on by themselves.
    package internal(set) var alone: [HostName]?
    /// Hosts that know that the watch has passed on all.
    package internal(set) var told: [HostName]?
    /// What the switches of some hosts have counted while those of others are still asked.
    var readings: [Reading]?
    /// Where it goes on once it has its leases again.
    var afterLease: Leg?
    /// Where the reason was seen for which it went back.
    package internal(set) var backHost: HostName?

    package init(id: RolloutID, kind: Kind, members: [Member], author: String, now: Timestamp) {
        self.id = id
        self.kind = kind
        self.members = members
        self.author = author
        began = now
    }

    package var outcome: Outcome? {
        if case .ended(let outcome) = stage { outcome } else { nil }
    }

    package var phase: Phase { leg.phase }
    package var services: [ServiceKey] { members.map(\.service) }

    /// Whether it is to go back, and waits for what was begun before.
    package var waitsToGoBack: Bool { if case .failing = stage { true } else { false } }

    /// Whether it is a way back: a rollback may also name a later release, which is taken back as one of a deploy is.
    package var leadsBack: Bool { kind == .rollback && members.contains(where: \.leadsBack) }

    /// How long it has been under way, with the time that it was halted or its host was down.
    package func elapsed(at now: Timestamp) -> Duration { (earlier ?? .zero) + now.since(began) }

    /// Whether any route has been moved, or may have been.
    package var hasRouted: Bool { !reached.precedes(.route) && members.contains(where: \.isRouted) }

    /// Whether the new releases are, or may be, active.
    package var hasSwitched: Bool { !reached.precedes(.route) }

    /// The slot whose release does a service's background work for sure; nil while it is handed over, or may have been.
    ///
    /// After a start of the daemon it is not known again until the hand-over is done once more.
    package func workingSlot(of service: ServiceKey) -> Slot? {
        guard let member = own(service) else { return nil }
        let handsOver: Leg = member.mode == .inPlace ? .replace : .handOver
        if reached.precedes(handsOver) { return member.oldSlot }
        return leg.isBack || leg.precedes(.record) ? nil : member.slot
    }

    /// Whether it halted while an old release had been stopped for its successor, and neither of them is routed.
    package var leavesNothingServing: Bool {
        guard case .ended(.halted) = stage, members.contains(where: { $0.mode == .inPlace && $0.spec.kind != .job }),
            hasLedBack != true
        else { return false }
        switch leg {
        case .replace, .proveReplaced, .smokeReplaced, .arm, .confirm, .backReplace, .backProve, .backRouteReplaced:
            return true
        default: return false
        }
    }

    /// Whether the switch counted no request for the new releases from before they were routed until they were not.
    package var newServedNobody: Bool {
        guard hasSwitched, !wasAway, !members.contains(where: { $0.mode == .inPlace }),
            let baselineTo, let backFrom, baselineTo.incarnation == backFrom.incarnation
        else { return false }
        return backFrom.new.isUntouched
    }

    /// What was in flight on the old releases just before the switch and was not cut at a limit; 0 until the drain is over.
    package var drained: Int {
        guard !reached.precedes(.settle), let before = baselineTo?.old else { return 0 }
        return max(0, Int(clamping: before.requestsInFlight + before.upgradedOpen) - cutRequests - cutUpgraded)
    }

    /// Once-only effects of the way forward that ended well, which no way back undoes: migrations, then hooks, then
    /// writing smoke requests.
    package var doneForGood: [Effect] {
        let migrations = members.indices.map { Effect.migrate(member: $0) }
        let hooks = members.indices.flatMap { member in
            members[member].spec.hooks.enumerated().filter { $0.element.point != .afterRevert }
                .map { Effect.hook(member: member, index: $0.offset) }
        }
        let writes = members.indices.flatMap { member in
            members[member].spec.smoke.indices.map { Effect.smokeWrite(member: member, index: $0) }
        }
        return (migrations + hooks + writes).filter { doneOnce.contains(onceKey($0)) }
    }

    /// Steps that change something and have begun without an end.
    package var openSteps: [Step] { open.values.sorted { $0.number < $1.number } }

    /// When something is due by itself; nil while only results are awaited.
    package var wakeAt: Timestamp? {
        var wakes = [legDeadline, overdueAt].compactMap { $0 }
        switch stage {
        case .waiting, .failing, .ended: break
        case .working: break
        case .proving(let proofs, _): wakes += proofs.filter { !$0.isProven }.map(\.wakeAt)
        case .quieting(let until, _, let nextSample): wakes.append(open.isEmpty ? min(until, nextSample) : until)
        case .watching(let watch): wakes.append(watch.wakeAt)
        case .draining(let drain): wakes.append(drain.wakeAt)
        }
        return wakes.min()
    }

    /// Takes in one event and answers with the steps to carry out, in order.
    ///
    /// - Parameters:
    ///   - event: What has just happened.
    ///   - now: When it happened; never earlier than at the call before within one boot.
    /// - Returns: What to do; no steps when there is nothing to do but wait.
    package mutating func handle(_ event: Event, at now: Timestamp) -> Reaction {
        var reaction = Reaction()
        switch event {
        case .begin:
            guard case .waiting = stage else { break }
            began = now
            enter(isOverHosts ? .lease : .preflight, at: now, &reaction)
        case .stepEnded(let number, let result):
            guard let step = open.removeValue(forKey: number) else { break }
            ended(step, result, at: now, &reaction)
        case .replicaEnded(let replica, let exit): replicaEnded(replica, exit, at: now, &reaction)
        case .replicaUnwell(let replica): replicaUnwell(replica, at: now, &reaction)
        case .tick: break
        case .takeBack(let reason): takeBack(reason, at: now, &reaction)
        case .hurry(let person): hurry(by: person, at: now, &reaction)
        case .recovered(let otherBoot, let usersAreBack, let servesOld):
            recover(otherBoot: otherBoot, usersAreBack: usersAreBack, servesOld: servesOld, at: now, &reaction)
        case .resume(let again): resume(again: again, at: now, &reaction)
        case .hostLost(let host): lose(host, because: .leaseLost(host), at: now, &reaction)
        case .abandoned(let underWay): goOnAlone(after: underWay, at: now, &reaction)
        }
        passTime(at: now, &reaction)
        return reaction
    }
}
