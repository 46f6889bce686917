import TealAPI
import TealCompose
import TealConfig
import TealCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The project's file, as the commands use it; the one place that knows `TealConfig`.
struct ProjectFile {
    static let usualName = ConfigurationFile.name
    /// The largest file that is looked through for the project's name, in bytes.
    private static let bytesMax = 1 << 20

    let spec: ProjectSpec
    /// What is to be said of the artifacts' directories.
    private let artifacts: [ArtifactNotes]

    /// Reads and checks the file at `path`, and looks through the directories of its artifacts.
    ///
    /// - Parameters:
    ///   - path: Where it is.
    ///   - environment: The environment whose values apply; nil for the usual one.
    ///   - images: Images for services, instead of those that the files name.
    ///   - console: Whose variables are filled in.
    /// - Throws: What is wrong with the files, or with the names of `images`.
    init(
        path: String,
        environment: EnvironmentName?,
        images: [ServiceName: String] = [:],
        console: Console = .current
    ) throws {
        let spec = try ConfigurationFile.load(
            path: path,
            environment: environment,
            variables: console.environment,
            images: images
        )
        for (name, image) in images.sorted(by: { $0.key < $1.key }) where spec.service(name) == nil {
            let isGroup = spec.groups.keys.contains { $0.description == "\(name)" }
            throw Problem(
                "cli.no-service",
                "nothing has been changed: \(isGroup ? "\(name) is a group, and an image is for one service" : "there is no service \(name)")",
                at: ["\(name)=\(image)"],
                next: ["The services are \(Phrase.all(spec.services.map(\.name.description)))"]
            )
        }
        self.spec = spec
        artifacts = spec.services.compactMap { ArtifactNotes($0, of: spec) }
    }

    /// Reads and checks the file for whoever works on its services; directories are run where they are, and not looked through.
    init(developing path: String, profile: String?, console: Console = .current) throws {
        spec = try ConfigurationFile.load(
            path: path,
            variables: console.environment,
            development: Development(profile: profile)
        )
        artifacts = []
    }

    /// The order to deploy the services that `words` name, and the artifacts that it needs.
    ///
    /// - Parameters:
    ///   - words: Services and groups; none for all.
    ///   - gitCommit: The commit that was named; nil for the checkout's.
    ///   - hostImages: Whether the host's copy of an image may be taken where its registry gives no answer.
    ///   - upgrades: Accessories that may be replaced; nil for those that `words` name themselves.
    ///   - pack: Makes the archive of an artifact's directory or file.
    /// - Returns: The order, and the archives that the daemon must have before it is given, by path.
    /// - Throws: What is wrong with the names, an artifact or the secrets file.
    func order(
        words: [String],
        gitCommit: String?,
        hostImages: Bool = false,
        upgrades: [ServiceName]? = nil,
        pack: (ArtifactSource) throws -> ArtifactArchive
    ) throws -> (order: DeployOrder, artifacts: [ArtifactArchive]) {
        var archives: [String: ArtifactArchive] = [:]
        let chosen = try spec.services(named: words)
        let services = try chosen.map { service in
            var hash: String?
            if case .artifact(let path) = service.source {
                let archive = try archives[path] ?? pack(ArtifactSource(path: path, rules: IgnoreRules(path, of: spec)))
                archives[path] = archive
                hash = archive.hash.description
            }
            return DeployService(spec: service, artifactSHA256: hash, assumed: assumptions(about: service.name))
        }
        let order = DeployOrder(
            project: spec.name,
            environment: spec.environment,
            named: words,
            services: services,
            secrets: secrets(of: chosen),
            gitCommit: gitCommit ?? GitCheckout.commit(of: spec.directory),
            hostImages: hostImages ? true : nil,
            neighbours: Neighbour.among(spec.services),
            upgrades: upgrades ?? chosen.filter { $0.kind == .accessory && words.contains("\($0.name)") }.map(\.name)
        )
        return (order, archives.sorted { $0.key < $1.key }.map(\.value))
    }

    /// What is to be adopted of the services that `words` name.
    func adoption(
        words: [String],
        containers: [ServiceName: String],
        active: [ServiceName: Slot],
        trust: Bool,
        author: String
    ) throws -> AdoptRequest {
        let chosen = try spec.services(named: words)
        for name in Set(containers.keys).union(active.keys).sorted() where !chosen.contains(where: { $0.name == name })
        {
            throw Problem(
                "cli.no-service",
                "nothing has been changed: \(name) is none of the services that are looked for",
                next: ["They are \(Phrase.all(chosen.map(\.name.description)))"]
            )
        }
        return AdoptRequest(
            project: spec.name,
            environment: spec.environment,
            named: words,
            services: chosen,
            neighbours: Neighbour.among(spec.services),
            containers: containers,
            active: active,
            trust: trust,
            author: author
        )
    }

