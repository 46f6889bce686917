import TealCore
import TealDriverKit
import TealEngine
import Testing

@Suite struct `A drain waits for what is in flight, within its limits` {
    private static let began = Timestamp(nanoseconds: 0)

    private static func drain(requests: Int = 30, upgraded: Int = 60) -> Drain {
        var policy = DrainPolicy()
        policy.requests = .seconds(requests)
        policy.upgraded = .seconds(upgraded)
        return Drain(side: .old, policy: policy, now: began)
    }

    private static func sample(requests: UInt64, upgraded: UInt64) -> TrafficSample {
        var old = TargetCounters()
        old.requestsInFlight = requests
        old.upgradedOpen = upgraded
        var sides = TrafficSample.Sides()
        sides.old = old
        return TrafficSample(incarnation: "one", members: [sides])
    }

    @Test func `it is over as soon as nothing is in flight`() {
        var drain = Self.drain()
        let busy = drain.sampled(Self.sample(requests: 1, upgraded: 0), at: Self.began)
        #expect(busy == .goOn)
        let empty = drain.sampled(Self.sample(requests: 0, upgraded: 0), at: Self.began + .milliseconds(100))
        #expect(empty == .empty)
    }

    @Test func `requests are cut at their limit, once, while upgraded connections go on`() {
        var drain = Self.drain()
        let sample = Self.sample(requests: 2, upgraded: 3)
        let before = drain.sampled(sample, at: Self.began + .milliseconds(29_999))
        #expect(before == .goOn)
        let cut = drain.sampled(sample, at: Self.began + .seconds(30))
        #expect(cut == .overdue(requests: true, upgraded: false))
        let after = drain.sampled(sample, at: Self.began + .seconds(31))
        #expect(after == .goOn)
        let end = drain.sampled(sample, at: Self.began + .seconds(60))
        #expect(end == .overdue(requests: true, upgraded: true))
    }

    @Test func `upgraded connections may have the shorter limit`() {
        var drain = Self.drain(requests: 60, upgraded: 10)
        let sample = Self.sample(requests: 2, upgraded: 3)
        let cut = drain.sampled(sample, at: Self.began + .seconds(10))
        #expect(cut == .overdue(requests: false, upgraded: true))
        #expect(drain.ends == Self.began + .seconds(60))
    }

    @Test func `a reading that cannot be had does not end it, and its limits do`() {
        var drain = Self.drain()
        let missed = drain.missed(at: Self.began)
        #expect(missed == .goOn)
        let late = drain.missed(at: Self.began + .seconds(60))
        #expect(late == .overdue(requests: true, upgraded: true))
    }

    @Test func `a reading that never comes is waited for three seconds past the limits`() {
        var drain = Self.drain()
        let isDue = drain.takeDueSample(at: Self.began)
        #expect(isDue)
        #expect(!drain.isOverdue(at: Self.began + .milliseconds(62_999)))
        #expect(drain.isOverdue(at: Self.began + .seconds(63)))
    }
}
