import Foundation
import Testing

@Suite struct `A rollout keeps its promises whatever happens` {
    /// Which stories are played: 60, or as many as `TEAL_STORIES` says, from seed `TEAL_STORIES_FROM`; `TEAL_SEED` replays
    /// one.
    static var seeds: [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        if let text = environment["TEAL_SEED"], let seed = UInt64(text) { return [seed] }
        let first = environment["TEAL_STORIES_FROM"].flatMap(UInt64.init) ?? 0
        let count = environment["TEAL_STORIES"].flatMap(UInt64.init) ?? 60
        return Array(first..<first + count)
    }

    @Test(arguments: seeds)
    func `routes name proven replicas, every rollout ends, and nothing is left behind`(seed: UInt64) {
        var story = Scenario(seed: seed)
        defer { story.model.forget() }
        story.model.isTracing = ProcessInfo.processInfo.environment["TEAL_SEED"] != nil
        let violations = story.play()
        if story.model.isTracing { print(story.model.trace.joined(separator: "\n")) }
        #expect(violations.isEmpty, "seed \(seed); replay it with TEAL_SEED=\(seed)")
    }
}
