import TealCore
import TealDriverKit
import TealEngine
import Testing

@Suite struct `A new release is judged by its traffic` {
    private static func window(_ answers: Int, errors: Int = 0, client: Int = 0, p95: Duration? = nil) -> TrafficWindow
    {
        TrafficWindow(answers: answers, errors: errors, clientErrors: client, p95: p95)
    }

    private static func judge(_ new: TrafficWindow, _ before: TrafficWindow?) -> WatchVerdict {
        WatchVerdict.judge(new, before: before, policy: WatchPolicy())
    }

    private static func sample(good: UInt64, bad: UInt64 = 0, incarnation: String = "one") -> TrafficSample {
        var new = TargetCounters()
        new.successes = good
        new.serverErrors = bad
        var sides = TrafficSample.Sides()
        sides.new = new
        return TrafficSample(incarnation: incarnation, members: [sides])
    }

    private static let began = Timestamp(nanoseconds: 0)

    private static func watch(members: Int = 1) -> Watch {
        Watch(
            (0..<members).map { MemberWatch(member: $0, policy: WatchPolicy(), baseline: nil, now: began) },
            now: began
        )
    }

    @Test func `too few requests decide nothing, however bad they are`() {
        #expect(Self.judge(Self.window(19, errors: 19), nil) == .tooFew)
        #expect(
            Self.judge(Self.window(20, errors: 20), nil) == .bad(.errors(share: 1, before: 0, requests: 20))
        )
    }

    @Test func `without a baseline the old release counts as faultless`() {
        #expect(Self.judge(Self.window(100, errors: 2), nil) == .good)
        #expect(Self.judge(Self.window(100, errors: 3), nil) == .bad(.errors(share: 0.03, before: 0, requests: 100)))
    }

    @Test func `without a baseline neither 4xx nor latency is judged`() {
        #expect(Self.judge(Self.window(100, client: 100, p95: .seconds(9)), nil) == .good)
    }

    @Test func `an old release that failed as often excuses the new one`() {
        let before = Self.window(100, errors: 10)
        #expect(Self.judge(Self.window(100, errors: 11), before) == .good)
        #expect(
            Self.judge(Self.window(100, errors: 13), before)
                == .bad(.errors(share: 0.13, before: 0.1, requests: 100))
        )
    }

    @Test func `a baseline of too few requests is no baseline`() {
        #expect(
            Self.judge(Self.window(100, errors: 5), Self.window(19, errors: 19))
                == .bad(.errors(share: 0.05, before: 0, requests: 100))
        )
    }

    @Test func `4xx are compared with the old release's own`() {
        let before = Self.window(100, client: 5)
        #expect(Self.judge(Self.window(100, client: 24), before) == .good)
        #expect(
            Self.judge(Self.window(100, client: 30), before)
                == .bad(.clientErrors(share: 0.3, before: 0.05, requests: 100))
        )
    }

    @Test func `p95 may grow threefold, and below its floor as it likes`() {
        let before = Self.window(100, p95: .milliseconds(100))
        #expect(Self.judge(Self.window(100, p95: .milliseconds(300)), before) == .good)
        #expect(
            Self.judge(Self.window(100, p95: .milliseconds(301)), before)
                == .bad(.latency(p95: .milliseconds(301), before: .milliseconds(100), requests: 100))
        )
        let quick = Self.window(100, p95: .milliseconds(1))
        #expect(Self.judge(Self.window(100, p95: .milliseconds(250)), quick) == .good)
    }

    @Test func `p95 is the upper bound of the bucket that reaches it`() {
        let bounds: [Int64] = [1_000_000, 2_000_000, 4_000_000]
        let none = LatencyHistogram(boundsNanoseconds: bounds, counts: [0, 0, 0])
        let later = LatencyHistogram(boundsNanoseconds: bounds, counts: [90, 8, 2])
        #expect(LatencyHistogram.quantile(0.95, from: none, to: later) == .milliseconds(2))
        #expect(LatencyHistogram.quantile(0.90, from: none, to: later) == .milliseconds(1))
        #expect(LatencyHistogram.quantile(0.99, from: none, to: later) == .milliseconds(4))
        #expect(LatencyHistogram.quantile(0.95, from: later, to: later) == nil)
    }

    @Test func `every kind of failed answer counts as an error`() {
        var later = TargetCounters()
        later.successes = 10
        later.redirects = 5
        later.clientErrors = 4
        later.serverErrors = 3
        later.switchErrors = 2
        later.cutAnswers = 1
        let window = TrafficWindow(from: TargetCounters(), to: later)
        #expect(window.answers == 25)
        #expect(window.errors == 6)
        #expect(window.clientErrors == 4)
    }

    @Test func `a switch that started anew begins the count again`() {
        var watch = Self.watch()
        _ = watch.sampled(Self.sample(good: 0), at: Self.began + .seconds(1))
        let anew = watch.sampled(Self.sample(good: 0, bad: 50, incarnation: "two"), at: Self.began + .seconds(2))
        #expect(anew == .goOn)
        let later = watch.sampled(Self.sample(good: 100, bad: 50, incarnation: "two"), at: Self.began + .seconds(3))
        #expect(later == .goOn)
        let bad = watch.sampled(Self.sample(good: 100, bad: 150, incarnation: "two"), at: Self.began + .seconds(4))
        #expect(bad == .failed(member: 0, .errors(share: 0.5, before: 0, requests: 200)))
    }

    @Test func `nothing is read before the warm-up, and the window's end decides`() {
        var watch = Self.watch()
        let early = watch.takeDueSample(at: Self.began + .milliseconds(999))
        #expect(!early)
        let due = watch.takeDueSample(at: Self.began + .seconds(1))
        #expect(due)
        let first = watch.sampled(Self.sample(good: 0), at: Self.began + .seconds(1))
        #expect(first == .goOn)
        let last = watch.sampled(Self.sample(good: 500), at: Self.began + .seconds(10))
        #expect(last == .passed)
    }

    @Test func `synthetic requests stop once real ones are enough`() {
        var watch = Self.watch()
        let wanted = watch.takeDueSynthetic(at: Self.began + .seconds(1))
        #expect(wanted == [0])
        watch.probed(0, at: Self.began + .seconds(1))
        let tooSoon = watch.takeDueSynthetic(at: Self.began + .milliseconds(1_249))
        #expect(tooSoon.isEmpty)
        _ = watch.sampled(Self.sample(good: 0), at: Self.began + .milliseconds(1_100))
        _ = watch.sampled(Self.sample(good: 21), at: Self.began + .milliseconds(1_200))
        #expect(watch.real == 20)
        let unwanted = watch.takeDueSynthetic(at: Self.began + .seconds(2))
        #expect(unwanted.isEmpty)
    }

    @Test func `a service that fails alone is not excused by the traffic of others`() {
        var watch = Self.watch(members: 2)
        var busy = TrafficSample.Sides()
        var failing = TrafficSample.Sides()
        _ = watch.sampled(TrafficSample(incarnation: "one", members: [busy, failing]), at: Self.began + .seconds(1))
        busy.new.successes = 10_000
        failing.new.serverErrors = 25
        let verdict = watch.sampled(
            TrafficSample(incarnation: "one", members: [busy, failing]),
            at: Self.began + .seconds(2)
        )
        #expect(verdict == .failed(member: 1, .errors(share: 1, before: 0, requests: 25)))
    }

    @Test func `each service whose own traffic is thin gets requests of Teal's own`() {
        var watch = Self.watch(members: 2)
        var busy = TrafficSample.Sides()
        _ = watch.sampled(TrafficSample(incarnation: "one", members: [busy, .init()]), at: Self.began + .seconds(1))
        busy.new.successes = 100
        _ = watch.sampled(TrafficSample(incarnation: "one", members: [busy, .init()]), at: Self.began + .seconds(2))
        let due = watch.takeDueSynthetic(at: Self.began + .seconds(2))
        #expect(due == [1])
    }
}
