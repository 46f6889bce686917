/// Decides what goes wrong in which call.
///
/// What happens in a call depends on the seed, the site and how many calls came before it there, and on nothing else: a
/// fault can be left out without changing the luck of the others, which is what shrinking a story needs.
struct FaultDice {
    private let seed: UInt64
    /// Tells the faults of several hosts apart; nil for one alone.
    private let host: String?
    /// The faults that may happen; nil for all.
    private let allowed: Set<FaultKey>?
    private var counts: [Int]
    var rates = FaultRates.none
    /// What went wrong, in order.
    private(set) var fired: [FaultKey] = []

    init(seed: UInt64, allowed: Set<FaultKey>?, host: String? = nil) {
        self.seed = seed
        self.host = host
        self.allowed = allowed
        counts = Array(repeating: 0, count: Site.allCases.count)
    }

    /// The luck of the next call at a site.
    mutating func roll(_ site: Site, _ place: Int) -> (luck: SeededGenerator, fault: CallFault?) {
        let number = counts[place]
        counts[place] += 1
        var luck = SeededGenerator(
            seed: SeededGenerator.mixed(seed &+ UInt64(place) &* 0x1000_0000_01B3) &+ UInt64(number)
        )
        guard !rates.isNone, let fault = draw(site, &luck) else { return (luck, nil) }
        let name = host.map { "\($0)/\(site.rawValue)" } ?? site.rawValue
        return permits(.call(name, number)) ? (luck, fault) : (luck, nil)
    }

    /// How often each site was called.
    var calls: [Site: Int] { .init(uniqueKeysWithValues: zip(Site.allCases, counts)) }

    /// Whether a fault may happen; it is written down when it does.
    mutating func permits(_ key: FaultKey) -> Bool {
        if let allowed, !allowed.contains(key) { return false }
        fired.append(key)
        return true
    }

    private func draw(_ site: Site, _ luck: inout SeededGenerator) -> CallFault? {
        let scale = site.changes ? 1.0 : 0.1
        if luck.chance(rates.slow * scale) { return .slow(luck.milliseconds(20...4000)) }
        if luck.chance(rates.refused * scale) { return .refused }
        if luck.chance(rates.answerLost * scale) { return site.mayLoseAnswer ? .answerLost : .refused }
        if site.mayHappenTwice, luck.chance(rates.twice) { return .twice }
        if site.mayHang, luck.chance(rates.hangs * scale) { return .hangs }
        if !rates.victims.isEmpty, luck.chance(rates.crash * scale) {
            let victim = rates.victims[luck.pick(0...rates.victims.count - 1)]
            return luck.chance(50) ? .crashBefore(victim) : .crashAfter(victim)
        }
        guard rates.late > 0, !site.changes else { return nil }
        var lateness = SeededGenerator(seed: SeededGenerator.mixed(luck.peek))
        return lateness.chance(rates.late) ? .late(lateness.milliseconds(50...4000)) : nil
    }
}
