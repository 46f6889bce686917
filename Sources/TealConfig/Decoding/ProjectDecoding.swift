import TealCore

/// Turns the file's root into the project, for the wanted environment; the others are checked for their form.
struct ProjectDecoding {
    /// The most services of one project.
    static let servicesMax = 200

    let root: ConfigurationNode
    let surroundings: Surroundings
    let wanted: EnvironmentName?
    private var notes = Notes()

    init(root: ConfigurationNode, surroundings: Surroundings, wanted: EnvironmentName?) {
        self.root = root
        self.surroundings = surroundings
        self.wanted = wanted
    }

    private var findings: Findings { surroundings.findings }

    /// The project; it counts only when there are no findings.
    mutating func decode() -> ProjectSpec? {
        guard let file = Section(root, scope: .file, findings: findings) else { return nil }
        if !file.has("project") {
            let last = surroundings.directory.split(separator: "/").last.map(String.init) ?? "shop"
            let advice = NameAdvice.name(from: last) ?? "shop"
            file.reportMissing("project", nil, "Write `project: \(advice)`.")
        }
        let name: ProjectName? = file.checkedName("project")
        let environments = environments(of: file)
        guard let chosen = choose(among: environments, in: file) else { return nil }
        let services = serviceNodes(of: file)
        let defaults = file.node("defaults").flatMap { $0.entries == nil ? nil : $0 }
        if let node = file.node("defaults"), defaults == nil { _ = Section(node, scope: .service, findings: findings) }

        let registries = Registries(of: file)
        let decoded = decodeServices(services, defaults: defaults, overrides: chosen.overrides).map(registries.giving)
        notes.warnings += registries.warnings(decoded.map(\.spec))
        let groups = groups(of: file, services: decoded, known: Set(services.map(\.name.description)))
        ProjectChecks(services: decoded, known: Set(services.map(\.name)), findings: findings).run(&notes)

        let kept = notes
        findings.checksFormOnly = true
        for environment in environments where environment.spec.name != chosen.spec.name {
            let others = decodeServices(services, defaults: defaults, overrides: environment.overrides)
            ProjectChecks(services: others, known: Set(services.map(\.name)), findings: findings).run(&notes)
        }
        findings.checksFormOnly = false
        notes = kept

        // A file that only another environment needs may have a name that cannot be told here.
        findings.checksFormOnly = true
        for environment in environments {
            if let path = environment.section?.text("secretsFile") {
                surroundings.privateFiles.addSecretsFile(surroundings.absolute(path))
            }
        }
        findings.checksFormOnly = false
        let secretsFile = secretsFile(of: file, environment: chosen.section)
        let values = secrets(of: decoded, from: secretsFile)
        guard let name else { return nil }
        return ProjectSpec(
            name: name,
            environment: chosen.spec.name,
            services: decoded.map(\.spec).map { spec in
                var spec = spec
                spec.groups = groups.filter { $0.value.contains(spec.name) }.keys.sorted()
                return spec
            },
            groups: groups,
            environments: environments.map(\.spec),
            secretsFile: secretsFile?.path,
            secrets: values,
            envFiles: surroundings.privateFiles.envFiles.sorted(),
            secretsFiles: surroundings.privateFiles.secretsFiles.sorted(),
            directory: surroundings.directory,
            assumptions: notes.assumptions,
            warnings: notes.warnings,
            remarks: Self.remarks(on: decoded, values, secretsFile: secretsFile?.text)
        )
    }

    private struct Environment {
        let spec: EnvironmentSpec
        let section: Section?
        let overrides: [ServiceName: ConfigurationNode]
    }

    private struct ServiceNode {
        let name: ServiceName
        let node: ConfigurationNode
    }

    private func serviceNodes(of file: Section) -> [ServiceNode] {
        guard file.has("services") else {
            file.reportMissing("services")
            return []
        }
        let entries = file.map("services")
        if entries.isEmpty, file.node("services")?.entries != nil {
            file.reportMissing("services", "`services` names no service")
        }
        if entries.count > Self.servicesMax, let node = file.node("services") {
            findings.add(
                .limit,
                at: node.keyPlace,
                key: "services",
                "there are \(entries.count) services, at most \(Self.servicesMax) are allowed",
                "Split the project."
            )
            return []
        }
        return entries.compactMap { entry in
            let name: ServiceName? = self.name(of: entry, what: "service")
            // What is wrong with a service that is named wrongly is told as well.
            guard let name = name ?? Self.standIn(for: entry.name) else { return nil }
            return ServiceNode(name: name, node: entry.value)
        }
    }

    private static func standIn(for name: String) -> ServiceName? {
        // What comes out of the advice is a name; a service without one is not looked at.
        try? ServiceName(parsing: NameAdvice.name(from: name) ?? "service")
    }

