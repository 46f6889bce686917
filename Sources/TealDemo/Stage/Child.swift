import CTealSystem
import Glibc

/// A program that the demo started, in a session of its own so that Ctrl-C reaches the demo alone.
struct Child: Hashable {
    let what: String
    let pid: pid_t
    /// The reading end of its standard output; nil when that goes to a file.
    let output: Int32?

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - what: What it is called in messages.
    ///   - program: An absolute path.
    ///   - arguments: Without the program's name.
    ///   - environment: All of it.
    ///   - directory: Where it runs.
    ///   - log: The file that its errors are appended to, and its output unless that is read.
    ///   - isRead: Whether its output can be read from ``output``.
    /// - Returns: The running program.
    /// - Throws: `missing` or `refused`.
    static func start(
        _ what: String,
        program: String,
        arguments: [String],
        environment: [String: String],
        directory: String,
        log: String,
        isRead: Bool = false
    ) throws(DemoFailure) -> Child {
        guard access(program, X_OK) == 0 else { throw .missing(program: program) }
        let file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .refused(what: log, why: String(cString: strerror(errno))) }
        defer { close(file) }
        var ends: [Int32] = [-1, -1]
        if isRead {
            let code = teal_pipe(&ends, true)
            guard code >= 0 else { throw .refused(what: what, why: String(cString: teal_error_text(-code))) }
        }
        defer { if isRead { close(ends[1]) } }
        var pid: pid_t = 0
        let code = CStrings.with([program] + arguments) { argv in
            CStrings.with(environment.map { "\($0)=\($1)" }.sorted()) { envp in
                program.withCString { path in
                    directory.withCString { directory in
                        var order = teal_spawn_order()
                        order.program = path
                        order.arguments = argv
                        order.environment = envp
                        order.directory = directory
                        order.input = -1
                        order.output = isRead ? ends[1] : file
                        order.error = file
                        order.new_session = true
                        var stage: Int32 = 0
                        return teal_spawn(&order, &pid, &stage)
                    }
                }
            }
        }
        guard code >= 0 else {
            if isRead { close(ends[0]) }
            throw .refused(what: what, why: String(cString: teal_error_text(-code)))
        }
        return Child(what: what, pid: pid, output: isRead ? ends[0] : nil)
    }

    /// Its exit code when it has ended, else nil; to be called until it gives one.
    func reap() -> Int32? {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// Waits until it has ended; nil when it has not after `seconds`.
    func end(within seconds: Int) -> Int32? {
        guard ProcessEnd.wait(for: pid, until: MonotonicTime.now + .seconds(seconds)) else { return nil }
        return reap()
    }
}

/// Strings as C wants lists of them.
enum CStrings {
    /// Gives the strings, with a null pointer at the end, to `body`.
    static func with<Result>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("a list with an end is never empty") }
            return body(base)
        }
    }
}