    /// One service, with its name in the project.
    func service(_ name: ServiceName) throws -> (ServiceKey, ServiceSpec) {
        let chosen = try spec.services(named: ["\(name)"])
        guard let service = chosen.first(where: { $0.name == name }) else {
            // A group by that name.
            throw Problem(
                "cli.no-service",
                "nothing has been changed: \(name) is a group, and one service is wanted",
                next: ["Name one of \(chosen.map { "\($0.name)" }.joined(separator: ", "))"]
            )
        }
        return (ServiceKey(project: spec.name, service: name), service)
    }

    /// The accessories that it describes, in its order.
    var accessories: [ServiceName] { spec.services.filter { $0.kind == .accessory }.map(\.name) }

    /// What became of every key of its Compose files; nil without any.
    var composeReport: ComposeReport? { spec.compose?.report }

    /// What works, but should be looked at.
    var warnings: [String] { spec.warnings + artifacts.flatMap { [$0.suspicion, $0.otherPort].compactMap(\.self) } }

    /// What `validate` says of a file that is fine.
    struct Summary: Hashable, Encodable {
        let project: String
        let environment: String
        let services: [String]
        let assumed: [String]
        let warnings: [String]
    }

    var summary: Summary {
        Summary(
            project: spec.name.description,
            environment: spec.environment.description,
            services: spec.services.map(\.name.description),
            assumed: spec.assumptions
                + artifacts.compactMap { notes in
                    notes.leftOut.map { "\(notes.service): \($0)" }
                },
            warnings: warnings + spec.remarks + artifacts.compactMap(\.problem)
        )
    }

    /// What was assumed that is about no single service.
    var generalAssumptions: [String] {
        spec.assumptions.filter { text in !spec.services.contains { text.hasPrefix("\($0.name): ") } }
    }

    private func assumptions(about service: ServiceName) -> [String] {
        let prefix = "\(service): "
        return spec.assumptions.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
            + artifacts.filter { $0.service == service }.compactMap(\.leftOut)
    }

    /// The values of the secrets that the services and their registries need and files here have; the daemon knows the
    /// others or says so.
    private func secrets(of services: [ServiceSpec]) -> [String: SecretText] {
        let wanted = Set(services.flatMap(\.secretNames))
        return spec.secrets.filter { wanted.contains($0.key) }.mapValues { SecretText($0) }
    }

    /// The project's name as the file at `path` has it; nil where there is no file.
    ///
    /// Reads that one key only, so that `rollback` and `logs` work with a file that is not fit for a deploy.
    static func projectName(path: String) throws -> ProjectName? {
        let variables = Console.current.environment
        if let name = try ConfigurationFile.composeProjectName(insteadOf: path, variables: variables) { return name }
        // A file that cannot be read is as good as none here; `teal validate` says why.
        guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= bytesMax else { return nil }
        for line in String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline) {
            guard line.hasPrefix("project:") else { continue }
            // A name has no `#`, so one begins a comment.
            let value = line.dropFirst("project:".count).prefix { $0 != "#" }
            let text = value.trimmingCharacters(in: " \t\"'")
            do {
                return try ProjectName(parsing: text)
            } catch {
                throw Problem(
                    ConfigurationProblem.Code.value.rawValue,
                    "nothing has been changed: '\(text)' is not a project's name: \(error)",
                    at: [path],
                    next: ["Check the file with `teal validate`"]
                )
            }
        }
        return nil
    }

    /// Whether the file at `path` is there, or Compose files stand in its place.
    static func namesCompose(path: String) -> Bool {
        let variables = Console.current.environment
        return ConfigurationFile.namesCompose(path: path, variables: variables)
    }

    /// What is wrong with the file at `path`, a line each; empty when nothing is.
    static func complaints(path: String) -> [String] {
        do {
            _ = try ConfigurationFile.load(path: path, variables: Console.current.environment)
            return []
        } catch {
            return error.complaints
        }
    }

    /// What is wrong with a project's file, as a failure; nil for errors of other kinds.
    static func failure(_ error: any Error) -> CommandFailure? {
        guard let problems = error as? ConfigurationProblems else { return nil }
        let bodies = problems.problems.map { ProblemBody($0, status: 422) }
        return CommandFailure(bodies, exit: .refused, remark: "\n" + problems.summary)
    }
}

extension Substring {
    fileprivate func trimmingCharacters(in characters: String) -> String {
        var text = self
        while let first = text.first, characters.contains(first) { text.removeFirst() }
        while let last = text.last, characters.contains(last) { text.removeLast() }
        return String(text)
    }
}
