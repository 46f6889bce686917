import ArgumentParser
import TealCore

/// `teal dev`.
struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Work on the project's services on this machine: bring all of it up, and down again.",
        discussion: """
            `teal dev` starts the services as they are worked on, shows what they write, and takes everything down again on \
            Ctrl-C; volumes are kept. `teal dev PROFILE` enables a profile of the Compose files, or starts a group with what it \
            needs. Typed again, it applies what has changed. Nothing of a release is used: no secrets, hosts, hooks or gates.
            """,
        subcommands: [DevUpCommand.self, DevDownCommand.self],
        defaultSubcommand: DevUpCommand.self
    )
}

/// `teal dev up`, which `teal dev` means.
struct DevUpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Bring the services up, and show what they write until Ctrl-C takes them down.",
        discussion: """
            Services that take requests are at http://NAME.localhost:8080. What stands under `dev` of a service, or in the \
            environment `development`, is what is different here, such as the command and mounted sources. Images with \
            `build` are built first.
            """
    )

    @Argument(help: .init("A profile of the Compose files, or a group.", valueName: "profile"))
    var profile: String?
    @Flag(name: [.customShort("d"), .long], help: "Leave when everything is up; `teal dev down` ends it.")
    var detach = false
    @Option(help: .init("The proxy's port on 127.0.0.1 (default: \(DevRun.portDefault)).", valueName: "port"))
    var port: Int?
    @Option(help: .init("The project's file.", valueName: "path"), completion: .file())
    var file: String = ProjectFile.usualName
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...65_535).contains(port ?? 1) else { throw ValidationError("`--port` is a number from 1 to 65535.") }
    }

    mutating func run() async throws {
        let workshop = try Workshop.given()
        let report = output.report
        let home = try DevHome(of: file, report.console.environment)
        let project = try ProjectFile(developing: file, profile: profile)
        try await DevRun(home: home, report: report, workshop: workshop).up(
            project,
            profile: profile,
            port: port,
            isDetached: detach
        )
    }
}

/// `teal dev down`.
struct DevDownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "End everything that `teal dev` has started in this directory.",
        discussion: "Volumes are kept unless `--volumes` is said. Where nothing is up it does nothing."
    )

    @Flag(name: [.customShort("v"), .long], help: "Remove the volumes too, with all that is in them.")
    var volumes = false
    @Option(help: .init("The project's file.", valueName: "path"), completion: .file())
    var file: String = ProjectFile.usualName
    @OptionGroup var output: OutputOptions

    mutating func run() async throws {
        let report = output.report
        let home = try DevHome(of: file, report.console.environment)
        try await DevRun(home: home, report: report, workshop: try Workshop.given()).down(withVolumes: volumes)
    }
}
