import Foundation
import Synchronization
package import TealAPI
import TealClient
import TealCore

/// The load generator at work, as a process of its own.
package final class LoadRun: Sendable {
    /// What it sends.
    package struct Plan: Hashable, Sendable {
        /// Requests a second.
        package var rate = 100
        /// The longest run; it ends earlier when it is stopped.
        package var limit = Duration.seconds(900)
        package var streams = 0
        package var streamSeconds = 10
        package var webSockets = 0
        package var relayPairs = 0
        package var serverSentEvents = 0
        /// The host name that is asked for.
        package var host = "web.test"
        /// Whether answers are held against what ``LoadRun/routed(_:)`` says.
        package var checksReleases = true

        package init() {}
    }

    package let reportPath: String
    package let eventsPath: String
    private let child: Child
    private let routedPath: String?
    /// What was written last, so that a caller need not know it.
    private let now = Mutex<[String]>([])

    fileprivate init(_ plan: Plan, _ lab: Lab, number: Int) throws {
        reportPath = "\(lab.root)/load-\(number).json"
        eventsPath = "\(lab.root)/load-\(number).events"
        routedPath = plan.checksReleases ? "\(lab.root)/load-\(number).routed" : nil
        var words = [
            lab.programs.load, "--url", "http://127.0.0.1:\(lab.publicPort)", "--host", plan.host,
            "--rate", "\(plan.rate)", "--duration", "\(plan.limit.components.seconds)",
            "--report", reportPath, "--events", eventsPath, "--bound",
            "--streams", "\(plan.streams)", "--stream-seconds", "\(plan.streamSeconds)",
            "--websockets", "\(plan.webSockets)", "--relay-pairs", "\(plan.relayPairs)",
            "--sse", "\(plan.serverSentEvents)",
        ]
        if let routedPath {
            try Data().write(to: URL(fileURLWithPath: routedPath))
            words += ["--routed", routedPath]
        }
        child = try Child(words, output: "\(lab.root)/load-\(number).log")
        lab.state.withLock { $0.loads.append(child) }
    }

    /// Writes down which versions may answer from now on.
    package func routed(_ versions: [String]) {
        guard let routedPath, !versions.isEmpty else { return }
        now.withLock { $0 = versions }
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let line = "\(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)) \(versions.joined(separator: ","))\n"
        let file = open(routedPath, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        let bytes = Array(line.utf8)
        _ = write(file, bytes, bytes.count)  // a line that is missing shows as wrong releases
    }

    /// The versions that may answer now.
    package var routedNow: [String] { now.withLock { $0 } }

    /// Ends it and reads its report.
    package func stop() async throws -> LoadReport {
        child.signal(SIGTERM)
        try await child.wait(within: .seconds(40))
        let data = try Data(contentsOf: URL(fileURLWithPath: reportPath))
        return try JSONDecoder().decode(LoadReport.self, from: data)
    }
}

extension Lab {
    /// Starts load on the public listener; ``LoadRun/stop()`` ends it, and the lab at the latest.
    package func load(_ change: (inout LoadRun.Plan) -> Void = { _ in }) throws -> LoadRun {
        var plan = LoadRun.Plan()
        change(&plan)
        return try LoadRun(plan, self, number: state.withLock { $0.loads.count })
    }

    /// Waits for the end of a deploy and tells `load` what may answer.
    ///
    /// Those are both versions from proving on, and only the new one once it is switched; both until the end when it may
    /// be taken back (`isSure` is false).
    @discardableResult
    package func end(
        of id: String,
        telling load: LoadRun,
        from old: String,
        to new: String,
        isSure: Bool
    ) async throws -> RolloutView {
        let client = client
        try await within(Self.rolloutLimit, "the end of \(id)") {
            try await client.follow(id) { signal in
                guard case .event(let event) = signal else { return true }
                switch event.kind {
                case .phaseBegan where event.phase == "prove" || event.phase == "switch": load.routed([old, new])
                case .moment where event.moment == .switched && isSure: load.routed([new])
                default: break
                }
                return true
            }
        }
        let view = try await client.rollout(id)
        load.routed([view.outcome.state == .settled ? new : old])
        return view
    }
}