    /// The name that an entry's key is; nil with a finding.
    private func name<Kind>(of entry: ConfigurationNode.Entry, what: String) -> Name<Kind>? {
        do {
            return try Name<Kind>(parsing: entry.name)
        } catch {
            findings.add(
                .value,
                at: entry.value.keyPlace,
                key: entry.value.key,
                """
                '\(Phrase.short(entry.name))' is not the name of \(what == "environment" ? "an" : "a") \(what): \
                \(error)
                """,
                NameAdvice.instead(of: entry.name)
            )
            return nil
        }
    }

    private func environments(of file: Section) -> [Environment] {
        let known = file.map("services").map(\.name)
        return file.map("environments").compactMap { entry in
            guard let name: EnvironmentName = self.name(of: entry, what: "environment") else { return nil }
            if entry.value.isNull {
                return Environment(
                    spec: .init(name: name, branch: nil, hosts: [], overrides: []),
                    section: nil,
                    overrides: [:]
                )
            }
            guard let section = file.section(of: entry.value, for: "environments") else { return nil }
            var overrides: [ServiceName: ConfigurationNode] = [:]
            for override in section.map("services") {
                guard known.contains(override.name), let service = try? ServiceName(parsing: override.name) else {
                    findings.add(
                        .reference,
                        at: override.value.keyPlace,
                        key: override.value.key,
                        "there is no service `\(Phrase.short(override.name))`",
                        NearestWord.to(override.name, in: known).map { "Did you mean `\($0)`?" }
                            ?? "Declare it under `services` first."
                    )
                    continue
                }
                if override.value.isNull { continue }
                overrides[service] = override.value
            }
            let spec = EnvironmentSpec(
                name: name,
                branch: section.text("branch"),
                hosts: section.items("hosts").compactMap { section.text(of: $0, for: "hosts") },
                overrides: overrides.keys.sorted()
            )
            return Environment(spec: spec, section: section, overrides: overrides)
        }
    }

    /// The environment whose values apply; nil with a finding when the wanted one is not declared.
    private mutating func choose(among environments: [Environment], in file: Section) -> Environment? {
        func undeclared(_ name: EnvironmentName) -> Environment {
            Environment(spec: .init(name: name, branch: nil, hosts: [], overrides: []), section: nil, overrides: [:])
        }
        let names = environments.map(\.spec.name.description)
        if let wanted {
            if environments.isEmpty, !file.has("environments") { return undeclared(wanted) }
            if let found = environments.first(where: { $0.spec.name == wanted }) { return found }
            let node = file.node("environments")
            let near = NearestWord.to(wanted.description, in: names).map { "Did you mean `\($0)`?" }
            findings.add(
                .reference,
                at: node?.keyPlace ?? .start,
                key: "environments",
                "there is no environment `\(wanted)`",
                near ?? "The environments are \(Phrase.all(names))."
            )
            return environments.first ?? undeclared(wanted)
        }
        if environments.count == 1 { return environments[0] }
        // The name is a constant that is fit.
        guard let production = try? EnvironmentName(parsing: "production") else { return environments.first }
        if environments.isEmpty { return undeclared(production) }
        let chosen = environments.first { $0.spec.name == production } ?? environments[0]
        notes.assumptions.append("no environment given, so \(chosen.spec.name) of \(Phrase.all(names))")
        return chosen
    }

    private mutating func decodeServices(
        _ services: [ServiceNode],
        defaults: ConfigurationNode?,
        overrides: [ServiceName: ConfigurationNode]
    ) -> [DecodedService] {
        var decoded: [DecodedService] = []
        for service in services {
            var node = service.node
            if let defaults, node.entries != nil { node = Layers.merge(node, over: defaults) }
            if let override = overrides[service.name], node.entries != nil {
                // What is wrong with the service is reported at the service, not at what an environment changes.
                var merged = Layers.merge(override, over: node)
                if override.entries == nil {
                    _ = Section(override, scope: .service, findings: findings)
                    merged = node
                }
                node = ConfigurationNode(
                    key: node.key,
                    keyPlace: node.keyPlace,
                    place: node.place,
                    content: merged.content
                )
            }
            guard let section = Section(node, scope: .service, findings: findings) else { continue }
            var decoding = ServiceDecoding(name: service.name, section: section, surroundings: surroundings)
            decoded.append(decoding.decode())
            notes.assumptions += decoding.notes.assumptions
            notes.warnings += decoding.notes.warnings
        }
        return decoded
    }

