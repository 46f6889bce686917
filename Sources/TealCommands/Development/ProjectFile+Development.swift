import TealAPI
import TealCompose
import TealConfig
import TealCore

/// What is decided before anything is started for work.
extension ProjectFile {
    /// A service whose image is made of sources that are here.
    struct Build: Hashable {
        let service: ServiceName
        let image: String
        /// What follows `docker build`.
        let arguments: [String]
        let dockerfile: String?
    }

    var name: ProjectName { spec.name }

    /// The services that a profile or a group asks for, with all that they need, in file order; all without one.
    ///
    /// A profile of the Compose files has enabled its services already.
    ///
    /// - Throws: `dev.profile` for what is neither.
    func workedOn(_ profile: String?) throws(Problem) -> [ServiceSpec] {
        let profiles = spec.compose?.profiles ?? []
        guard let profile, profile != "*", !profiles.contains(profile) else { return spec.services }
        guard let group = try? GroupName(parsing: profile), let members = spec.groups[group] else {
            let known = profiles.sorted() + spec.groups.keys.map(\.description).sorted()
            throw Problem(
                "dev.profile",
                "nothing has been started: \(Phrase.short(profile)) is neither a profile of the Compose files nor a group",
                next: (NearestWord.to(profile, in: known).map { ["Did you mean `teal dev \($0)`?"] } ?? [])
                    + [
                        known.isEmpty
                            ? "There are none: `teal dev` alone starts all services"
                            : "They are \(Phrase.all(known)); `teal dev` alone starts what belongs to no profile"
                    ]
            )
        }
        var wanted = Set(members)
        while true {
            let needed = Set(spec.services.filter { wanted.contains($0.name) }.flatMap(\.needs)).subtracting(wanted)
            guard !needed.isEmpty else { break }
            wanted.formUnion(needed)
        }
        return spec.services.filter { wanted.contains($0.name) }
    }

    /// Services whose lines nobody wants to see.
    var hidden: Set<ServiceName> {
        Set((spec.compose?.services ?? []).filter { !$0.isShown }.map(\.spec.name))
    }

    /// The images that are built first, in file order.
    func builds(of services: [ServiceSpec]) -> [Build] {
        services.compactMap { service in
            guard let build = spec.compose?.services.first(where: { $0.spec.name == service.name })?.build,
                case .image(let image) = service.source
            else { return nil }
            return Build(
                service: service.name,
                image: image,
                arguments: build.arguments,
                dockerfile: build.dockerfile
            )
        }
    }

    /// - Throws: `dev.secrets` with every secret that no file for work has.
    func checkSecrets(of services: [ServiceSpec]) throws(Problem) {
        let missing = services.compactMap { service -> String? in
            let names = service.secretNames.filter { spec.secrets[$0] == nil }
            return names.isEmpty ? nil : "\(service.name): \(names.joined(separator: ", "))"
        }
        guard !missing.isEmpty else { return }
        let file = spec.secretsFile ?? "\(spec.directory)/\(ConfigurationFile.developmentSecretsName)"
        throw Problem(
            "dev.secrets",
            "nothing has been started: services need secrets that have no value for work",
            at: missing,
            next: [
                "Write lines NAME=value into \(file), which stays on this machine; those of releases are never used here",
                "Or name another file by `environments: {development: {secretsFile: …}}`",
            ]
        )
    }

    /// Ports of this machine that services are to have, each with the service.
    func ports(of services: [ServiceSpec]) -> [(port: HostPort, service: ServiceName)] {
        services.flatMap { service in
            let published = (service.written?.network.ports ?? []).compactMap { port in
                port.transport == "tcp" ? port.hostPort.map { HostPort(address: port.hostAddress, port: $0) } : nil
            }
            return (published + (service.hostPorts ?? [])).map { ($0, service.name) }
        }
    }

    /// The order that brings services up, and what has to be handed over for it.
    ///
    /// - Parameters:
    ///   - services: Which ones.
    ///   - images: IDs of the images that were built.
    ///   - standIn: A directory that is handed over for those that are run where they are.
    /// - Returns: The order, and the archives that the daemon must have before it is given.
    /// - Throws: What is wrong with an artifact.
    func order(
        workingOn services: [ServiceSpec],
        images: [ServiceName: String],
        standIn: String
    ) throws -> (order: DeployOrder, artifacts: [ArtifactArchive]) {
        let accessories = services.filter { $0.kind == .accessory }.map(\.name)
        let (order, artifacts) = try order(
            words: services.map(\.name.description),
            // A commit is no change of what runs from the checkout.
            gitCommit: nil,
            hostImages: true,
            upgrades: accessories
        ) { source in
            guard ArtifactSource.isDirectory(source.path) else { return try ArtifactArchive(path: source) }
            return try ArtifactArchive(path: standIn)
        }
        let built = order.services.map { service in
            guard let image = images[service.spec.name] else { return service }
            return DeployService(
                spec: service.spec,
                artifactSHA256: service.artifactSHA256,
                image: image,
                assumed: service.assumed
            )
        }
        let whole = DeployOrder(
            project: order.project,
            environment: order.environment,
            named: order.named,
            services: built,
            secrets: order.secrets,
            gitCommit: order.gitCommit,
            hostImages: order.hostImages,
            neighbours: order.neighbours,
            upgrades: order.upgrades
        )
        // Several may be run where they are, and one stand-in does for all.
        var hashes: Set<ArtifactHash> = []
        return (whole, artifacts.filter { hashes.insert($0.hash).inserted })
    }
}
