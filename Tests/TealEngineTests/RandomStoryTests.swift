import Foundation
import Testing

@Suite struct `A rollout keeps its promises whatever happens` {
    /// How many stories are played: 60, or what `TEAL_STORIES` says, `TEAL_SEED` replays one.
    static var seeds: [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        if let text = environment["TEAL_SEED"], let seed = UInt64(text) { return [seed] }
        let count = environment["TEAL_STORIES"].flatMap(UInt64.init) ?? 60
        return Array(0..<count)
    }

    @Test(arguments: seeds)
    func `routes name proven replicas, every rollout ends, and nothing is left behind`(seed: UInt64) {
        var story = Scenario(seed: seed)
        let violations = story.play()
        if ProcessInfo.processInfo.environment["TEAL_SEED"] != nil {
            print(story.model.trace.joined(separator: "\n"))
        }
        #expect(violations.isEmpty, "seed \(seed); replay it with TEAL_SEED=\(seed)")
    }
}
