import ArgumentParser
import TealAPI
import TealCore

/// `teal scale`.
struct ScaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "Change how many replicas of services run.",
        discussion: "Makes a release that changes nothing else; the next deploy follows the project's file again."
    )

    @Argument(help: .init("Services and their replicas.", valueName: "service=n"))
    var replicas: [ReplicaCount]
    @Flag(name: [.customShort("n"), .long], help: "Show the plan and change nothing.")
    var dryRun = false
    @OptionGroup var watch: WatchOptions
    @OptionGroup var project: ProjectOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard Set(replicas.map(\.service)).count == replicas.count else {
            throw ValidationError("A service is given twice.")
        }
    }

    mutating func run() async throws {
        let counts = Dictionary(replicas.map { ($0.service, $0.count) }) { _, last in last }
        let order = ScaleOrder(project: try project.name(), replicas: counts)
        let (watch, isDry, report) = (watch, dryRun, output.report)
        let request = RolloutRequest(.scale(order), options: watch.options())
        try await connection.withClient { client in
            try await Rollouts(client: client, report: report).begin(request, watch: watch, isDry: isDry)
        }
    }
}

/// `web=3`.
struct ReplicaCount: Hashable, Sendable, ExpressibleByArgument {
    let service: ServiceName
    /// `1...64`.
    let count: Int

    init?(argument: String) {
        let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[1]), (1...64).contains(count) else { return nil }
        // The parser words what is wrong with an argument.
        guard let service = try? ServiceName(parsing: parts[0]) else { return nil }
        self.service = service
        self.count = count
    }
}