    /// The groups of the file and of its services, members in file order.
    private func groups(
        of file: Section,
        services: [DecodedService],
        known: Set<String>
    ) -> [GroupName: [ServiceName]] {
        var members: [GroupName: Set<ServiceName>] = [:]
        for entry in file.map("groups") {
            if known.contains(entry.name) {
                findings.add(
                    .conflict,
                    at: entry.value.keyPlace,
                    key: entry.value.key,
                    "`\(entry.name)` is both a group and a service",
                    "Give the group another name."
                )
                continue
            }
            guard let group: GroupName = name(of: entry, what: "group") else { continue }
            let items: [ConfigurationNode]
            switch entry.value.content {
            case .sequence(let list): items = list
            case .scalar(let scalar) where !scalar.isNull: items = [entry.value]
            case .scalar, .mapping: items = []
            }
            if items.isEmpty {
                findings.add(
                    .missing,
                    at: entry.value.place,
                    key: entry.value.key,
                    "the group `\(entry.name)` has no services",
                    "Write `\(entry.name): [\(known.sorted().first ?? "web")]`."
                )
            }
            for item in items {
                guard let text = file.text(of: item, for: "groups") else { continue }
                guard known.contains(text), let service = try? ServiceName(parsing: text) else {
                    findings.add(
                        .reference,
                        on: item,
                        "there is no service `\(Phrase.short(text))`",
                        NearestWord.to(text, in: known.sorted()).map { "Did you mean `\($0)`?" }
                            ?? "The services are \(Phrase.all(known.sorted()))."
                    )
                    continue
                }
                members[group, default: []].insert(service)
            }
        }
        for service in services {
            for group in service.spec.groups {
                if known.contains(group.description) {
                    service.section.reportConflict(
                        "groups",
                        "`\(group)` is both a group and a service",
                        "Give the group another name."
                    )
                } else {
                    members[group, default: []].insert(service.spec.name)
                }
            }
        }
        return members.mapValues { names in services.map(\.spec.name).filter(names.contains) }
    }

    private struct SecretsFile {
        /// As it is written, for messages.
        let text: String
        let path: String
        let entries: [EnvFile.Entry]
    }

    /// The file of secrets, read; nil without one, or with a finding.
    private mutating func secretsFile(of file: Section, environment: Section?) -> SecretsFile? {
        if let text = file.text("secretsFile") {
            surroundings.privateFiles.addSecretsFile(surroundings.absolute(text))
        }
        let usual = surroundings.absolute(ConfigurationFile.secretsName)
        surroundings.privateFiles.addSecretsFile(usual)
        let source = environment.flatMap { $0.has("secretsFile") ? $0 : nil } ?? file
        if let node = source.node("secretsFile") {
            guard let text = source.text("secretsFile") else { return nil }
            let path = surroundings.absolute(text)
            if LocalFile.kind(path) == nil {
                findings.add(
                    .envFile,
                    on: node,
                    "the secrets file \(path) does not exist",
                    "Create it with lines `NAME=value`, or remove `secretsFile`."
                )
                return nil
            }
            return read(path, text)
        }
        guard LocalFile.kind(usual) != nil else { return nil }
        return read(usual, ConfigurationFile.secretsName)
    }

    private mutating func read(_ path: String, _ text: String) -> SecretsFile? {
        let count = findings.list.count
        let entries = EnvFile.entries(path: path, findings: findings)
        guard findings.list.count == count else { return nil }
        if let mode = LocalFile.mode(path), mode & 0o077 != 0 {
            notes.warnings.append(
                """
                \(text) can be read by others on this machine (mode \(String(mode, radix: 8))); close it with \
                `chmod 600 \(text)`
                """
            )
        }
        return SecretsFile(text: text, path: path, entries: entries)
    }

    /// The values of the secrets that services name, as far as files here have them.
    private func secrets(of services: [DecodedService], from file: SecretsFile?) -> [String: Secret] {
        let wanted = Set(services.flatMap(\.spec.secretNames))
        var values: [String: Secret] = [:]
        for entry in file?.entries ?? [] where wanted.contains(entry.key) { values[entry.key] = entry.value }
        for service in services {
            for (name, value) in service.sealed.sorted(by: { $0.key < $1.key }) {
                if let file, let other = values[name], other != value, file.entries.contains(where: { $0.key == name })
                {
                    service.section.reportConflict(
                        "secrets",
                        "\(file.text) and an env file of \(service.spec.name) have different values of \(name)",
                        "Keep it in one of the two."
                    )
                }
                values[name] = value
            }
        }
        return values
    }

    /// What cannot be told from here: whether the host has the secrets that no file here has.
    private static func remarks(
        on services: [DecodedService],
        _ values: [String: Secret],
        secretsFile: String?
    ) -> [String] {
        services.compactMap { service in
            let absent = service.spec.secretNames.filter { values[$0] == nil }
            guard !absent.isEmpty else { return nil }
            return """
                \(service.spec.name): no value of \(Phrase.all(absent)) in \(secretsFile ?? "any file here"); a deploy \
                is refused unless the host has \(absent.count == 1 ? "it" : "them") from an earlier one
                """
        }
    }
}
