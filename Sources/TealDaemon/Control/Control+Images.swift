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
        ///
        /// - Parameters:
        ///   - spec: The service.
        ///   - text: Its image as it is written.
        ///   - planned: The digest or ID that a plan showed; then it is this image or none.
        ///   - images: Whom to ask.
        ///   - environments: Where the password of who pulls is.
        /// - Returns: The image, as it was found.
        /// - Throws: A problem when it cannot be found, or is not the planned one.
        mutating func find(
            _ spec: ServiceSpec,
            _ text: String,
            planned: String?,
            in images: any ImageSource,
            _ environments: SealedEnvironments
        ) async throws(Problem) -> FoundImage {
            guard let reference = ImageReference(parsing: text) else {
                throw Problem(
                    "deploy.image",
                    "nothing has been changed: '\(text)', which \(spec.name) runs, is not an image's name",
                    next: ["Check the file with `teal validate`"]
                )
            }
            let key = Key(text: text, access: spec.pull)
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
            let result: Result<FoundImage, ImageError>
            if let known = found[key] {
                result = .success(known)
            } else {
                result = await Self.ask(images, reference, login)
            }
            if case .success(let image) = result { found[key] = image }
            guard let planned else {
                do throws(ImageError) { return try result.get() } catch {
                    throw ImageWords.problem(error, reference, of: spec)
                }
            }
            // A result that failed is told again below, should the planned one not be there either.
            let present = try? result.get()
            if let present, present.content.hash == planned { return present }
            guard let exact = ImageReference(parsing: "\(reference.name)@\(planned)"),
                let image = try? await Self.ask(images, exact, login).get(), image.content.hash == planned
            else {
                if case .failure(let error) = result, error != .notFound {
                    throw ImageWords.problem(error, reference, of: spec)
                }
                throw ImageWords.moved(spec, reference, planned: planned, now: present)
            }
            return image
        }

        private static func ask(
            _ images: any ImageSource,
            _ reference: ImageReference,
            _ login: ImageLogin?
        ) async -> Result<FoundImage, ImageError> {
            do throws(ImageError) {
                return .success(try await images.find(reference, for: login))
            } catch {
                return .failure(error)
            }
        }
    }

    /// Refuses the host's copy of an image that the registry may have another one for by now, unless that was said, or
    /// shown, or is what runs already.
    func checkAsked(_ service: DeployService, _ image: FoundImage, _ order: DeployOrder) async throws(Problem) {
        guard service.image == nil, order.hostImages != true,
            case .host(let because, let word) = image.place, word != .hasNone,
            case .image(let text) = service.spec.source, let reference = ImageReference(parsing: text),
            // A name with a digest stands for that image wherever it is.
            reference.digest == nil
        else { return }
        let state = await book.state
        let key = ServiceKey(project: order.project, service: service.spec.name)
        guard state.release(state.services[key]?.active?.release)?.content != image.content else { return }
        throw ImageWords.unasked(service.spec, reference, image, because, word)
    }

    /// What a service's release runs from, and its specification with what the image says.
    func content(
        of service: DeployService,
        _ look: inout ImageLook,
        keepsSecrets: Bool
    ) async throws(Problem) -> Found {
        var spec = service.spec
        switch spec.source {
        case .image(let text):
            let image = try await look.find(
                spec,
                text,
                planned: service.image,
                in: images.source,
                environments
            )
            if keepsSecrets { try await checkAsked(service, image, look.order) }
            if spec.port == nil, spec.kind == .web {
                guard let ports = image.traits.ports, ports.count == 1 else {
                    throw ImageWords.noPort(spec, image.traits)
                }
                spec.port = ports[0]
            }
            return Found(spec: spec, content: image.content, image: image)
        case .artifact:
            guard let hash = service.artifactSHA256, !keepsSecrets || artifacts.contains(hash) else {
                throw Problem(
                    "deploy.artifact-missing",
                    "nothing has been changed: the artifact of \(spec.name) was not handed over",
                    next: ["Deploy with the `teal` command, which hands it over first"]
                )
            }
            return Found(spec: spec, content: .artifact(sha256: hash))
        case .git(let source):
            let (content, planned) = try await content(of: source, service, look.order, keepsSecrets: keepsSecrets)
            return Found(spec: spec, content: content, source: planned)
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
