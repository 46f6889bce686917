import Foundation
import Synchronization

/// A stand-in for another boot of the machine.
extension Lab {
    /// Whether a lab can have another boot id than the machine: it needs a mount of its own, which root may make.
    package static let canReboot = getuid() == 0 && ProcessInfo.processInfo.environment["TEAL_NO_MOUNT"] == nil

    /// Ends all processes but the load; those that start from now on see another boot id, where that can be had.
    package func reboot() async throws {
        try await killEverything()
        guard Self.canReboot else { return }
        let path = root + "/boot-id"
        let id = UUID().uuidString.lowercased()
        try Data((id + "\n").utf8).write(to: URL(fileURLWithPath: path))
        state.withLock { $0.boot = path }
    }

    /// The words that start a program in the lab's present boot; its pid is that of the words' process.
    package func inBoot(_ words: [String]) -> [String] {
        guard let boot = state.withLock({ $0.boot }) else { return words }
        // The mount is seen by this program and what it starts, and goes with them.
        let script = "mount --bind '\(boot)' /proc/sys/kernel/random/boot_id && exec \"$@\""
        return ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh"] + words
    }
}
