import ArgumentParser
import TealAPI
import TealClient
import TealCore

extension AccessoryCommand {
    /// `teal accessory upgrade`.
    struct UpgradeCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "upgrade",
            abstract: "Replace accessories by what the project's file has now, with the gap that this takes.",
            discussion: """
                Shows the plan, and asks. The old release stops before the new one starts; a new one that does not become \
                ready is taken back, and the old one starts again. What the new one has done to its data stays: make a \
                backup first. Says afterwards for how long it was away.
                """
        )

        @Argument(
            help: .init(
                "Accessories, each also with the image that is released of it; all of the project's file without any.",
                valueName: "accessory|accessory=image"
            )
        )
        var names: [DeployName] = []
        @Flag(name: [.customShort("n"), .long], help: "Show the plan and change nothing.")
        var dryRun = false
        @Flag(name: .shortAndLong, help: "Do not ask.")
        var yes = false
        @Option(name: [.short, .long], help: .init("The environment.", valueName: "name"))
        var environment: EnvironmentName?
        @Flag(help: "Take the host's copy of an image whose registry gives no answer.")
        var hostImages = false
        @OptionGroup var watch: WatchOptions
        @Option(help: .init("The project's file.", valueName: "path"), completion: .file())
        var file: String = ProjectFile.usualName
        @OptionGroup var connection: ConnectionOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard Set(names.map(\.name)).count == names.count else {
                throw ValidationError("An accessory is given twice.")
            }
        }

        mutating func run() async throws {
            let report = output.report
            let console = report.console
            let project = try ProjectFile(
                path: file,
                environment: environment,
                images: DeployName.images(names),
                console: console
            )
            let chosen = try Self.chosen(names.map(\.name), among: project.accessories)
            let (order, artifacts) = try project.order(
                words: chosen.map(\.description),
                gitCommit: nil,
                hostImages: hostImages,
                upgrades: chosen
            ) { try ArtifactArchive(path: $0) }
            let request = RolloutRequest(.deploy(order), options: watch.options(console: console))
            let (watch, isDry, isGiven) = (watch, dryRun, yes)
            try await connection.withClient { client in
                try await ArtifactUpload(client: client, report: report).send(artifacts)
                for text in project.warnings { report.remark("\(console.errorStyle.yellow("warning:")) \(text)") }
                let rollouts = Rollouts(client: client, report: report)
                if isDry { return try await rollouts.showPlan(request) }
                guard try await Self.agree(to: client.plan(request), isGiven: isGiven, report) else { return }
                try await rollouts.begin(request, watch: watch, isDry: false)
            }
        }

        private static func chosen(_ words: [String], among all: [ServiceName]) throws -> [ServiceName] {
            let names = all.filter { words.isEmpty || words.contains("\($0)") }
            let strangers = words.filter { word in !all.contains { "\($0)" == word } }
            guard strangers.isEmpty, !names.isEmpty else {
                throw Problem(
                    "cli.accessory",
                    strangers.isEmpty
                        ? "nothing has been changed: the project's file has no accessory"
                        : "nothing has been changed: \(Phrase.all(strangers)) \(strangers.count == 1 ? "is" : "are") no accessory of the project's file",
                    next: all.isEmpty
                        ? ["Release other services with `teal deploy`"]
                        : ["The accessories are \(Phrase.all(all.map(\.description)))"]
                )
            }
            return names
        }

        /// Shows what would be done, and asks for a yes where something that runs is replaced.
        ///
        /// - Returns: false when there is nothing to do.
        private static func agree(to plan: PlanView, isGiven: Bool, _ report: Report) async throws -> Bool {
            let style = report.console.errorStyle
            let lines = PlanText(style: style).lines(plan)
            guard plan.problems.isEmpty else { throw CommandFailure(plan.problems, exit: .refused) }
            let replaced = plan.services.filter { !$0.isUnchanged && $0.from != nil }
            if report.format == .text { for line in lines { report.remark(line) } }
            guard plan.services.contains(where: { !$0.isUnchanged }) else {
                report.write(plan) { _ in ["Nothing to do: every accessory runs what the file has."] }
                return false
            }
            guard !replaced.isEmpty else { return true }
            try await Question.confirm(
                "Replace \(Phrase.all(replaced.map(\.service))), with a gap, and with what that does to the data?",
                isGiven: isGiven,
                plan: report.format == .json ? lines : [],
                console: report.console
            )
            return true
        }
    }
}
