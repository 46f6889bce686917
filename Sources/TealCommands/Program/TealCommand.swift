import ArgumentParser
import TealAPI

/// The root of all commands.
struct TealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "teal",
        abstract: "Releases services onto your own servers without dropping a request.",
        discussion: """
            Begin with `teal init`, then `teal plan` and `teal deploy`. `teal status` says how things are, and \
            `teal rollback` goes back. A running daemon (`teal serve`) does the work; every command only asks it.
            """,
        version: TealVersion.program,
        groupedSubcommands: [
            CommandGroup(
                name: "Project",
                subcommands: [
                    InitCommand.self, ImportCommand.self, ValidateCommand.self, SchemaCommand.self, PlanCommand.self,
                    ComposeCommand.self, GenerateCommand.self, DevCommand.self,
                ]
            ),
            CommandGroup(
                name: "Releases",
                subcommands: [
                    DeployCommand.self, RollbackCommand.self, ScaleCommand.self, AdoptCommand.self, ResumeCommand.self,
                    AbortCommand.self, AttachCommand.self, AccessoryCommand.self,
                ]
            ),
            CommandGroup(
                name: "Looking",
                subcommands: [
                    StatusCommand.self, HistoryCommand.self, LogsCommand.self, HealthCommand.self, StatsCommand.self,
                    ExecCommand.self,
                ]
            ),
            CommandGroup(
                name: "Host",
                subcommands: [ServeCommand.self, DoctorCommand.self, PruneCommand.self, VersionCommand.self]
            ),
            CommandGroup(name: "Shell", subcommands: [CompletionsCommand.self]),
        ]
    )
}
