import Synchronization
import TealCore
import TealEngine

/// A clock that sleeping moves.
final class SleptClock: HostClock {
    private let time = Mutex(Timestamp(nanoseconds: 0))

    var boot: BootID { Play.boot }
    func now() -> Timestamp { time.withLock { $0 } }
    func wallTime() -> Double { 0 }
    func sleep(until moment: Timestamp) async { time.withLock { $0 = max($0, moment) } }
}
