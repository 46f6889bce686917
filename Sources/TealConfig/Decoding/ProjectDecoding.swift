import TealCompose
import TealCore

/// Turns the file's root into the project, for the wanted environment; the others are checked for their form.
struct ProjectDecoding {
    /// The most services of one project.
    static let servicesMax = 200

    let root: ConfigurationNode
    private(set) var surroundings: Surroundings
    let wanted: EnvironmentName?
    /// The Compose files that `root` is `x-teal` of; nil for a file that may name some.
    let home: ReadCompose?
    private var notes: Notes

    init(
        root: ConfigurationNode,
        surroundings: Surroundings,
        wanted: EnvironmentName?,
        home: ReadCompose? = nil,
        notes: Notes = Notes()
    ) {
        self.root = root
        self.surroundings = surroundings
        self.wanted = wanted
        self.home = home
        self.notes = notes
    }

    private var findings: Findings { surroundings.findings }

    /// The project; it counts only when there are no findings.
    mutating func decode() -> ProjectSpec? {
        guard let file = Section(root, scope: .file, findings: findings) else { return nil }
        let name = projectName(of: file)
        let declared = declared(in: file)
        guard let chosen = choose(among: declared, in: file) else { return nil }
        let choice = ComposeChoice.of(file, chosen.section)
        var compose = home
        if let choice, home == nil { compose = read(choice, of: file, chosen) }
        if home != nil { refuseChoices(of: declared) }
        let names = names(of: file, compose, isOpen: choice != nil && compose?.project == nil)
        let environment = environment(chosen, names)
        let services = serviceNodes(of: file, compose)
        let defaults = file.node("defaults").flatMap { $0.entries == nil ? nil : $0 }
        if let node = file.node("defaults"), defaults == nil { _ = Section(node, scope: .service, findings: findings) }

        let registries = Registries(of: file)
        let composed = ComposedServices(surroundings: surroundings, compose: compose, isOpen: names.isOpen)
        let result = decodeServices(services, composed, defaults: defaults, in: environment)
        // Whoever works on services pulls as the Engine is logged in.
        let decoded = surroundings.isDevelopment ? result.services : result.services.map(registries.giving)
        notes.warnings += registries.warnings(decoded.map(\.spec))
        let known = Set(services.map(\.name))
        let groups = groups(of: file, services: decoded, known: Set(known.map(\.description)))
        ProjectChecks(services: decoded, known: known, findings: findings).run(&notes)

        let kept = notes
        findings.checksFormOnly = true
        for other in declared where other.name != chosen.name && !surroundings.isDevelopment {
            checkForm(of: other, file, services, compose, choice, defaults)
        }
        checkDevelopment(of: file, declared, services, compose, choice, defaults)
        notes = kept

        // A file that only another environment needs may have a name that cannot be told here.
        for environment in declared {
            if let path = environment.section?.text("secretsFile") {
                surroundings.privateFiles.addSecretsFile(surroundings.absolute(path))
            }
        }
        findings.checksFormOnly = false
        let secretsFile = secretsFile(of: file, environment: chosen.section)
        var values = secrets(of: decoded, from: secretsFile)
        add(result.translated, to: &values, beside: secretsFile, compose)
        let traces = SecretTraces(values)
        notes.warnings += traces.warnings(of: decoded.map(\.spec))
        warnOfOpenFiles(with: traces)
        guard let name else { return nil }
        return ProjectSpec(
            name: name,
            environment: chosen.name,
            services: finished(decoded.map(\.spec)).map { spec in
                var spec = spec
                spec.groups = groups.filter { $0.value.contains(spec.name) }.keys.sorted()
                return spec
            },
            groups: groups,
            environments: declared.map { self.environment($0, self.names(of: file, compose, isOpen: true)).spec },
            secretsFile: secretsFile?.path,
            secrets: values,
            envFiles: surroundings.privateFiles.envFiles.sorted(),
            secretsFiles: surroundings.privateFiles.secretsFiles.sorted(),
            directory: surroundings.directory,
            assumptions: notes.assumptions,
            warnings: notes.warnings,
            remarks: Self.remarks(on: decoded, values, secretsFile: secretsFile?.text),
            compose: result.translated
        )
    }

