import TealCore
import TealDriverKit
import TealEngine
import Testing

@Suite struct `The lease that a host grants` {
    static let part = RolloutID(number: 12)
    static let boot = BootID("boot-1")
    static let ada: HostName = Samples.name("ada")
    static let bob: HostName = Samples.name("bob")
    static let began = Timestamp(nanoseconds: 5_000_000_000)

    static func claim(_ coordinator: HostName = ada, rollout: Int = 7, epoch: UInt64 = 1) -> LeaseClaim {
        LeaseClaim(
            coordinator: coordinator,
            rollout: RolloutID(number: rollout),
            epoch: epoch,
            step: 1,
            services: [Samples.key("web")]
        )
    }

    private static func lease() -> HostLease { HostLease(claim(), as: part, boot: boot, at: began) }

    @Test func `holds for its limit from when it was granted, and for another from when it was renewed`() {
        var lease = Self.lease()
        let token = lease.token
        #expect(lease.refusal(of: token, at: Self.began + .milliseconds(29_999)) == nil)
        #expect(lease.refusal(of: token, at: Self.began + .seconds(30)) == .ended)
        #expect(lease.renew(token, at: Self.began + .seconds(20)) == nil)
        #expect(lease.refusal(of: token, at: Self.began + .seconds(49)) == nil)
        #expect(lease.token == token)
    }

    @Test func `is over for good once it has run out, and its token is passed`() {
        var lease = Self.lease()
        let token = lease.token
        #expect(lease.expire(at: Self.began + .seconds(29)) == false)
        #expect(lease.expire(at: Self.began + .seconds(30)) == true)
        #expect(lease.expire(at: Self.began + .seconds(31)) == false, "it is said once")
        #expect(lease.renew(token, at: Self.began + .seconds(30)) == .ended)
        #expect(lease.claimAgain(Self.claim(), at: Self.began + .seconds(30)) == .ended)
        #expect(lease.token > token)
    }

    @Test func `is not renewed after its limit, although nobody has noted yet that it is over`() {
        var lease = Self.lease()
        #expect(lease.renew(lease.token, at: Self.began + .seconds(30)) == .ended)
    }

    @Test func `knows nothing of another part`() {
        let lease = Self.lease()
        let other = LeaseToken(part: RolloutID(number: 11), turn: 9)
        #expect(lease.refusal(of: other, at: Self.began) == .unknown)
    }

    @Test func `holds on under the same token when its coordinator asks again after a lost answer`() {
        var lease = Self.lease()
        let token = lease.token
        #expect(lease.claimAgain(Self.claim(), at: Self.began + .seconds(10)) == nil)
        #expect(lease.token == token && lease.refusal(of: token, at: Self.began + .seconds(39)) == nil)
    }

    @Test func `is a later daemon's of the same home, and the earlier one's no more`() {
        var lease = Self.lease()
        let first = lease.token
        #expect(lease.claimAgain(Self.claim(epoch: 2), at: Self.began + .seconds(1)) == nil)
        #expect(lease.token == first.next)
        #expect(lease.refusal(of: first, at: Self.began + .seconds(1)) == .passed)
        #expect(lease.renew(first, at: Self.began + .seconds(1)) == .passed)
        #expect(lease.claimAgain(Self.claim(epoch: 1), at: Self.began + .seconds(2)) == .passed)
    }

    @Test func `waits for one whole limit after a boot, and what was sent before it is refused`() {
        var lease = Self.lease()
        let token = lease.token
        let now = Timestamp(nanoseconds: 1)
        lease.takenUp(in: BootID("boot-2"), at: now)
        #expect(lease.refusal(of: token, at: now) == .passed)
        #expect(lease.expire(at: now + .seconds(29)) == false)
        #expect(lease.renew(token, at: now + .seconds(29)) == nil, "its coordinator knows the token of the boot before")
        #expect(lease.token == token.next)
        #expect(lease.renew(token, at: now + .seconds(29)) == .passed, "by now it has been told of the new one")
        #expect(lease.refusal(of: token.next, at: now + .seconds(58)) == nil)
    }

