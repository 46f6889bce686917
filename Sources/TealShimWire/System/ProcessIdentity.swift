package import Glibc
package import TealCore

/// One process, told apart from every other that ever has its number: pid and start time within a boot.
package struct ProcessIdentity: Hashable, Sendable, CustomStringConvertible {
    package let pid: pid_t
    /// Clock ticks since boot, field 22 of `/proc/<pid>/stat` (proc(5)).
    package let startTicks: UInt64

    package init(pid: pid_t, startTicks: UInt64) {
        self.pid = pid
        self.startTicks = startTicks
    }

    /// `pid:ticks`.
    package var description: String { "\(pid):\(startTicks)" }

    /// When it began, on the clock of its boot, to a hundredth of a second.
    package var started: Timestamp {
        let perSecond = UInt64(max(sysconf(Int32(_SC_CLK_TCK)), 1))
        let nanoseconds = startTicks.multipliedReportingOverflow(by: 1_000_000_000 / perSecond)
        return .init(nanoseconds: nanoseconds.overflow ? .max : Int64(clamping: nanoseconds.partialValue))
    }

    /// Reads ``description``.
    package init?(_ text: String) {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let pid = pid_t(parts[0]), let ticks = UInt64(parts[1]), pid > 0 else { return nil }
        self.init(pid: pid, startTicks: ticks)
    }

    /// The process that has this number now, if one has.
    package static func of(_ pid: pid_t) -> ProcessIdentity? {
        ProcessEntry.read(pid).map { .init(pid: pid, startTicks: $0.startTicks) }
    }

    /// Whether it still runs.
    ///
    /// A process that has ended and was not reaped does not.
    package var isAlive: Bool {
        guard let entry = ProcessEntry.read(pid) else { return false }
        return entry.startTicks == startTicks && !entry.isZombie
    }
}

/// The present boot.
package enum Boot {
    /// The kernel's id of this boot (`/proc/sys/kernel/random/boot_id`), read once.
    package static let id: BootID = {
        // Without /proc nothing of this runs; an empty id equals no recorded one.
        let text = (try? Files.text("/proc/sys/kernel/random/boot_id")) ?? nil
        return BootID(String((text ?? "").prefix { $0 != "\n" }))
    }()
}
