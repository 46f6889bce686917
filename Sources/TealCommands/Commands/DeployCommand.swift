import ArgumentParser
import TealAPI
import TealCore

/// What `deploy` and `plan` say of the services that are meant.
struct DeployOptions: ParsableArguments {
    @Argument(
        help: .init(
            "Services and groups, a service also with the image that is released of it; all services without any.",
            valueName: "service|group|service=image"
        )
    )
    var names: [DeployName] = []

    @Option(name: [.short, .long], help: .init("The environment.", valueName: "name"))
    var environment: EnvironmentName?

    @Flag(help: "Release services that have not changed, too.")
    var force = false

    @Option(help: .init("The commit to record, instead of the checkout's.", valueName: "hash"))
    var gitCommit: String?

    @Flag(help: "Make the external networks of Compose files that are missing.")
    var createNetworks = false

    @Flag(help: "Take ports of the host over from containers that have them, and stop those.")
    var takePorts = false

    func validate() throws {
        let named = names.filter { $0.image != nil }.map(\.name)
        guard Set(named).count == named.count else { throw ValidationError("A service is given two images.") }
    }

    var words: [String] { names.map(\.name) }

    /// The images that were named, by service.
    var images: [ServiceName: String] { DeployName.images(names) }
}

/// `web`, `storefront` or `web=ghcr.io/acme/shop:1.4.2`.
struct DeployName: Hashable, Sendable, ExpressibleByArgument {
    /// A service or a group; with an image a service.
    let name: String
    /// The image that is released of it, instead of the one that the project's file names.
    let image: String?

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        name = parts[0]
        image = parts.count > 1 ? parts[1] : nil
        guard let image else { return }
        // The parser words what is wrong with an argument.
        guard ImageReference(parsing: image) != nil, (try? ServiceName(parsing: name)) != nil else { return nil }
    }

    /// The images among some names, by service.
    static func images(_ names: [DeployName]) -> [ServiceName: String] {
        var images: [ServiceName: String] = [:]
        for name in names {
            // One with an image was read as a service's.
            if let image = name.image, let service = try? ServiceName(parsing: name.name) { images[service] = image }
        }
        return images
    }
}

/// `teal deploy`.
struct DeployCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy",
        abstract: "Release services, all or none of those that are named.",
        discussion: """
            Returns when the new release has passed its watch (`--until`); the daemon drains and stops the old one by \
            itself. Services without a change are left as they are, and so are accessories that run, unless they are named \
            themselves; those that never ran are released first. Ctrl-C asks whether to leave or to take users back; \
            without a terminal an interruption leaves, and the rollout goes on.
            """
    )

    @OptionGroup var deploy: DeployOptions
    @OptionGroup var watch: WatchOptions
    @Flag(name: [.customShort("n"), .long], help: "Show the plan and change nothing.")
    var dryRun = false
    @Option(
        help: .init(
            "Release the images and commits that this plan showed, which `teal plan --output json` wrote, and no others.",
            valueName: "path"
        ),
        completion: .file()
    )
    var plan: String?
    @Flag(help: "Take the host's copy of an image whose registry gives no answer.")
    var hostImages = false
    @Flag(help: "Build sources anew, also where that was done before.")
    var rebuild = false
    @Option(help: .init("The project's file.", valueName: "path"), completion: .file())
    var file: String = ProjectFile.usualName
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    mutating func run() async throws {
        try await DeployRun(
            deploy: deploy,
            file: file,
            plan: plan,
            hostImages: hostImages,
            rebuild: rebuild,
            connection: connection,
            report: output.report
        )
        .run(watch: watch, isDry: dryRun)
    }
}

/// What `deploy` and `plan` do: read the project, hand artifacts over, and ask.
struct DeployRun {
    let deploy: DeployOptions
    let file: String
    /// The path of the plan whose images are released; nil for what their names stand for now.
    var plan: String?
    var hostImages = false
    /// Whether sources are built even if that was done before.
    var rebuild = false
    let connection: ConnectionOptions
    let report: Report

    /// Shows the plan, or begins the rollout and watches it as `watch` says.
    func run(watch: WatchOptions?, isDry: Bool) async throws {
        let console = report.console
        let project = try ProjectFile(
            path: file,
            environment: deploy.environment,
            images: deploy.images,
            console: console
        )
        let shown = try plan.map { try ShownPlan(path: $0) }
        let (written, artifacts) = try project.order(
            words: deploy.words,
            gitCommit: deploy.gitCommit,
            hostImages: hostImages
        ) { path in
            try ArtifactArchive(path: path)
        }
        let order = try shown?.bind(written) ?? written
        var options =
            watch?.options(force: deploy.force, console: console)
            ?? RolloutOptions(force: deploy.force, author: Author.name(console))
        options.createNetworks = deploy.createNetworks ? true : nil
        options.takePorts = deploy.takePorts ? true : nil
        let wanted = options
        try await connection.withClient { client in
            try await ArtifactUpload(client: client, report: report).send(artifacts)
            for text in project.warnings { report.remark("\(console.errorStyle.yellow("warning:")) \(text)") }
            for text in project.generalAssumptions { report.remark("assumed: \(text)") }
            let rollouts = Rollouts(client: client, report: report)
            guard let watch, !isDry else {
                return try await rollouts.showPlan(RolloutRequest(.deploy(order), options: wanted))
            }
            // Before the rollout, and before any of its services is held.
            let built = try await SourceBuilds(client: client, report: report, again: rebuild).build(order)
            try await rollouts.begin(RolloutRequest(.deploy(built), options: wanted), watch: watch, isDry: false)
        }
    }
}

/// `teal plan`.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a deploy would do, and change nothing.",
        discussion: """
            Artifacts are handed over, so that the daemon can compare them; nothing else is. Ends with 1 when the deploy \
            would be refused now.
            """
    )

    @OptionGroup var deploy: DeployOptions
    @Option(help: .init("The project's file.", valueName: "path"), completion: .file())
    var file: String = ProjectFile.usualName
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    mutating func run() async throws {
        try await DeployRun(deploy: deploy, file: file, connection: connection, report: output.report)
            .run(watch: nil, isDry: true)
    }
}
