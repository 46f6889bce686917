import TealCore
import Testing

@Suite
struct `Timestamps and durations` {
    @Test func `add up without loss`() {
        let start = Timestamp(nanoseconds: 1_000_000_007)
        let later = start + .milliseconds(250)
        #expect(later.nanoseconds == 1_250_000_007)
        #expect(later.since(start) == .milliseconds(250))
        #expect(start < later)
    }

    @Test func `durations are cut, not wrapped, when they are too long`() {
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(Int64.min).nanoseconds == .min)
        #expect(Duration.milliseconds(1500).inSeconds == 1.5)
    }
}