    /// Looks at the services as an environment that is not being released has them.
    private mutating func checkForm(
        of other: Declared,
        _ file: Section,
        _ services: [ServiceNode],
        _ compose: ReadCompose?,
        _ choice: ComposeChoice?,
        _ defaults: ConfigurationNode?
    ) {
        let own = ComposeChoice.of(file, other.section)
        // Its Compose files are read when it is released; until then any name may be one of theirs.
        let isOpen = home == nil && own != nil && own != choice
        let environment = environment(other, names(of: file, isOpen ? nil : compose, isOpen: isOpen))
        let services = isOpen ? services.filter { !$0.isComposeAlone } : services
        let composed = ComposedServices(
            surroundings: surroundings,
            compose: isOpen ? nil : compose,
            isOpen: isOpen || own != nil && compose?.project == nil
        )
        let decoded = decodeServices(services, composed, defaults: defaults, in: environment).services
        let known = Set(services.map(\.name)).union(isOpen ? decoded.flatMap(\.spec.needs) : [])
        ProjectChecks(services: decoded, known: known, findings: findings).run(&notes)
    }

    /// Looks at what stands under `dev` of services, where they are released.
    private mutating func checkDevelopment(
        of file: Section,
        _ declared: [Declared],
        _ services: [ServiceNode],
        _ compose: ReadCompose?,
        _ choice: ComposeChoice?,
        _ defaults: ConfigurationNode?
    ) {
        let name = Development.environment
        let speaks = ([defaults].compactMap(\.self) + services.map(\.node)).contains { node in
            node.entries?.contains { $0.name == Development.key } ?? false
        }
        guard !surroundings.isDevelopment, let name, speaks, findings.isEmpty else { return }
        surroundings.development = Development()
        checkForm(
            of: declared.first { $0.name == name } ?? Declared(name: name, section: nil),
            file,
            services,
            compose,
            choice,
            defaults
        )
        surroundings.development = nil
    }

    /// The services as they are run: those that are worked on have names of this machine.
    private func finished(_ services: [ServiceSpec]) -> [ServiceSpec] {
        surroundings.isDevelopment ? LocalRoutes(services).services : services
    }

    // MARK: The project and its Compose files

    private mutating func projectName(of file: Section) -> ProjectName? {
        if file.has("project") { return file.checkedName("project") }
        if let home, let project = home.project, let text = NameAdvice.name(from: project.name) {
            notes.assumptions.append("no project given, so \(text), as the Compose files are called")
            // What comes out of the advice is a name.
            return try? ProjectName(parsing: text)
        }
        let last = surroundings.directory.split(separator: "/").last.map(String.init) ?? "shop"
        let advice = NameAdvice.name(from: last) ?? "shop"
        file.reportMissing("project", nil, "Write `project: \(advice)`.")
        return nil
    }

    /// The Compose files that the file names; what is wrong with them has findings.
    private mutating func read(_ choice: ComposeChoice, of file: Section, _ chosen: Declared) -> ReadCompose {
        guard let files = choice.files, !files.isEmpty else {
            let source = chosen.section.flatMap { $0.has("compose") ? $0 : nil } ?? file
            let node = source.node("compose")
            findings.add(
                .missing,
                at: node?.keyPlace ?? source.place,
                key: node?.key ?? source.path("compose"),
                "`compose` names no Compose file",
                "Write `compose: docker-compose.yml`."
            )
            return ReadCompose(nil)
        }
        let compose = ReadCompose(choice, surroundings, &notes)
        if let project = compose.project, let place = ExtensionTree(project: project).place {
            findings.add(
                .conflict,
                at: place,
                key: ExtensionTree.name,
                "`x-teal` at the top of a Compose file stands beside \(findings.file)",
                "Move what it says into \(findings.file); `x-teal` of single services may stay."
            )
        }
        return compose
    }

