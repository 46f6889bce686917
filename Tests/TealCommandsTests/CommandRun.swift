import Foundation
import Synchronization
import TealCommands
import TealFakeDaemon

/// One command line and what came of it.
struct CommandRun: Sendable {
    let code: Int32
    let output: String
    let errors: String

    /// Runs `teal` with `arguments` in this process.
    static func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        terminal: Terminal = .none,
        input: [String] = [],
        workshop: Workshop? = nil
    ) async -> CommandRun {
        let sink = Sink()
        let left = Mutex(input)
        let raw = RawStreams(
            read: { left.withLock { $0.isEmpty ? nil : Array($0.removeFirst().utf8) } },
            write: { sink.write(String(decoding: $1, as: UTF8.self), isOutput: $0 == .output) }
        )
        let variables = ["USER": "anna", "TEAL_AUTHOR": "anna@laptop"].merging(environment) { $1 }
        let console = Console(terminal: terminal, environment: variables, now: { 1_760_000_300 }, raw: raw) {
            stream,
            text in
            sink.write(text, isOutput: stream == .output)
        }
        let code = await TealProgram.run(arguments, console: console, workshop: workshop)
        return CommandRun(code: code, output: sink.output, errors: sink.errors)
    }

    /// Runs `teal` against a daemon of the tests.
    static func run(
        _ arguments: [String],
        with daemon: FakeDaemon,
        terminal: Terminal = .none,
        input: [String] = []
    ) async throws -> CommandRun {
        try await FakeHost.serve(daemon) { socket in
            await run(arguments, environment: ["TEAL_SOCKET": socket], terminal: terminal, input: input)
        }
    }
}

/// Keeps what a command writes.
private final class Sink: Sendable {
    private let texts = Mutex((output: "", errors: ""))

    var output: String { texts.withLock { $0.output } }
    var errors: String { texts.withLock { $0.errors } }

    func write(_ text: String, isOutput: Bool) {
        texts.withLock { texts in
            if isOutput { texts.output += text } else { texts.errors += text }
        }
    }
}
