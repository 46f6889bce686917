import TealCore

/// Makes a `teal.yml` out of Kamal's `deploy.yml`, its destinations, and the names in `.kamal/secrets`.
struct KamalImport {
    /// The file's path as it was given.
    let path: String
    /// The same, absolute.
    let absolutePath: String
    let notes: ImportNotes

    /// One reading of the file: alone, or with a destination laid over it.
    struct Model {
        let registries: [DraftMap]
        let services: [ProjectDraft.Service]
        let hosts: [String]
    }

    func draft() throws(ImportFailure) -> ProjectDraft {
        let base = try read(absolutePath, shown: path)
        guard let service = base["service"]?.text else {
            throw .empty(path: path, "it has no `service`", next: "Write `service: name`, without Ruby.")
        }
        var draft = ProjectDraft(project: Naming.name(service, fallback: "project"), origin: lastPart(path))
        let destinations = KamalFile.destinations(beside: absolutePath)
        var layers: [(name: String, file: String, value: ForeignValue)] = []
        for destination in destinations {
            let file = lastPart(destination.path)
            layers.append((destination.name, file, try read(destination.path, shown: destination.path, file: file)))
        }
        let isAlone = base["servers"] != nil && base["require_destination"]?.boolean != true
        let first = layers.first.map { KamalFile.merged(base, $0.value) }
        let own = isAlone ? base : first ?? base
        let model = model(own, file: nil)
        guard !model.services.isEmpty else {
            throw .empty(path: path, "it has no `servers`", next: "Write `servers`, in it or in a destination's file.")
        }
        draft.registries = model.registries
        draft.services = model.services
        if isAlone { draft.withEnvironment("production") { $0.hosts = model.hosts } }
        for layer in layers {
            put(
                layer.name,
                KamalFile.merged(base, layer.value),
                layer.value,
                file: layer.file,
                into: &draft,
                isOwn: !isAlone && layer.name == layers.first?.name,
                hasBase: isAlone
            )
        }
        tellSecrets()
        tellHooks(base)
        return draft
    }

    private func lastPart(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    private func read(_ path: String, shown: String, file: String? = nil) throws(ImportFailure) -> ForeignValue {
        let text = try ForeignFile.text(path)
        // A line of Ruby alone is no YAML; what stands between such lines may be.
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let bare = line.drop { $0 == " " }
            if KamalFile.givesNothing(bare) {
                lines[index] = ""
                notes.add(
                    ImportEntry(
                        key: "<% … %>",
                        file: file,
                        line: index + 1,
                        fate: .dropped,
                        became: nil,
                        text: "Ruby (`<% … %>`) is not run",
                        next: "Write what it sets into `.env` beside teal.yml, secrets into `.teal/secrets.env`."
                    )
                )
            } else if bare.hasPrefix("<%") && !bare.hasPrefix("<%=") {
                throw .syntax(
                    path: shown,
                    line: index + 1,
                    column: 1,
                    "the line is Ruby (`<% … %>`), which is not run; write what it gives"
                )
            }
        }
        let value: ForeignValue
        do throws(ImportFailure) {
            value = try ForeignYAML.file(lines.joined(separator: "\n"), path: shown)
        } catch {
            guard case .syntax(_, let line, let column, _) = error, lines.indices.contains(line - 1),
                lines[line - 1].contains("<%")
            else { throw error }
            throw .syntax(
                path: shown,
                line: line,
                column: column,
                "Ruby (`<% … %>`) is not run, and where it stands without quotes this is no YAML"
            )
        }
        return KamalFile.withoutRuby(value, path: "", notes: notes, file: file)
    }

    // MARK: One reading

