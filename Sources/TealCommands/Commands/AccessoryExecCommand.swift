import ArgumentParser
import TealAPI
import TealClient
import TealCore

extension AccessoryCommand {
    /// `teal accessory exec`.
    struct ExecCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "exec",
            abstract: "Run a command beside an accessory, with its environment, its input and its outputs.",
            discussion: """
                Its outputs come as they are written, byte for byte, also values of secrets; it ends with the command's exit \
                code. Its input is this command's, unless that is a terminal: then only with `--interactive`, line by line, \
                since the command has no terminal of its own. What runs as a process is given no input.
                """
        )

        @Argument(help: .init("The accessory.", valueName: "accessory"))
        var name: ServiceName
        @Option(help: .init("The replica, from 0.", valueName: "n"))
        var replica: Int = 0
        @Option(
            help: .init("When the command is ended at the latest; an hour unless said otherwise.", valueName: "time")
        )
        var timeout: DurationArgument?
        @Flag(name: .shortAndLong, help: "Send what is typed at a terminal.")
        var interactive = false
        @Flag(help: "Send no input.")
        var noInput = false
        @OptionGroup var project: ProjectOptions
        @OptionGroup var connection: ConnectionOptions
        @OptionGroup var output: OutputOptions
        @Argument(
            parsing: .postTerminator,
            help: .init("The program and its arguments, after --.", valueName: "command")
        )
        var command: [String] = []

        func validate() throws {
            guard !command.isEmpty else { throw ValidationError("Give the command after `--`, such as `-- psql`.") }
            guard !interactive || !noInput else {
                throw ValidationError("Say either `--interactive` or `--no-input`.")
            }
            guard (0...63).contains(replica) else { throw ValidationError("`--replica` is a number from 0 to 63.") }
            guard let timeout else { return }
            guard timeout.seconds > 0, timeout.seconds <= APILimits.execSecondsMax else {
                throw ValidationError("`--timeout` is above 0 and at most \(Int(APILimits.execSecondsMax)) s.")
            }
        }

        mutating func run() async throws {
            let request = ExecRequest(
                project: try project.name(),
                service: name,
                replica: replica,
                command: command,
                timeoutSeconds: timeout?.seconds ?? APILimits.execSecondsMax
            )
            let report = output.report
            let raw = report.console.raw
            let sends = !noInput && (interactive || !report.console.terminal.isTyped)
            let end = try await connection.withClient { client in
                try await client.exec(request, input: sends ? raw.read : nil) { bytes, isError in
                    switch report.format {
                    case .text: raw.write(isError ? .errors : .output, bytes)
                    case .json: report.line(ExecLine(bytes, isError: isError))
                    }
                }
            }
            if report.format == .json { report.line(ExecChunk(exitCode: end.exitCode, timedOut: end.timedOut)) }
            if end.timedOut {
                throw CommandFailure(
                    Problem(
                        "exec.timeout",
                        "the command was ended: it took longer than \(Words.seconds(request.timeoutSeconds))",
                        at: ["\(name)"],
                        next: ["Allow it more time with `--timeout`"]
                    )
                )
            }
            guard end.exitCode == 0 else { throw CommandEnd(code: Int32(clamping: end.exitCode)) }
        }
    }

    /// A piece of an output as JSON: its text, with whatever is no UTF-8 replaced.
    private struct ExecLine: Encodable {
        let text: String
        let isError: Bool

        init(_ bytes: [UInt8], isError: Bool) {
            text = String(decoding: bytes, as: UTF8.self)
            self.isError = isError
        }
    }
}
