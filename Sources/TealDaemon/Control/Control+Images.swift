import TealAPI
import TealCore
import TealDriverKit
import TealEngine
import TealProcess

/// Images: which one a name stands for when a rollout is asked for.
extension Control {
    /// A deploy's images as they are found, each once.
    struct ImageLook: Sendable {
        let order: DeployOrder
        /// By what is written and who pulls.
        private(set) var found: [Key: FoundImage] = [:]

        struct Key: Hashable, Sendable {
            let text: String
            let access: PullAccess?
        }

        init(_ order: DeployOrder) { self.order = order }

        /// The image that a service would run; the same name stands for the same image in the whole deploy.
        mutating func find(
            _ spec: ServiceSpec,
            _ text: String,
            in images: any ImageSource,
            _ environments: SealedEnvironments
        ) async throws(Problem) -> FoundImage {
            let key = Key(text: text, access: spec.pull)
            if let known = found[key] { return known }
            guard let reference = ImageReference(parsing: text) else {
                throw Problem(
                    "deploy.image",
                    "nothing has been changed: '\(text)', which \(spec.name) runs, is not an image's name",
                    next: ["Check the file with `teal validate`"]
                )
            }
            let login: ImageLogin?
            do throws(SecretError) {
                login = try await environments.login(
                    spec.pull,
                    bringing: order.secrets.mapValues(\.secret),
                    for: order.project
                )
            } catch {
                throw Control.secretsMissing(spec, error)
            }
            do throws(ImageError) {
                let image = try await images.find(reference, for: login)
                found[key] = image
                return image
            } catch {
                throw ImageWords.problem(error, reference, of: spec)
            }
        }
    }

    /// What a service's release runs from, and its specification with what the image says.
    func content(
        of service: DeployService,
        _ look: inout ImageLook,
        keepsSecrets: Bool
    ) async throws(Problem) -> (content: ReleaseContent, spec: ServiceSpec, image: FoundImage?) {
        var spec = service.spec
        switch spec.source {
        case .image(let text):
            let image = try await look.find(spec, text, in: images.source, environments)
            if spec.port == nil, spec.kind == .web {
                guard let ports = image.traits.ports, ports.count == 1 else {
                    throw ImageWords.noPort(spec, image.traits)
                }
                spec.port = ports[0]
            }
            return (image.content, spec, image)
        case .artifact:
            guard let hash = service.artifactSHA256, !keepsSecrets || artifacts.contains(hash) else {
                throw Problem(
                    "deploy.artifact-missing",
                    "nothing has been changed: the artifact of \(spec.name) was not handed over",
                    next: ["Deploy with the `teal` command, which hands it over first"]
                )
            }
            return (.artifact(sha256: hash), spec, nil)
        }
    }

    static func secretsMissing(_ spec: ServiceSpec, _ error: SecretError) -> Problem {
        Problem(
            "deploy.secrets-missing",
            "nothing has been changed: \(spec.name) needs secrets without a value: \(SecretWords.text(error))",
            next: ["Add them to the project's secrets file and deploy again"]
        )
    }
}
