import CTealSystem
package import Glibc

/// Finds and ends the processes that belong together.
package enum ProcessTree {
    /// The processes below `root`, without `root` itself, zombies included; parents before children.
    package static func descendants(of root: pid_t) -> [ProcessEntry] {
        var found: [ProcessEntry] = []
        var waiting = children(of: root)
        var seen: Set<pid_t> = [root]
        while let pid = waiting.popLast() {
            guard seen.insert(pid).inserted, let entry = ProcessEntry.read(pid) else { continue }
            found.append(entry)
            waiting += children(of: pid)
        }
        return found
    }

    /// The children of all of a process's threads.
    private static func children(of pid: pid_t) -> [pid_t] {
        let tasks = "/proc/\(pid)/task"
        // A process that has ended has no children: they went to the next subreaper.
        let threads = (try? Files.names(in: tasks)) ?? []
        return threads.flatMap { thread -> [pid_t] in
            guard let text = (try? Files.text("\(tasks)/\(thread)/children")) ?? nil else { return [] }
            return text.split(separator: " ").compactMap { pid_t($0) }
        }
    }

    /// Processes whose environment holds `mark` as one of its entries, wherever they hang in the tree.
    ///
    /// Finds what outlived its subreaper. A process of another user cannot be read and is not found.
    package static func marked(_ mark: String, among entries: [ProcessEntry]? = nil) -> [ProcessEntry] {
        let wanted = Array(mark.utf8)
        return (entries ?? all()).filter { entry in
            guard entry.pid != getpid(), !entry.isZombie,
                let environment = (try? Files.read("/proc/\(entry.pid)/environ")) ?? nil
            else { return false }
            return environment.split(separator: 0).contains { $0.elementsEqual(wanted) }
        }
    }

    /// Every process that can be seen.
    package static func all() -> [ProcessEntry] {
        // Without /proc nothing is found, and every caller treats that as 'nothing runs there'.
        ((try? Files.names(in: "/proc")) ?? []).compactMap { pid_t($0) }.compactMap { ProcessEntry.read($0) }
    }

    /// Sends a signal to exactly this process.
    ///
    /// - Returns: Whether it was there to receive it.
    @discardableResult
    package static func signal(_ identity: ProcessIdentity, _ number: Int32) -> Bool {
        let raw = teal_pidfd_open(identity.pid)
        guard raw >= 0 else { return false }
        let descriptor = Descriptor(owning: raw)
        // The descriptor holds one process; only now does its start time prove which.
        guard ProcessEntry.read(identity.pid)?.startTicks == identity.startTicks else { return false }
        return teal_pidfd_send_signal(descriptor.raw, number) == 0
    }
}
