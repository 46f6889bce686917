import Foundation
import Glibc
package import TealCore
import TealProxySwitch
import TealShimWire
import TealSocket

/// A daemon that is started from a command and goes on without it.
package struct DetachedDaemon: Sendable {
    /// How long it may take until it answers.
    private static let startLimit: Duration = .seconds(30)
    private static let look: Duration = .milliseconds(20)
    /// What whoever types the command has set for another daemon.
    private static let foreign = ["TEAL_HOME", "TEAL_SOCKET", "TEAL_SWITCH"]

    /// An absolute path; made when it is missing.
    private let home: String
    private let listen: String
    private let dockerSocket: String?

    package init(home: String, listen: String, dockerSocket: String?) {
        self.home = home
        self.listen = listen
        self.dockerSocket = dockerSocket
    }

    /// Starts it, and returns when it answers.
    ///
    /// - Throws: `dev.daemon` with its own last words; nothing of it runs then.
    package func start() async throws(Problem) {
        let log = "\(home)/daemon.log"
        guard DirectoryTree.make(home) else {
            throw failed(["\(home): \(String(cString: strerror(errno)))"])
        }
        let output = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw failed(["\(log): \(String(cString: strerror(errno)))"]) }
        defer { close(output) }
        var environment = ProcessInfo.processInfo.environment
        for name in Self.foreign { environment[name] = nil }
        // No port of anybody's container is taken over for work.
        environment["TEAL_NFT"] = ""
        var spawn = Spawn(
            // This very program.
            program: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/proc/self/exe",
            arguments: ["serve", "--home", home, "--listen", listen, "--internal-listen", "127.0.0.1:0"]
                + (dockerSocket.map { ["--docker-socket", $0] } ?? []),
            environment: environment.map { "\($0.key)=\($0.value)" }.sorted(),
            directory: "/"
        )
        (spawn.output, spawn.error) = (output, output)
        let pid: pid_t
        do throws(SpawnError) {
            pid = try spawn.run()
        } catch {
            throw failed(["\(error)"])
        }
        let end = ContinuousClock.now + Self.startLimit
        while !SocketVisit(at: "\(home)/run/teal.sock").isAnswered {
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == 0 else { throw failed(Self.lastWords(in: log)) }
            guard ContinuousClock.now < end else {
                kill(pid, SIGTERM)
                throw failed(["it does not answer within \(Self.startLimit.components.seconds) s"])
            }
            // Cancelled, it only looks more often.
            try? await Task.sleep(for: Self.look)
        }
    }

    private func failed(_ lines: [String]) -> Problem {
        Problem(
            "dev.daemon",
            "nothing is up: the daemon in \(home) did not start",
            at: lines,
            next: ["`teal dev down` takes away what is left of an earlier one"]
        )
    }

    /// Its problem, or else what it wrote last.
    private static func lastWords(in log: String) -> [String] {
        // Without a log there are none.
        let lines = ((try? Files.text(log)) ?? "")?.split(separator: "\n").map(String.init) ?? []
        let begin = lines.lastIndex { $0.hasPrefix("error:") } ?? max(0, lines.count - 5)
        return Array(lines[begin...].prefix(8))
    }
}
