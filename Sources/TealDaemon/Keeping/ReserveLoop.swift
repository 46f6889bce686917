import Glibc
import ServiceLifecycle
import TealStore

/// Takes the reserve again after it was given up for a full disk, once there is room.
struct ReserveLoop: Service {
    let reserve: ReserveHold

    private static let pause: Duration = .seconds(60)
    /// What must be free, in bytes, so that taking the reserve fills no disk by itself.
    private static let freeBytesMin = 4 * UInt64(ReserveFile.bytes)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Cancelled: the loop ends.
                try? await Task.sleep(for: Self.pause)
                var facts = statvfs()
                guard !reserve.isHeld, statvfs(reserve.home.root, &facts) == 0,
                    UInt64(facts.f_bavail) * UInt64(facts.f_frsize) >= Self.freeBytesMin
                else { continue }
                _ = reserve.hold()  // the next round tries again, and the doctor says so
            }
        }
    }
}
