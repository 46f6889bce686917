import TealEngine

/// Finds the fewest faults with which a story still fails in the same way (Zeller and Hildebrandt, "Simplifying and
/// Isolating Failure-Inducing Input", 2002: `ddmin`).
package struct Shrinker: Sendable {
    package let seed: UInt64
    /// How many times a story is played at most.
    package let playsMax: Int
    private let play: @Sendable (UInt64, Set<FaultKey>?, Bool) -> Simulation

    package init(
        seed: UInt64,
        playsMax: Int = 400,
        play: @escaping @Sendable (UInt64, Set<FaultKey>?, Bool) -> Simulation = {
            Simulation.play(seed: $0, allowing: $1, isTracing: $2)
        }
    ) {
        self.seed = seed
        self.playsMax = playsMax
        self.play = play
    }

    /// Plays the story again and again with fewer faults.
    ///
    /// - Parameter failed: The story as it failed.
    /// - Returns: Faults of which none can be left out.
    package func shrink(_ failed: Simulation) -> [FaultKey] {
        guard let invariant = failed.violations.first?.invariant else { return [] }
        var plays = 0
        func fails(_ faults: [FaultKey]) -> Bool {
            plays += 1
            return play(seed, Set(faults), false).violations.first?.invariant == invariant
        }
        return Self.reduce(failed.faults) { plays < playsMax && fails($0) }
    }

    /// The smallest part of a list that still fails, as far as leaving out can find it.
    package static func reduce<Item: Hashable>(_ items: [Item], fails: ([Item]) -> Bool) -> [Item] {
        if fails([]) { return [] }
        var kept = items
        var parts = 2
        while kept.count >= 2 {
            let size = max(1, (kept.count + parts - 1) / parts)
            var isReduced = false
            var start = 0
            while start < kept.count {
                let rest = Array(kept[..<start]) + Array(kept[min(start + size, kept.count)...])
                if !rest.isEmpty, fails(rest) {
                    kept = rest
                    parts = max(parts - 1, 2)
                    isReduced = true
                } else {
                    start += size
                }
            }
            guard !isReduced else { continue }
            if size == 1 { break }
            parts = min(parts * 2, kept.count)
        }
        return kept
    }
}