    /// `x-teal` stands in Compose files that are chosen already.
    private func refuseChoices(of environments: [Declared]) {
        for environment in environments {
            environment.section?.reportConflict(
                ifThere: "compose",
                "`x-teal` stands in a Compose file, so it has no `compose`",
                "Name the files of an environment with COMPOSE_FILE, or write a teal.yml that names them."
            )
        }
    }

    private func names(of file: Section, _ compose: ReadCompose?, isOpen: Bool) -> ServiceNames {
        // What is no mapping is told where services are read.
        let own = file.node("services")?.entries?.map(\.name) ?? []
        return ServiceNames(own: own, compose: compose, isOpen: isOpen)
    }

    /// Values of secrets that Compose files bring along.
    private func add(
        _ translated: TranslatedProject?,
        to values: inout [String: Secret],
        beside file: SecretsFile?,
        _ compose: ReadCompose?
    ) {
        for (name, value) in (translated?.secrets ?? [:]).sorted(by: { $0.key < $1.key }) {
            if let file, file.entries.contains(where: { $0.key == name && $0.value != value }) {
                let place = compose?.project.map { Place($0.places["secrets"]) }
                findings.add(
                    .conflict,
                    at: place ?? .start,
                    key: "secrets",
                    "\(file.text) and the Compose file have different values of \(name)",
                    "Keep it in one of the two."
                )
            }
            values[name] = value
        }
    }

    /// Warns of env files with values of secrets that others may read.
    private mutating func warnOfOpenFiles(with traces: SecretTraces) {
        for path in surroundings.privateFiles.envFiles.sorted() {
            guard let mode = LocalFile.mode(path), mode & 0o077 != 0,
                // One that cannot be read is told where it is read.
                let text = try? LocalFile.text(path, bytesMax: YAMLReading.bytesMax), traces.isIn(text)
            else { continue }
            let name =
                path.hasPrefix(surroundings.directory + "/")
                ? String(path.dropFirst(surroundings.directory.count + 1)) : path
            notes.warnings.append(
                """
                \(name) has values of secrets and can be read by others on this machine (mode \(String(mode, radix: 8))); \
                close it with `chmod 600 \(name)`
                """
            )
        }
    }

    // MARK: Environments

    private struct Declared {
        let name: EnvironmentName
        let section: Section?
    }

    private struct Environment {
        let spec: EnvironmentSpec
        let overrides: [ServiceName: ConfigurationNode]
    }

    /// The services of the file and of its Compose files, those first.
    private func serviceNodes(of file: Section, _ compose: ReadCompose?) -> [ServiceNode] {
        guard file.has("services") || compose != nil else {
            file.reportMissing("services")
            return []
        }
        var entries = file.map("services")
        let written = compose?.services ?? []
        if entries.isEmpty, file.node("services")?.entries != nil, compose == nil {
            file.reportMissing("services", "`services` names no service")
        }
        if entries.count + written.count > Self.servicesMax {
            let node = file.node("services")
            findings.add(
                .limit,
                at: node?.keyPlace ?? file.place,
                key: "services",
                "there are \(entries.count + written.count) services, at most \(Self.servicesMax) are allowed",
                "Split the project."
            )
            return []
        }
        var nodes: [ServiceNode] = []
        for text in written {
            // One without a name that Teal could use is told where it is translated.
            guard let project = compose?.project, let name = ComposeTranslation.name(of: text) else { continue }
            var node = ExtensionTree(project: project).service(text)
            let own = entries.filter { $0.name == text || $0.name == "\(name)" }
            entries.removeAll { $0.name == text || $0.name == "\(name)" }
            if own.count > 1 {
                findings.add(
                    .conflict,
                    at: own[1].value.keyPlace,
                    key: own[1].value.key,
                    "`\(own[0].name)` and `\(own[1].name)` are the same service of the Compose file",
                    "Keep one of the two."
                )
            }
            if let entry = own.first, !entry.value.isNull {
                // What is no mapping has a finding, and the rest of the service is looked at all the same.
                if entry.value.entries == nil {
                    _ = Section(entry.value, scope: .service, findings: findings)
                } else {
                    node = Layers.merge(entry.value, over: node)
                }
            }
            nodes.append(ServiceNode(name: name, node: node, written: text, isComposeAlone: own.isEmpty))
        }
        return nodes + entries.compactMap { own($0, compose) }
    }