    private func model(_ root: ForeignValue, file: String?) -> Model {
        var section = ForeignSection(root, path: "", keys: KamalKeys.file, notes: notes, file: file)
        let service = section.text("service") ?? ""
        let project = Naming.name(service, fallback: "project")
        section.tell(
            "service",
            project == service ? .carried : .changed,
            became: "project: \(project)",
            "the name is made fit: a-z, 0-9 and `-`"
        )
        var registries: [DraftMap] = []
        let server = registry(&section, into: &registries)
        let image = image(&section, server: server)
        let roles = KamalRole.all(of: root, notes: notes, file: file)
        section.tell("servers", .changed, became: "services")
        section.tell("primary_role", .carried)
        let user = root["ssh"]?["user"]?.text ?? "root"
        let home = user == "root" ? "/root" : "/home/\(user)"
        var services = roles.map { role in
            ProjectDraft.Service(name: role.service, keys: keys(of: role, &section, root, image: image, home: home))
        }
        for field in section.value("accessories")?.fields ?? [] {
            var accessory = KamalAccessory(
                field,
                service: service,
                home: home,
                taken: services.map(\.name),
                notes: notes,
                file: file
            )
            let keys = accessory.keys()
            if let own = accessory.registry(), !registries.contains(own) { registries.append(own) }
            services.append(.init(name: accessory.name, keys: keys))
        }
        section.tell("accessories", .changed, became: "services")
        tellParts(&section)
        section.finish()
        return Model(registries: registries, services: services, hosts: hosts(roles, user: user, section: section))
    }

    /// The registry's host; an entry for it where it wants to know who pulls.
    private func registry(_ section: inout ForeignSection, into registries: inout [DraftMap]) -> String? {
        guard let value = section.value("registry") else { return nil }
        section.tell("registry", .changed, became: "registries")
        var reading = KamalRegistry(value, path: section.path(of: "registry"), notes: notes, file: section.file)
        let made = reading.entry()
        if let entry = made.entry { registries.append(entry) }
        return made.host
    }

    private func image(_ section: inout ForeignSection, server: String?) -> String {
        let written = section.text("image") ?? section.text("service") ?? "app"
        let isBare = server == nil || server == "docker.io" || written.hasPrefix("\(server ?? "")/")
        let name = isBare ? written : "\(server ?? "")/\(written)"
        let lower = name.lowercased()
        let isFit = ImageReference(parsing: lower) != nil
        let image = isFit ? lower : "registry.example.com/app"
        section.tell(
            "image",
            .changed,
            became: "image: \(image):${VERSION:-latest}",
            isFit ? nil : "it is not an image's name"
        )
        return image
    }

    private func keys(
        of role: KamalRole,
        _ file: inout ForeignSection,
        _ root: ForeignValue,
        image: String,
        home: String
    ) -> DraftMap {
        var role = role
        let service = "services.\(role.service)"
        var keys = DraftMap()
        if !role.isProxied { keys["kind"] = .text("worker") }
        keys["image"] = .raw("\(image):${VERSION:-latest}")
        if let command = role.section.text("cmd") {
            keys["command"] = CommandLine.draft(command)
            role.section.tell(
                "cmd",
                CommandLine.needsShell(command) ? .changed : .carried,
                became: "\(service).command",
                "a shell runs the line, as it needs one"
            )
        }
        let deadline = Quantity.duration(seconds: root["deploy_timeout"]?.number)
        var port: Int?
        if role.isProxied {
            let own = role.section.value("proxy")
            let value = KamalFile.merged(
                root["proxy"].flatMap { $0.fields == nil ? nil : $0 } ?? .object([]),
                own?.fields == nil ? .object([]) : own ?? .object([])
            )
            var proxy = KamalProxy(
                value,
                path: own?.fields == nil ? "proxy" : "servers.\(role.name).proxy",
                service: service,
                notes: notes,
                file: file.file
            )
            port = proxy.port
            proxy.put(into: &keys, deadline: deadline)
        }
        role.section.tell("proxy", .changed, became: role.isProxied ? service : "\(service).kind: worker")
        let base = KamalVariables(root["env"])
        let own = KamalVariables(role.section.value("env"))
        own.put(into: &keys, over: base)
        own.tell(in: &role.section, service: service, port: port)
        if role.isPrimary { base.tell(in: &file, service: service, port: port) }
        putTimes(role: &role, &file, into: &keys, service: service, deadline: deadline)
        if let limit = root["retain_containers"]?.integer {
            let count = min(max(limit, 1), 100)
            keys[map: "keep"]["releases"] = .integer(count)
            file.tell(
                "retain_containers",
                count == limit ? .carried : .changed,
                became: "keep.releases: \(count)",
                "1 to 100 are kept"
            )
        }
        let volumes = KamalVolumes(home: home, isShared: true)
        let made = (root["volumes"]?.oneOrMany ?? []).map { volumes.volume($0, below: nil) }
        put(made, into: &keys, &file)
        keys[map: "container"]["readOnly"] = .boolean(false)
        notes.assume(
            "\(role.service): under Kamal its container may write to its root, so `container.readOnly` is false"
        )
        KamalOptions.put(&role.section, into: &keys, service: service)
        if !role.tagged.isEmpty {
            role.section.tell(
                part: "",
                of: "hosts",
                line: nil,
                .dropped,
                "\(role.tagged.joined(separator: ", ")) \(role.tagged.count == 1 ? "has tags" : "have tags"), and a host has no variables of its own",
                next: "Make an environment of those hosts."
            )
        }
        role.section.tell("hosts", .changed, became: "environments.<name>.hosts")
        role.section.finish()
        return keys
    }

