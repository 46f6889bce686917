import Foundation
import TealEngine

/// What was counted over many stories.
struct SimulationTally: Codable, Sendable {
    /// A story that failed.
    struct Line: Codable, Sendable {
        let seed: UInt64
        let violation: Violation
    }

    var seeds = 0
    var rollouts = 0
    var faults = 0
    var requests = 0
    var failures = 0
    var simulatedSeconds = 0.0
    var seconds = 0.0
    var crashedWorkers = 0
    /// Rollouts of several services that were not released, by the phase that they had reached.
    var takenBack: [String: Int] = [:]
    var lines: [Line] = []

    mutating func add(_ simulation: Simulation) {
        seeds += 1
        rollouts += simulation.rollouts
        faults += simulation.faults.count
        requests += simulation.requests
        failures += simulation.failures
        takenBack.merge(simulation.takenBack, uniquingKeysWith: +)
        simulatedSeconds += Double(simulation.span.components.seconds)
    }

    mutating func add(_ other: SimulationTally) {
        seeds += other.seeds
        rollouts += other.rollouts
        faults += other.faults
        requests += other.requests
        failures += other.failures
        simulatedSeconds += other.simulatedSeconds
        seconds += other.seconds
        takenBack.merge(other.takenBack, uniquingKeysWith: +)
    }

    mutating func add(_ line: Line) { lines.append(line) }
}

/// `results/simulate.json`.
struct SimulationResult: Codable, Sendable {
    let seeds: Int
    let firstSeed: UInt64
    let workers: Int
    let rollouts: Int
    let faults: Int
    let requests: Int
    let requestsWithoutAnswer: Int
    let simulatedHours: Double
    let seconds: Double
    let rolloutsPerMinutePerCore: Int
    /// Rollouts of several services that were not released, by the phase that they had reached.
    let severalTakenBack: [String: Int]
    let violations: Int
    let firstViolatingSeed: FoundSeed

    init(_ tally: SimulationTally, first: UInt64, workers: Int) {
        seeds = tally.seeds
        firstSeed = first
        self.workers = workers
        rollouts = tally.rollouts
        faults = tally.faults
        requests = tally.requests
        requestsWithoutAnswer = tally.failures
        simulatedHours = (tally.simulatedSeconds / 360).rounded() / 10
        seconds = (tally.seconds / Double(max(1, workers)) * 10).rounded() / 10
        rolloutsPerMinutePerCore = tally.seconds > 0 ? Int(Double(tally.rollouts) * 60 / tally.seconds) : 0
        severalTakenBack = tally.takenBack
        violations = tally.lines.count
        firstViolatingSeed = FoundSeed(seed: tally.lines.map(\.seed).min())
    }

    var text: String {
        "\(seeds) stories with \(rollouts) rollouts and \(faults) faults in \(seconds) s, "
            + "\(rolloutsPerMinutePerCore) rollouts a minute and core; \(violations) violations"
            + (firstViolatingSeed.seed.map { ", the first with seed \($0)" } ?? "")
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let url = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try (try encoder.encode(self) + Data("\n".utf8)).write(to: url)
    }
}

/// A seed, or none, which is said: the field is there all the same.
struct FoundSeed: Codable, Sendable {
    let seed: UInt64?

    init(seed: UInt64?) { self.seed = seed }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        seed = container.decodeNil() ? nil : try container.decode(UInt64.self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let seed { try container.encode(seed) } else { try container.encodeNil() }
    }
}
