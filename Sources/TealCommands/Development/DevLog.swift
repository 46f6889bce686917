import TealAPI
import TealClient
import TealCore

/// Follows what all services of a project write, also those that start later.
struct DevLog: Sendable {
    /// How often it is looked whether another release writes.
    private static let look = Duration.milliseconds(300)
    /// Lines of what ran before, for each replica.
    private static let tail = 10
    /// How long nobody may answer.
    private static let patience = Duration.seconds(10)

    let client: DaemonClient
    let report: Report
    let project: ProjectName
    /// Those whose lines are shown; the names that these begin with are as wide as the longest.
    let services: [ServiceName]
    /// Whether another command has ended the daemon.
    let isGone: @Sendable () -> Bool

    /// Returns when the daemon was ended by another command, and else only when the task is cancelled.
    ///
    /// - Throws: ``ClientFailure`` when nobody has answered for a while.
    func follow() async throws(ClientFailure) {
        let names = LogNames(services, style: report.console.outputStyle)
        let result = await withTaskGroup(of: Void.self) { group -> ClientFailure? in
            var known: Set<String> = []
            var isFirst = true
            var answered = ContinuousClock.now
            while !Task.isCancelled {
                do throws(ClientFailure) {
                    let status = try await client.status(StatusQuery(project: project))
                    answered = .now
                    let tail = isFirst ? Self.tail : APILimits.logTailMax
                    isFirst = false
                    for release in Self.releases(in: status) where known.insert(release).inserted {
                        group.addTask { await follow(release, tail: tail, names) }
                    }
                } catch {
                    if isGone() {
                        group.cancelAll()
                        return nil
                    }
                    if ContinuousClock.now - answered > Self.patience {
                        group.cancelAll()
                        return error
                    }
                }
                // Cancelled, the loop ends.
                try? await Task.sleep(for: Self.look)
            }
            group.cancelAll()
            return nil
        }
        if let result { throw result }
    }

    /// Those that take part now, or that a rollout is about.
    private static func releases(in status: StatusView) -> [String] {
        let active = status.projects.flatMap(\.services).compactMap { $0.active?.release }
        return active + status.rollouts.flatMap(\.services).map(\.to)
    }

    private func follow(_ release: String, tail: Int, _ names: LogNames) async {
        guard let at = release.lastIndex(of: "@"), let service = try? ServiceName(parsing: String(release[..<at])),
            services.contains(service), let number = Int(release[release.index(after: at)...])
        else { return }
        let query = LogQuery(
            project: project,
            service: service,
            release: number,
            replica: nil,
            tail: tail,
            follow: true
        )
        while !Task.isCancelled {
            var hasLines = false
            // One that is about to start has no place yet; one that has ended writes no more.
            try? await client.logs(query) { entry in
                hasLines = true
                switch report.format {
                case .json: report.line(entry)
                case .text: report.console.out(names.line(entry))
                }
                return true
            }
            if hasLines { return }
            try? await Task.sleep(for: Self.look)  // cancelled, the loop ends
        }
    }
}

/// The services' names before their lines, each in a colour of its own.
struct LogNames: Sendable {
    private let width: Int
    private let order: [String]
    private let style: Style

    init(_ services: [ServiceName], style: Style) {
        order = services.map(\.description)
        width = order.map(\.count).max() ?? 0
        self.style = style
    }

    func line(_ entry: LogEntry) -> String {
        let name = entry.service + String(repeating: " ", count: max(0, width - entry.service.count)) + " |"
        let colours = [style.blue, style.green, style.yellow, style.red]
        let index = order.firstIndex(of: entry.service) ?? 0
        return colours[index % colours.count](name) + " " + entry.text
    }
}
