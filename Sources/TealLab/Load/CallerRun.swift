import Foundation
import TealAPI
import TealCore

/// The load generator in a container of the project's network, a worker of its own, which asks a service by its name.
package final class CallerRun: Sendable {
    /// The service that it runs as.
    package static let service = "caller"

    /// What was routed when; its answers are held against it.
    package let history: RoutedLines
    private let lab: Lab
    private let directory: String

    /// Where the directory is in the container.
    private static let mount = "/calls"
    private static let reportLimit = Duration.seconds(40)

    fileprivate init(_ lab: Lab) throws {
        self.lab = lab
        directory = lab.root + "/calls"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        // Its user in the container is nobody of this host.
        chmod(directory, 0o777)
        history = try RoutedLines(directory + "/routed")
        chmod(history.path, 0o644)
    }

    fileprivate func spec(_ url: String, _ plan: LoadRun.Plan, _ image: ProgramImage) throws -> ServiceSpec {
        var spec = ServiceSpec(
            name: try ServiceName(parsing: Self.service),
            kind: .worker,
            source: .image(image.name)
        )
        spec.command = [
            "--url", url, "--rate", "\(plan.rate)", "--duration", "\(plan.limit.components.seconds)",
            "--report", Self.mount + "/report", "--routed", Self.mount + "/routed",
            "--streams", "\(plan.streams)", "--stream-seconds", "\(plan.streamSeconds)",
            "--websockets", "\(plan.webSockets)", "--sse", "\(plan.serverSentEvents)",
        ]
        spec.volumes = [Volume(source: directory, target: Self.mount, readOnly: false, shared: true)]
        spec.health = HealthGate(check: .none)
        spec.stop.grace = .seconds(20)
        return spec
    }

    /// Tells it to end, as `docker kill --signal TERM` does, and reads its report.
    ///
    /// Whatever takes its place afterwards writes over the report only at its own end.
    package func stop() async throws -> LoadReport {
        try history.check()
        try lab.act("kill?signal=TERM", on: lab.container("\(Self.service)-blue-0"))
        let path = directory + "/report"
        try await until("the report of the caller", within: Self.reportLimit) {
            // Whole once it can be read.
            (try? LoadReport(path: path)) != nil
        }
        return try LoadReport(path: path)
    }
}

extension Lab {
    /// Deploys a caller, which begins at once.
    ///
    /// - Parameters:
    ///   - url: Such as `http://web:80`.
    ///   - versions: Those that may answer until something else is said.
    ///   - change: What is different from the usual plan.
    /// - Returns: What runs; ``CallerRun/stop()`` ends it.
    /// - Throws: ``LabFailure`` when it does not come to run.
    package func caller(
        of url: String,
        _ versions: String...,
        plan change: (inout LoadRun.Plan) -> Void = { _ in }
    ) async throws -> CallerRun {
        guard let socket = runtime.socket else { throw LabFailure("there is no engine") }
        let image = ProgramImage.load(programs)
        try await image.build(on: socket)
        var plan = LoadRun.Plan()
        change(&plan)
        let caller = try CallerRun(self)
        caller.history.routed(versions)
        let view = try await end(of: begin([caller.spec(url, plan, image)]).id)
        guard view.outcome.state == .settled else { throw LabFailure("the caller does not run: \(view)") }
        return caller
    }
}