    /// A service that no Compose file names.
    private func own(_ entry: ConfigurationNode.Entry, _ compose: ReadCompose?) -> ServiceNode? {
        if let profiles = compose?.profiles(enabling: entry.name) {
            _ = Section(entry.value, scope: .service, findings: findings)
            findings.add(
                .reference,
                at: entry.value.keyPlace,
                key: entry.value.key,
                "none of the chosen profiles enables the service `\(entry.name)` of the Compose file",
                "Enable the profile \(Phrase.oneOf(profiles.map { "`\($0)`" })) by `compose: {profiles: […]}`, or remove it here."
            )
            return nil
        }
        if let compose, compose.project == nil {
            // It may be one of theirs, which may be named otherwise.
            return ComposeTranslation.name(of: entry.name).map { ServiceNode(name: $0, node: entry.value) }
        }
        let name: ServiceName? = self.name(of: entry, what: "service")
        // What is wrong with a service that is named wrongly is told as well.
        guard let name = name ?? Self.standIn(for: entry.name) else { return nil }
        return ServiceNode(name: name, node: entry.value)
    }

    private struct ServiceNode {
        let name: ServiceName
        let node: ConfigurationNode
        /// Its name in the Compose files; nil for one that stands by itself.
        var written: String?
        /// Whether nothing but Compose files names it.
        var isComposeAlone = false
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

    private func declared(in file: Section) -> [Declared] {
        file.map("environments").compactMap { entry in
            guard let name: EnvironmentName = self.name(of: entry, what: "environment") else { return nil }
            if entry.value.isNull { return Declared(name: name, section: nil) }
            return file.section(of: entry.value, for: "environments").map { Declared(name: name, section: $0) }
        }
    }

    /// What an environment says; services that it speaks of and that are none have findings.
    private func environment(_ declared: Declared, _ names: ServiceNames) -> Environment {
        guard let section = declared.section else {
            return Environment(
                spec: .init(name: declared.name, branch: nil, hosts: [], overrides: []),
                overrides: [:]
            )
        }
        var overrides: [ServiceName: ConfigurationNode] = [:]
        for override in section.map("services") {
            guard let service = names.service(override.name) else {
                findings.add(
                    .reference,
                    at: override.value.keyPlace,
                    key: override.value.key,
                    "there is no service `\(Phrase.short(override.name))`",
                    NearestWord.to(override.name, in: names.all).map { "Did you mean `\($0)`?" }
                        ?? "Declare it under `services` first."
                )
                continue
            }
            if override.value.isNull { continue }
            overrides[service] = override.value
        }
        let spec = EnvironmentSpec(
            name: declared.name,
            branch: section.text("branch"),
            hosts: section.items("hosts").compactMap { section.text(of: $0, for: "hosts") },
            overrides: overrides.keys.sorted()
        )
        return Environment(spec: spec, overrides: overrides)
    }

