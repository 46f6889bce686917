import TealProxyWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Listening sockets that systemd holds and hands over (sd_listen_fds(3)).
enum InheritedSockets {
    /// The first descriptor that is handed over.
    private static let first: Int32 = 3
    /// The most that are taken.
    private static let countMax = 32

    static func read() -> [ProxyConfiguration.Inherited] {
        guard let process = variable("LISTEN_PID"), Int32(process) == getpid(),
            let count = variable("LISTEN_FDS").flatMap({ Int($0) }), (1...countMax).contains(count)
        else { return [] }
        let names = variable("LISTEN_FDNAMES")?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        return (0..<count).map { index in
            let isInternal = index < names.count && names[index] == "internal"
            let descriptor = first + Int32(index)
            // A program that this one starts must not hold the listener.
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            return .init(kind: isInternal ? .internal : .public, descriptor: descriptor)
        }
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
