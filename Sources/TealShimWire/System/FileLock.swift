import CTealSystem
import Glibc
import TealCore

/// A `flock` on a file, held until nothing refers to this value any more or the process ends, however it ends.
package struct FileLock: Sendable {
    private let descriptor: Descriptor

    /// How long it is waited between two tries.
    private static let tryMicroseconds: useconds_t = 1_000

    /// Takes the lock, within a limit.
    ///
    /// ``isHeld(_:)`` holds it too for a moment. A limit of some milliseconds outlasts that; without one a look of
    /// somebody else may seem to be a holder.
    ///
    /// - Returns: nil when it was held all the time.
    package static func take(_ path: String, within limit: Duration) throws(SystemError) -> FileLock? {
        let until = Timestamp(nanoseconds: teal_boot_nanoseconds()) + limit
        while true {
            if let lock = try take(path) { return lock }
            guard Timestamp(nanoseconds: teal_boot_nanoseconds()) < until else { return nil }
            usleep(tryMicroseconds)
        }
    }

    /// Takes the lock at once.
    ///
    /// - Returns: nil when another process holds it, looks at it, or has just removed it.
    package static func take(_ path: String) throws(SystemError) -> FileLock? {
        let file = try Descriptor(opening: path, O_RDWR | O_CREAT)
        let result = teal_try_lock(file.raw, true)
        if result == -EWOULDBLOCK { return nil }
        try checked(result, "flock", on: path)
        // Between opening and locking it may have been removed, and made again by another: then it locks nothing.
        var (mine, current) = (stat(), stat())
        guard fstat(file.raw, &mine) == 0, stat(path, &current) == 0, mine.st_ino == current.st_ino else { return nil }
        return FileLock(descriptor: file)
    }

    /// Whether some process holds the lock.
    ///
    /// Looks without taking it for longer than the call.
    package static func isHeld(_ path: String) throws(SystemError) -> Bool {
        let file: Descriptor
        do throws(SystemError) {
            file = try Descriptor(opening: path, O_RDONLY)
        } catch {
            if error.code == ENOENT || error.code == ENOTDIR { return false }
            throw error
        }
        let result = teal_try_lock(file.raw, false)
        if result == -EWOULDBLOCK { return true }
        try checked(result, "flock", on: path)
        return false
    }
}
