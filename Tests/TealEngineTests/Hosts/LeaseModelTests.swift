import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport
import Testing

/// Two coordinators and one host that know each other only by questions that are slow, lost or late, each with a clock that
/// goes at its own pace; machines are paused, and the host boots.
@Suite struct `Two coordinators that want one host` {
    @Test(arguments: UInt64(0)..<300)
    func `never both act on it, whatever clocks and messages do`(seed: UInt64) {
        var model = LeaseModel(seed: seed)
        model.run(for: .seconds(600))
        #expect(model.fault == nil, "seed \(seed): \(model.fault ?? "")")
    }

    @Test func `both get it in the end, and both lose it`() {
        var granted: Set<Int> = []
        var (lost, refused, alone) = (0, 0, 0)
        for seed in UInt64(0)..<60 {
            var model = LeaseModel(seed: seed)
            model.run(for: .seconds(600))
            granted.formUnion(model.granted)
            lost += model.lost
            refused += model.refused
            alone += model.alone
        }
        #expect(granted == [0, 1])
        #expect(lost > 10 && refused > 10 && alone > 10)
    }
}

/// The model: time is the world's, in nanoseconds; each machine's clock is a multiple of it.
private struct LeaseModel {
    private enum Event {
        case look(Int)
        case claim(Int, asked: Timestamp)
        case claimed(Int, LeaseGrant?, asked: Timestamp)
        case renew(Int, LeaseToken, question: Int)
        case renewed(Int, HeldLease.Answer, question: Int)
        case step(Int, LeaseToken)
        case wakeUp(Int)
        case expire
        case boot
    }

    private struct Coordinator {
        /// How fast its clock goes, in thousandths.
        let pace: Int64
        var held: HeldLease?
        var isAsking = false
        var isPaused = false
        /// Counts what it asked, so that an answer is known to be that of the newest question.
        var question = 0
        var rollout = 1
    }

