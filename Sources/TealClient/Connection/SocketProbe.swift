import TealAPI
import TealCore
import TealSocket

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Looks at once whether somebody listens on a Unix socket; the HTTP client would try again until its time limit.
enum SocketProbe {
    /// Connects and hangs up.
    ///
    /// - Throws: The problem that a person is told when nobody listens.
    static func check(_ path: String) throws(Problem) {
        guard path.utf8.count <= APILimits.socketPathBytesMax else {
            throw ConnectionProblem.unreachable(socket: path, because: "the path is too long for a socket")
        }
        let visit = SocketVisit(at: path)
        switch visit.code {
        case 0: return
        case ENOENT, ENOTDIR, ECONNREFUSED: throw ConnectionProblem.notRunning(socket: path)
        case EACCES, EPERM: throw ConnectionProblem.noPermission(socket: path)
        case ENOTSOCK, EPROTOTYPE:
            throw ConnectionProblem.unreachable(socket: path, because: "there is a file that is no socket")
        default: throw ConnectionProblem.unreachable(socket: path, because: visit.reason)
        }
    }
}
