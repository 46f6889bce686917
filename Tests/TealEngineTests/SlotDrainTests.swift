import Synchronization
import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealEngine

/// After a rollout that halted, users may still be connected to what is stopped next.
@Suite struct `What is left over in a slot is drained before it is stopped` {
    private static let web = Cast.second(Samples.web(replicas: 1))
    private static let old = ReleaseID(service: web.service, number: 1)
    private static let left = Cast.targets(web, .old)[0]

    private static var policy: DrainPolicy {
        var policy = DrainPolicy()
        policy.requests = .seconds(2)
        policy.upgraded = .seconds(6)
        return policy
    }

    /// Drains the blue slot.
    ///
    /// - Parameters:
    ///   - routed: Whether a route still leads there.
    ///   - counters: What is in flight after how long; nil where the switch gives no answer.
    /// - Returns: How long that took, and what was cut.
    /// - Throws: When the book cannot be made.
    private static func drain(
        routed: Bool = false,
        _ counters: @escaping @Sendable (Duration) -> TargetCounters?
    ) async throws -> (waited: Duration, cuts: [Cut]) {
        let clock = SleptClock()
        let began = clock.now()
        let trafficSwitch = BusySwitch { counters(clock.now().since(began)).map { [left.id: $0] } }
        let journal = MemoryJournal()
        let book = HostBook(contents: try await journal.read(), journal: journal, trafficSwitch: trafficSwitch)
        try await book.change { state in
            state.releases[old] = ReleaseRecord(release: Cast.release(web.spec, 1))
            var record = ServiceRecord(service: web.service, environment: Samples.environment)
            record.activeSlot = .green
            record.blue = .init(release: old)
            record.prove(left)
            record.routed = routed ? .slot(.blue) : .absent
            state.services[web.service] = record
        }
        await SlotDrain(trafficSwitch: trafficSwitch, book: book, clock: clock).finish(old, in: .blue, policy)
        return (clock.now().since(began), trafficSwitch.cuts)
    }

    private static func busy(requests: UInt64 = 0, upgraded: UInt64 = 0) -> TargetCounters {
        var counters = TargetCounters()
        counters.requestsInFlight = requests
        counters.upgradedOpen = upgraded
        return counters
    }

    @Test func `which takes no time where nothing is in flight`() async throws {
        let (waited, cuts) = try await Self.drain { _ in Self.busy() }
        #expect(waited == .zero)
        #expect(cuts.isEmpty)
    }

    @Test func `which waits for what ends by itself, and cuts nothing`() async throws {
        let (waited, cuts) = try await Self.drain {
            $0 < .seconds(1) ? Self.busy(requests: 1, upgraded: 1) : Self.busy()
        }
        #expect(waited == .seconds(1))
        #expect(cuts.isEmpty)
    }

    @Test func `which cuts requests and upgraded connections each at its limit`() async throws {
        let (waited, cuts) = try await Self.drain { _ in Self.busy(requests: 1, upgraded: 1) }
        #expect(waited == .seconds(6))
        #expect(cuts == [.init(targets: [Self.left.id], requests: true, upgraded: false), .all([Self.left.id])])
    }

    @Test func `which waits no longer than that for a switch that gives no answer`() async throws {
        let (waited, cuts) = try await Self.drain { _ in nil }
        #expect(waited == .seconds(6))
        #expect(cuts.isEmpty)
    }

    @Test func `which leaves alone what a route names`() async throws {
        let (waited, cuts) = try await Self.drain(routed: true) { _ in Self.busy(requests: 1, upgraded: 1) }
        #expect(waited == .zero)
        #expect(cuts.isEmpty)
    }

    @Test func `and the limit of a start begins only once its place is clear`() throws {
        var spec = Samples.web(replicas: 1)
        spec.drain = DrainPolicy()
        var play = Play([Cast.second(spec)])
        let isClearing = play.run { $0.rollout.openSteps.contains { $0.effect.kind == .clear } }
        try #require(isClearing)
        let clear = try #require(play.rollout.openSteps.first)
        let limit = spec.timeouts.start
        let (began, most) = (play.now, limit + spec.drain.upgraded)
        func deadline(clearAfter span: Duration) -> Duration? {
            var core = play.core
            _ = core.handle(.tick, at: began + span)
            _ = core.handle(.stepEnded(clear.number, .done), at: began + span)
            #expect(core.rollout.openSteps.map(\.effect.kind) == [.start])
            return core.wakeAt?.since(began)
        }
        #expect(deadline(clearAfter: .seconds(10)) == .seconds(10) + limit)
        #expect(deadline(clearAfter: limit + .seconds(5)) == most, "a drain may take longer than a start")
        // A place that is not clear by then is not waited for.
        var stuck = play.core
        _ = stuck.handle(.tick, at: began + most)
        guard case .failing(.phaseTimeout(.start, _)) = stuck.rollout.stage else {
            Issue.record("it is at \(stuck.rollout.stage)")
            return
        }
    }

    fileprivate struct Cut: Hashable, Sendable {
        let targets: [TargetID]
        let requests: Bool
        let upgraded: Bool

        static func all(_ targets: [TargetID]) -> Self { .init(targets: targets, requests: true, upgraded: true) }
    }

    /// A switch with something in flight, which remembers what it cut.
    private final class BusySwitch: TrafficSwitch {
        private let counted: @Sendable () -> [TargetID: TargetCounters]?
        private let done = Mutex<[Cut]>([])

        init(_ counted: @escaping @Sendable () -> [TargetID: TargetCounters]?) { self.counted = counted }

        var cuts: [Cut] { done.withLock(\.self) }

        func counters() async throws(SwitchError) -> TrafficCounters {
            guard let targets = counted() else { throw .unreachable(reason: "no answer") }
            return .init(incarnation: "one", position: .init(epoch: 1, version: 1), targets: targets)
        }
        func cut(_ targets: [TargetID], requests: Bool, upgraded: Bool) async throws(SwitchError) -> CutReport {
            done.withLock { $0.append(.init(targets: targets, requests: requests, upgraded: upgraded)) }
            return .init(requests: requests ? 1 : 0, upgraded: upgraded ? 1 : 0)
        }
        func publish(_ table: TrafficTable) async throws(SwitchError) {}
        func publishUnstored(_ table: TrafficTable) async throws(SwitchError) {}
        func position() async throws(SwitchError) -> TablePosition { .init(epoch: 1, version: 1) }
        func forget(_ targets: [TargetID]) async throws(SwitchError) {}
        func request(_ expectation: HTTPExpectation, host: String?, within limit: Duration) async -> ProbeResult {
            .passed(latency: .zero)
        }
        func publicEndpoint() async -> Endpoint? { nil }
    }
}
