import Glibc

/// A signal by the name that people write.
package struct SignalNumber: Hashable, Sendable, CustomStringConvertible {
    package let raw: Int32

    package init(_ raw: Int32) { self.raw = raw }

    private static let names: [(String, Int32)] = [
        ("HUP", SIGHUP), ("INT", SIGINT), ("QUIT", SIGQUIT), ("ABRT", SIGABRT), ("KILL", SIGKILL), ("USR1", SIGUSR1),
        ("USR2", SIGUSR2), ("PIPE", SIGPIPE), ("ALRM", SIGALRM), ("TERM", SIGTERM), ("CHLD", SIGCHLD),
        ("CONT", SIGCONT), ("STOP", SIGSTOP), ("TSTP", SIGTSTP), ("TTIN", SIGTTIN), ("TTOU", SIGTTOU),
        ("WINCH", SIGWINCH),
    ]

    /// Reads `TERM`, `SIGTERM` or `15`; nil for what is no signal.
    package init?(named text: String) {
        let name = text.uppercased()
        let bare = name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name
        if let known = Self.names.first(where: { $0.0 == bare }) {
            raw = known.1
        } else if let number = Int32(bare), (1...64).contains(number) {
            raw = number
        } else {
            return nil
        }
    }

    package var description: String { Self.names.first { $0.1 == raw }?.0 ?? "\(raw)" }
}
