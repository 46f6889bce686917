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
    var hookTakes: Duration = .milliseconds(20)
    var smokePasses = true
    var refusesActivity = false
    /// The share of answers that say that the caller is at fault, in percent.
    var clientErrorPercent = 0.0
    /// What a probe sees of one that is not healthy.
    var failure = ProbeFailure.status(500)
    /// Why what it runs once does not even begin.
    var onceError: RuntimeError?

    /// Whether it serves once it has been started, and goes on to.
    var isGood: Bool {
        staysUp && isHealthy && flapPercent == 0 && errorPercent == 0 && clientErrorPercent == 0
    }

    /// Whether it runs on once it has been started, whatever it answers.
    var staysUp: Bool { diesAfter == nil && startError == nil }

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

    /// Lets what is wrong be wrong in more ways; a release that is well mostly stays so.
    mutating func vary(_ random: inout SeededGenerator) {
        // Drawn aside: what is drawn after it stays as it is.
        var pace = SeededGenerator(seed: SeededGenerator.mixed(random.peek))
        if pace.chance(2) { hookTakes = pace.milliseconds(1000...90_000) }
        failure = Self.failures[random.pick(0...Self.failures.count - 1)]
        if startError != nil { startError = Self.startErrors[random.pick(0...Self.startErrors.count - 1)] }
        if random.chance(3) { clientErrorPercent = 60 }
        if random.chance(2) { onceError = Self.startErrors[random.pick(0...Self.startErrors.count - 1)] }
    }

    private static let startErrors: [RuntimeError] = [
        .launchFailed("no such file"), .contentDamaged("it does not hash to its name"),
        .refused("it is not for this host"),
    ]

    /// What a release says of itself may have its secret in it.
    private static let failures: [ProbeFailure] = [
        .status(500), .status(404), .redirected(status: 302, to: "/login?as=\(Audit.secret)"),
        .bodyDiffers(expected: "ok", got: "connects as \(Audit.secret)"),
        .headerDiffers(name: "x-ready", expected: "yes", got: nil),
        .headerDiffers(name: "x-ready", expected: "yes", got: "as \(Audit.secret)"),
        .notHTTP("connected as \(Audit.secret)"), .notReady("waits for \(Audit.secret)"), .closedEarly,
        .timedOut(after: .seconds(5)), .tooSlow(.milliseconds(2500), limit: .seconds(1)),
    ]

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
