import ArgumentParser
import TealAPI
import TealClient
import TealCore

/// `teal resume`.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with a rollout that halted at a step whose end is not known.",
        discussion: """
            A migration, a hook or another step that must not happen twice is never repeated by itself when a crash hid \
            how it ended. Look whether it was done, then say so.
            """
    )

    @Argument(help: .init("The rollout; the halted one of the project without one.", valueName: "rollout"))
    var rollout: String = RolloutArgument.latest
    @Flag(help: "The step was done; go on after it.")
    var done = false
    @Flag(help: "The step was not done; do it.")
    var again = false
    @OptionGroup var watch: WatchOptions
    @OptionGroup var project: ProjectOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard done != again else { throw ValidationError("Say either `--done` or `--again`.") }
    }

    mutating func run() async throws {
        let request = ResumeRequest(decision: done ? .done : .again, author: Author.name())
        let (id, watch, report) = (rollout, watch, output.report)
        let project = try RolloutArgument.project(of: id, project)
        try await connection.withClient { client in
            let view = try await client.resumeRollout(id, of: project, request)
            try await Rollouts(client: client, report: report).watch(
                view,
                until: watch.until ?? .released,
                onCancel: watch.onCancel
            )
        }
    }
}

/// `teal abort`.
struct AbortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort",
        abstract: "End a rollout that is under way and take users back.",
        discussion: "A rollout that is released already is taken back with `teal rollback`."
    )

    @Argument(help: .init("The rollout; the running one of the project without one.", valueName: "rollout"))
    var rollout: String = RolloutArgument.latest
    @OptionGroup var project: ProjectOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    mutating func run() async throws {
        let (id, report) = (rollout, output.report)
        let project = try RolloutArgument.project(of: id, project)
        let request = AbortRequest(author: Author.name())
        try await connection.withClient { client in
            let view = try await client.abortRollout(id, of: project, request)
            let watch = RolloutWatch(client: client, report: report, until: .settled, onCancel: .detach)
            let exit = try await watch.run(view)
            // To be kept out or taken back is what was asked for.
            guard [.done, .refused, .reverted].contains(exit) else { throw CommandFailure.silent(exit) }
        }
    }
}

/// `teal attach`.
struct AttachCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Watch a rollout that is under way, from its beginning.",
        discussion: "Ends like the command that began it, with the same exit code."
    )

    @Argument(
        help: .init("The rollout; the running one of the project without one, else its newest.", valueName: "rollout")
    )
    var rollout: String = RolloutArgument.latest
    @Option(help: .init("Return when this is reached.", valueName: "switched|released|settled"))
    var until: RolloutMoment = .settled
    @OptionGroup var project: ProjectOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    mutating func run() async throws {
        let (id, until, report) = (rollout, until, output.report)
        let project = try RolloutArgument.project(of: id, project)
        try await connection.withClient { client in
            let view = try await client.rollout(id, of: project)
            let watch = RolloutWatch(client: client, report: report, until: until, onCancel: .detach)
            let exit = try await watch.run(view)
            guard exit == .done else { throw CommandFailure.silent(exit) }
        }
    }
}

/// A rollout as people name it, or leave it out.
enum RolloutArgument {
    /// Stands for the one that is meant when none is named.
    static let latest = "latest"

    /// Where to look for a rollout that is not named; a name is the same for the whole host.
    static func project(of id: String, _ options: ProjectOptions) throws -> ProjectName? {
        id == latest ? try options.nameIfKnown() : nil
    }
}
