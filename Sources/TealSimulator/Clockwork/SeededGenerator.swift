/// SplitMix64: the same seed gives the same numbers on every machine.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed &+ 0x9E37_79B9_7F4A_7C15 }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    /// The number that comes next, left for others to draw.
    var peek: UInt64 { Self.mixed(state &+ 0x9E37_79B9_7F4A_7C15) }

    /// Spreads a number's bits, so that neighbours have nothing in common.
    static func mixed(_ number: UInt64) -> UInt64 {
        var mixed = number
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True in `percent` of 100 cases.
    mutating func chance(_ percent: Double) -> Bool {
        // The standard library's way to a double takes several times as long.
        Double(next() >> 11) / Double(1 << 53) * 100 < percent
    }

    /// A whole number of the range.
    mutating func pick(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration { .milliseconds(pick(range)) }
}
