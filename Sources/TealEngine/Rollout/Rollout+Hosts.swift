package import TealCore
import TealDriverKit

/// What a rollout over several hosts has beside one on its own host.
extension Rollout {
    /// What the switch of one host has counted; nil when that could not be had.
    struct Reading: Hashable, Sendable, Codable {
        let host: HostName?
        let sample: TrafficSample?
    }

    /// The hosts of its members in their order, each once; nil stands for the one whose journal holds the rollout.
    package var hosts: [HostName?] {
        var seen: Set<HostName?> = []
        let found = members.map(\.host).filter { seen.insert($0).inserted }
        return found.isEmpty ? [nil] : found
    }

    /// Those of them that have a journal of their own.
    package var others: [HostName] { hosts.compactMap(\.self) }

    package var isOverHosts: Bool { members.contains { $0.host != nil } }

    /// The leg that it is in, or to which it goes back once it has its leases again.
    var course: Leg { leg == .lease ? afterLease ?? .preflight : leg }

    /// What of a service is on the host whose journal holds the rollout; nil where that is on other hosts alone.
    func own(_ service: ServiceKey) -> Member? { members.first { $0.placement == Placement(service: service) } }

    /// The position of the member that a replica is of.
    func position(of replica: PlacedReplica) -> Int? { members.firstIndex { $0.placement == replica.placement } }

    /// Whether nothing is asked of a host any more.
    func isAlone(_ host: HostName?) -> Bool { host.map { alone?.contains($0) == true } ?? false }

    /// Hosts that may be on another release than the rest: they went on alone, and whether they had heard of the end of
    /// the watch is not known.
    var differingHosts: [HostName] {
        guard isOverHosts, !reached.precedes(.release) else { return [] }
        guard backReason == nil else { return alone ?? [] }
        return others.filter { told?.contains($0) != true }
    }

    // MARK: Steps

    /// Gives each step its host; what is of more than one member becomes one step for each host.
    func spread(_ effect: Effect) -> [(HostName?, Effect)] {
        let spread: [(HostName?, Effect)]
        switch effect {
        case .lease, .release: spread = others.map { ($0, effect) }
        case .sample where isOverHosts && isReading:
            // The readings of all hosts are one reading: it has to be complete before the next.
            return []
        case .preflight, .cut, .record, .prune, .sample: spread = hosts.map { ($0, effect) }
        case .prepare(let directions): spread = byHost(directions).map { ($0, .prepare($1)) }
        case .route(let directions): spread = byHost(directions).map { ($0, .route($1)) }
        default: spread = [(effect.member.flatMap { members[$0].host }, effect)]
        }
        return spread.filter { !isAlone($0.0) }
    }

    /// Whether the switch of any host is asked for its counters now.
    private var isReading: Bool { open.values.contains { $0.effect == .sample } }

    private func byHost(_ directions: [Effect.Direction]) -> [(HostName?, [Effect.Direction])] {
        hosts.compactMap { host in
            let own = directions.filter { members[$0.member].host == host }
            return own.isEmpty ? nil : (host, own)
        }
    }

    /// What is left of a leg without the hosts that are alone.
    func reachable(_ content: Content) -> Content {
        guard alone != nil, case .steps(let batches) = content else { return content }
        return .steps(reachable(batches))
    }

    private func reachable(_ batches: [[Effect]]) -> [[Effect]] {
        batches.map { $0.filter { !spread($0).isEmpty } }.filter { !$0.isEmpty }
    }

    // MARK: Results

    /// A result, with those of other hosts where only all of them together are one; nil while some are missing.
    mutating func whole(_ step: Step, _ result: StepResult) -> StepResult? {
        guard isOverHosts, step.effect == .sample else { return result }
        let sample: TrafficSample? = if case .sampled(let sample) = result { sample } else { nil }
        readings = (readings ?? []) + [Reading(host: step.host, sample: sample)]
        guard !isReading else { return nil }
        return takeReadings()
    }

