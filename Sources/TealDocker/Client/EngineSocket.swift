import Glibc
import TealSocket

/// The Engine's Unix socket.
struct EngineSocket: Hashable, Sendable {
    let path: String

    /// The path as the host of a URL: everything but letters and digits is encoded.
    var host: String {
        EngineCall.part(path).replacing("-", with: "%2D").replacing(".", with: "%2E").replacing("_", with: "%5F")
            .replacing("~", with: "%7E")
    }

    /// Looks at once whether somebody listens; the HTTP client would try again until its time limit.
    ///
    /// - Throws: The case that says why nobody can be asked.
    func check() throws(DockerError) {
        let visit = SocketVisit(at: path)
        switch visit.code {
        case 0: return
        case ENOENT, ENOTDIR: throw .socketMissing(path: path)
        case ECONNREFUSED: throw isSocket ? .socketDead(path: path) : .noSocket(path: path, reason: "it is a file")
        case EACCES, EPERM: throw .permissionRefused(path: path)
        case ENAMETOOLONG: throw .noSocket(path: path, reason: "the path is too long for a socket")
        case ENOTSOCK, EPROTOTYPE: throw .noSocket(path: path, reason: "it is a file of another kind")
        default: throw .noSocket(path: path, reason: visit.reason)
        }
    }

    private var isSocket: Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFSOCK
    }
}
