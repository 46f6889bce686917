package import TealCore

/// The leases that a host has granted, by the numbers of their parts.
package struct LeaseLedger: Hashable, Sendable {
    /// What a claim comes to.
    package enum Verdict: Hashable, Sendable {
        /// None of the leases is in its way: it may be granted.
        case free
        /// It was granted already, as this part, and holds on.
        case known(RolloutID)
        case refused(LeaseRefusal)
    }

    package private(set) var leases: [RolloutID: HostLease]

    package init(_ leases: [HostLease] = []) {
        self.leases = Dictionary(leases.map { ($0.token.part, $0) }) { $1 }
    }

    package subscript(part: RolloutID) -> HostLease? { leases[part] }

    /// Judges a claim, and lets the lease of the same rollout hold on if there is one.
    ///
    /// - Parameters:
    ///   - claim: Who asks for what.
    ///   - known: The token that the claimer has from before; then it must be that lease, and no new one.
    ///   - now: The present, by the host's clock.
    /// - Returns: Whether it may be granted, was granted before, or is refused.
    package mutating func judge(_ claim: LeaseClaim, known: LeaseToken?, at now: Timestamp) -> Verdict {
        if let (part, lease) = leases.first(where: { !$0.value.hasEnded && $0.value.claim.isSame(as: claim) }) {
            if let known, known.part != part { return .refused(.passed) }
            var lease = lease
            if let refusal = lease.claimAgain(claim, at: now) { return .refused(refusal) }
            leases[part] = lease
            return .known(part)
        }
        guard known == nil else { return .refused(.ended) }
        let wanted = Set(claim.services)
        let holder = leases.values.filter { !$0.hasEnded && !wanted.isDisjoint(with: $0.claim.services) }
            .min { $0.token < $1.token }
        if let holder { return .refused(.busy("\(holder.claim.rollout) of \(holder.claim.coordinator)")) }
        return .free
    }

    /// Grants a claim that was judged free.
    package mutating func grant(_ claim: LeaseClaim, as part: RolloutID, boot: BootID, at now: Timestamp) -> HostLease {
        let lease = HostLease(claim, as: part, boot: boot, at: now)
        leases[part] = lease
        return lease
    }

    /// Keeps one that was granted before.
    package mutating func keep(_ lease: HostLease) { leases[lease.token.part] = lease }

    /// Why a step with a token is refused; nil when it is not.
    package func refusal(of token: LeaseToken, at now: Timestamp) -> LeaseRefusal? {
        guard let lease = leases[token.part] else { return .unknown }
        return lease.refusal(of: token, at: now)
    }

    /// Lets a lease hold on.
    ///
    /// - Returns: Why not; nil when it does.
    package mutating func renew(_ token: LeaseToken, at now: Timestamp) -> LeaseRefusal? {
        guard leases[token.part] != nil else { return .unknown }
        return leases[token.part]?.renew(token, at: now)
    }

    /// Takes in that the host has booted.
    package mutating func booted(as boot: BootID, at now: Timestamp) {
        for part in leases.keys { leases[part]?.booted(as: boot, at: now) }
    }

    /// Ends what has run out by now.
    ///
    /// - Returns: The parts that go on alone, ascending.
    package mutating func expire(at now: Timestamp) -> [RolloutID] {
        leases.keys.sorted().filter { leases[$0]?.expire(at: now) ?? false }
    }

    /// Ends one that is given back, or whose part has come to its end.
    package mutating func end(_ part: RolloutID) { leases[part]?.end() }

    /// Forgets one that has ended, and whose part has.
    package mutating func forget(_ part: RolloutID) {
        if leases[part]?.hasEnded == true { leases[part] = nil }
    }

    /// When the next one runs out; nil when none holds.
    package var wakeAt: Timestamp? { leases.values.filter { !$0.hasEnded }.map(\.until).min() }
}
