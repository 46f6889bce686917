#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Starts the proxy in the background: the same program again, in a session of its own.
///
/// The first process returns when the second one serves, with 0, or when it has ended, with its exit code. A new
/// program instead of `fork`, since a forked copy of a process with threads may do next to nothing.
enum Detachment {
    /// Set in the background process: the descriptor to which it writes one byte when it serves.
    private static let variable = "TEAL_PROXY_READY_FD"
    private static let readyDescriptor: Int32 = 9
    /// `POSIX_SPAWN_SETSID` of glibc and musl, which their headers show only to GNU sources.
    private static let ownSession: Int16 = 0x80

    static var isDetached: Bool { getenv(variable) != nil }

    /// Starts the background process and waits until it serves.
    static func spawn(_ arguments: [String]) -> Int32 {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return failed("pipe", errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { _ = close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], readyDescriptor)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, ownSession)

        setenv(variable, String(readyDescriptor), 1)
        var process: pid_t = 0
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        let result = posix_spawn(&process, "/proc/self/exe", &actions, &attributes, words, environ)
        _ = close(ends[1])
        guard result == 0 else { return failed("posix_spawn", result) }

        var byte: UInt8 = 0
        while true {
            let count = read(ends[0], &byte, 1)
            if count == 1 { return 0 }
            if count < 0, errno == EINTR { continue }
            break
        }
        var status: Int32 = 0
        guard waitpid(process, &status, 0) == process else { return 1 }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 1
    }

    /// In the background process: tells the first one, and sends what is said from now on to the log.
    static func reportReady(logDirectory: String) {
        guard isDetached else { return }
        unsetenv(variable)
        let log = open(logDirectory + "/proxy.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        let sink = log >= 0 ? log : open("/dev/null", O_WRONLY | O_CLOEXEC)
        _ = dup2(sink, 1)
        _ = dup2(sink, 2)
        if sink > 2 { _ = close(sink) }
        var byte: UInt8 = 1
        _ = write(readyDescriptor, &byte, 1)
        _ = close(readyDescriptor)
    }

    private static func failed(_ call: String, _ error: Int32) -> Int32 {
        ProcessFacts.say("cannot start in the background: \(call): \(SystemError.text(error))")
        return 1
    }
}
