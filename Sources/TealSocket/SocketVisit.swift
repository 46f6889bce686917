#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A visit at a Unix socket: connects and hangs up, to see at once whether somebody listens there.
package struct SocketVisit: Hashable, Sendable {
    /// The `errno` of the connection; 0 when it was taken, or waits in a queue that is full.
    ///
    /// `ECONNREFUSED` for a socket, or a file, at which nobody listens; `ENAMETOOLONG` for what fits into no `sockaddr_un`.
    package let code: Int32

    /// Visits; never waits.
    package init(at path: String) {
        let code = Self.error(connectingTo: path)
        // Somebody listens, and is busy: for that whoever asks has a limit of its own.
        self.code = [EAGAIN, EINPROGRESS].contains(code) ? 0 : code
    }

    package var isAnswered: Bool { code == 0 }

    /// Why nobody can be asked, in the system's words.
    package var reason: String { String(cString: strerror(code)) }

    private static func error(connectingTo path: String) -> Int32 {
        #if canImport(Darwin)
            let stream = SOCK_STREAM
        #else
            let stream = Int32(SOCK_STREAM.rawValue)
        #endif
        var address = sockaddr_un()
        // The rest of the field is zero, which ends the path.
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return ENAMETOOLONG }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, stream, 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0, fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else {
            return errno
        }
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 ? 0 : errno
    }
}
