import Glibc

/// A moment of CLOCK_MONOTONIC, which the load generator uses too.
struct MonotonicTime: Hashable, Comparable {
    let nanoseconds: UInt64

    static var now: Self {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Self(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    static func + (time: Self, duration: Duration) -> Self {
        let parts = duration.components
        return Self(
            nanoseconds: time.nanoseconds + UInt64(parts.seconds) * 1_000_000_000
                + UInt64(parts.attoseconds / 1_000_000_000)
        )
    }

    static func < (one: Self, other: Self) -> Bool { one.nanoseconds < other.nanoseconds }

    func seconds(since earlier: Self) -> Double {
        nanoseconds < earlier.nanoseconds ? 0 : Double(nanoseconds - earlier.nanoseconds) / 1e9
    }

    /// Milliseconds from now until then, for `poll`; 0 when it has passed.
    var pollMilliseconds: Int32 {
        let now = Self.now
        return now < self ? Int32(clamping: (nanoseconds - now.nanoseconds) / 1_000_000 + 1) : 0
    }
}
