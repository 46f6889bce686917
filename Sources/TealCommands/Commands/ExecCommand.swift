import ArgumentParser
import TealAPI
import TealClient
import TealCore

/// `teal exec`.
struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a command beside a replica, with its environment.",
        discussion: """
            Shows the last lines that it wrote when it has ended, and ends with its exit code. It has no input and no \
            terminal.
            """
    )

    @Argument(help: .init("The service.", valueName: "service"))
    var service: ServiceName
    @Option(help: .init("The replica of the active slot, from 0.", valueName: "n"))
    var replica: Int = 0
    @Option(help: .init("When the command is ended at the latest.", valueName: "time"))
    var timeout: DurationArgument?
    @OptionGroup var project: ProjectOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions
    @Argument(parsing: .postTerminator, help: .init("The program and its arguments, after --.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        guard !command.isEmpty else { throw ValidationError("Give the command after `--`, such as `-- env`.") }
        guard (0...63).contains(replica) else { throw ValidationError("`--replica` is a number from 0 to 63.") }
        guard let timeout else { return }
        guard timeout.seconds > 0, timeout.seconds <= APILimits.execSecondsMax else {
            throw ValidationError("`--timeout` is above 0 and at most \(Int(APILimits.execSecondsMax)) s.")
        }
    }

    mutating func run() async throws {
        let request = ExecRequest(
            project: try project.name(),
            service: service,
            replica: replica,
            command: command,
            timeoutSeconds: timeout?.seconds ?? 60
        )
        let report = output.report
        let answer = try await connection.withClient { try await $0.exec(request) }
        report.write(answer) { _ in answer.output }
        if answer.timedOut {
            throw CommandFailure(
                Problem(
                    "exec.timeout",
                    "the command was ended: it took longer than \(Words.seconds(request.timeoutSeconds))",
                    at: [answer.replica],
                    next: ["Allow it more time with `--timeout`"]
                )
            )
        }
        guard answer.exitCode == 0 else { throw CommandEnd(code: Int32(clamping: answer.exitCode)) }
    }
}
