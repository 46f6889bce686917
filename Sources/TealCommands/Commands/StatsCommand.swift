import ArgumentParser
import TealAPI
import TealClient
import TealCore

/// `teal stats`.
struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Say what replicas use of the host's processors and memory.",
        discussion: """
            Looks for a second. Shows the project whose file is here, or every project of the host. A processor that is \
            busy all the time counts as 100 %.
            """
    )

    @Argument(help: .init("One service.", valueName: "service"))
    var service: ServiceName?
    @Flag(help: "Every project of the host.")
    var all = false
    @OptionGroup var project: ProjectOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    mutating func run() async throws {
        let query = UsageQuery(project: all ? nil : try project.nameIfKnown(), service: service)
        let report = output.report
        try await connection.withClient { client in
            let usage = try await client.usage(query)
            report.write(usage) { UsageText(style: $0).lines(usage) }
        }
    }
}
