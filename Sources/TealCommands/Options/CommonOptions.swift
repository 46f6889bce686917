import ArgumentParser
import TealAPI
import TealClient
import TealCore

extension OutputFormat: ExpressibleByArgument {}
extension RolloutMoment: ExpressibleByArgument {}
extension CancelPolicy: ExpressibleByArgument {}
extension SwitchKind: ExpressibleByArgument {}

extension DurationArgument: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}

extension Name: ExpressibleByArgument {
    package init?(argument: String) {
        // The parser words what is wrong with an argument.
        try? self.init(parsing: argument)
    }
}

/// Which daemon is asked.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: .init("The home of the daemon to ask (also TEAL_HOME).", valueName: "directory"),
        completion: .directory
    )
    var home: String?

    @Option(
        help: .init("The socket of the daemon to ask (also TEAL_SOCKET).", valueName: "path"),
        completion: .file()
    )
    var socket: String?

    /// The socket that is meant.
    func socketPath(_ console: Console = .current) -> String {
        let variables = console.environment
        // What was typed wins over the variables, whichever of the two it is.
        if socket == nil, let home { return SocketPath.choose(socket: nil, home: home) }
        return SocketPath.choose(socket: socket ?? variables["TEAL_SOCKET"], home: variables["TEAL_HOME"])
    }

    /// Gives a client whose daemon speaks a common version to `work`, and closes it at the end.
    func withClient<Result: Sendable>(
        _ work: (DaemonClient) async throws -> Result
    ) async throws -> Result {
        let client = DaemonClient(socket: socketPath())
        do {
            _ = try await client.handshake()
            let result = try await work(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }
}

/// How results are written.
struct OutputOptions: ParsableArguments {
    @Option(help: .init("How results are written.", valueName: "text|json"))
    var output: OutputFormat = .text

    var report: Report { Report(format: output) }
}

/// Which project is meant.
struct ProjectOptions: ParsableArguments {
    @Option(
        help: .init("The project's file.", valueName: "path"),
        completion: .file(extensions: ["yml", "yaml"])
    )
    var file: String = ProjectFile.usualName

    @Option(name: [.short, .long], help: .init("The project, instead of the one in the file.", valueName: "name"))
    var project: ProjectName?

    /// The project that is meant; nil when none was named and there is no file.
    func nameIfKnown() throws -> ProjectName? {
        if let project { return project }
        return try ProjectFile.projectName(path: file)
    }

    /// The project that is meant.
    func name() throws -> ProjectName {
        guard let name = try nameIfKnown() else {
            throw Problem(
                "cli.no-project",
                "nothing has been changed: there is no \(file) here that says which project is meant",
                next: ["Go to the project's directory, or name it with `--project` or `--file`"]
            )
        }
        return name
    }
}

/// How a rollout is watched.
struct WatchOptions: ParsableArguments {
    @Option(
        help: .init(
            "Return when this is reached; the daemon goes on to the end. Unless said otherwise a rollback returns once "
                + "users are back (switched), everything else once the watch has passed (released).",
            valueName: "switched|released|settled"
        )
    )
    var until: RolloutMoment?

    @Option(help: .init("What an interruption means where there is no terminal to ask at.", valueName: "detach|abort"))
    var onCancel: CancelPolicy = .detach

    @Option(help: .init("Wait this long for another rollout that holds a service.", valueName: "time"))
    var wait: DurationArgument?

    @Flag(help: "End the wait of the rollout that holds a service, and say what that cuts.")
    var supersede = false

    func options(
        force: Bool = false,
        until fallback: RolloutMoment = .released,
        console: Console = .current
    ) -> RolloutOptions {
        RolloutOptions(
            force: force,
            waitSeconds: wait?.seconds ?? 0,
            supersede: supersede,
            until: until ?? fallback,
            onCancel: onCancel,
            author: Author.name(console)
        )
    }
}
