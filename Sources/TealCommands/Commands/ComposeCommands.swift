import ArgumentParser
import TealAPI
import TealCompose
import TealCore

extension ComposeConfigRun.Format: ExpressibleByArgument {}

/// `teal compose`.
struct ComposeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compose",
        abstract: "Look at Compose files as Teal reads them.",
        subcommands: [ComposeConfigCommand.self, ComposeReportCommand.self]
    )
}

/// Which Compose files are meant.
struct ComposeOptions: ParsableArguments {
    @Option(
        name: [.customShort("f"), .long],
        help: .init("A Compose file, laid over those before it; `-` for standard input.", valueName: "path"),
        completion: .file(extensions: ["yaml", "yml"])
    )
    var file: [String] = []
    @Option(
        help: .init("A file with variables, instead of `.env`.", valueName: "path"),
        completion: .file()
    )
    var envFile: [String] = []
    @Option(help: .init("A profile to enable; `*` for all.", valueName: "name"))
    var profile: [String] = []
    @Option(
        help: .init("What relative paths begin at; the first file's directory without it.", valueName: "directory"),
        completion: .directory
    )
    var projectDirectory: String?
    @Option(name: [.customShort("p"), .long], help: .init("The project's name.", valueName: "name"))
    var projectName: String?

    var settings: ComposeSettings {
        ComposeSettings(
            files: file,
            envFiles: envFile,
            profiles: profile,
            projectDirectory: projectDirectory,
            projectName: projectName,
            environment: Console.current.environment
        )
    }
}

/// `teal compose config`.
struct ComposeConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Print what Compose files come to, or everything that is wrong with them.",
        discussion: """
            Needs no daemon. Merges the files, fills variables in, and writes every form as the long one, in the JSON of \
            `docker compose config --format json`. Warnings go to standard error.
            """
    )

    @OptionGroup var compose: ComposeOptions
    @Option(help: .init("The form of the result.", valueName: "json"))
    var format: ComposeConfigRun.Format = .json
    @Flag(name: [.customShort("q"), .long], help: "Only check; print no result.")
    var quiet = false

    func run() throws {
        let outcome = ComposeConfigRun(settings: compose.settings, format: format, isQuiet: quiet).outcome()
        guard outcome.problems.isEmpty else {
            throw CommandFailure(outcome.problems.map { ProblemBody($0) }, exit: .refused)
        }
        let console = Console.current
        for warning in outcome.warnings { console.error("\(console.errorStyle.yellow("warning:")) \(warning)") }
        if !outcome.output.isEmpty { console.out(outcome.output) }
    }
}
