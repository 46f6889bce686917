package import TealCore

/// A lease as the host keeps it that granted it, by its own boot clock.
package struct HostLease: Hashable, Sendable, Codable {
    /// How long it holds from when it was granted or renewed.
    package static let limit: Duration = .seconds(30)

    package private(set) var claim: LeaseClaim
    package private(set) var token: LeaseToken
    /// The boot that ``until`` belongs to.
    package private(set) var boot: BootID
    package private(set) var until: Timestamp
    /// Whether it holds no more, for good: it ran out, or was given back.
    package private(set) var hasEnded = false
    /// Whether nobody has renewed it since the host booted: the token of the boot before is known to the coordinator.
    private var isUnclaimed = false

    /// Grants it.
    package init(_ claim: LeaseClaim, as part: RolloutID, boot: BootID, at now: Timestamp) {
        self.claim = claim
        token = LeaseToken(part: part)
        self.boot = boot
        until = now + Self.limit
    }

    package var grant: LeaseGrant { LeaseGrant(token: token, limit: Self.limit) }

    /// Why a step with a token is refused; nil when it is not.
    package func refusal(of asked: LeaseToken, at now: Timestamp) -> LeaseRefusal? {
        if asked.part != token.part { return .unknown }
        if hasEnded { return .ended }
        if asked < token { return .passed }
        return now >= until ? .ended : nil
    }

    /// Takes in that its coordinator asks for it once more: after a lost answer, or as a later daemon of its home.
    ///
    /// - Returns: Why that is refused; nil when it holds from now on as ``token`` says.
    package mutating func claimAgain(_ again: LeaseClaim, at now: Timestamp) -> LeaseRefusal? {
        guard !again.isEarlier(than: claim) else { return .passed }
        guard !hasEnded, now < until else { return .ended }
        // After a boot nobody knows the present token yet.
        if again.epoch > claim.epoch, !isUnclaimed { token = token.next }
        claim = again
        isUnclaimed = false
        until = now + Self.limit
        return nil
    }

    /// Lets it hold for another limit from now on.
    ///
    /// - Returns: Why that is refused; nil when it is renewed, after a boot under the token that it has now.
    package mutating func renew(_ asked: LeaseToken, at now: Timestamp) -> LeaseRefusal? {
        let isOfLastBoot = isUnclaimed && asked.next == token
        if !isOfLastBoot, let refusal = refusal(of: asked, at: now) { return refusal }
        guard !hasEnded, now < until else { return .ended }
        isUnclaimed = false
        until = now + Self.limit
        return nil
    }

    /// Takes in that the host has booted: its clock began anew, so it waits for one whole limit, and nothing that was sent
    /// before is done any more.
    package mutating func booted(as boot: BootID, at now: Timestamp) {
        guard boot != self.boot, !hasEnded else { return }
        self.boot = boot
        until = now + Self.limit
        // Booted twice: what the coordinator knows is the token of the boot in which it renewed last.
        if !isUnclaimed { token = token.next }
        isUnclaimed = true
    }

    /// Takes in that another daemon of the host has taken it up: how long it holds was not written down each time.
    package mutating func takenUp(in boot: BootID, at now: Timestamp) {
        if boot != self.boot { return booted(as: boot, at: now) }
        if !hasEnded { until = max(until, now + Self.limit) }
    }

    /// Whether it is over by now; then it is so for good, and no step with its token is begun any more.
    package mutating func expire(at now: Timestamp) -> Bool {
        guard !hasEnded, now >= until else { return false }
        end()
        return true
    }

    /// Ends it, since it was given back or has run out.
    package mutating func end() {
        guard !hasEnded else { return }
        hasEnded = true
        token = token.next
    }
}
