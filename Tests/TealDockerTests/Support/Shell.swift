import Foundation
import Glibc

/// Runs programs of the machine.
enum Shell {
    struct End: Sendable {
        let code: Int32
        let output: String
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs a shell's text with arguments `$1`, `$2`…, and waits for its end.
    static func run(_ script: String, _ arguments: [String] = []) async throws -> End {
        try await withCheckedThrowingContinuation { continuation in
            Detached {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/bin/sh")
                process.arguments = ["-c", script, "sh"] + arguments
                let pipe = Pipe()
                process.standardOutput = pipe
                process.standardError = pipe
                process.standardInput = FileHandle.nullDevice
                do {
                    try process.run()
                    let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
                    process.waitUntilExit()
                    let output = String(decoding: bytes, as: UTF8.self)
                    continuation.resume(returning: End(code: process.terminationStatus, output: output))
                } catch {
                    continuation.resume(throwing: error)
                }
            }.start()
        }
    }

    /// The same, for what must succeed.
    @discardableResult
    static func must(_ script: String, _ arguments: [String] = []) async throws -> String {
        let result = try await run(script, arguments)
        guard result.code == 0 else { throw Failed(description: "\(script) \(arguments): \(result.output)") }
        return result.output
    }

    /// Starts a program that takes signals.
    ///
    /// Threads of the cooperative pool block them, and what they start inherits that, down to an engine's containers.
    static func launch(_ process: Process) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            Detached {
                var none = sigset_t()
                sigemptyset(&none)
                pthread_sigmask(SIG_SETMASK, &none, nil)
                continuation.resume(with: Result { try process.run() })
            }.start()
        }
    }

    /// Whether a program can be found.
    static func has(_ program: String) -> Bool { path(of: program) != nil }

    static func path(of program: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin"
        return (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]).map { "\($0)/\(program)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