    /// The readings of all hosts as one; a failure when one is missing.
    private mutating func takeReadings() -> StepResult {
        let all = (readings ?? []).sorted { ($0.host?.description ?? "") < ($1.host?.description ?? "") }
        readings = nil
        let samples = all.compactMap(\.sample)
        guard samples.count == all.count, !all.isEmpty else {
            let missing = all.first { $0.sample == nil }?.host
            let unknown = Reason.switchFailed(.unreachable(reason: "no answer"))
            return .failed(.init(missing.map { Reason.hostUnreachable($0) } ?? unknown))
        }
        let sides = members.indices.map { index -> TrafficSample.Sides in
            let reading = all.first { $0.host == members[index].host }?.sample
            guard let reading, reading.members.indices.contains(index) else { return .init() }
            return reading.members[index]
        }
        // Where one of them starts anew, so does what is counted of all.
        return .sampled(.init(incarnation: samples.map(\.incarnation).joined(separator: " "), members: sides))
    }

    // MARK: Leases

    /// A host is asked nothing more: it goes on by itself, by what its own journal says.
    ///
    /// Before the watch has passed on all hosts the rest goes back; it never goes forward on the hosts that are left.
    mutating func lose(_ host: HostName, because reason: Reason, at now: Timestamp, _ reaction: inout Reaction) {
        guard outcome == nil, others.contains(host), !isAlone(host) else { return }
        alone = ((alone ?? []) + [host]).sorted()
        reaction.isDecision = true
        let wasRead = forget(host, &reaction)
        let isBefore = backReason == nil && course.precedes(.release)
        if !isBefore || !reached.precedes(.start) {
            let text = RolloutProblem.text(of: reason, members: members)
            reaction.notes.append(.warning("\(text): it goes on by itself"))
        }
        if case .failing(let first) = stage {
            guard open.values.allSatisfy({ $0.effect.kind == .tail }) else { return }
            stage = .working(rest: [])
            return goBack(first, on: backHost, at: now, &reaction)
        }
        guard !isBefore else { return goBack(reason, on: host, at: now, &reaction) }
        switch stage {
        case .working: workGoesOn(at: now, &reaction)
        case .proving: advanceIfProven(at: now, &reaction)
        case .draining where wasRead && !isReading:
            let rest = Step(number: 0, leg: leg, effect: .sample)
            drainEnded(rest, takeReadings(), at: now, &reaction)
        case .waiting, .failing, .quieting, .watching, .draining, .ended: break
        }
    }

    /// Hosts that gave no answer at all when they were asked for their leases.
    mutating func loseSilent(at now: Timestamp, _ reaction: inout Reaction) {
        for host in openSteps.filter({ $0.effect == .lease }).compactMap(\.host) {
            lose(host, because: .hostUnreachable(host), at: now, &reaction)
        }
    }

    /// Waits for nothing of a host any more.
    ///
    /// - Returns: Whether a reading of its switch was waited for.
    private mutating func forget(_ host: HostName, _ reaction: inout Reaction) -> Bool {
        let gone = openSteps.filter { $0.host == host }
        for step in gone { open[step.number] = nil }
        reaction.cancelled += gone.map(\.number)
        switch stage {
        case .working(let rest): stage = .working(rest: reachable(rest))
        case .proving(let proofs, let side): stage = .proving(proofs.filter { $0.host != host }, side: side)
        case .waiting, .failing, .quieting, .watching, .draining, .ended: break
        }
        return gone.contains { $0.effect == .sample }
    }

    /// Goes back after the daemon was gone, over the leases that may have run out meanwhile.
    mutating func goBackAgain(_ reason: Reason, at now: Timestamp, _ reaction: inout Reaction) {
        guard isOverHosts else { return goBack(reason, at: now, &reaction) }
        backReason = reason
        isRecovering = false
        if reached == .preflight || reached == .fetch {
            end(.kept(reason), &reaction)
        } else {
            enterAgain(.backLook, at: now, &reaction)
        }
    }

