import Foundation
import TealAPI
import TealCore

/// A plan that was shown, as `teal plan --output json` wrote it: a deploy of it releases the images and commits that it names.
struct ShownPlan: Sendable {
    /// More than any plan has.
    private static let bytesMax = 4 << 20

    private let plan: PlanView
    private let path: String

    init(path: String) throws {
        self.path = path
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }  // only read
            let data = try file.read(upToCount: Self.bytesMax) ?? Data()
            plan = try JSONDecoder().decode(PlanView.self, from: data)
        } catch {
            throw Problem(
                "cli.plan",
                "nothing has been changed: \(path) is no plan that can be read",
                next: ["Write one with `teal plan --output json > \(path)`"]
            )
        }
    }

    /// The same order, with the images and commits that the plan showed.
    ///
    /// - Throws: `cli.plan` for the plan of another project, or one that says nothing of the image or the commit of a service.
    func bind(_ order: DeployOrder) throws -> DeployOrder {
        guard plan.kind == .deploy, plan.project == "\(order.project)" else {
            throw refused("it is the plan of a \(plan.kind.rawValue) of \(plan.project)")
        }
        let services = try order.services.map { service in
            if case .git(let source) = service.spec.source { return try bind(service, source) }
            guard case .image(let reference) = service.spec.source else { return service }
            guard let planned = plan.services.first(where: { $0.service == "\(service.spec.name)" })?.image else {
                throw refused("it says nothing of the image of \(service.spec.name)")
            }
            guard planned.reference == reference else {
                throw refused("it is for the image \(planned.reference) of \(service.spec.name), not \(reference)")
            }
            return DeployService(
                spec: service.spec,
                artifactSHA256: service.artifactSHA256,
                image: planned.digest,
                assumed: service.assumed
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

    private func bind(_ service: DeployService, _ source: GitSource) throws -> DeployService {
        let planned = plan.services.first { $0.service == "\(service.spec.name)" }?.source
        guard let planned, let commit = try? GitCommit(parsing: planned.commit) else {
            throw refused("it says nothing of the commit of \(service.spec.name)")
        }
        guard planned.repository == "\(source.repository)", planned.ref == "\(source.ref)" else {
            throw refused(
                "it is for \(planned.ref) of \(planned.repository) as \(service.spec.name), not \(source.ref) of "
                    + "\(source.repository)"
            )
        }
        return DeployService(spec: service.spec, artifactSHA256: nil, commit: commit, assumed: service.assumed)
    }

    private func refused(_ why: String) -> Problem {
        Problem(
            "cli.plan",
            "nothing has been changed: \(path) is not the plan of this deploy: \(why)",
            next: ["Write it anew with `teal plan --output json > \(path)`"]
        )
    }
}
