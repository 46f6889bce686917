import TealCore
import TealEngine

/// The world's clock, as one run of the daemon sees it.
struct SimulatedClock: HostClock {
    let incarnation: Incarnation
    let boot: BootID

    init(_ incarnation: Incarnation) {
        self.incarnation = incarnation
        boot = incarnation.world.boot
    }

    func now() -> Timestamp { incarnation.world.now }

    func wallTime() -> Double { incarnation.world.wallTime }

    func sleep(until moment: Timestamp) async {
        let world = incarnation.world
        await world.sleep(until: world.time + moment.since(world.now).nanoseconds, incarnation)
    }
}
