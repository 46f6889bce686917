/// How often each kind of fault happens in a call that changes something, in percent; in one that only looks, a tenth.
struct FaultRates: Hashable, Sendable {
    var slow = 0.0
    var refused = 0.0
    var answerLost = 0.0
    var twice = 0.0
    var hangs = 0.0
    var crash = 0.0
    /// In percent of all looks alone: what changes something may lose its answer.
    var late = 0.0
    /// Which crashes happen.
    var victims: [Victim] = []

    static let none = FaultRates()

    var isNone: Bool { self == .none }

    /// Draws which kinds happen in one stretch of a story: most days one or two things go wrong, some days everything.
    init(drawnFrom random: inout SeededGenerator) {
        var lateness = SeededGenerator(seed: SeededGenerator.mixed(random.peek))
        guard random.chance(80) else { return }
        if lateness.chance(15) { late = [0.5, 2][lateness.pick(0...1)] }
        if random.chance(40) { slow = [0.5, 3, 10][random.pick(0...2)] }
        if random.chance(25) { refused = [0.3, 1.5, 5][random.pick(0...2)] }
        if random.chance(25) { answerLost = [0.3, 1.5, 5][random.pick(0...2)] }
        if random.chance(15) { twice = 5 }
        if random.chance(10) { hangs = [0.3, 1][random.pick(0...1)] }
        if random.chance(45) {
            crash = [0.3, 1, 3][random.pick(0...2)]
            victims = Victim.allCases.filter { _ in random.chance(35) }
            if victims.isEmpty { victims = [.daemon] }
        }
    }

    private init() {}
}
