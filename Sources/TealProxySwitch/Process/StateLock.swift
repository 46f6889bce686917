import Glibc

/// The lock that a running proxy holds on its state directory (`flock` on the file `lock`).
struct StateLock: Sendable {
    let directory: String

    /// Whether a process holds the lock now.
    ///
    /// The look itself takes it for a moment, shared.
    var isHeld: Bool {
        let descriptor = open(directory + "/lock", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}
