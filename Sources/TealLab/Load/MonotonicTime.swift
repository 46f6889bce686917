import Glibc

/// The clock that the load generator uses for everything, in nanoseconds.
package enum MonotonicTime {
    /// Now.
    package static func now() -> Int { read(CLOCK_MONOTONIC) }

    /// When something happened that a daemon dated in seconds since 1970.
    ///
    /// Right to a few microseconds unless somebody sets the clock meanwhile.
    package static func of(wall seconds: Double) -> Int {
        now() - (read(CLOCK_REALTIME) - Int(seconds * 1e9))
    }

    private static func read(_ clock: clockid_t) -> Int {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
    }
}
