import ArgumentParser
import TealAPI
import TealClient
import TealCore

/// The program `teal`: reads the arguments, runs one command, and says how it ended.
package enum TealProgram {
    /// Runs a command.
    ///
    /// - Parameters:
    ///   - arguments: Without the program's name.
    ///   - console: Where it writes and asks.
    ///   - serve: Runs the daemon until it is told to stop; given by the executable, so that this library builds where
    ///     the daemon does not. Nil refuses `teal serve`. What it throws is a `Problem`.
    ///   - workshop: What `teal dev` starts and ends; nil refuses it.
    /// - Returns: The exit code; a command that `exec` ran may have any.
    package static func run(
        _ arguments: [String],
        console: Console = .process,
        serve: (@Sendable (ServeOptions) async throws -> Void)? = nil,
        workshop: Workshop? = nil
    ) async -> Int32 {
        await Console.$current.withValue(console) {
            await Workshop.$current.withValue(workshop) {
                await ServeCommand.$daemon.withValue(serve.map(DaemonStart.init)) { await run(arguments, console) }
            }
        }
    }

    private static func run(_ arguments: [String], _ console: Console) async -> Int32 {
        do {
            var command = try TealCommand.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return ExitCode.done.rawValue
        } catch let end as CommandEnd {
            return end.code
        } catch {
            guard let failure = failure(error) else { return end(parsing: error, console) }
            let report = Report(console: console, format: OutputFormat.asked(in: arguments))
            report.write(failure.problems)
            if let remark = failure.remark { report.remark(remark) }
            return failure.exit.rawValue
        }
    }

    private static func failure(_ error: any Error) -> CommandFailure? {
        switch error {
        case let error as CommandFailure: error
        case let error as ClientFailure: CommandFailure(error)
        case let error as Problem: CommandFailure(error)
        case is CancellationError: .silent(.detached)
        default: ProjectFile.failure(error)
        }
    }

    /// Help, versions and wrong command lines, which the parser words; what nobody has worded is a failure.
    private static func end(parsing error: any Error, _ console: Console) -> Int32 {
        let end = TealCommand.exitCode(for: error)
        let text = TealCommand.fullMessage(for: error, columns: console.terminal.width)
        if end.isSuccess { console.out(text) } else { console.error(text) }
        let code: ExitCode = end.isSuccess ? .done : (end == .validationFailure ? .usage : .refused)
        return code.rawValue
    }
}

/// Ends the program with a code that is not Teal's own, such as that of a command that `exec` ran.
struct CommandEnd: Error {
    let code: Int32
}
