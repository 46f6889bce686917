import ArgumentParser
import TealAPI
import TealCore

/// `teal rollback`.
struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Go back to a release that served before.",
        discussion: """
            Without a release it goes to the newest one that was active, ended well and was not taken back; without a \
            service, for every service of the project's newest rollout. It does not wait for a rollout that is under \
            way: it ends that one. The release gets the configuration and the secrets that it had.
            """
    )

    @Argument(help: .init("The service, or its release: web, web@41.", valueName: "service"))
    var service: String?
    @Argument(help: .init("The release: 41 or web@41.", valueName: "release"))
    var release: String?
    @Flag(help: "Give it today's secrets instead of those that it had.")
    var withCurrentSecrets = false
    @Flag(name: [.customShort("n"), .long], help: "Show the plan and change nothing.")
    var dryRun = false
    @OptionGroup var watch: WatchOptions
    @OptionGroup var project: ProjectOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    mutating func run() async throws {
        let target = try ReleaseArgument(service: service, release: release)
        let order = RollbackOrder(
            project: try project.name(),
            service: target.service,
            release: target.number,
            withCurrentSecrets: withCurrentSecrets
        )
        let (watch, isDry, report) = (watch, dryRun, output.report)
        let request = RolloutRequest(.rollback(order), options: watch.options(until: .switched))
        try await connection.withClient { client in
            try await Rollouts(client: client, report: report).begin(request, watch: watch, isDry: isDry)
        }
    }
}

/// A service and perhaps one of its releases, as people write them.
struct ReleaseArgument: Hashable {
    let service: ServiceName?
    let number: Int?

    /// Reads `web`, `web@41`, and `web` with `41`, `@41` or `web@41`.
    init(service text: String?, release: String? = nil) throws {
        guard let text else {
            service = nil
            number = nil
            return
        }
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        do {
            service = try ServiceName(parsing: parts[0])
        } catch {
            throw ValidationError("'\(text)' is not a service: \(error).")
        }
        var numbers = parts.dropFirst().map(String.init)
        if let release {
            let last = release.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
            if last.count == 2, !last[0].isEmpty, last[0] != parts[0] {
                throw ValidationError("'\(release)' is not a release of \(parts[0]).")
            }
            numbers.append(String(last.last ?? ""))
        }
        guard numbers.count <= 1 else { throw ValidationError("The release is given twice.") }
        guard let wanted = numbers.first else {
            number = nil
            return
        }
        guard let found = Int(wanted), found > 0 else {
            throw ValidationError("'\(wanted)' is not the number of a release.")
        }
        number = found
    }
}
