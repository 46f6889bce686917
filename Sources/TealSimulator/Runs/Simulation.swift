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
        let world = World(seed: seed, allowed: allowed, isTracing: isTracing)
        OneThread.catching(world.take) {
            do {
                var story = try Story(seed: seed, world: world)
                story.play()
            } catch {
                world.violate(.endIsTrue, "the story has a bad name in it: \(error)")
            }
            world.end()
        }
        return Simulation(
            seed: seed,
            violations: world.violations,
            faults: world.fired,
            rollouts: world.audit.begun,
            requests: world.audit.requests,
            failures: world.audit.failures,
            span: .nanoseconds(world.time),
            events: world.eventCount,
            calls: .init(uniqueKeysWithValues: world.calls.map { ($0.rawValue, $1) }),
            takenBack: world.audit.takenBack,
            timeline: world.timeline
        )
    }
}