    /// Ends a part as the whole has ended.
    mutating func give(back outcome: Outcome) {
        stage = .ended(outcome)
        open = [:]
        legDeadline = nil
    }

    // MARK: Alone

    /// Goes on with a part of a rollout whose coordinator has not renewed its lease: by what was begun here last, and by
    /// nothing else.
    ///
    /// - Parameters:
    ///   - underWay: How long it has been under way on this host.
    ///   - now: The present, by this host's clock.
    ///   - reaction: What is to be done.
    mutating func goOnAlone(after underWay: Duration, at now: Timestamp, _ reaction: inout Reaction) {
        guard outcome == nil else { return }
        began = now
        earlier = max(earlier ?? .zero, underWay)
        limitBegan = nil
        comeBack()
        stillActive = []
        standing = [:]
        open = [:]
        reaction.isDecision = true
        let next = legAfterRecovery
        stage = .working(rest: [])
        if leg.isBack || !leg.precedes(.release) {
            enter(next, at: now, &reaction)
        } else {
            goBack(.coordinatorLost(author), at: now, &reaction)
        }
    }
}

extension Reason {
    /// Whether a host has said that it does nothing more in a rollout's name.
    var endsLease: Bool { if case .leaseRefused = self { true } else { false } }
}

extension Effect {
    /// The member that it is of; nil for what is of more than one.
    package var member: Int? {
        switch self {
        case .fetch(let member), .clear(let member, _), .start(let member, _, _), .stop(let member, _),
            .remove(let member, _), .setPolicy(let member, _, _), .setActivity(let member, _, _), .migrate(let member),
            .hook(let member, _), .smokeWrite(let member, _), .probe(let member, _, _), .smoke(let member, _),
            .verify(let member), .look(let member, _), .tail(let member, _, _):
            member
        case .lease, .preflight, .prepare, .route, .cut, .record, .release, .prune, .sample: nil
        }
    }

    /// The same of members that have other positions.
    ///
    /// - Parameter positions: The new position of each that it names.
    /// - Returns: Nil when it names one that has none.
    package func renumbered(_ positions: [Int: Int]) -> Effect? {
        func moved(_ directions: [Direction]) -> [Direction]? {
            let all = directions.compactMap { direction in
                positions[direction.member].map {
                    Direction(member: $0, side: direction.side, targets: direction.targets)
                }
            }
            return all.count == directions.count ? all : nil
        }
        let to = member.flatMap { positions[$0] }
        guard member == nil || to != nil else { return nil }
        let place = to ?? 0
        switch self {
        case .lease, .preflight, .cut, .record, .release, .prune, .sample: return self
        case .prepare(let directions): return moved(directions).map { .prepare($0) }
        case .route(let directions): return moved(directions).map { .route($0) }
        case .fetch: return .fetch(member: place)
        case .clear(_, let side): return .clear(member: place, side: side)
        case .start(_, let side, let active): return .start(member: place, side: side, active: active)
        case .stop(_, let side): return .stop(member: place, side: side)
        case .remove(_, let side): return .remove(member: place, side: side)
        case .setPolicy(_, let side, let policy): return .setPolicy(member: place, side: side, policy)
        case .setActivity(_, let side, let active): return .setActivity(member: place, side: side, active: active)
        case .migrate: return .migrate(member: place)
        case .hook(_, let index): return .hook(member: place, index: index)
        case .smokeWrite(_, let index): return .smokeWrite(member: place, index: index)
        case .probe(_, let side, let index): return .probe(member: place, side: side, index: index)
        case .smoke(_, let index): return .smoke(member: place, index: index)
        case .verify: return .verify(member: place)
        case .look(_, let side): return .look(member: place, side: side)
        case .tail(_, let side, let index): return .tail(member: place, side: side, index: index)
        }
    }
}
