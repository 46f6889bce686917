#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Runs a program to its end, with a limit on its time and on what it writes.
struct ChildProcess {
    let program: String
    let arguments: [String]
    /// Its whole environment; nothing is inherited.
    let environment: [String: String]
    let input: String

    /// How it ended.
    struct Result {
        let output: [UInt8]
        /// The beginning of what it wrote to the standard error, at most 4 KiB.
        let errors: String
        /// Its exit code, or 128 and the signal's number.
        let code: Int32
    }

    enum Failure: Error {
        case notStarted(String)
        case tooSlow
        case tooMuch(bytesMax: Int)
    }

    /// Runs it; every process that it began in its group has ended when this returns.
    func run(limit: Duration, bytesMax: Int) throws(Failure) -> Result {
        var pipes: [[Int32]] = []
        defer { for descriptor in pipes.joined() where descriptor >= 0 { close(descriptor) } }
        for _ in 0..<3 {
            var ends: [Int32] = [-1, -1]
            guard Self.makePipe(&ends) else { throw .notStarted(String(cString: strerror(errno))) }
            pipes.append(ends)
        }
        // The input is far smaller than a pipe holds (64 KiB), and both ends are open here: this neither waits nor breaks.
        let text = Array(input.utf8)
        guard text.withUnsafeBytes({ write(pipes[0][1], $0.baseAddress, $0.count) }) == text.count else {
            throw .notStarted(String(cString: strerror(errno)))
        }
        let child = try spawn(input: pipes[0][0], output: pipes[1][1], errors: pipes[2][1])
        for (index, end) in [(0, 0), (0, 1), (1, 1), (2, 1)] {
            close(pipes[index][end])
            pipes[index][end] = -1
        }
        var outcome: (output: [UInt8], errors: [UInt8])?
        var failure: Failure?
        do {
            outcome = try exchange(pipes[1][0], pipes[2][0], limit: limit, bytesMax: bytesMax)
        } catch {
            failure = error
        }
        // It has closed its output, so it ends by itself, or it is made to; so is what it left behind.
        var status: Int32 = 0
        if failure != nil { kill(-child, SIGKILL) }
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        kill(-child, SIGKILL)
        if let failure { throw failure }
        let signal = status & 0x7F
        return Result(
            output: outcome?.output ?? [],
            errors: String(decoding: outcome?.errors ?? [], as: UTF8.self),
            code: signal == 0 ? (status >> 8) & 0xFF : 128 + signal
        )
    }

    private static func makePipe(_ ends: inout [Int32]) -> Bool {
        guard pipe(&ends) == 0 else { return false }
        return ends.allSatisfy { fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }
    }

    private func spawn(input: Int32, output: Int32, errors: Int32) throws(Failure) -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        let variables = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var child: pid_t = 0
        let error = posix_spawn(&child, program, &actions, &attributes, words, variables)
        guard error == 0 else { throw .notStarted(String(cString: strerror(error))) }
        return child
    }

    /// Reads both outputs until they are closed.
    private func exchange(
        _ output: Int32,
        _ errors: Int32,
        limit: Duration,
        bytesMax: Int
    ) throws(Failure) -> (output: [UInt8], errors: [UInt8]) {
        let deadline = ContinuousClock.now + limit
        var collected: [Int32: [UInt8]] = [output: [], errors: []]
        var open: Set = [output, errors]
        while !open.isEmpty {
            let time = deadline - ContinuousClock.now
            guard time > .zero else { throw .tooSlow }
            let left = time.components
            var polled = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let wait = Int32(min(left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1, 60_000))
            guard poll(&polled, nfds_t(polled.count), wait) > 0 else { continue }
            for entry in polled where entry.revents != 0 {
                var buffer = [UInt8](repeating: 0, count: 65_536)
                let count = read(entry.fd, &buffer, buffer.count)
                if count < 0, errno == EINTR || errno == EAGAIN { continue }
                guard count > 0 else {
                    open.remove(entry.fd)
                    continue
                }
                let isOutput = entry.fd == output
                let kept = buffer[..<count].prefix(isOutput ? count : max(0, 4096 - (collected[entry.fd]?.count ?? 0)))
                collected[entry.fd, default: []] += kept
                guard (collected[output]?.count ?? 0) <= bytesMax else { throw .tooMuch(bytesMax: bytesMax) }
            }
        }
        return (collected[output] ?? [], collected[errors] ?? [])
    }
}
