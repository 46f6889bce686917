#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the process knows of itself and its limits.
enum ProcessFacts {
    static var processID: Int32 { getpid() }

    /// How many processors are at work, at least one.
    static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// The kernel's name for the present boot; empty where there is none.
    static var boot: [UInt8] {
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { _ = close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 36)
        return buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) } == 36 ? buffer : []
    }

    /// Raises the limit of open files as far as it goes, and says how many there may be.
    static func raiseFileLimit() -> Int {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0 else { return 1024 }
        limit.rlim_cur = limit.rlim_max
        // Not being allowed to is no error: the limit stays as it was.
        _ = setrlimit(resource, &limit)
        guard getrlimit(resource, &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }

    /// A line on standard error.
    static func say(_ text: String) {
        let line = Array("teal-proxy: \(text)\n".utf8)
        // Nothing can be done when standard error is closed.
        _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}
