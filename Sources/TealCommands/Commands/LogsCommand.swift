import ArgumentParser
import TealAPI
import TealClient
import TealCore

/// `teal logs`.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show what replicas wrote, with the values of known secrets masked.",
        discussion:
            "Follows with `--follow` until Ctrl-C. Works for releases that no longer run, as long as they are kept."
    )

    @Argument(help: .init("A service or a release: web, web@42.", valueName: "service"))
    var service: String?
    @Flag(name: .shortAndLong, help: "Go on with new lines as they are written.")
    var follow = false
    @Option(name: [.customShort("n"), .long], help: .init("Lines from before now, per replica.", valueName: "n"))
    var tail: Int = 100
    @Option(help: .init("One replica, by its position from 0.", valueName: "n"))
    var replica: Int?
    @OptionGroup var project: ProjectOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...APILimits.logTailMax).contains(tail) else {
            throw ValidationError("`--tail` is a number from 0 to \(APILimits.logTailMax).")
        }
        guard (0...63).contains(replica ?? 0) else { throw ValidationError("`--replica` is a number from 0 to 63.") }
    }

    mutating func run() async throws {
        let target = try ReleaseArgument(service: service)
        let query = LogQuery(
            project: try project.name(),
            service: target.service,
            release: target.number,
            replica: replica,
            tail: tail,
            follow: follow
        )
        let report = output.report
        let text = HostText(style: report.console.outputStyle)
        try await connection.withClient { client in
            var isEmpty = true
            try await client.logs(query) { entry in
                isEmpty = false
                switch report.format {
                case .json: report.line(entry)
                case .text: report.console.out(text.line(entry, withTime: true))
                }
                return true
            }
            // A later release that ran in the same place goes on in the same log.
            if isEmpty, let service = target.service, let number = target.number {
                report.remark("nothing that \(service)@\(number) wrote is left")
            }
        }
    }
}
