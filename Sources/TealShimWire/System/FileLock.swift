import CTealSystem
import Glibc

/// A `flock` on a file, held until nothing refers to this value any more or the process ends, however it ends.
package struct FileLock: Sendable {
    private let descriptor: Descriptor

    /// Takes the lock at once.
    ///
    /// - Returns: nil when another process holds it, or has just removed it.
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
