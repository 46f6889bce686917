import Glibc

/// Looks into `/proc` at the processes of containers, where this process may.
enum HostProcesses {
    /// The largest file that is read there, in bytes.
    private static let fileBytesMax = 16 << 20

    /// The sockets that listen in a process's network; nil when it may not be looked at, or is gone.
    static func sockets(seenBy pid: Int) -> SocketTable? {
        guard let tcp = text("/proc/\(pid)/net/tcp") else { return nil }
        return SocketTable(tcp: tcp, tcp6: text("/proc/\(pid)/net/tcp6") ?? "")
    }

    /// How many connections to a port are open in a process's network (`ESTABLISHED` in proc(5)'s tables); nil when it may
    /// not be looked at, or is gone.
    static func connections(seenBy pid: Int, to port: Int) -> Int? {
        guard let tcp = text("/proc/\(pid)/net/tcp") else { return nil }
        let lines = (tcp + (text("/proc/\(pid)/net/tcp6") ?? "")).split(separator: "\n")
        return lines.lazy.filter { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count > 3, fields[3] == "01", let digits = fields[1].split(separator: ":").last else {
                return false
            }
            return Int(digits, radix: 16) == port
        }.count
    }

    /// The processes of a container, by its control group; empty when they cannot be seen.
    static func members(of container: String) -> [Int] {
        pids().filter { pid in text("/proc/\(pid)/cgroup")?.contains(container) ?? false }
    }

    /// The inodes of the sockets that a process has open; nil when it may not be looked at.
    static func inodes(of pid: Int) -> Set<String>? {
        guard access("/proc/\(pid)/fd", R_OK) == 0 else { return nil }
        var found: Set<String> = []
        for name in DurableFile.names(in: "/proc/\(pid)/fd") {
            guard let target = linkTarget("/proc/\(pid)/fd/\(name)"), target.hasPrefix("socket:[") else { continue }
            found.insert(String(target.dropFirst(8).dropLast()))
        }
        return found
    }

    /// A process that has one of these sockets open, and its name.
    static func holder(of inodes: Set<String>) -> (pid: Int, name: String)? {
        for pid in pids() {
            guard let open = Self.inodes(of: pid), !open.isDisjoint(with: inodes) else { continue }
            return (pid, name(of: pid))
        }
        return nil
    }

    /// Signals by which a program may be told something.
    static let signals: [String: Int32] = [
        "HUP": SIGHUP, "INT": SIGINT, "QUIT": SIGQUIT, "USR1": SIGUSR1, "USR2": SIGUSR2, "ALRM": SIGALRM,
        "TERM": SIGTERM, "CONT": SIGCONT, "TSTP": SIGTSTP, "TTIN": SIGTTIN, "TTOU": SIGTTOU, "URG": SIGURG,
        "WINCH": SIGWINCH, "IO": SIGIO,
    ]

    /// Sends a signal to a container's process.
    ///
    /// - Returns: False when the process is not the container's, as far as can be seen, or may not be signalled.
    static func send(_ signal: Int32, to pid: Int, of container: String) -> Bool {
        guard text("/proc/\(pid)/cgroup")?.contains(container) ?? false else { return false }
        return kill(pid_t(pid), signal) == 0
    }

    static func name(of pid: Int) -> String {
        (text("/proc/\(pid)/comm") ?? "").filter { $0 != "\n" }
    }

    /// A process and all below it, the lowest last.
    static func family(of pid: Int) -> [Int] {
        var parents: [Int: Int] = [:]
        for other in pids() {
            // The name stands in brackets and may hold anything.
            guard let stat = text("/proc/\(other)/stat"), let close = stat.lastIndex(of: ")") else { continue }
            let fields = stat[stat.index(after: close)...].split(separator: " ")
            if fields.count > 1, let parent = Int(fields[1]) { parents[other] = parent }
        }
        var family = [pid]
        var seen = 0
        while seen < family.count {
            let above = family[seen]
            family += parents.filter { $0.value == above && !family.contains($0.key) }.keys
            seen += 1
        }
        return family
    }

    private static func pids() -> [Int] { DurableFile.names(in: "/proc").compactMap { Int($0) } }

    private static func linkTarget(_ path: String) -> String? {
        let target = [CChar](unsafeUninitializedCapacity: 256) { buffer, initialized in
            guard let start = buffer.baseAddress else { return }
            initialized = max(readlink(path, start, buffer.count), 0)
        }
        return target.isEmpty ? nil : String(decoding: target.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < fileBytesMax {
            let count = read(descriptor, &part, part.count)
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += part[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Who listens on ports of the host's own loopback.
enum HostListeners {
    private static let loopback = IPv4Address(bits: 0x7F00_0001)

    enum Owner: Hashable, Sendable {
        case nobody
        /// The process by which the Engine leads a port of the host to a container.
        case dockerProxy
        case other(pid: Int?, name: String?)
    }

    /// What an engine leads ports of the host to containers by, as the kernel shortens the names: Docker's, with and
    /// without root; Podman's, which may be conmon itself.
    private static let leaders: Set<String> = [
        "docker-proxy", "rootlesskit", "rootlesskit-doc", "slirp4netns", "rootlessport", "conmon", "pasta",
        "pasta.avx2",
    ]

    static func owner(of port: Int) -> Owner {
        let takers = HostProcesses.sockets(seenBy: Int(getpid()))?.takers(of: loopback, port) ?? []
        guard !takers.isEmpty else { return .nobody }
        guard let holder = HostProcesses.holder(of: Set(takers.map(\.inode))) else {
            return .other(pid: nil, name: nil)
        }
        if leaders.contains(holder.name) { return .dockerProxy }
        return .other(pid: holder.pid, name: holder.name)
    }

    /// Who listens at a port, as people read it; nil when nobody does or it cannot be seen.
    static func holder(of port: Int) -> String? {
        switch owner(of: port) {
        case .nobody: nil
        case .dockerProxy: "another container"
        case .other(let pid, let name): name.map { "\($0) (pid \(pid ?? 0))" }
        }
    }
}
