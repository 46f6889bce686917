import CTealSystem
import Glibc

/// Waiting for processes that need not be children.
enum ProcessEnd {
    /// Whether the process has ended by then; a zombie has ended.
    static func wait(for pid: pid_t, until deadline: MonotonicTime) -> Bool {
        let descriptor = teal_pidfd_open(pid)
        // No such process: it has ended already.
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, deadline.pollMilliseconds) > 0 { return true }
            if MonotonicTime.now >= deadline { return false }
        }
    }
}
