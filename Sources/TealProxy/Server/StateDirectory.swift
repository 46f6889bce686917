#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The directory that one proxy owns while it runs, held by `flock` on its file `lock`.
struct StateDirectory: Sendable {
    let path: String
    private let lockDescriptor: Int32

    /// Makes the directory when it is missing, and takes the lock.
    ///
    /// - Throws: ``ProxyStartError/locked(directory:)`` when another process holds it.
    init(path: String) throws(ProxyStartError) {
        self.path = path
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw .stateDirectory(path: path, reason: SystemError.text(errno))
        }
        let descriptor = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .stateDirectory(path: path, reason: SystemError.text(errno)) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = errno
            _ = close(descriptor)
            if error == EWOULDBLOCK { throw .locked(directory: path) }
            throw .stateDirectory(path: path, reason: SystemError.text(error))
        }
        lockDescriptor = descriptor
    }

    /// Gives the lock up, so that the next proxy may start while this one finishes what is in flight.
    func unlock() {
        _ = close(lockDescriptor)
    }
}

/// The system's words for an error number.
enum SystemError {
    static func text(_ number: Int32) -> String {
        strerror(number).map { String(cString: $0) } ?? "error \(number)"
    }
}
