import Foundation
import Synchronization

/// A process that the lab has started itself.
package final class Child: Sendable {
    package let pid: Int32
    private let status = Mutex<Int32?>(nil)

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - words: The program's path and its arguments.
    ///   - environment: The variables that are added to this process's own.
    ///   - output: The file that both outputs are added to.
    /// - Throws: ``LabFailure`` when it cannot be started.
    package init(_ words: [String], environment: [String: String] = [:], output: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own: an interrupt at the terminal is the lab's to handle.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var pid: pid_t = 0
        let variables = Self.inherited(without: Set(environment.keys)) + environment.map { "\($0.key)=\($0.value)" }
        let code = Self.withStrings(words) { arguments in
            Self.withStrings(variables) { posix_spawn(&pid, words[0], &actions, &attributes, arguments, $0) }
        }
        guard code == 0 else { throw LabFailure("\(words[0]) cannot be started: \(String(cString: strerror(code)))") }
        self.pid = pid
    }

    /// How it ended: the exit code, or minus the signal; nil while it runs.
    package var ended: Int32? {
        status.withLock { known in
            if let known { return known }
            var raw: Int32 = 0
            guard waitpid(pid, &raw, WNOHANG) == pid else { return nil }
            known = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : -(raw & 0x7F)
            return known
        }
    }

    /// Sends a signal, if it still runs.
    package func signal(_ number: Int32) {
        // Not reaped yet means that the pid is still its own.
        if ended == nil { kill(pid, number) }
    }

    /// Waits for its end.
    @discardableResult
    package func wait(within limit: Duration) async throws -> Int32 {
        try await until("the end of process \(pid)", within: limit) { ended != nil }
        return ended ?? 0
    }

    /// Runs a program to its end and gives what it wrote.
    ///
    /// - Parameters:
    ///   - words: The program's path and its arguments.
    ///   - limit: How long it may take.
    /// - Returns: Both outputs.
    /// - Throws: ``LabFailure`` with its output when it ended with anything but 0.
    package static func output(of words: [String], within limit: Duration = .seconds(60)) async throws -> String {
        let file = "/tmp/teal-lab-out-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { unlink(file) }
        let child = try Child(words, output: file)
        let code = try await child.wait(within: limit)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        guard code == 0 else { throw LabFailure("\(words.joined(separator: " ")) ended with \(code): \(text)") }
        return text
    }

    private static func inherited(without names: Set<String>) -> [String] {
        var found: [String] = []
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if !names.contains(String(text.prefix { $0 != "=" })) { found.append(text) }
            next += 1
        }
        return found
    }

    private static func withStrings<Result>(
        _ words: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            var none: UnsafeMutablePointer<CChar>?
            return buffer.baseAddress.map(body) ?? body(&none)
        }
    }
}
