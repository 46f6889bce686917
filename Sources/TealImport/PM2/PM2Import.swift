/// Makes a `teal.yml` out of an ecosystem file of PM2.
struct PM2Import {
    let path: String
    let surroundings: PM2App.Surroundings
    /// How the file was read.
    let remark: String
    let root: ForeignValue

    private var notes: ImportNotes { surroundings.notes }

    /// The draft of the file.
    func draft() throws(ImportFailure) -> ProjectDraft {
        let origin = path.split(separator: "/").last.map(String.init) ?? path
        var draft = ProjectDraft(project: Naming.project(of: surroundings.directory), origin: origin)
        let (apps, prefix) = try apps()
        notes.assume("the project is named \(draft.project), like the folder of the file")
        var deploys = deploys()
        let shared = deploys.map { $0.section.value("env")?.fields ?? [] }
        let environments = environmentNames(apps, deploys.map(\.name))
        var taken: Set<String> = []
        var made: [(app: PM2App, value: ForeignValue)] = []
        for (index, value) in apps.enumerated() {
            let path = root.items == nil && prefix.isEmpty ? "" : "\(prefix)[\(index)]"
            guard let name = name(value, path: path, taken: taken) else { continue }
            taken.insert(name)
            let app = PM2App(value, path: path, name: name, shared: shared, surroundings: surroundings)
            made.append((app, value))
        }
        guard !made.isEmpty else {
            throw .empty(path: path, "none of its apps has a `script`", next: "Write `script` for each app.")
        }
        for index in made.indices { put(&made[index].app, environments, deploys, into: &draft) }
        propose(deploys, for: made.map(\.app), &draft)
        putRoutes(made.map(\.app), &draft)
        for index in deploys.indices { put(&deploys[index], into: &draft) }
        notes.assume(
            "PM2 hands on the variables of the shell that started it; Teal hands on what `env` and `secrets` name"
        )
        return draft
    }

    // MARK: The file

    /// The apps, and the path of the key that they stand in.
    private func apps() throws(ImportFailure) -> (apps: [ForeignValue], prefix: String) {
        if let items = root.items { return (items, "") }
        guard root.fields != nil else {
            throw .empty(path: path, "it exports no object", next: "Write `module.exports = { apps: […] }`.")
        }
        var section = ForeignSection(root, path: "", keys: PM2Keys.file, notes: notes)
        guard section.has("apps") else {
            if root["script"] != nil || root["exec"] != nil { return ([root], "") }
            throw .empty(path: path, "it has no `apps`", next: "Write `module.exports = { apps: […] }`.")
        }
        let apps = section.value("apps")?.oneOrMany ?? []
        let prefix = section.path(of: "apps")
        section.tell("apps", .changed, became: "services")
        if let deploy = section.value("deploy"), deploy.fields != nil {
            section.tell("deploy", .changed, became: "environments")
            let known = Set(PM2Keys.deploy.flatMap(\.spellings))
            for field in deploy.fields ?? [] where field.value.fields == nil && !known.contains(field.name) {
                section.tell(
                    part: ".\(field.name)",
                    of: "deploy",
                    line: field.line,
                    .dropped,
                    "no such key is known here"
                )
            }
        }
        section.finish()
        return (apps, prefix)
    }

    /// The name of an app's service; nil, with what is to be said, for one that cannot become one.
    private func name(_ value: ForeignValue, path: String, taken: Set<String>) -> String? {
        var section = ForeignSection(value, path: path, keys: PM2Keys.app, notes: notes)
        guard let script = section.text("script") else {
            notes.add(
                ImportEntry(
                    key: path,
                    file: nil,
                    line: nil,
                    fate: .dropped,
                    became: nil,
                    text: "it has no `script`",
                    next: "Write `script`, or remove it."
                )
            )
            return nil
        }
        let file = script.split(separator: " ").last?.split(separator: "/").last.map(String.init) ?? script
        let written = section.text("name") ?? String(file.prefix { $0 != "." })
        let whole = (section.text("name_prefix") ?? "") + written
        let fit = Naming.free(Naming.name(whole, fallback: "app"), among: taken)
        section.tell(
            "name",
            fit == whole ? .carried : .changed,
            became: "services.\(fit)",
            "the name is made fit: a-z, 0-9 and `-`, and only once"
        )
        section.tell("name_prefix", .changed, became: "services.\(fit)")
        return fit
    }

    // MARK: Environments

    /// Every environment that apps and `deploy` name, as the file writes it; empty for none.
    private func environmentNames(_ apps: [ForeignValue], _ deploys: [String]) -> [(written: String, name: String)] {
        var written: [String] = []
        for name in apps.flatMap(PM2App.environments) + deploys where !written.contains(name) { written.append(name) }
        guard !written.isEmpty else { return [] }
        var names: [(written: String, name: String)] = []
        for text in written {
            names.append((text, Naming.free(Naming.name(text, fallback: "environment"), among: names.map(\.name))))
        }
        if !names.contains(where: { $0.name == "production" }) {
            names.insert(("production", "production"), at: 0)
            notes.assume("no environment is named production; it has the values without `--env`")
        }
        return names
    }

