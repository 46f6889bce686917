import Glibc

/// The wall clock, by which the Engine dates what it tells.
enum WallClock {
    static var now: EngineMoment {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return EngineMoment(seconds: time.tv_sec, nanoseconds: time.tv_nsec)
    }
}