    private func putTimes(
        role: inout KamalRole,
        _ file: inout ForeignSection,
        into keys: inout DraftMap,
        service: String,
        deadline: String?
    ) {
        if let stop = Quantity.duration(
            seconds: (role.section.value("stop_timeout") ?? file.value("stop_timeout"))?.number
        ) {
            keys[map: "stop"]["grace"] = .text(stop)
            role.section.tell("stop_timeout", .carried, became: "\(service).stop.grace: \(stop)")
            file.tell("stop_timeout", .carried, became: "stop.grace: \(stop)")
        }
        if let drain = Quantity.duration(seconds: file.value("drain_timeout")?.number) {
            if role.isProxied {
                keys[map: "drain"]["requests"] = .text(drain)
            } else if keys["stop"] == nil {
                keys[map: "stop"]["grace"] = .text(drain)
            }
            file.tell("drain_timeout", .carried, became: "drain.requests: \(drain)")
        } else if !role.isProxied, keys["stop"] == nil {
            keys[map: "stop"]["grace"] = .text("30s")
        }
        if let deadline { file.tell("deploy_timeout", .carried, became: "health.deadline: \(deadline)") }
    }

    private func put(
        _ volumes: [(text: String, target: String)?],
        into keys: inout DraftMap,
        _ file: inout ForeignSection
    ) {
        guard file.has("volumes") else { return }
        let fit = volumes.compactMap { $0 }
        if !fit.isEmpty { keys["volumes"] = .texts(fit.map(\.text)) }
        file.tell(
            "volumes",
            fit.isEmpty ? .dropped : .changed,
            became: fit.isEmpty ? nil : "volumes",
            fit.count == volumes.count ? nil : "some are not written as `source:target`",
            next: fit.contains { !$0.text.hasPrefix("/") }
                ? "Copy what is in a volume with a name: Teal's is named `<project>_<name>`."
                : "See that two releases may write there at the same time."
        )
    }

    /// Notes the parts of keys that are not carried over as a whole.
    private func tellParts(_ section: inout ForeignSection) {
        let tables = ["ssh": KamalKeys.ssh, "builder": KamalKeys.builder, "boot": KamalKeys.boot]
        for key in ["ssh", "builder", "boot", "logging", "sshkit", "output", "aliases"] {
            guard let value = section.value(key), value.fields != nil else { continue }
            let row = section.keys.first { $0.name == key }
            section.tell(key, row?.fate ?? .dropped, became: key == "ssh" ? "environments" : nil)
            let keys =
                tables[key]
                ?? (value.fields ?? []).map { ForeignKey($0.name, .dropped, next: row?.next ?? "", row?.text ?? "") }
            var inner = ForeignSection(value, path: section.path(of: key), keys: keys, notes: notes, file: section.file)
            if key == "ssh" { inner.tell("user", .changed, became: "environments.<name>.hosts") }
            inner.finish()
        }
        if section.has("proxy") { section.tell("proxy", .changed, became: "services") }
        section.tell("require_destination", .changed, became: "environments")
    }

    /// The hosts of the primary role, as `ssh` takes them.
    private func hosts(_ roles: [KamalRole], user: String, section: ForeignSection) -> [String] {
        guard let primary = roles.first(where: \.isPrimary) ?? roles.first else { return [] }
        for role in roles where Set(role.hosts) != Set(primary.hosts) && !role.hosts.isEmpty {
            notes.warn(
                """
                \(role.service): Kamal runs it on \(role.hosts.joined(separator: ", ")), \(primary.service) on \
                \(primary.hosts.joined(separator: ", ")); a service of Teal runs on every host of its environment, so make \
                a project of its own for other hosts
                """
            )
        }
        return primary.hosts.map { $0.contains("@") ? $0 : "\(user)@\($0)" }
    }

