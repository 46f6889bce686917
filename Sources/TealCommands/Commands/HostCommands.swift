import ArgumentParser
import TealAPI
import TealClient
import TealCore

/// `teal health`.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Probe the active replicas and the routes, now.",
        discussion: "Ends with \(ExitCode.found.rawValue) when a probe fails. Changes nothing."
    )

    @Argument(help: .init("One service.", valueName: "service"))
    var service: ServiceName?
    @OptionGroup var project: ProjectOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    mutating func run() async throws {
        let request = HealthRequest(project: try project.name(), service: service)
        let report = output.report
        let health = try await connection.withClient { try await $0.health(request) }
        report.write(health) { HostText(style: $0).lines(health) }
        guard health.isHealthy else { throw CommandFailure.silent(.found) }
    }
}

/// `teal prune`.
struct PruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove what no rollback needs.",
        discussion: "Shows what would be removed and asks first."
    )

    @Flag(help: "Do it without asking.")
    var yes = false
    @Flag(name: [.customShort("n"), .long], help: "Only show what would be removed.")
    var dryRun = false
    @Flag(help: "Every project of the host.")
    var all = false
    @OptionGroup var project: ProjectOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    mutating func run() async throws {
        let name = all ? nil : try project.nameIfKnown()
        let (isDry, isGiven, report) = (dryRun, yes, output.report)
        try await connection.withClient { client in
            let plan = try await client.prune(PruneRequest(project: name, apply: false))
            let isLast = isDry || plan.items.isEmpty
            // With JSON there is one result: what was done, or what would be.
            if report.format == .text || isLast { report.write(plan) { HostText(style: $0).lines(plan) } }
            guard !isLast else { return }
            let listed = report.format == .json ? plan.items.map { "remove \($0.what): \($0.why)" } : []
            try await Question.confirm("Remove it?", isGiven: isGiven, plan: listed)
            let done = try await client.prune(PruneRequest(project: name, apply: true))
            report.write(done) { Array(HostText(style: $0).lines(done).suffix(1)) }
        }
    }
}

/// `teal doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check that the host is as the records say, and mend what is not.",
        discussion: """
            Checks every promise that Teal makes about a host. With `--fix` it shows what it would mend and asks first. \
            Ends with \(ExitCode.found.rawValue) when a promise does not hold.
            """
    )

    @Flag(help: "Mend what can be mended.")
    var fix = false
    @Flag(help: "Do it without asking.")
    var yes = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    mutating func run() async throws {
        let (wantsFix, isGiven, report) = (fix, yes, output.report)
        let view = try await connection.withClient { client in
            let found = try await client.doctor(DoctorRequest(fix: false))
            let fixes = found.fixes
            guard wantsFix, !fixes.isEmpty else { return found }
            if report.format == .text {
                report.write(found) { HostText(style: $0).lines(found) }
                report.remark("\n`--fix` will:\n" + fixes.map { "  \($0)" }.joined(separator: "\n"))
            }
            try await Question.confirm("Do it?", isGiven: isGiven, plan: report.format == .json ? fixes : [])
            return try await client.doctor(DoctorRequest(fix: true, fixes: fixes))
        }
        report.write(view) { HostText(style: $0).lines(view) }
        guard !view.hasErrors else { throw CommandFailure.silent(.found) }
    }
}

/// `teal version`.
struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Show the versions of this program and of the daemon."
    )

    @Flag(help: "Only this program's.")
    var client = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    /// The versions of both sides.
    private struct Versions: Encodable {
        let client: String
        let clientAPI: [Int]
        let daemon: VersionAnswer?
    }

    mutating func run() async throws {
        let report = output.report
        var daemon: VersionAnswer?
        var why = ""
        if !client {
            // Not the handshake: it is here that versions which do not go together are looked at.
            let asked = DaemonClient(socket: connection.socketPath())
            do throws(ClientFailure) {
                daemon = try await asked.version()
            } catch {
                why = error.problem?.summary ?? "cancelled"
            }
            await asked.close()
        }
        let api = Array(TealVersion.apiOldest...TealVersion.apiPresent)
        let versions = Versions(client: TealVersion.program, clientAPI: api, daemon: daemon)
        report.write(versions) { _ in
            var lines = ["teal \(versions.client), API \(api.map(String.init).joined(separator: " and "))"]
            if let daemon {
                let spoken = daemon.api.map(String.init).joined(separator: " and ")
                let protocols = daemon.protocols.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                lines.append("daemon \(daemon.daemon) on \(daemon.host), API \(spoken), home \(daemon.home)")
                if !protocols.isEmpty { lines.append("  speaks \(protocols.joined(separator: ", "))") }
            } else if !client {
                lines.append("daemon: \(why)")
            }
            return lines
        }
    }
}