    /// The environment whose values apply; nil with a finding when the wanted one is not declared.
    private mutating func choose(among environments: [Declared], in file: Section) -> Declared? {
        func undeclared(_ name: EnvironmentName) -> Declared { Declared(name: name, section: nil) }
        if surroundings.isDevelopment, let name = Development.environment {
            return environments.first { $0.name == name } ?? undeclared(name)
        }
        let names = environments.map(\.name.description)
        if let wanted {
            if environments.isEmpty, !file.has("environments") { return undeclared(wanted) }
            if let found = environments.first(where: { $0.name == wanted }) { return found }
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
        let chosen = environments.first { $0.name == production } ?? environments[0]
        notes.assumptions.append("no environment given, so \(chosen.name) of \(Phrase.all(names))")
        return chosen
    }

    /// The services, and what came of the Compose files among them.
    private mutating func decodeServices(
        _ services: [ServiceNode],
        _ composed: ComposedServices,
        defaults: ConfigurationNode?,
        in environment: Environment
    ) -> (services: [DecodedService], translated: TranslatedProject?) {
        let sections = services.compactMap { service in
            section(of: service, defaults: defaults, overrides: environment.overrides).map {
                ComposedServices.Part(name: service.name, written: service.written, section: $0)
            }
        }
        let (bases, translated) = composed.bases(sections, &notes)
        var decoded: [DecodedService] = []
        for part in sections {
            var decoding = ServiceDecoding(name: part.name, section: part.section, surroundings: surroundings)
            decoding.composeServices = composed.compose?.services ?? []
            decoding.branch = environment.spec.branch
            if let base = bases[part.name] {
                decoded.append(decoding.decode(over: base))
            } else if part.written == nil {
                decoded.append(decoding.decode())
            } else {
                // None of it is run.
                continue
            }
            notes.assumptions += decoding.notes.assumptions
            notes.warnings += decoding.notes.warnings
        }
        return (decoded, translated)
    }

    /// A service's mapping with what lies above and below it; nil with a finding.
    private func section(
        of service: ServiceNode,
        defaults: ConfigurationNode?,
        overrides: [ServiceName: ConfigurationNode]
    ) -> Section? {
        var node = service.node
        if let defaults, node.entries != nil { node = Layers.merge(node, over: defaults) }
        if surroundings.isDevelopment {
            node = DevelopmentLayer(node, isOfCompose: service.written != nil).merged(findings)
        }
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
        guard service.written == nil, let image = surroundings.images[service.name], let entries = node.entries else {
            return Section(node, scope: .service, findings: findings)
        }
        node.content = .mapping(Self.naming(image, entries))
        let section = Section(node, scope: .service, findings: findings)
        section?.reportConflict(
            ifThere: "artifact",
            "`\(service.name)` runs its artifact, and an image was named for it: \(Phrase.short(image))",
            "Leave `=\(Phrase.short(image))` out, or write `image` instead of `artifact`."
        )
        section?.reportConflict(
            ifThere: "source",
            "`\(service.name)` runs what is built of its source, and an image was named for it: \(Phrase.short(image))",
            "Leave `=\(Phrase.short(image))` out, or write `image` instead of `source`."
        )
        return section
    }

    /// A service's keys with another image than the one that they name; unchanged where they name none.
    private static func naming(
        _ image: String,
        _ entries: [ConfigurationNode.Entry]
    ) -> [ConfigurationNode.Entry] {
        entries.map { entry in
            guard entry.name == "image" else { return entry }
            let text = ScalarText(raw: image, text: image, isPlain: false, problem: nil)
            let value = ConfigurationNode(
                key: entry.value.key,
                keyPlace: entry.value.keyPlace,
                place: entry.value.place,
                content: .scalar(text)
            )
            return .init(name: entry.name, value: value)
        }
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
        for name in [ConfigurationFile.secretsName, ConfigurationFile.developmentSecretsName] {
            surroundings.privateFiles.addSecretsFile(surroundings.absolute(name))
        }
        let usualName =
            surroundings.isDevelopment ? ConfigurationFile.developmentSecretsName : ConfigurationFile.secretsName
        let usual = surroundings.absolute(usualName)
        let own = environment.flatMap { $0.has("secretsFile") ? $0 : nil }
        // Those of the file are a release's.
        guard let source = own ?? (surroundings.isDevelopment ? nil : file) else {
            return LocalFile.kind(usual) == nil ? nil : read(usual, usualName)
        }
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
        return read(usual, usualName)
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
