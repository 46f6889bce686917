import Foundation
import TealAPI
import TealCore

/// A plan that was shown, as `teal plan --output json` wrote it: a deploy of it releases the images that it names.
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

    /// The same order, with the images that the plan showed.
    ///
    /// - Throws: `cli.plan` for the plan of another project, or one that says nothing of a service with an image.
    func bind(_ order: DeployOrder) throws -> DeployOrder {
        guard plan.kind == .deploy, plan.project == "\(order.project)" else {
            throw refused("it is the plan of a \(plan.kind.rawValue) of \(plan.project)")
        }
        let services = try order.services.map { service in
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
            hostImages: order.hostImages
        )
    }

    private func refused(_ why: String) -> Problem {
        Problem(
            "cli.plan",
            "nothing has been changed: \(path) is not the plan of this deploy: \(why)",
            next: ["Write it anew with `teal plan --output json > \(path)`"]
        )
    }
}