    private var random: SeededGenerator
    private var time: Int64 = 0
    private var queue: [(time: Int64, event: Event)] = []
    private var coordinators: [Coordinator]
    private let pace: Int64
    private var boots = 1
    private var bootedAt: Int64 = 0
    private var ledger = LeaseLedger()
    private var parts = 0
    private(set) var fault: String?
    private(set) var granted: Set<Int> = []
    private(set) var lost = 0
    private(set) var refused = 0
    private(set) var alone = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        // Up to a twentieth fast or slow each: together they stay within the tenth that belief is less by.
        pace = Int64(960 + Int(random.next() % 80))
        coordinators = []
        for _ in 0..<2 { coordinators.append(Coordinator(pace: Int64(960 + Int(random.next() % 80)))) }
        for index in 0..<2 { plan(.look(index), after: Int64(index) * 100_000_000) }
        plan(.expire, after: 100_000_000)
        plan(.boot, after: pick(20...120) * 1_000_000_000)
    }

    private mutating func pick(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(random.next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    private mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

    private mutating func plan(_ event: Event, after delay: Int64) { queue.append((time + delay, event)) }

    private func clock(_ coordinator: Int) -> Timestamp {
        Timestamp(nanoseconds: time / 1000 * coordinators[coordinator].pace)
    }

    private var hostClock: Timestamp { Timestamp(nanoseconds: (time - bootedAt) / 1000 * pace) }

    private static func claim(_ coordinator: Int, _ rollout: Int) -> LeaseClaim {
        HostLeaseClaims.claim(coordinator, rollout)
    }

    mutating func run(for span: Duration) {
        while fault == nil, let next = queue.indices.min(by: { queue[$0].time < queue[$1].time }) {
            let (moment, event) = queue.remove(at: next)
            guard moment < span.nanoseconds else { return }
            time = moment
            happen(event)
        }
    }

    /// Sends something over the network: it comes soon, late, twice, or never.
    private mutating func send(_ event: Event) {
        if chance(10) { return }
        plan(event, after: chance(10) ? pick(5_000...40_000) * 1_000_000 : pick(1...50) * 1_000_000)
        if chance(10) { plan(event, after: pick(1...45_000) * 1_000_000) }
    }

    private mutating func happen(_ event: Event) {
        switch event {
        case .look(let index):
            plan(event, after: pick(200...900) * 1_000_000)
            if !coordinators[index].isPaused { look(index) }
        case .claim(let index, let asked): claim(index, asked)
        case .claimed(let index, let grant, let asked): claimed(index, grant, asked)
        case .renew(let index, let token, let question):
            let refusal = ledger.renew(token, at: hostClock)
            let answer: HeldLease.Answer =
                refusal.map { .refused($0) } ?? .renewed(ledger[token.part]?.token ?? token)
            send(.renewed(index, answer, question: question))
        case .renewed(let index, let answer, let question):
            guard coordinators[index].question == question else { return }
            coordinators[index].question += 1
            let now = clock(index)
            if coordinators[index].held?.answered(answer, at: now) != nil { lose(index) }
        case .step(let index, let token): step(index, token)
        case .wakeUp(let index): coordinators[index].isPaused = false
        case .expire:
            plan(.expire, after: 100_000_000)
            alone += ledger.expire(at: hostClock).count
        case .boot:
            boots += 1
            bootedAt = time
            ledger.booted(as: BootID("boot-\(boots)"), at: hostClock)
            plan(.boot, after: pick(60...300) * 1_000_000_000)
        }
    }

    private mutating func look(_ index: Int) {
        if chance(2) {
            coordinators[index].isPaused = true
            plan(.wakeUp(index), after: pick(1...60) * 1_000_000_000)
            return
        }
        let now = clock(index)
        guard let held = coordinators[index].held else {
            guard !coordinators[index].isAsking || chance(5) else { return }
            coordinators[index].isAsking = true
            return send(.claim(index, asked: now))
        }
        guard held.isBelieved(at: now) else { return lose(index) }
        if coordinators[index].held?.takeDue(at: now) == true {
            coordinators[index].question += 1
            let question = coordinators[index].question
            send(.renew(index, held.token, question: question))
            plan(.renewed(index, .silence, question: question), after: 5_000_000_000)
        }
        // It believes in its lease, and so it must be the only one, whatever the host will say.
        let other = 1 - index
        let isOthers = coordinators[other].held?.isBelieved(at: clock(other)) ?? false
        if isOthers, !coordinators[other].isPaused {
            fault = "both believe in their leases at \(time / 1_000_000) ms"
        }
        send(.step(index, held.token))
        if chance(3) {
            coordinators[index].rollout += 1
            lose(index)
        }
    }

    private mutating func lose(_ index: Int) {
        coordinators[index].held = nil
        coordinators[index].question += 1
        coordinators[index].isAsking = false
        coordinators[index].rollout += 1
        lost += 1
    }

    private mutating func claim(_ index: Int, _ asked: Timestamp) {
        let claim = Self.claim(index, coordinators[index].rollout)
        switch ledger.judge(claim, known: nil, at: hostClock) {
        case .free:
            parts += 1
            let lease = ledger.grant(
                claim,
                as: RolloutID(number: parts),
                boot: BootID("boot-\(boots)"),
                at: hostClock
            )
            send(.claimed(index, lease.grant, asked: asked))
        case .known(let part):
            if let lease = ledger[part] { send(.claimed(index, lease.grant, asked: asked)) }
        case .refused: send(.claimed(index, nil, asked: asked))
        }
    }

    private mutating func claimed(_ index: Int, _ grant: LeaseGrant?, _ asked: Timestamp) {
        coordinators[index].isAsking = false
        guard let grant else {
            refused += 1
            return
        }
        guard coordinators[index].held == nil else { return }
        granted.insert(index)
        coordinators[index].held = HeldLease(grant, asked: asked)
    }

    /// A step comes to the host, perhaps late.
    private mutating func step(_ index: Int, _ token: LeaseToken) {
        guard ledger.refusal(of: token, at: hostClock) == nil else { return }
        let holders = ledger.leases.values.filter { !$0.hasEnded && hostClock < $0.until }
        if holders.count > 1 { fault = "two leases of one service hold at once" }
        if holders.first?.token != token { fault = "a step is done under \(token), which is not the newest" }
    }
}

private enum HostLeaseClaims {
    static func claim(_ coordinator: Int, _ rollout: Int) -> LeaseClaim {
        let name: HostName = Samples.name(coordinator == 0 ? "ada" : "bob")
        return LeaseClaim(
            coordinator: name,
            rollout: RolloutID(number: rollout),
            epoch: 1,
            step: 1,
            services: [Samples.key("web")]
        )
    }
}
