import TealAPI
package import TealCore
import TealSocket

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where a daemon makes its socket: a path at which nothing is, or a socket that nobody answers at any more.
package struct SocketPlace: Hashable, Sendable {
    /// Is added to the path while the socket is made.
    static let newSuffix = ".new"
    /// Who may go into a directory that is made for the socket: its user and its group.
    private static let directoryMode: mode_t = 0o750

    /// A file that can be told from every other one.
    struct File: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
    }

    package let path: String

    package init(path: String) { self.path = path }

    /// The name under which the socket is bound before it is put in its place.
    var boundPath: String { path + Self.newSuffix }

    /// Makes the directory when it is missing, and checks that the socket can be made.
    ///
    /// - Throws: `daemon.socket-path` when the system cannot hold so long a path, `daemon.socket` when something else is
    ///   there, when another daemon answers there, or when the directory cannot be used.
    package func prepare() throws(Problem) {
        try checkLength()
        let directory = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        if mkdir(directory, Self.directoryMode) == 0 {
            // Whatever the process masks: the group is to reach the socket.
            guard chmod(directory, Self.directoryMode) == 0 else { throw failed("chmod \(directory)") }
        } else if errno != EEXIST {
            throw failed("mkdir \(directory)")
        }
        guard access(directory, W_OK | X_OK) == 0 else { throw failed("access \(directory)") }
        try checkFree()
    }

    func checkLength() throws(Problem) {
        let bytesMax = APILimits.socketPathBytesMax - Self.newSuffix.utf8.count
        guard path.utf8.count <= bytesMax else {
            throw Problem(
                "daemon.socket-path",
                "the daemon cannot start: the path of its socket has \(path.utf8.count) bytes, and \(bytesMax) are allowed",
                at: [path],
                next: ["Choose a shorter directory with `teal serve --home` or TEAL_HOME"]
            )
        }
    }

    /// Checks that nothing is lost when the socket is put in its place.
    func checkFree() throws(Problem) {
        guard let facts = Self.facts(path) else { return }
        guard facts.st_mode & S_IFMT == S_IFSOCK else {
            throw Problem(
                "daemon.socket",
                "the daemon cannot start: there is a file that is no socket where its socket is to be",
                at: [path],
                next: ["Remove it, or choose another path with `teal serve --socket`"]
            )
        }
        let visit = SocketVisit(at: path)
        switch visit.code {
        case ECONNREFUSED, ENOENT: return  // left over by one that was killed
        case 0:
            throw Problem(
                "daemon.socket",
                "the daemon cannot start: another one answers at its socket",
                at: [path],
                next: ["Use that one, or choose another path with `teal serve --socket`"]
            )
        default:
            throw Problem(
                "daemon.socket",
                "the daemon cannot start: who answers at its socket cannot be found out: \(visit.reason)",
                at: [path],
                next: ["Choose another path with `teal serve --socket`"]
            )
        }
    }

    /// Gives the bound socket its mode and group and moves it to its place.
    ///
    /// - Returns: What identifies it from then on.
    func put(groupID: UInt32?) throws(Problem) -> File {
        guard chmod(boundPath, 0o660) == 0 else { throw failed("chmod") }
        if let groupID, chown(boundPath, uid_t.max, groupID) != 0 { throw failed("chown") }
        guard let own = Self.file(boundPath) else { throw failed("stat") }
        // Looked at again: another daemon may have come meanwhile.
        try checkFree()
        guard rename(boundPath, path) == 0 else { throw failed("rename") }
        return own
    }

    /// Removes the socket if it is still the one that was put there.
    func remove(_ own: File) {
        // Gone already, or another daemon's by now: then it stays as it is.
        if Self.file(path) == own { _ = unlink(path) }
    }

    func failed(_ call: String, _ reason: String? = nil) -> Problem {
        Problem(
            "daemon.socket",
            "the daemon cannot start: its socket could not be made (\(call): \(reason ?? String(cString: strerror(errno))))",
            at: [path],
            next: ["Check who may write to the directory, or choose another with `teal serve --home`"]
        )
    }

    private static func file(_ path: String) -> File? {
        facts(path).map { File(device: UInt64($0.st_dev), inode: UInt64($0.st_ino)) }
    }

    private static func facts(_ path: String) -> stat? {
        var facts = stat()
        return lstat(path, &facts) == 0 ? facts : nil
    }
}
