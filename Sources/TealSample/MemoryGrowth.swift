import NIOCore

/// Takes memory at a steady rate and never gives it back.
///
/// Belongs to one event loop.
final class MemoryGrowth {
    /// How often it takes some.
    static let interval = TimeAmount.milliseconds(100)

    private let bytesPerStep: Int
    private let loop: any EventLoop
    private var held: [[UInt8]] = []

    init(mebibytesPerSecond: Int, loop: any EventLoop) {
        self.bytesPerStep = mebibytesPerSecond << 20 / 10
        self.loop = loop
    }

    func start() {
        // Written with ones, since pages of zeros need not become resident.
        held.append([UInt8](repeating: 1, count: bytesPerStep))
        loop.assumeIsolated().scheduleTask(in: Self.interval) { self.start() }
    }
}
