import ArgumentParser
import TealAPI
import TealClient
import TealCore

/// `teal adopt`.
struct AdoptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Take over containers that run already, without restarting them.",
        discussion: """
            Finds the containers of the project's services, `NAME-blue` and `NAME-green`, or those of a Compose project; says \
            which is active and how that is known, and asks before it records them. Nothing is restarted, renamed or made \
            anew, and no request is dropped: from then on `teal deploy` and `teal rollback` work as with Teal's own.
            """
    )

    @Argument(help: .init("Services and groups; all services without any.", valueName: "service|group"))
    var names: [String] = []
    @Flag(
        name: [.customShort("n"), .customLong("plan"), .customLong("dry-run")],
        help: "Only show what was found and what would be recorded."
    )
    var dryRun = false
    @Flag(help: "Do it without asking.")
    var yes = false
    @Flag(help: "Adopt also what does not pass its health gate: you vouch for it.")
    var trust = false
    @Option(
        help: .init(
            "The container of a service, or its name without `-blue` and `-green`; may be repeated.",
            valueName: "service=name"
        )
    )
    var container: [ContainerChoice] = []
    @Option(
        help: .init(
            "Which of two containers is active, where nothing else says it; may be repeated.",
            valueName: "service=slot"
        )
    )
    var active: [ActiveChoice] = []
    @Option(name: [.short, .long], help: .init("The environment.", valueName: "name"))
    var environment: EnvironmentName?
    @Option(help: .init("The project's file.", valueName: "path"), completion: .file())
    var file: String?
    @Option(
        help: .init("A Compose file with `x-teal`, instead of the project's file.", valueName: "path"),
        completion: .file(extensions: ["yml", "yaml"])
    )
    var compose: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard file == nil || compose == nil else { throw ValidationError("Give `--file` or `--compose`, not both.") }
        guard Set(container.map(\.service)).count == container.count else {
            throw ValidationError("A service is given two containers.")
        }
        guard Set(active.map(\.service)).count == active.count else {
            throw ValidationError("A service is given two active slots.")
        }
    }

    mutating func run() async throws {
        let report = output.report
        let project = try ProjectFile(
            path: compose ?? file ?? ProjectFile.usualName,
            environment: environment,
            console: report.console
        )
        let request = try project.adoption(
            words: names,
            containers: Dictionary(container.map { ($0.service, $0.name) }) { $1 },
            active: Dictionary(active.map { ($0.service, $0.slot) }) { $1 },
            trust: trust,
            author: Author.name(report.console)
        )
        let (isDry, isGiven) = (dryRun, yes)
        try await connection.withClient { client in
            let plan = try await client.adopt(request)
            let isLast = isDry || plan.isDone || !plan.problems.isEmpty
            // With JSON there is one result: what was done, or what would be.
            if report.format == .text || isLast { report.write(plan) { AdoptText(style: $0).lines(plan) } }
            guard plan.problems.isEmpty else {
                throw CommandFailure(report.format == .json ? [] : plan.problems, exit: .refused)
            }
            guard !isLast else { return }
            let listed = report.format == .json ? plan.services.flatMap(\.changes) : []
            try await Question.confirm("Adopt them?", isGiven: isGiven, plan: listed)
            let done = try await client.adopt(request.applying(plan.mark))
            report.write(done) { AdoptText(style: $0).done(done) }
        }
    }
}

extension AdoptView {
    /// Whether everything is adopted already.
    var isDone: Bool { problems.isEmpty && services.allSatisfy(\.already) }
}

/// `backend=mr-mentor-backend`.
struct ContainerChoice: Hashable, Sendable, ExpressibleByArgument {
    let service: ServiceName
    let name: String
    /// The longest name of a container, in bytes.
    private static let nameBytesMax = 255

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty, parts[1].utf8.count <= Self.nameBytesMax else { return nil }
        // The parser words what is wrong with an argument.
        guard let service = try? ServiceName(parsing: parts[0]) else { return nil }
        self.service = service
        name = String(parts[1])
    }
}

/// `backend=blue`.
struct ActiveChoice: Hashable, Sendable, ExpressibleByArgument {
    let service: ServiceName
    let slot: Slot

    init?(argument: String) {
        let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, let slot = Slot(rawValue: String(parts[1])) else { return nil }
        // As above.
        guard let service = try? ServiceName(parsing: parts[0]) else { return nil }
        self.service = service
        self.slot = slot
    }
}
