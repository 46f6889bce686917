package import TealCore

/// A host's boot clock, and the boot that its timestamps belong to.
package protocol HostClock: Sendable {
    var boot: BootID { get }
    /// The time since the host booted.
    func now() -> Timestamp
    /// Seconds since 1970, for people.
    func wallTime() -> Double
    /// Returns at `moment`, or at once when the task is cancelled.
    func sleep(until moment: Timestamp) async
}

extension HostClock {
    /// How long ago a moment was by the wall clock, which is all that is known after another boot.
    package func since(_ wall: Double) -> Duration { .milliseconds(max(0, Int64((wallTime() - wall) * 1000))) }
}
