import ArgumentParser
import Synchronization
import TealAPI
import TealClient
import TealCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What `teal dev` does: reads, looks, builds, starts a daemon where none runs, and has it release everything.
struct DevRun: Sendable {
    /// Where the proxy listens unless it is said.
    static let portDefault = 8080

    let home: DevHome
    let report: Report
    let workshop: Workshop

    /// Brings a project up, and in the foreground shows what it writes until it is interrupted; then takes it down.
    ///
    /// - Parameters:
    ///   - project: The project.
    ///   - profile: A profile or a group; nil for what belongs to none.
    ///   - port: The proxy's port; nil for the usual one, or the one that it has.
    ///   - isDetached: Whether the command leaves when all is up.
    /// - Throws: Why not everything is up; of a first start nothing is left then.
    func up(_ project: ProjectFile, profile: String?, port: Int?, isDetached: Bool) async throws {
        let services = try project.workedOn(profile)
        try project.checkSecrets(of: services)
        let client = DaemonClient(socket: home.socket)
        do {
            try await up(project, services, port, client, isDetached: isDetached)
            await client.close()
        } catch {
            await client.close()
            throw error
        }
    }

    private func up(
        _ project: ProjectFile,
        _ services: [ServiceSpec],
        _ port: Int?,
        _ client: DaemonClient,
        isDetached: Bool
    ) async throws {
        let wasUp = try await answers(client)
        let publicPort = try await look(project, services, port, client, wasUp: wasUp)
        for text in project.warnings { report.remark("\(report.console.errorStyle.yellow("warning:")) \(text)") }
        var images: [ServiceName: String] = [:]
        for build in project.builds(of: services) {
            report.remark(report.console.errorStyle.bold("build \(build.service)"))
            images[build.service] = try await workshop.build(build.image, build.arguments, build.dockerfile)
        }
        // From here on an interruption takes down what has been started.
        let interruptions = Interruptions.stream()
        let stage = Stage()
        do {
            if !wasUp { try await workshop.start(home.path, "127.0.0.1:\(publicPort)") }
            _ = try await client.handshake()
            if isDetached {
                try await release(project, services, images, client)
                return try await show(project, services, publicPort, client)
            }
            let log = DevLog(
                client: client,
                report: report,
                project: project.name,
                services: services.map(\.name).filter { !project.hidden.contains($0) },
                isGone: { [home] in !FileManager.default.fileExists(atPath: home.socket) }
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await log.follow() }
                group.addTask {
                    // Until all is up an interruption ends the rollout, and that says when it has ended.
                    for await _ in interruptions where stage.interrupt() { throw Interrupted() }
                }
                try await release(project, services, images, client)
                try await show(project, services, publicPort, client)
                if stage.reach() { throw Interrupted() }
                try await group.next()
                group.cancelAll()
            }
            report.remark("another command has taken everything down")
        } catch {
            if !isDetached, stage.isInterrupted { return try await down(withVolumes: false) }
            // What was up before is as it was; of a first start nothing is left.
            if !wasUp {
                do {
                    try await down(withVolumes: false)
                } catch let problem as Problem {
                    report.write([ProblemBody(problem)])
                }
            }
            throw error
        }
    }

    /// How far the foreground is.
    private final class Stage: Sendable {
        private let state = Mutex((isUp: false, isInterrupted: false))

        var isInterrupted: Bool { state.withLock { $0.isInterrupted } }

        /// Whether the interruption ends what is up, and not what brings it up.
        func interrupt() -> Bool {
            state.withLock { state in
                state.isInterrupted = true
                return state.isUp
            }
        }

        /// Whether it was interrupted on the way up.
        func reach() -> Bool {
            state.withLock { state in
                state.isUp = true
                return state.isInterrupted
            }
        }
    }

    /// Ends everything; interrupted meanwhile, at once.
    func down(withVolumes: Bool) async throws {
        let again = Interruptions.stream()
        report.remark(report.console.errorStyle.dim("taking everything down; Ctrl-C kills what does not end"))
        let end = try await withThrowingTaskGroup(of: WorkshopEnd?.self) { group in
            group.addTask { try await workshop.end(home.path, withVolumes, false) }
            group.addTask {
                for await _ in again { _ = try? await workshop.end(home.path, withVolumes, true) }
                return nil
            }
            // The other one never ends before it.
            let end = try await group.next() ?? nil
            group.cancelAll()
            return end
        }
        guard let end else { return }
        switch report.format {
        case .json: report.line(DevLine(down: end))
        case .text: report.write(end) { DevText(style: $0).lines(end) }
        }
    }

    /// Ends the foreground.
    private struct Interrupted: Error {}

    private func answers(_ client: DaemonClient) async throws -> Bool {
        do throws(ClientFailure) {
            _ = try await client.handshake()
            return true
        } catch {
            if case .unreachable = error { return false }
            throw error
        }
    }

    /// Looks whether the ports of this machine can be had.
    ///
    /// - Returns: The proxy's port.
    private func look(
        _ project: ProjectFile,
        _ services: [ServiceSpec],
        _ wanted: Int?,
        _ client: DaemonClient,
        wasUp: Bool
    ) async throws -> Int {
        var taken: [String] = []
        if wasUp {
            let status = try await client.status(StatusQuery(project: project.name))
            let present = status.publicEndpoint.flatMap { HostPort(parsing: $0) }?.port ?? Self.portDefault
            guard wanted == nil || wanted == present else {
                throw Problem(
                    "dev.port",
                    "nothing has been changed: \(project.name) is up at port \(present) already",
                    next: ["`teal dev down` first, then `teal dev --port \(wanted ?? present)`"]
                )
            }
            let running = Set(status.projects.flatMap(\.services).filter { $0.active != nil }.map(\.service))
            // What runs has its ports itself.
            taken = await self.taken(project.ports(of: services).filter { !running.contains("\($0.service)") })
            guard taken.isEmpty else { throw Self.taken(taken) }
            return present
        }
        let port = wanted ?? Self.portDefault
        if let holder = await workshop.holder(HostPort(port: port)) {
            taken.append("port \(port) of the proxy: \(holder) has it; `teal dev --port \(port + 1)` takes another one")
        }
        taken += await self.taken(project.ports(of: services).filter { $0.port.port != port })
        guard taken.isEmpty else { throw Self.taken(taken) }
        return port
    }

    private func taken(_ ports: [(port: HostPort, service: ServiceName)]) async -> [String] {
        var lines: [String] = []
        for (place, service) in ports {
            if let holder = await workshop.holder(place) {
                lines.append("port \(place) of \(service): \(holder) has it")
            }
        }
        return lines
    }

    private static func taken(_ lines: [String]) -> Problem {
        Problem(
            "dev.port",
            "nothing has been changed: ports of this machine are taken",
            at: lines,
            next: ["End what has them, or choose other ports; `teal dev down` in its directory ends another project"]
        )
    }

    private func release(
        _ project: ProjectFile,
        _ services: [ServiceSpec],
        _ images: [ServiceName: String],
        _ client: DaemonClient
    ) async throws {
        let (order, artifacts) = try project.order(workingOn: services, images: images, standIn: try standIn())
        try await ArtifactUpload(client: client, report: quiet).send(artifacts)
        let built = try await SourceBuilds(client: client, report: quiet, again: false).build(order)
        var options = RolloutOptions(
            force: false,
            waitSeconds: 60,
            supersede: false,
            until: .released,
            onCancel: .abort,
            author: Author.name(report.console)
        )
        options.createNetworks = true
        try await Rollouts(client: client, report: quiet).begin(
            RolloutRequest(.deploy(built), options: options),
            watch: try WatchOptions.parse(["--on-cancel", "abort"]),
            isDry: false
        )
    }

    /// Writes lines and asks nobody, since what services write stands between them; how a rollout ended well is not said to
    /// people, who are told what is up instead.
    private var quiet: Report {
        let (outer, format) = (report.console, report.format)
        let console = Console(terminal: .none, environment: outer.environment, now: outer.now, raw: outer.raw) {
            switch ($0, format) {
            case (.errors, _): outer.error($1)
            case (.output, .json): outer.out($1)
            case (.output, .text): break
            }
        }
        return Report(console: console, format: format)
    }

    /// What is handed over for services that are run where they are.
    private func standIn() throws -> String {
        let directory = "\(home.path)/in-place"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data("Services that are worked on are run where their sources are.\n".utf8)
            .write(to: URL(filePath: "\(directory)/README"))
        return directory
    }

    private func show(
        _ project: ProjectFile,
        _ services: [ServiceSpec],
        _ port: Int,
        _ client: DaemonClient
    ) async throws {
        let status = try await client.status(StatusQuery(project: project.name))
        let running = status.projects.flatMap(\.services).filter { $0.active != nil }.map(\.service)
        let view = DevView(
            project: project.name,
            home: home.path,
            services: services,
            ports: project.ports(of: services),
            publicPort: port,
            running: running
        )
        switch report.format {
        case .json: report.line(DevLine(up: view))
        case .text: report.write(view) { DevText(style: $0).lines(view) }
        }
    }
}
