import CTealSystem
package import Glibc

/// A program to start, with all that it is given.
package struct Spawn: Sendable {
    /// An absolute path.
    package var program: String
    /// Without the program itself.
    package var arguments: [String]
    /// Each `NAME=value`.
    package var environment: [String]
    package var directory: String?
    /// What becomes descriptors 0, 1 and 2; -1 for `/dev/null`.
    package var input: Int32 = -1
    package var output: Int32 = -1
    package var error: Int32 = -1
    package var newSession = true
    /// Whether it is killed when the calling thread ends: only for single-threaded processes.
    package var diesWithParent = false

    package init(program: String, arguments: [String], environment: [String], directory: String?) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }

    /// Starts it, and returns when the program has been executed.
    ///
    /// - Throws: ``SpawnError`` with the step that failed.
    package func run() throws(SpawnError) -> pid_t {
        var pid: pid_t = 0
        var stage: Int32 = 0
        let result = Self.withPointers([program] + arguments) { arguments in
            Self.withPointers(environment) { environment in
                program.withCString { program in
                    Self.withOptional(directory) { directory in
                        var order = teal_spawn_order(
                            program: program,
                            arguments: arguments,
                            environment: environment,
                            directory: directory,
                            input: input,
                            output: output,
                            error: error,
                            new_session: newSession,
                            dies_with_parent: diesWithParent
                        )
                        return teal_spawn(&order, &pid, &stage)
                    }
                }
            }
        }
        guard result < 0 else { return pid }
        throw SpawnError(stage: stage, spawn: self, code: -result)
    }

    private static func withPointers<Result>(
        _ texts: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Result
    ) -> Result {
        let copies = texts.map { strdup($0) } + [nil]
        defer { copies.forEach { free($0) } }
        return copies.withUnsafeBufferPointer { body($0.baseAddress) }
    }

    private static func withOptional<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
        guard let text else { return body(nil) }
        return text.withCString { body($0) }
    }
}

/// Why a program could not be started.
package struct SpawnError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
    /// The positive errno.
    package let code: Int32

    init(stage: Int32, spawn: Spawn, code: Int32) {
        self.code = code
        let reason = String(cString: teal_error_text(code))
        description =
            switch UInt32(stage) {
            case TEAL_SPAWN_DIRECTORY.rawValue: "cannot enter \(spawn.directory ?? "."): \(reason)"
            case TEAL_SPAWN_EXEC.rawValue where code == ENOENT && Files.exists(spawn.program):
                "cannot run \(spawn.program): its interpreter is not there"
            case TEAL_SPAWN_EXEC.rawValue: "cannot run \(spawn.program): \(reason)"
            default: "cannot start a process: \(reason)"
            }
    }
}
