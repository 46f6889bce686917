import CTealSystem
import Glibc
import TealCore

/// The directory that holds everything a daemon writes, and the lock that makes it the only one.
struct Home: Sendable {
    let root: String

    var journal: String { root + "/journal.sqlite" }
    var reserve: String { root + "/reserve" }
    var secrets: String { root + "/secrets" }
    var proxyState: String { root + "/proxy" }
    /// What is remembered of an nginx that is the switch.
    var nginxState: String { root + "/nginx" }
    /// Says which switch has the routes.
    var switchFile: String { root + "/switch" }
    var runDirectory: String { root + "/run" }
    var proxySocket: String { runDirectory + "/proxy.sock" }
    var apiSocket: String { runDirectory + "/teal.sock" }
    var replicas: String { root + "/replicas" }
    var uploads: String { root + "/uploads" }
    /// Ports of the host that are being taken over.
    var portBook: String { root + "/ports.json" }
    /// The rules for the packet filter, while it reads them.
    var redirects: String { runDirectory + "/redirects.nft" }
    /// Where sources are built.
    var builds: String { root + "/builds" }
    var lastBoot: String { root + "/last-boot" }
    private var lockFile: String { root + "/daemon.lock" }

    func currentEnvironment(of service: ServiceKey) -> String {
        "\(root)/projects/\(service.project)/\(service.service)/.current_env"
    }

    /// Makes the directories, readable by this user only; those that are there must be this user's own.
    func prepare() throws(Problem) {
        for directory in [root, secrets, proxyState, runDirectory, uploads, builds] {
            guard DirectoryTree.make(directory) else {
                throw Problem(
                    "daemon.home",
                    "the daemon did not start: the directory \(directory) cannot be made: \(String(cString: strerror(errno)))",
                    next: ["Choose another home with `--home` or TEAL_HOME"]
                )
            }
            try Self.checkOwn(directory, forbidden: directory == secrets ? 0o077 : 0o022)
        }
    }

    /// Whoever may write to a directory of the home decides what the daemon runs.
    private static func checkOwn(_ directory: String, forbidden: mode_t) throws(Problem) {
        var facts = stat()
        guard lstat(directory, &facts) == 0 else {
            throw Problem("daemon.home", "the daemon did not start: \(directory): \(String(cString: strerror(errno)))")
        }
        guard facts.st_mode & S_IFMT == S_IFDIR else {
            throw Problem(
                "daemon.home",
                "the daemon did not start: \(directory) is no directory of its own, but leads to another place",
                next: ["Name the directory itself with `--home` or TEAL_HOME"]
            )
        }
        guard facts.st_uid == geteuid() else {
            throw Problem(
                "daemon.home",
                "the daemon did not start: \(directory) belongs to user \(facts.st_uid), and it runs as \(geteuid())",
                next: ["Run it as that user, or do `chown -R \(geteuid()) \(directory)`"]
            )
        }
        let mode = facts.st_mode & 0o7777
        guard mode & forbidden == 0 else {
            throw Problem(
                "daemon.home",
                "the daemon did not start: others may \(forbidden == 0o022 ? "write to" : "read") \(directory), its mode is "
                    + String(mode, radix: 8),
                next: ["Look at what is in it, then do `chmod \(forbidden == 0o022 ? "go-w" : "0700") \(directory)`"]
            )
        }
    }

    /// Takes the home for this process, until it ends.
    ///
    /// - Returns: The open lock file, never to be closed.
    /// - Throws: `daemon.already-running` when another daemon has it.
    func lock() throws(Problem) -> Int32 {
        let file = open(lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw Problem("daemon.home", "the daemon did not start: \(lockFile): \(String(cString: strerror(errno)))")
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw Problem(
                "daemon.already-running",
                "the daemon did not start: another one already has the home \(root)",
                next: ["Use that one, or choose another home with `--home` or TEAL_HOME"]
            )
        }
        return file
    }
}

/// Directories with their parents.
enum DirectoryTree {
    /// Makes a directory and what is missing above it, for this user only; true when it is there at the end.
    static func make(_ path: String) -> Bool {
        var facts = stat()
        if stat(path, &facts) == 0 { return facts.st_mode & S_IFMT == S_IFDIR }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex, !make(String(path[..<slash])) { return false }
        return mkdir(path, 0o700) == 0 || errno == EEXIST
    }
}
