import TealCore
import TealEngine

/// One story, played from its seed.
package struct Simulation: Sendable {
    package let seed: UInt64
    package let violations: [Violation]
    /// Everything that went wrong, in order.
    package let faults: [FaultKey]
    package let rollouts: Int
    package let requests: Int
    /// Requests that no release answered.
    package let failures: Int
    /// How long the story took in the world.
    package let span: Duration
    package let events: Int
    /// How often each thing was asked of the world.
    package let calls: [String: Int]
    /// How often a rollout of several services was not released, by the phase that it had reached.
    package let takenBack: [String: Int]
    /// What happened, for people; empty unless it was asked for.
    package let timeline: [String]

    /// Plays a story.
    ///
    /// - Parameters:
    ///   - seed: Decides everything that is left to chance.
    ///   - allowed: The only faults that may happen; nil for all that the seed brings.
    ///   - isTracing: Whether to write down what happens, which takes most of the time of a story.
    /// - Returns: What was seen in it.
    package static func play(
        seed: UInt64,
        allowing allowed: Set<FaultKey>? = nil,
        isTracing: Bool = false
    ) -> Simulation {
        let stage = Stage(isTracing: isTracing)
        let world = World(seed: seed, allowed: allowed, stage: stage)
        OneThread.catching(stage.take) {
            do {
                var story = try Story(seed: seed, world: world)
                story.play()
            } catch {
                world.violate(.endIsTrue, "the story has a bad name in it: \(error)")
            }
            stage.end()
        }
        return Simulation(seed, stage, [world], faults: world.fired)
    }

    /// Plays a story of several hosts.
    ///
    /// - Parameters:
    ///   - seed: Decides everything that is left to chance.
    ///   - allowed: The only faults that may happen; nil for all that the seed brings.
    ///   - isTracing: Whether to write down what happens.
    /// - Returns: What was seen in it.
    package static func playHosts(
        seed: UInt64,
        allowing allowed: Set<FaultKey>? = nil,
        isTracing: Bool = false
    ) -> Simulation {
        let stage = Stage(isTracing: isTracing)
        do {
            var random = SeededGenerator(seed: seed)
            let worlds = try HostsStory.worlds(seed: seed, allowed: allowed, stage: stage, &random)
            let network = Network(worlds, stage: stage)
            OneThread.catching(stage.take) {
                do {
                    var story = try HostsStory(worlds: worlds, network: network, random: random)
                    story.play()
                } catch {
                    worlds[0].violate(.endIsTrue, "the story has a bad name in it: \(error)")
                }
                stage.end()
            }
            return Simulation(seed, stage, worlds, faults: worlds.flatMap(\.fired))
        } catch {
            preconditionFailure("the hosts have bad names: \(error)")
        }
    }

    private init(_ seed: UInt64, _ stage: Stage, _ worlds: [World], faults: [FaultKey]) {
        self.seed = seed
        self.faults = faults
        violations = worlds.flatMap(\.violations)
        rollouts = worlds.reduce(0) { $0 + $1.audit.begun }
        requests = worlds.reduce(0) { $0 + $1.audit.requests }
        failures = worlds.reduce(0) { $0 + $1.audit.failures }
        span = .nanoseconds(stage.time)
        events = stage.eventCount
        calls = worlds.reduce(into: [:]) { calls, world in
            for (site, count) in world.calls { calls[site.rawValue, default: 0] += count }
        }
        takenBack = worlds.reduce(into: [:]) { $0.merge($1.audit.takenBack, uniquingKeysWith: +) }
        timeline = stage.timeline
    }
}
