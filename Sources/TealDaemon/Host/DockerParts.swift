import Logging
import TealCore
import TealDocker
import TealDriverKit
import TealEngine

extension ContainerParts {
    /// Docker at a socket; nothing is asked of it before the first call.
    static func open(
        socket: String,
        subnets: String,
        _ home: Home,
        _ environments: SealedEnvironments,
        _ logger: Logger
    ) -> Self {
        let configuration = DockerConfiguration(socket: socket, subnetPool: subnets, home: home.root)
        let runtime = DockerRuntime(configuration, notify: { $0.log(logger) }) {
            release async throws(SecretError) in
            guard let login = try await environments.login(for: release),
                case .image(let text) = release.spec.source, let reference = ImageReference(parsing: text)
            else { return nil }
            return RegistryLogin(login, at: reference)
        }
        return ContainerParts(
            runtime: runtime,
            images: DockerImages(runtime: runtime, socket: socket),
            foreign: runtime,
            adopter: runtime,
            knows: { runtime.knows($0) },
            knowsAny: { runtime.knowsAny(of: $0) },
            isUsed: { runtime.isUsed },
            knowsOnce: { runtime.knowsOnce($0) },
            shutdown: { await runtime.shutdown() }
        )
    }
}

extension DockerNotice {
    /// Says it to who reads the daemon's log.
    fileprivate func log(_ logger: Logger) {
        switch self {
        case .recordUnreadable(let replica, let error):
            logger.warning(
                "A place's record cannot be read, and what its container says is taken instead",
                metadata: ["replica.id": "\(replica)", "error": "\(RuntimeWords.text(error))"]
            )
        case .activityUntold(let replica, let active, let error, let limit):
            logger.warning(
                "A replica that started again could not be told what its background work is to do",
                metadata: [
                    "replica.id": "\(replica)", "active": "\(active)", "error": "\(RuntimeWords.text(error))",
                    "limit": "\(limit)",
                ]
            )
        }
    }
}

/// Images as Docker finds them.
private struct DockerImages: ImageSource {
    let runtime: DockerRuntime
    let socket: String

    func find(_ reference: ImageReference, for login: ImageLogin?) async throws(ImageError) -> FoundImage {
        do throws(DockerError) {
            let image = try await runtime.resolve(reference, login: login.map { RegistryLogin($0, at: reference) })
            return FoundImage(image)
        } catch {
            throw ImageError(finding: error)
        }
    }

    func hasImage(of release: Release) async -> Bool { await runtime.hasImage(of: release) }

    func engine() async throws(ImageError) -> EngineReport {
        do throws(DockerError) {
            let facts = try await runtime.engine()
            let strangeness = await runtime.strangeEngine()
            return EngineReport(
                name: facts.isPodman ? "Podman" : "Docker",
                version: facts.version,
                apiVersion: "\(facts.apiVersion)",
                socket: socket,
                // Podman's containers have no daemon that they could end with.
                keepsContainers: facts.isPodman || facts.liveRestore,
                isRootless: facts.rootless,
                settingsFile: facts.rootless ? "~/.config/docker/daemon.json" : "/etc/docker/daemon.json",
                dataRoot: facts.dataRoot,
                // Of another engine's networks nothing is to be said.
                missingNetworks: strangeness == nil ? try await runtime.missingNetworks() : [],
                strangeness: strangeness
            )
        } catch {
            throw ImageError(asking: error)
        }
    }
}

extension RegistryLogin {
    fileprivate init(_ login: ImageLogin, at reference: ImageReference) {
        self.init(username: login.username, password: login.password, registry: reference.registry)
    }
}

extension FoundImage {
    fileprivate init(_ image: ResolvedImage) {
        let place: Place =
            switch image.how {
            case .registry: .registry
            case .hostByDigest:
                .host(
                    because: image.registryProblem ?? "it was not asked",
                    registry: image.registryWord ?? .silent
                )
            case .hostOnly: .hostOnly
            }
        self.init(content: image.content, place: place, traits: image.facts.map { ImageTraits($0) } ?? ImageTraits())
    }
}

extension ImageTraits {
    fileprivate init(_ facts: ImageFacts) {
        self.init(
            user: facts.user ?? "",
            ports: facts.exposedPorts,
            hasHealthCheck: facts.hasHealthcheck,
            volumes: facts.volumes,
            sizeBytes: facts.sizeBytes
        )
    }
}

extension ImageError {
    /// What it means when the engine itself is asked.
    init(asking error: DockerError) {
        switch error {
        case .permissionRefused(let path): self = .notPermitted(socket: path)
        case .timedOut: self = .slowEngine(reason: "\(error)")
        case .engineTooOld: self = .otherVersion(reason: "\(error)", engineIsOlder: true)
        case .engineTooNew: self = .otherVersion(reason: "\(error)", engineIsOlder: false)
        case .cancelled: self = .cancelled
        default: self = .noEngine(reason: "\(error)")
        }
    }

    /// What it means when an image is looked for, by the registry and on the host.
    init(finding error: DockerError) {
        switch error {
        // The engine waits for a registry that does not answer.
        case .timedOut where error.isSlowRegistry: self = .noRegistry(reason: "\(error)")
        case .permissionRefused, .cancelled, .socketMissing, .socketDead, .noSocket, .engineTooOld, .engineTooNew,
            .cutOff, .timedOut:
            self.init(asking: error)
        case .unreadable, .tooLong: self = .failed("\(error)")
        case .status(let code, let message, _): self.init(code: code, message)
        case .streamed(let message, _), .diskFull(_, let message, _): self.init(code: nil, message)
        }
    }

    private init(code: Int?, _ message: String) {
        if DockerError.saysLoginRefused(message) {
            self = .denied
        } else if DockerError.saysRegistryAway(message) {
            self = .noRegistry(reason: message)
        } else if code == 404 || Self.namesNothing(message) {
            self = .notFound
        } else {
            self = .failed(message)
        }
    }

    private static func namesNothing(_ message: String) -> Bool {
        let text = message.lowercased()
        return ["manifest unknown", "name unknown", "no such image", "not found", "does not exist"]
            .contains(where: text.contains)
    }
}
