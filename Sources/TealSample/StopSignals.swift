import Glibc

/// Waits for the signals that steer the service on a thread of its own.
struct StopSignals {
    private static let watched = [SIGTERM, SIGINT, SIGUSR1, SIGUSR2]

    /// Blocks the signals in this thread and all that it starts; to be called before there are others.
    init() {
        var set = Self.set
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Waits for the next signal.
    func next() -> Int32 {
        var set = Self.set
        var number: Int32 = 0
        while sigwait(&set, &number) != 0 {}
        return number
    }

    private static var set: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in watched { sigaddset(&set, number) }
        return set
    }
}
