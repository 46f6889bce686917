package import TealCore

/// Makes services that Teal runs of a Compose project; nothing in it is run otherwise than it is written, but for what the
/// report tells.
package struct ComposeTranslation: Sendable {
    package let project: ComposeProject
    /// What teal.yml says of services, by their names in the Compose file; laid over `x-teal`.
    package var steering: [String: ServiceSteering] = [:]
    package let files: FileLook
    /// Whether the Teal project has services that no Compose file names; then all meet in Teal's own network.
    package var isMixed = false
    /// Whether the services are to be worked on, and not released: then their ports are as Compose has them, at loopback
    /// alone, and all that is mounted can be changed.
    package var isDevelopment = false

    package init(_ project: ComposeProject, files: FileLook) {
        self.project = project
        self.files = files
    }

    /// The services, and what became of every key.
    ///
    /// - Throws: Everything that cannot be run as it is written, at once.
    package func translated() throws(ComposeProblems) -> TranslatedProject {
        let (project, problems) = outcome()
        if let problems { throw problems }
        return project
    }

    /// The same where something cannot be run as it is written: the services without that, and what it is.
    package func outcome() -> (project: TranslatedProject, problems: ComposeProblems?) {
        let problems = ProblemList()
        var notes: [NodePath: ComposeReport.Verdict] = [:]
        var names: [String: ServiceName] = [:]
        let running = project.services.filter { name, service in
            (steering[name]?.replicas ?? service.deploy?.replicas ?? service.scale ?? 1) != 0
        }
        for name in project.services.keys.sorted() where running[name] == nil {
            let keys = project.services[name]?.deploy?.replicas == nil ? ["scale"] : ["deploy", "replicas"]
            notes[NodePath(["services", name] + keys)] = .differently("none is run: it is no part of the project")
        }
        for name in running.keys.sorted() {
            guard let own = Self.name(of: name) else {
                problems.add(
                    .value,
                    at: project.places["services", name],
                    NodePath(["services", name]),
                    "the service `\(name)` has no name that Teal could use",
                    "Use 1 to 40 of a-z, 0-9 and `-`, beginning with a letter."
                )
                continue
            }
            if let other = names.first(where: { $0.value == own })?.key {
                problems.add(
                    .conflict,
                    at: project.places["services", name],
                    NodePath(["services", name]),
                    "the services `\(other)` and `\(name)` would both be `\(own)`",
                    "Give one of them another name."
                )
            }
            names[name] = own
        }
        var services: [TranslatedService] = []
        var secrets: [String: Secret] = [:]
        var warnings: [String] = []
        let surroundings = Surroundings(self, names, problems)
        for (name, service) in running.sorted(by: { $0.key < $1.key }) {
            guard let own = names[name] else { continue }
            var one = ServiceTranslation(service, own, surroundings)
            services.append(one.translated())
            notes.merge(one.notes) { $1 }
            secrets.merge(one.secrets) { $1 }
            warnings += one.warnings
        }
        refuseSharedPorts(services, problems)
        var result = TranslatedProject()
        result.profiles = Set(
            (Array(project.services.values) + Array(project.disabledServices.values)).flatMap(\.profiles)
        )
        result.services = Self.inOrder(services)
        result.report = ReportWalk(project: project, notes: notes).report()
        result.secrets = secrets
        result.warnings = warnings
        do {
            try problems.check()
            return (result, nil)
        } catch {
            return (result, error)
        }
    }

    /// Two services cannot both have a port of the host where one of them is reached by it through the proxy.
    private func refuseSharedPorts(_ services: [TranslatedService], _ problems: ProblemList) {
        for (index, service) in services.enumerated() {
            for own in service.taken {
                let other = services.enumerated().first { other in
                    guard other.offset != index else { return false }
                    // Of two that are both taken over, the later one is told.
                    let isTaken = other.offset < index && other.element.taken.contains { $0.port.meets(own.port) }
                    return isTaken || other.element.published.contains { $0.meets(own.port) }
                }
                guard let other else { continue }
                let keys = ["services", service.written, "ports", "[\(own.index)]"]
                problems.add(
                    .conflict,
                    at: project.places[keys],
                    NodePath(keys),
                    "`\(service.written)` and `\(other.element.written)` both want port \(own.port.port) of the host",
                    "Give one of them another port before the colon."
                )
            }
        }
    }

    /// A service's name as Teal's: in lower case, other characters as `-`, and a long one cut, with a hash at its end.
    package static func name(of text: String) -> ServiceName? {
        let plain = text.lowercased().map { (character: Character) -> Character in
            character.isASCII && (character.isLetter || character.isNumber) ? character : "-"
        }
        var name = String(plain)
        if let first = name.first, !first.isLetter { name = "s-\(name.drop { $0 == "-" })" }
        while name.hasSuffix("-") { name.removeLast() }
        if name.utf8.count > 40 {
            // FNV-1a, the same for ever: 24 bits tell the services of one project apart.
            let hash = text.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
            name = "\(name.prefix(33))-\(String(hash & 0xFF_FFFF | 1 << 24, radix: 16).dropFirst())"
        }
        // It has the form of one by now.
        return try? ServiceName(parsing: name)
    }

    private static func inOrder(_ services: [TranslatedService]) -> [TranslatedService] {
        var left = services
        var sorted: [TranslatedService] = []
        while !left.isEmpty {
            let names = Set(left.map(\.spec.name))
            // The loader has refused circles.
            let next = left.firstIndex { names.isDisjoint(with: Set($0.spec.needs)) } ?? 0
            sorted.append(left.remove(at: next))
        }
        return sorted
    }

    /// What the translation of one service needs of the others.
    struct Surroundings {
        let project: ComposeProject
        let files: FileLook
        let isMixed: Bool
        let isDevelopment: Bool
        /// Teal's names, by the written ones.
        let names: [String: ServiceName]
        let steering: [String: ServiceSteering]
        /// Labels of Traefik, by the written names.
        let traefik: [String: TraefikLabels]
        /// Labels of people, by the written names.
        let domains: [String: DomainLabels]
        let problems: ProblemList
        /// Services that something waits for to complete.
        let completed: Set<String>

        init(_ translation: ComposeTranslation, _ names: [String: ServiceName], _ problems: ProblemList) {
            project = translation.project
            files = translation.files
            isMixed = translation.isMixed
            isDevelopment = translation.isDevelopment
            self.names = names
            self.problems = problems
            var steering: [String: ServiceSteering] = [:]
            for (name, service) in translation.project.services {
                if let given = translation.steering[name] {
                    steering[name] = given
                    continue
                }
                guard let written = service.extensions["x-teal"] else { continue }
                steering[name] = ServiceSteering(written) { key, message in
                    let path = NodePath(["services", name, "x-teal"] + (key.isEmpty ? [] : [key]))
                    problems.add(.value, at: translation.project.places[path.parts], path, message, "")
                }
            }
            self.steering = steering
            let labels = translation.project.services.mapValues { service in
                service.labels.merging(service.deploy?.labels ?? [:]) { $1 }
            }
            traefik = labels.mapValues { TraefikLabels($0) }
            domains = labels.mapValues { DomainLabels($0) }
            var completed: Set<String> = []
            for service in translation.project.services.values {
                for (name, dependency) in service.dependencies
                where dependency.condition == "service_completed_successfully" {
                    completed.insert(name)
                }
            }
            self.completed = completed
        }

        func takesTraffic(_ name: String) -> Bool {
            if let steering = steering[name], steering.kind != nil || steering.takesTraffic {
                // A port alone says of a database where it is asked whether it is well.
                let isStore = steering.kind == nil && KnownImage.of(project.services[name]?.image) != nil
                return steering.takesTraffic && !(isStore && steering.routes.isEmpty)
            }
            return !(traefik[name]?.routes ?? []).isEmpty || !(domains[name]?.routes ?? []).isEmpty
                || !openPorts(name).isEmpty
        }

        /// The ports in the container at which a service that is worked on most likely takes requests, in the order of the file:
        /// those that are published and may be HTTP, where nothing says what the service is.
        func openPorts(_ name: String) -> [Int] {
            guard isDevelopment, let service = project.services[name], KnownImage.of(service.image) == nil,
                !completed.contains(name), service.networkMode == nil,
                service.deploy?.replicas ?? service.scale ?? 1 == 1
            else { return [] }
            return service.ports.filter { port in
                let published = port.published.flatMap { Int($0.split(separator: "-").first ?? "") }
                return (port.transport ?? "tcp") == "tcp" && KnownProtocol.name(of: port, published: published) == nil
            }.map(\.target)
        }

        /// Names of services that take requests beside Teal's own for them, which lead to the proxy; ascending.
        var proxiedNames: [String] {
            let all = project.services.keys.filter(takesTraffic).flatMap { otherNames($0) }
            return Set(all).sorted()
        }

        /// The names by which others may call a service, beside Teal's own for it.
        func otherNames(_ name: String) -> [String] {
            guard let service = project.services[name] else { return [] }
            var all: Set<String> = [name]
            if let container = service.containerName { all.insert(container) }
            for attachment in service.networks.values { all.formUnion(attachment?.aliases ?? []) }
            if let own = names[name] { all.remove("\(own)") }
            return all.sorted()
        }
    }
}
