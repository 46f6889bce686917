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
        /// The longest run; one that is not stopped before is an error.
        package var limit = Duration.seconds(3600)
        package var streams = 0
        package var streamSeconds = 10
        package var webSockets = 0
        package var relayPairs = 0
        package var serverSentEvents = 0
        /// The host name that is asked for.
        package var host = "web.test"
        /// The port of 127.0.0.1 that is asked; nil for the public listener's.
        package var port: Int?
        /// Where it connects, such as `https://127.0.0.1:8443`; nil for that port.
        package var url: String?
        /// What signs the certificate there.
        package var authority: String?
        package var webSocketPath = "/ws"
        package var relayPath = "/relay"
        /// Whether answers are held against what ``LoadRun/routed(_:)`` and ``LoadRun/tell(_:from:to:)`` say.
        package var checksReleases = true

        package init() {}
    }

    package let reportPath: String
    package let eventsPath: String
    private let logPath: String
    private let child: Child
    private let history: RoutedLines?

    fileprivate init(_ plan: Plan, _ lab: Lab, number: Int) throws {
        reportPath = "\(lab.root)/load-\(number).json"
        eventsPath = "\(lab.root)/load-\(number).events"
        history = plan.checksReleases ? try RoutedLines("\(lab.root)/load-\(number).routed") : nil
        var words = [
            lab.programs.load, "--url", plan.url ?? "http://127.0.0.1:\(plan.port ?? lab.publicPort)", "--host",
            plan.host,
            "--rate", "\(plan.rate)", "--duration", "\(plan.limit.components.seconds)",
            "--report", reportPath, "--events", eventsPath, "--bound",
            "--streams", "\(plan.streams)", "--stream-seconds", "\(plan.streamSeconds)",
            "--websockets", "\(plan.webSockets)", "--relay-pairs", "\(plan.relayPairs)",
            "--sse", "\(plan.serverSentEvents)",
            "--websocket-path", plan.webSocketPath, "--relay-path", plan.relayPath,
        ]
        if let authority = plan.authority { words += ["--ca", authority] }
        if let history { words += ["--routed", history.path] }
        logPath = "\(lab.root)/load-\(number).log"
        child = try Child(words, output: logPath)
        lab.state.withLock { $0.loads.append(child) }
    }

    /// Writes down which versions may answer from now on; the first time also for the time before.
    package func routed(_ versions: [String]) { history?.routed(versions) }

    /// Writes down what was routed when in a rollout that has ended, by its own events.
    package func tell(_ events: [RolloutEvent], from old: String, to new: String) {
        history?.tell(events, from: old, to: new)
    }

    /// Ends it and reads its report.
    ///
    /// - Throws: ``LabFailure`` when it had ended before, or could not tell what it was to tell.
    package func stop() async throws -> LoadReport {
        if let code = child.ended { throw LabFailure("the load had ended by itself with \(code): \(said)") }
        try history?.check()
        child.signal(SIGTERM)
        let code = try await child.wait(within: .seconds(40))
        // 1 says that something failed, which is for the caller to judge.
        guard code == 0 || code == 1 else { throw LabFailure("the load ended with \(code): \(said)") }
        return try LoadReport(path: reportPath)
    }

    private var said: String {
        // Not there: it said nothing.
        ((try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

extension Lab {
    /// Starts load on the public listener; ``LoadRun/stop()`` ends it, and the lab at the latest.
    ///
    /// - Parameters:
    ///   - versions: Those that may answer until something else is said.
    ///   - change: What is different from the usual plan.
    /// - Returns: What runs.
    /// - Throws: ``LabFailure`` when it cannot be started.
    package func load(
        _ versions: String...,
        plan change: (inout LoadRun.Plan) -> Void = { _ in }
    ) throws -> LoadRun {
        var plan = LoadRun.Plan()
        change(&plan)
        let load = try LoadRun(plan, self, number: state.withLock { $0.loads.count })
        if !versions.isEmpty { load.routed(versions) }
        return load
    }

    /// Waits for the end of a rollout and tells `load` what was routed when.
    @discardableResult
    package func end(of id: String, telling load: LoadRun, from old: String, to new: String) async throws -> RolloutView
    {
        let view = try await end(of: id)
        load.tell(try await events(of: id), from: old, to: new)
        return view
    }
}
