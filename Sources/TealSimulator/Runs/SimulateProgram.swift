import Foundation
import Glibc
import TealEngine

/// The command line of `teal-simulate`.
package enum SimulateProgram {
    /// Plays stories as the arguments say, and ends the process.
    package static func run(_ arguments: [String]) -> Never {
        beDeterministic()
        do throws(SimulateOptions.Mistake) {
            let options = try SimulateOptions(arguments, environment: ProcessInfo.processInfo.environment)
            switch options.what {
            case .one(let seed): exit(replay(seed, options))
            case .worker(let number): exit(work(number, options))
            case .many: exit(playMany(options))
            case .help:
                print(SimulateOptions.usage)
                exit(0)
            }
        } catch {
            FileHandle.standardError.write(Data("error: \(error.text)\n\(SimulateOptions.usage)\n".utf8))
            exit(64)
        }
    }

    /// Swift seeds its hashes anew in every process, and with them the order of sets and dictionaries; a story must be the
    /// same each time.
    private static func beDeterministic() {
        guard getenv("SWIFT_DETERMINISTIC_HASHING") == nil else { return }
        setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1)
        var arguments = CommandLine.arguments.map { strdup($0) }
        arguments.append(nil)
        execv("/proc/self/exe", arguments)
    }

    private static func play(_ options: SimulateOptions) -> @Sendable (UInt64, Set<FaultKey>?, Bool) -> Simulation {
        let hasHosts = options.hasHosts
        return { seed, allowed, isTracing in
            hasHosts
                ? Simulation.playHosts(seed: seed, allowing: allowed, isTracing: isTracing)
                : Simulation.play(seed: seed, allowing: allowed, isTracing: isTracing)
        }
    }

    // MARK: One

    private static func replay(_ seed: UInt64, _ options: SimulateOptions) -> Int32 {
        let play = Self.play(options)
        var simulation = play(seed, nil, options.isTracing)
        if !simulation.violations.isEmpty, options.shrinks {
            print("seed \(seed) fails with \(simulation.faults.count) faults; looking for the fewest that still fail")
            let faults = Shrinker(seed: seed, play: play).shrink(simulation)
            print("fewest faults: \(faults.map(\.description))")
            simulation = play(seed, Set(faults), options.isTracing)
        }
        for line in simulation.timeline { print(line) }
        print(
            "seed \(seed): \(simulation.rollouts) rollouts, \(simulation.faults.count) faults, "
                + "\(simulation.requests) requests and \(simulation.failures) without an answer, "
                + "\(simulation.events) events in \(simulation.span)"
        )
        let calls = simulation.calls.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }
        print("calls: \(calls.joined(separator: ", "))")
        for violation in simulation.violations {
            print("VIOLATION at \(violation.milliseconds) ms: \(violation.invariant.rawValue): \(violation.text)")
        }
        return simulation.violations.isEmpty ? 0 : 1
    }

    // MARK: Many

    /// Plays every so-many-th story until the time is over, and tells its parent of each that fails.
    private static func work(_ number: Int, _ options: SimulateOptions) -> Int32 {
        var tally = SimulationTally()
        let clock = ContinuousClock()
        let began = clock.now
        let play = Self.play(options)
        var index = UInt64(number)
        let parent = getppid()
        // Nobody would hear of what is played after the parent has ended.
        while getppid() == parent, options.count.map({ index < $0 }) ?? true, clock.now - began < options.span {
            let simulation = play(options.first &+ index, nil, false)
            tally.add(simulation)
            for violation in simulation.violations {
                report(SimulationTally.Line(seed: simulation.seed, violation: violation))
            }
            if options.stopsAtFirst, !simulation.violations.isEmpty { break }
            index += UInt64(options.workers)
        }
        tally.seconds =
            Double((clock.now - began).components.seconds)
            + Double((clock.now - began).components.attoseconds) / 1e18
        report(tally)
        return 0
    }

    private static func report(_ line: some Encodable) {
        // What is encoded here has no part that cannot be.
        guard let text = try? JSONEncoder().encode(line) else { return }
        FileHandle.standardOutput.write(text + Data("\n".utf8))
    }

    /// Says with how few of its faults a story still fails.
    private static func tellFewest(
        _ seed: UInt64,
        _ play: @escaping @Sendable (UInt64, Set<FaultKey>?, Bool) -> Simulation
    ) {
        let failed = play(seed, nil, false)
        let faults = Shrinker(seed: seed, play: play).shrink(failed)
        print("seed \(seed) still fails with \(faults.count) of its \(failed.faults.count) faults:")
        print("  \(faults.map(\.description).joined(separator: " "))")
    }

    private static func playMany(_ options: SimulateOptions) -> Int32 {
        print("seeds from \(options.first), \(options.workers) workers; TEAL_SEED=n replays one")
        let workers = (0..<options.workers).compactMap { SimulateWorker($0) }
        var total = SimulationTally()
        for worker in workers {
            let (tally, lines) = worker.wait()
            if let tally { total.add(tally) } else { total.crashedWorkers += 1 }
            for line in lines { total.add(line) }
        }
        let result = SimulationResult(total, first: options.first, workers: options.workers)
        for line in total.lines.sorted(by: { $0.seed < $1.seed }).prefix(20) {
            print("seed \(line.seed): \(line.violation.invariant.rawValue): \(line.violation.text)")
        }
        print(result.text)
        do {
            try result.write(to: options.output)
        } catch {
            print("error: \(options.output) cannot be written: \(error)")
            return 1
        }
        // After the figures are safe: looking takes a while.
        if !options.stopsAtFirst, let seed = total.lines.map(\.seed).min() { tellFewest(seed, play(options)) }
        return total.lines.isEmpty && total.crashedWorkers == 0 ? 0 : 1
    }
}

/// A process of its own that plays a share of the stories.
private final class SimulateWorker {
    private let process = Process()
    private let output = Pipe()

    init?(_ number: Int) {
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = CommandLine.arguments.dropFirst() + ["--worker", "\(number)"]
        process.standardOutput = output
        do { try process.run() } catch { return nil }
    }

    /// Waits for its end.
    ///
    /// - Returns: What it counted, nil when it crashed, and every story that failed.
    func wait() -> (SimulationTally?, [SimulationTally.Line]) {
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        var tally: SimulationTally?
        var lines: [SimulationTally.Line] = []
        for text in data.split(separator: UInt8(ascii: "\n")) {
            // A line is the one or the other.
            if let line = try? JSONDecoder().decode(SimulationTally.Line.self, from: text) {
                lines.append(line)
            } else if let found = try? JSONDecoder().decode(SimulationTally.self, from: text) {
                tally = found
            }
        }
        return (tally, lines)
    }
}
