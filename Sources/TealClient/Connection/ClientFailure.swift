package import TealAPI
package import TealCore

/// Why the daemon did not do what it was asked.
package enum ClientFailure: Error, Hashable, Sendable {
    /// The daemon refused, in its own words.
    case refused(ProblemBody)
    /// Nobody answers at the socket; nothing was asked of the daemon.
    case unreachable(Problem)
    /// The connection ended in the middle; whether the daemon did it is not known.
    case lost(Problem)
    /// The caller was cancelled.
    case cancelled

    /// What a person is told; nil when there is nothing to tell.
    package var problem: Problem? {
        switch self {
        case .refused(let body): body.problem
        case .unreachable(let problem), .lost(let problem): problem
        case .cancelled: nil
        }
    }
}

/// The words for what is wrong with a connection.
package enum ConnectionProblem {
    package static func notRunning(socket: String) -> Problem {
        let home = socket.hasSuffix("/run/teal.sock") ? String(socket.dropLast("/run/teal.sock".count)) : nil
        let start = home.map { "Start it with `teal serve --home \($0)`" } ?? "Start it with `systemctl start teal`"
        return Problem(
            "daemon.not-running",
            "nothing has been changed, and running services go on: no Teal daemon answers here",
            at: [socket],
            next: [start, "Or name another daemon with `--home`, `--socket`, TEAL_HOME or TEAL_SOCKET"]
        )
    }

    package static func noPermission(socket: String) -> Problem {
        Problem(
            "daemon.no-permission",
            "nothing has been changed: you may not use the Teal daemon on this machine",
            at: [socket],
            next: [
                "Ask for membership of the group that owns the socket (`sudo usermod -aG teal $USER`), then log in again"
            ]
        )
    }

    package static func unreachable(socket: String, because: String) -> Problem {
        Problem(
            "daemon.unreachable",
            "nothing has been changed: the Teal daemon cannot be reached: \(because)",
            at: [socket],
            next: ["Look whether it runs (`systemctl status teal`) and at its log"]
        )
    }

    package static func lost(socket: String, because: String) -> Problem {
        Problem(
            "daemon.lost",
            "the connection to the Teal daemon ended before it had answered, so what it did is not known: \(because)",
            at: [socket],
            next: ["Look with `teal status`; a rollout that had begun goes on by itself"]
        )
    }

    package static func notAnswered(seconds: Int, socket: String) -> Problem {
        Problem(
            "daemon.timeout",
            "the Teal daemon has not answered within \(seconds) s, so what it did is not known",
            at: [socket],
            next: ["Look with `teal status` and at the daemon's log"]
        )
    }

    package static func unreadable(socket: String, what: String) -> Problem {
        Problem(
            "daemon.unreadable",
            "the Teal daemon's answer cannot be read: \(what)",
            at: [socket],
            next: ["Compare the versions with `teal version`"]
        )
    }
}
