import TealAPI
import TealClient
import TealCore

/// Has the daemon build what a deploy needs, and shows what happens.
///
/// An interruption ends the command, and the daemon the build with it.
struct SourceBuilds {
    let client: DaemonClient
    let report: Report
    /// Whether it is built even if that was done before.
    let again: Bool

    /// The same order, with the commits and the artifacts that were built of them.
    ///
    /// A ref is looked up once: services of one repository and one ref get the same commit.
    ///
    /// - Throws: Why there is no artifact; no service has been changed then.
    func build(_ order: DeployOrder) async throws -> DeployOrder {
        var commits: [Origin: GitCommit] = [:]
        var services: [DeployService] = []
        for service in order.services {
            guard case .git(let source) = service.spec.source else {
                services.append(service)
                continue
            }
            let origin = Origin(repository: source.repository, ref: source.ref)
            let built = try await build(service, source, order, commit: service.commit ?? commits[origin])
            guard let commit = try? GitCommit(parsing: built.commit) else {
                throw Problem(
                    "cli.build",
                    "nothing has been changed: the daemon built '\(built.commit)', which is no commit",
                    next: ["Compare the versions with `teal version`"]
                )
            }
            commits[origin] = commit
            services.append(
                DeployService(
                    spec: service.spec,
                    artifactSHA256: built.artifactSHA256,
                    commit: commit,
                    assumed: service.assumed
                )
            )
        }
        return DeployOrder(
            project: order.project,
            environment: order.environment,
            named: order.named,
            services: services,
            secrets: order.secrets,
            gitCommit: order.gitCommit,
            hostImages: order.hostImages,
            neighbours: order.neighbours,
            upgrades: order.upgrades
        )
    }

    private struct Origin: Hashable {
        let repository: GitRepository
        let ref: GitRef
    }

    private func build(
        _ service: DeployService,
        _ source: GitSource,
        _ order: DeployOrder,
        commit: GitCommit?
    ) async throws -> BuildResult {
        let names = source.secretNames
        let request = BuildRequest(
            project: order.project,
            environment: order.environment,
            service: service.spec.name,
            source: source,
            commit: commit,
            secrets: order.secrets.filter { names.contains($0.key) },
            again: again ? true : nil
        )
        let result = try await build(request)
        if report.format == .json { report.line(ResultLine(built: result)) } else { show(result) }
        return result
    }

    private func build(_ request: BuildRequest) async throws -> BuildResult {
        do throws(ClientFailure) {
            return try await client.build(request) { event in
                if report.format == .json { report.line(BuildLine(build: event)) } else { show(event) }
            }
        } catch {
            guard case .lost(let problem) = error else { throw error }
            throw ClientFailure.lost(
                Problem(
                    "cli.build",
                    "nothing has been changed: the connection to the Teal daemon ended in the build of "
                        + "\(request.service), and the build with it",
                    at: problem.at,
                    next: ["Deploy again; `teal status` says whether the daemon runs"]
                )
            )
        }
    }

    /// What JSON has of a build beside the rollout's events: each under a key of its own.
    private struct BuildLine: Encodable {
        let build: BuildEvent
    }

    private struct ResultLine: Encodable {
        let built: BuildResult
    }

    private func show(_ event: BuildEvent) {
        let style = report.console.errorStyle
        switch event.kind {
        case .output: report.remark(style.dim("  \(event.service) | ") + ControlText.escaped(event.text))
        case .resolved, .waiting, .fetching, .command, .packing:
            report.remark("\(style.bold("build \(event.service)")) \(ControlText.escaped(event.text))")
        }
    }

    private func show(_ result: BuildResult) {
        let size = result.sizeBytes.map { ", \(Words.bytes($0))" } ?? ""
        let how =
            result.built ? "built in \(Words.seconds(result.elapsedSeconds))" : "built before, nothing had to be done"
        report.remark(
            report.console.errorStyle.dim(
                "artifact \(result.artifactSHA256.prefix(12)) of \(result.service)\(size): \(how)"
            )
        )
    }
}