    @Test func `is renewed after two boots in a row under the token that its coordinator knows`() {
        var lease = Self.lease()
        let token = lease.token
        lease.takenUp(in: BootID("boot-2"), at: Timestamp(nanoseconds: 1))
        lease.takenUp(in: BootID("boot-3"), at: Timestamp(nanoseconds: 1))
        #expect(lease.renew(token, at: Timestamp(nanoseconds: 2)) == nil)
    }

    @Test func `holds for one more limit when another daemon of the host takes it up`() {
        var lease = Self.lease()
        // Renewals are not written down: what is stored may be older than what was answered.
        lease.takenUp(in: Self.boot, at: Self.began + .seconds(25))
        #expect(lease.refusal(of: lease.token, at: Self.began + .seconds(54)) == nil)
    }

    // MARK: The coordinator's side

    private static func held() -> HeldLease {
        HeldLease(LeaseGrant(token: LeaseToken(part: part), limit: HostLease.limit), asked: began)
    }

    @Test func `is believed in a tenth less than its limit, from when it was asked for`() {
        var held = Self.held()
        #expect(held.isBelieved(at: Self.began + .milliseconds(26_999)))
        #expect(!held.isBelieved(at: Self.began + .seconds(27)))
        #expect(held.takeDue(at: Self.began + .seconds(5)) == true)
        // The answer took long: it counts from when it was asked for.
        #expect(held.answered(.renewed(held.token), at: Self.began + .seconds(20)) == nil)
        #expect(held.believedUntil == Self.began + .seconds(32))
    }

    @Test func `is asked for again after silence, and not believed in for it`() {
        var held = Self.held()
        #expect(held.takeDue(at: Self.began + .milliseconds(4_999)) == false)
        #expect(held.takeDue(at: Self.began + .seconds(5)) == true)
        #expect(held.takeDue(at: Self.began + .seconds(6)) == false, "one question at a time")
        #expect(held.answered(.silence, at: Self.began + .seconds(10)) == nil)
        #expect(held.believedUntil == Self.began + .seconds(27))
        #expect(held.takeDue(at: Self.began + .seconds(11)) == true)
        #expect(held.wakeAt == Self.began + .seconds(27))
    }

    @Test func `is lost when the host says so, but not because its disk is full`() {
        var held = Self.held()
        #expect(held.takeDue(at: Self.began + .seconds(5)) == true)
        #expect(held.answered(.refused(.unwritten("full")), at: Self.began + .seconds(6)) == nil)
        #expect(held.takeDue(at: Self.began + .seconds(7)) == true)
        #expect(held.answered(.refused(.passed), at: Self.began + .seconds(8)) == .passed)
    }

    // MARK: Several

    @Test func `keeps another coordinator off the same services until it is over`() {
        var ledger = LeaseLedger()
        #expect(ledger.judge(Self.claim(), known: nil, at: Self.began) == .free)
        _ = ledger.grant(Self.claim(), as: Self.part, boot: Self.boot, at: Self.began)
        #expect(ledger.judge(Self.claim(), known: nil, at: Self.began) == .known(Self.part))
        #expect(ledger.judge(Self.claim(Self.bob), known: nil, at: Self.began) == .refused(.busy("r7 of ada")))
        #expect(ledger.expire(at: Self.began + .seconds(30)) == [Self.part])
        #expect(ledger.judge(Self.claim(Self.bob), known: nil, at: Self.began + .seconds(30)) == .free)
        // Who had it before does not get it anew by naming it.
        let token = LeaseToken(part: Self.part)
        #expect(ledger.judge(Self.claim(), known: token, at: Self.began + .seconds(31)) == .refused(.ended))
        #expect(ledger.refusal(of: token, at: Self.began + .seconds(31)) == .ended)
    }
}