    private func put(
        _ app: inout PM2App,
        _ environments: [(written: String, name: String)],
        _ deploys: [Deploy],
        into draft: inout ProjectDraft
    ) {
        let base = app.keys(in: nil)
        app.tellVariables { text in environments.first { $0.written == text }?.name ?? text }
        notes.isQuiet = true
        for environment in environments {
            let shared = deploys.first { $0.name == environment.written }?.section.value("env")?.fields ?? []
            let there = app.keys(in: environment.written, shared: shared).changes(from: base).over
            draft.withEnvironment(environment.name) { $0.services.append((app.name, there)) }
        }
        notes.isQuiet = false
        app.finish()
        draft.services.append(.init(name: app.name, keys: base))
    }

    /// Gives each service that takes traffic its route: the only one all of it, several a host name each.
    private func putRoutes(_ apps: [PM2App], _ draft: inout ProjectDraft) {
        let webs = apps.filter { $0.kind == .web }
        for index in draft.services.indices {
            guard let app = webs.first(where: { $0.name == draft.services[index].name }) else { continue }
            let host = "\(app.name).example.com"
            let isOnly = webs.count == 1
            draft.services[index].keys[isOnly ? "path" : "host"] = .text(isOnly ? "/" : host)
            if isOnly {
                notes.assume(
                    "\(app.name): PM2 knows no host names, so it takes every one; write `host` in the place of `path` to share the server"
                )
            } else {
                notes.warn("\(app.name): PM2 knows no host names; `host: \(host)` is made up, so write its own")
            }
        }
        for (port, sharing) in Dictionary(grouping: webs, by: { $0.port ?? 0 }).sorted(by: { $0.key < $1.key })
        where sharing.count > 1 {
            notes.warn(
                """
                \(sharing.map(\.name).joined(separator: " and ")) have the same port \(port); under Teal each replica has \
                its own, and their host names tell them apart
                """
            )
        }
    }

    // MARK: Deploy

    struct Deploy {
        /// As the file writes it.
        let name: String
        var section: ForeignSection
    }

    /// The environments of `deploy`, each with the keys that stand beside them.
    private func deploys() -> [Deploy] {
        guard let fields = root["deploy"]?.fields else { return [] }
        let known = Set(PM2Keys.deploy.flatMap(\.spellings))
        let shared = fields.filter { known.contains($0.name) && $0.value.fields == nil || $0.name == "env" }
        return fields.filter { $0.value.fields != nil && $0.name != "env" }.map { field in
            let value = ForeignValue.object(Variables.merged(shared, field.value.fields ?? []))
            return Deploy(
                name: field.name,
                section: ForeignSection(value, path: "deploy.\(field.name)", keys: PM2Keys.deploy, notes: notes)
            )
        }
    }

    /// Says above each artifact how the server would build it, as it does with PM2.
    private func propose(_ deploys: [Deploy], for apps: [PM2App], _ draft: inout ProjectDraft) {
        guard let proposal = deploys.lazy.compactMap({ SourceProposal($0.section) }).first else { return }
        for index in draft.services.indices {
            guard let app = apps.first(where: { $0.name == draft.services[index].name }) else { continue }
            draft.services[index].keys.remark(
                "artifact",
                "Or let the server build it, as with PM2: `\(proposal.text(directory: app.directory))`."
            )
        }
    }

    private func put(_ deploy: inout Deploy, into draft: inout ProjectDraft) {
        let name = Naming.name(deploy.name, fallback: "environment")
        let target = "environments.\(name)"
        let user = deploy.section.text("user").map { "\($0)@" } ?? ""
        let hosts = (deploy.section.value("host")?.oneOrMany ?? []).compactMap { $0.text ?? $0["host"]?.text }
        let branch = deploy.section.text("ref").map { ref in
            ref.hasPrefix("origin/") ? String(ref.dropFirst("origin/".count)) : ref
        }
        draft.withEnvironment(name) { environment in
            environment.hosts = hosts.map { $0.contains("@") ? $0 : user + $0 }
            environment.branch = branch
        }
        deploy.section.tell("user", .changed, became: "\(target).hosts")
        deploy.section.tell("host", .carried, became: "\(target).hosts")
        deploy.section.tell("ref", .changed, became: "\(target).branch")
        if let proposal = SourceProposal(deploy.section) {
            deploy.section.tell(
                "repo",
                .dropped,
                nil,
                next: "To let the server build, write `\(proposal.text(directory: "."))` in the place of `artifact`."
            )
        }
        if let fields = deploy.section.value("env")?.fields {
            deploy.section.tell("env", .changed, became: "\(target).services")
            let variables = Variables(layers: [fields], machine: surroundings.machine)
            let service = "\(target).services.<service>"
            variables.tell(fields, of: "env", in: deploy.section, to: service, secretsTo: service)
        }
        deploy.section.finish()
    }
}