    // MARK: Destinations

    private func put(
        _ name: String,
        _ merged: ForeignValue,
        _ alone: ForeignValue,
        file: String,
        into draft: inout ProjectDraft,
        isOwn: Bool,
        hasBase: Bool
    ) {
        notes.isQuiet = true
        let model = model(merged, file: nil)
        notes.isQuiet = false
        let environment = Naming.name(name, fallback: "destination")
        for field in alone.fields ?? [] {
            notes.add(
                ImportEntry(
                    key: field.name,
                    file: file,
                    line: field.line,
                    fate: .changed,
                    became: "environments.\(environment)",
                    text: "what it makes different stands there; keys that become nothing above become nothing here",
                    next: ""
                )
            )
        }
        for service in model.services where !draft.services.contains(where: { $0.name == service.name }) {
            draft.services.append(service)
            notes.warn("\(service.name) is in the destination \(name) only; a service of Teal is in every environment")
        }
        var overrides: [(String, DraftMap)] = []
        for service in draft.services {
            guard let there = model.services.first(where: { $0.name == service.name }) else {
                notes.warn(
                    "\(service.name) is not in the destination \(name); a service of Teal is in every environment"
                )
                continue
            }
            let (over, missing) = there.keys.changes(from: service.keys)
            overrides.append((service.name, over))
            if !missing.isEmpty {
                notes.warn(
                    "\(service.name): the destination \(name) leaves out \(missing.joined(separator: ", ")), which an environment cannot take away"
                )
            }
        }
        draft.withEnvironment(environment) {
            $0.hosts = model.hosts
            $0.services = overrides
        }
    }

    // MARK: Files beside it

    /// The project's folder: the one above `config/`.
    private var root: String {
        let directory = ForeignFile.directory(of: absolutePath)
        return directory.hasSuffix("/config") ? ForeignFile.directory(of: directory) : directory
    }

    /// Names what `.kamal/secrets*` have; never a value.
    private func tellSecrets() {
        let directory = "\(root)/.kamal"
        for file in ForeignFile.names(in: directory)
        where file.hasPrefix("secrets") && !ForeignFile.isDirectory("\(directory)/\(file)") {
            guard let text = ForeignFile.optionalText("\(directory)/\(file)") else { continue }
            for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                var name = String(line.prefix { $0 != "=" }).filter { $0 != " " && $0 != "\t" }
                if line.hasPrefix("export ") { name = String(name.dropFirst("export".count)) }
                guard line.contains("="), KamalVariables.isFit(name) else { continue }
                notes.add(
                    ImportEntry(
                        key: name,
                        file: ".kamal/\(file)",
                        line: index + 1,
                        fate: .dropped,
                        became: nil,
                        text: "values of secrets are not read",
                        next: "Where it is wanted, write its value as a line `\(name)=…` into `.teal/secrets.env`."
                    )
                )
            }
        }
    }

    private static let hookPlaces = [
        "pre-deploy": "`hooks` with `at: before-start`, on the server",
        "post-deploy": "`hooks` with `at: after-release`, on the server",
        "pre-app-boot": "`hooks` with `at: before-start`, on the server",
        "post-app-boot": "`hooks` with `at: before-switch`, on the server",
    ]

    private func tellHooks(_ base: ForeignValue) {
        let path = base["hooks_path"]?.text ?? ".kamal/hooks"
        let directory = ForeignFile.absolute(path, from: root)
        for name in ForeignFile.names(in: directory)
        where !name.hasSuffix(".sample") && !ForeignFile.isDirectory("\(directory)/\(name)") {
            notes.add(
                ImportEntry(
                    key: name,
                    file: path,
                    line: nil,
                    fate: .dropped,
                    became: nil,
                    text: "hooks of Kamal run on this machine with its own variables",
                    next: Self.hookPlaces[name].map { "Its place is \($0)." } ?? "Run it before or after `teal deploy`."
                )
            )
        }
    }
}
