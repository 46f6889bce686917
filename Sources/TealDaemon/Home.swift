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
    var runDirectory: String { root + "/run" }
    var proxySocket: String { runDirectory + "/proxy.sock" }
    var apiSocket: String { runDirectory + "/teal.sock" }
    var uploads: String { root + "/uploads" }
    private var lockFile: String { root + "/daemon.lock" }

    func currentEnvironment(of service: ServiceKey) -> String {
        "\(root)/projects/\(service.project)/\(service.service)/.current_env"
    }

    /// Makes the directories, readable by this user only.
    func prepare() throws(Problem) {
        for directory in [root, secrets, proxyState, runDirectory, uploads] {
            guard DirectoryTree.make(directory) else {
                throw Problem(
                    "daemon.home",
                    "the daemon did not start: the directory \(directory) cannot be made: \(String(cString: strerror(errno)))",
                    next: ["Choose another home with `--home` or TEAL_HOME"]
                )
            }
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
