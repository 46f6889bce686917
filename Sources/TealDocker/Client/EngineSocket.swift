import Glibc

/// The Engine's Unix socket.
struct EngineSocket: Hashable, Sendable {
    /// The longest path that fits into `sockaddr_un`, in bytes.
    static let pathBytesMax = 107

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
        guard path.utf8.count <= Self.pathBytesMax else {
            throw .noSocket(path: path, reason: "the path is too long for a socket")
        }
        switch connectError() {
        // A full backlog is a slow engine, which the call's own limit is for.
        case 0, EAGAIN, EINPROGRESS: return
        case ENOENT, ENOTDIR: throw .socketMissing(path: path)
        case ECONNREFUSED: throw isSocket ? .socketDead(path: path) : .noSocket(path: path, reason: "it is a file")
        case EACCES, EPERM: throw .permissionRefused(path: path)
        case ENOTSOCK, EPROTOTYPE: throw .noSocket(path: path, reason: "it is a file of another kind")
        case let code: throw .noSocket(path: path, reason: String(cString: strerror(code)))
        }
    }

    private var isSocket: Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFSOCK
    }

    /// The `errno` of a connection; 0 when it was accepted.
    private func connectError() -> Int32 {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, flags, 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            // Its length was checked; the rest of the field is zero.
            bytes.copyBytes(from: path.utf8)
        }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 ? 0 : errno
    }
}
