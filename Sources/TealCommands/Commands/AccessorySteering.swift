import TealAPI
import TealClient
import TealCore

/// What `teal accessory start`, `stop` and `restart` do: say what it means, ask where that is due, and have it done.
struct AccessorySteering {
    let action: AccessoryRequest.Action
    /// Empty for every accessory of the project.
    let names: [ServiceName]
    let report: Report

    /// Says what it means, asks, and has it done.
    ///
    /// - Parameters:
    ///   - project: Whose accessories.
    ///   - connection: Which daemon.
    ///   - isGiven: Whether a yes was given on the command line; nil for what nobody has to agree to.
    /// - Throws: What the daemon refused, or that nobody agreed.
    func run(_ project: ProjectOptions, _ connection: ConnectionOptions, asking isGiven: Bool? = nil) async throws {
        let project = try project.name()
        try await connection.withClient { client in
            if let isGiven {
                let plan = try await client.accessories(request(project, apply: false))
                try await confirm(plan, isGiven: isGiven)
            }
            let done = try await client.accessories(request(project, apply: true))
            report.write(done) { style in AccessoryText(style: style).lines(done) }
        }
    }

    private func request(_ project: ProjectName, apply: Bool) -> AccessoryRequest {
        AccessoryRequest(
            project: project,
            services: names,
            action: action,
            apply: apply,
            author: Author.name(report.console)
        )
    }

    /// Shows what would be done and asks; not for what is so already.
    private func confirm(_ plan: AccessoriesView, isGiven: Bool) async throws {
        let changed = plan.accessories.filter { !$0.isSo }
        guard !changed.isEmpty else { return }
        let lines = AccessoryText(style: report.console.errorStyle).lines(plan)
        if report.format == .text { for line in lines { report.remark(line) } }
        let what = Phrase.all(changed.map(\.service))
        try await Question.confirm(
            "\(action.rawValue.prefix(1).uppercased())\(action.rawValue.dropFirst()) \(what)?",
            isGiven: isGiven,
            plan: report.format == .json ? lines : [],
            console: report.console
        )
    }

    /// The accessories that are meant: those that are named, else all that the project has on the host.
    static func names(
        _ given: [ServiceName],
        of project: ProjectName,
        _ client: DaemonClient
    ) async throws -> [ServiceName] {
        if !given.isEmpty { return given }
        let status = try await client.status(StatusQuery(project: project, service: nil))
        let found = status.projects.flatMap(\.services).filter { $0.kind == ServiceKind.accessory.rawValue }
            // What the daemon calls a service is a name.
            .compactMap { try? ServiceName(parsing: $0.service) }
        guard !found.isEmpty else {
            throw Problem(
                "cli.accessory",
                "nothing has been changed: \(project) has no accessory that was released on this host",
                next: ["See what there is with `teal status`"]
            )
        }
        return found
    }
}

/// What is done to accessories, for people.
struct AccessoryText {
    let style: Style

    func lines(_ view: AccessoriesView) -> [String] { view.accessories.flatMap { lines($0, view) } }

    private func lines(_ accessory: AccessoryView, _ view: AccessoriesView) -> [String] {
        let name = style.bold(accessory.service)
        if accessory.isSo {
            return [
                "\(name)  \(accessory.release) \(view.action == .stop ? "is stopped" : "runs and is ready") already"
            ]
        }
        let did: String =
            switch (view.action, view.applied) {
            case (.start, true): "runs and is ready"
            case (.start, false): "would be started"
            case (.stop, true): "is stopped and stays so; start it with `teal accessory start \(accessory.service)`"
            case (.stop, false): "would be stopped and stay so"
            case (.restart, true): "runs again" + (accessory.gapSeconds.map { " after \(Words.seconds($0))" } ?? "")
            case (.restart, false): "would be stopped and started again"
            }
        var lines = ["\(name)  \(accessory.release) \(did)"]
        if view.action != .start, !accessory.neededBy.isEmpty {
            let who = Phrase.all(accessory.neededBy)
            let verb = accessory.neededBy.count == 1 ? "needs" : "need"
            lines.append(style.yellow("  \(who) \(verb) it" + (view.applied ? "" : " and would be without it")))
        }
        return lines
    }
}
