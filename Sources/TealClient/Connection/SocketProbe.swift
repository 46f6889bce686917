import TealAPI
import TealCore

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
        switch connectError(path) {
        case 0: return
        case ENOENT, ENOTDIR, ECONNREFUSED: throw ConnectionProblem.notRunning(socket: path)
        case EACCES, EPERM: throw ConnectionProblem.noPermission(socket: path)
        case ENOTSOCK, EPROTOTYPE:
            throw ConnectionProblem.unreachable(socket: path, because: "there is a file that is no socket")
        case let code: throw ConnectionProblem.unreachable(socket: path, because: String(cString: strerror(code)))
        }
    }

    /// The `errno` of a connection; 0 when it was accepted.
    private static func connectError(_ path: String) -> Int32 {
        #if canImport(Darwin)
            let stream = SOCK_STREAM
        #else
            let stream = Int32(SOCK_STREAM.rawValue)
        #endif
        let descriptor = socket(AF_UNIX, stream, 0)
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
