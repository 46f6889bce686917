import ArgumentParser
import TealAPI
import TealClient
import TealCore

/// `teal accessory`.
struct AccessoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accessory",
        abstract: "Start, stop, look into and upgrade accessories, such as databases.",
        discussion: """
            A deploy starts an accessory that has never run, and leaves one that runs as it is, whatever has changed of it. \
            It is replaced only when it is named itself.
            """,
        subcommands: [
            StartCommand.self, StopCommand.self, RestartCommand.self, LogsCommand.self, ExecCommand.self,
            UpgradeCommand.self,
        ]
    )

    /// Which accessories are meant.
    struct Names: ParsableArguments {
        @Argument(help: .init("Accessories; all of the project without any.", valueName: "accessory"))
        var names: [ServiceName] = []
    }

    /// `teal accessory start`.
    struct StartCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "start",
            abstract: "Start accessories that were stopped, and return once they are ready.",
            discussion: "In the order of their needs. From then on they are kept running."
        )

        @OptionGroup var names: Names
        @OptionGroup var project: ProjectOptions
        @OptionGroup var connection: ConnectionOptions
        @OptionGroup var output: OutputOptions

        mutating func run() async throws {
            let steering = AccessorySteering(action: .start, names: names.names, report: output.report)
            try await steering.run(project, connection)
        }
    }

    /// `teal accessory stop`.
    struct StopCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "stop",
            abstract: "Stop accessories and leave them stopped, also after a restart of the daemon or the host.",
            discussion:
                "Says first which services need them, and asks. What is stopped starts by `start`, or by an upgrade."
        )

        @OptionGroup var names: Names
        @Flag(name: .shortAndLong, help: "Do not ask.")
        var yes = false
        @OptionGroup var project: ProjectOptions
        @OptionGroup var connection: ConnectionOptions
        @OptionGroup var output: OutputOptions

        mutating func run() async throws {
            let steering = AccessorySteering(action: .stop, names: names.names, report: output.report)
            try await steering.run(project, connection, asking: yes)
        }
    }

    /// `teal accessory restart`.
    struct RestartCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "restart",
            abstract: "Stop accessories and start them again as they are; return once they are ready.",
            discussion: "Says first which services need them, and asks; says afterwards for how long each was away."
        )

        @OptionGroup var names: Names
        @Flag(name: .shortAndLong, help: "Do not ask.")
        var yes = false
        @OptionGroup var project: ProjectOptions
        @OptionGroup var connection: ConnectionOptions
        @OptionGroup var output: OutputOptions

        mutating func run() async throws {
            let steering = AccessorySteering(action: .restart, names: names.names, report: output.report)
            try await steering.run(project, connection, asking: yes)
        }
    }

    /// `teal accessory logs`.
    struct LogsCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "logs",
            abstract: "Show what accessories wrote, with the values of known secrets masked.",
            discussion: "Follows one accessory with `--follow` until Ctrl-C."
        )

        @OptionGroup var names: Names
        @Flag(name: .shortAndLong, help: "Go on with new lines as they are written.")
        var follow = false
        @Option(name: [.customShort("n"), .long], help: .init("Lines from before now, per replica.", valueName: "n"))
        var tail: Int = 100
        @OptionGroup var project: ProjectOptions
        @OptionGroup var connection: ConnectionOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard (0...APILimits.logTailMax).contains(tail) else {
                throw ValidationError("`--tail` is a number from 0 to \(APILimits.logTailMax).")
            }
        }

        mutating func run() async throws {
            let (given, project, follow, tail) = (names.names, try project.name(), follow, tail)
            let report = output.report
            let text = HostText(style: report.console.outputStyle)
            try await connection.withClient { client in
                let names = try await AccessorySteering.names(given, of: project, client)
                if follow, names.count > 1 {
                    throw Problem(
                        "cli.accessory",
                        "nothing has been changed: one accessory is followed at a time",
                        next: ["Name one of \(Phrase.all(names.map(\.description)))"]
                    )
                }
                for name in names {
                    let query = LogQuery(
                        project: project,
                        service: name,
                        release: nil,
                        replica: nil,
                        tail: tail,
                        follow: follow
                    )
                    try await client.logs(query) { entry in
                        switch report.format {
                        case .json: report.line(entry)
                        case .text: report.console.out(text.line(entry, withTime: true))
                        }
                        return true
                    }
                }
            }
        }
    }
}
