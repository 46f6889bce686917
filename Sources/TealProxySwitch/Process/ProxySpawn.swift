import Glibc

/// Starts the proxy's program in a session of its own, so that it outlives the daemon.
struct ProxySpawn {
    /// `POSIX_SPAWN_SETSID` of glibc, which its headers show only to GNU sources.
    private static let ownSession: Int16 = 0x80
    /// What the proxy may see of the daemon's environment: nothing that could hold a secret.
    private static let variables = ["PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH"]

    /// Starts a program with its outputs going to `log`.
    ///
    /// - Returns: Its process id, or the system's error number.
    static func start(_ arguments: [String], log: CInt) -> Result<pid_t, SpawnFailure> {
        guard let program = arguments.first else { return .failure(SpawnFailure(code: EINVAL)) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, log, 1)
        posix_spawn_file_actions_adddup2(&actions, log, 2)
        // Everything else of the daemon's stays the daemon's, also what a library forgot to close on exec.
        for descriptor in inheritable() { posix_spawn_file_actions_addclose(&actions, descriptor) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = ownSession | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
        posix_spawnattr_setflags(&attributes, flags)

        var words = cStrings(arguments)
        var environment = cStrings(
            variables.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
        )
        defer { for word in words + environment { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, &attributes, &words, &environment)
        return code == 0 ? .success(pid) : .failure(SpawnFailure(code: code))
    }

    struct SpawnFailure: Error, CustomStringConvertible {
        let code: CInt
        var description: String { String(cString: strerror(code)) }
    }

    /// How a child ended, when it has; nil while it runs or when it is not a child of this process.
    static func reap(_ pid: pid_t) -> ProxyExit? {
        var status: CInt = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        let signal = status & 0x7f
        return signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
    }

    /// The descriptors from 3 on that an `exec` would keep open.
    private static func inheritable() -> [CInt] {
        guard let stream = opendir("/proc/self/fd") else { return [] }
        defer { closedir(stream) }
        var descriptors: [CInt] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let descriptor = CInt(name), descriptor > 2 else { continue }
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0, flags & FD_CLOEXEC == 0 { descriptors.append(descriptor) }
        }
        return descriptors
    }

    private static func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { strdup($0) } + [nil]
    }
}
