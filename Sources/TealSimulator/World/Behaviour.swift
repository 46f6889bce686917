import TealCore
import TealDriverKit

/// How a release behaves once it runs, which nobody knows beforehand.
struct Behaviour: Sendable {
    /// From its start until it listens.
    var boot: Duration = .milliseconds(80)
    var isHealthy = true
    /// The share of probes, in percent, that a release that flaps does not pass.
    var flapPercent = 0.0
    /// From its start until it ends by itself; nil for never.
    var diesAfter: Duration?
    var diesOutOfMemory = false
    /// Whether it does not end when it is told to, and has to be killed.
    var hangsOnStop = false
    var stopTakes: Duration = .milliseconds(60)
    /// The share of answers that are errors, in percent.
    var errorPercent = 0.0
    var latency: Duration = .milliseconds(5)
    var startError: RuntimeError?
    var fetchError: RuntimeError?
    var fetchTakes: Duration = .milliseconds(20)
    var migrationExit = 0
    var migrationTakes: Duration = .milliseconds(50)
    var hookExit = 0
    var smokePasses = true
    var refusesActivity = false

    /// Whether it serves once it has been started, and goes on to.
    var isGood: Bool { isHealthy && flapPercent == 0 && diesAfter == nil && startError == nil && errorPercent == 0 }

    static let good = Behaviour()

    /// Draws a release that may be bad in one way, or in several.
    init(drawnFrom random: inout SeededGenerator) {
        boot = random.milliseconds(0...600)
        stopTakes = random.milliseconds(5...400)
        latency = random.milliseconds(1...40)
        guard random.chance(45) else { return }
        for _ in 0...(random.chance(20) ? 1 : 0) { spoil(&random) }
    }

    private init() {}

    private mutating func spoil(_ random: inout SeededGenerator) {
        switch random.pick(0...17) {
        case 0: isHealthy = false
        case 1: flapPercent = [5.0, 20, 60][random.pick(0...2)]
        case 2: diesAfter = random.milliseconds(10...800)
        case 3: diesAfter = random.milliseconds(800...5000)
        case 4:
            diesAfter = random.milliseconds(100...4000)
            diesOutOfMemory = true
        case 5...6: errorPercent = [5.0, 30, 100][random.pick(0...2)]
        case 7: startError = .launchFailed("no such file")
        case 8: fetchError = .contentDamaged("it does not hash to its name")
        case 9: migrationExit = 1
        case 10: migrationTakes = random.milliseconds(1000...6000)
        case 11: hookExit = 1
        case 12: smokePasses = false
        case 13: boot = random.milliseconds(2000...12_000)
        case 14: hangsOnStop = true
        case 15: refusesActivity = true
        case 16: latency = random.milliseconds(300...900)
        default: fetchTakes = random.milliseconds(500...20_000)
        }
    }
}
