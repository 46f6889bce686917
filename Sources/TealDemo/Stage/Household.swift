import Glibc

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The processes that belong to a home: proxy, shims and replicas, which outlive the daemon.
struct Household {
    let home: String

    struct Member: Hashable {
        let pid: pid_t
        /// The program's name.
        let name: String
    }

    /// Those that run now: one of their arguments, or their program, is below the home.
    func members() -> [Member] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []  // none without /proc
        return entries.compactMap { entry in
            guard let pid = pid_t(entry), pid != getpid() else { return nil }
            let arguments = Self.arguments(of: pid)
            guard let program = arguments.first, arguments.contains(where: { $0.hasPrefix(home + "/") }) else {
                return nil
            }
            return Member(pid: pid, name: program.split(separator: "/").last.map(String.init) ?? program)
        }
    }

    /// Ends all of them: shims first, which end their replicas as their service wants it, and what is left by force.
    func end() {
        let deadline = MonotonicTime.now + .seconds(6)
        for name in ["teal-shim", "teal-proxy"] {
            let asked = members().filter { $0.name == name }
            for member in asked { kill(member.pid, SIGTERM) }
            for member in asked { _ = ProcessEnd.wait(for: member.pid, until: deadline) }
        }
        for member in members() {
            kill(member.pid, SIGKILL)
            _ = ProcessEnd.wait(for: member.pid, until: MonotonicTime.now + .seconds(2))
        }
    }

    private static func arguments(of pid: pid_t) -> [String] {
        // A process may end between the listing and this.
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return [] }
        return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
