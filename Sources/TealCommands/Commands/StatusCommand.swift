import ArgumentParser
import TealAPI
import TealClient
import TealCore

/// `teal status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say what runs, what a rollback would do, and what is under way.",
        discussion: "Shows the project whose file is here, or every project of the host."
    )

    @Argument(help: .init("One service.", valueName: "service"))
    var service: ServiceName?
    @Flag(help: "Every project of the host.")
    var all = false
    @OptionGroup var project: ProjectOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    mutating func run() async throws {
        let query = StatusQuery(project: all ? nil : try project.nameIfKnown(), service: service)
        let report = output.report
        try await connection.withClient { client in
            let status = try await client.status(query)
            report.write(status) { StatusText(style: $0, now: report.console.now()).lines(status) }
        }
    }
}

/// `teal history`.
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "List the releases of a service, or the rollouts of a project."
    )

    @Argument(help: .init("The service; without one, rollouts are listed.", valueName: "service"))
    var service: ServiceName?
    @Option(name: [.customShort("n"), .long], help: .init("The most to list.", valueName: "n"))
    var limit: Int = 20
    @OptionGroup var project: ProjectOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...APILimits.listMax).contains(limit) else {
            throw ValidationError("`--limit` is a number from 1 to \(APILimits.listMax).")
        }
    }

    mutating func run() async throws {
        let (limit, report) = (limit, output.report)
        if let service {
            let key = ServiceKey(project: try project.name(), service: service)
            try await connection.withClient { client in
                let list = try await client.releases(of: key, limit: limit)
                report.write(list) { HistoryText(style: $0).lines(list) }
            }
        } else {
            let name = try project.nameIfKnown()
            try await connection.withClient { client in
                let list = try await client.rollouts(of: name, limit: limit)
                report.write(list) { HistoryText(style: $0).lines(list) }
            }
        }
    }
}
