import TealCore

/// Reads an app.json beside a Procfile.
struct AppJSON {
    var section: ForeignSection
    private let notes: ImportNotes
    /// The variables that have a value.
    private let plain: [ForeignField]
    /// The variables whose values are made or asked for.
    private let open: [(field: ForeignField, isSecret: Bool)]
    private let variables: Variables

    init(_ value: ForeignValue, notes: ImportNotes) {
        section = ForeignSection(value, path: "", keys: ProcfileKeys.appJSON, notes: notes, file: "app.json")
        self.notes = notes
        var plain: [ForeignField] = []
        var open: [(ForeignField, Bool)] = []
        for field in value["env"]?.fields ?? [] {
            let given = field.value.fields == nil ? field.value : field.value["value"] ?? .null
            let isMade = field.value["generator"] != nil
            let isRequired = field.value["required"]?.boolean ?? true
            if let text = given.text, !text.isEmpty || !isRequired, !isMade {
                plain.append(ForeignField(name: field.name, value: given, line: field.line))
            } else {
                open.append((field, isMade || isRequired))
            }
        }
        self.plain = plain
        self.open = open
        variables = Variables(layers: [plain])
    }

    // MARK: One service

    /// Puts variables, replicas and the check of a type into its service.
    mutating func put(_ type: String, into keys: inout DraftMap, service: String, isWeb: Bool) {
        let secrets = open.filter { $0.isSecret && KamalVariables.isFit($0.field.name) }.map(\.field.name)
        if !secrets.isEmpty { keys["secrets"] = .texts(secrets) }
        variables.put(plain, into: &keys, without: ["PORT"])
        putFormation(type, &keys, service)
        putCheck(type, &keys, service, isWeb: isWeb)
    }

    private func putFormation(_ type: String, _ keys: inout DraftMap, _ service: String) {
        guard let value = section.value("formation")?[type] else { return }
        var inner = ForeignSection(
            value,
            path: "formation.\(type)",
            keys: ProcfileKeys.formation,
            notes: notes,
            file: "app.json"
        )
        if let count = inner.value("quantity")?.integer {
            let fit = min(max(count, 1), 64)
            if fit > 1 { keys["replicas"] = .integer(fit) }
            inner.tell(
                "quantity",
                fit == count ? .carried : .changed,
                became: "\(service).replicas: \(fit)",
                "a service has 1 to 64 replicas",
                next: count == 0 ? "Remove the service if it shall not run." : nil
            )
        }
        inner.finish()
    }

    private func putCheck(_ type: String, _ keys: inout DraftMap, _ service: String, isWeb: Bool) {
        let checks = section.value("healthchecks")?[type]?.oneOrMany ?? []
        let kinds = ["startup", "readiness", "liveness"]
        let chosen =
            kinds.lazy.compactMap { kind in checks.firstIndex { $0["type"]?.text == kind } }.first
            ?? checks.indices.first
        for (index, value) in checks.enumerated() {
            let path = "healthchecks.\(type)[\(index)]"
            guard index == chosen else {
                notes.add(
                    ImportEntry(
                        key: path,
                        file: "app.json",
                        line: nil,
                        fate: .dropped,
                        became: nil,
                        text: "a service has one check, for starting, being ready and living",
                        next: ""
                    )
                )
                continue
            }
            var check = DokkuCheck(value, path: path, service: service, isWeb: isWeb, notes: notes)
            keys[map: "health"] = check.health()
        }
    }

    // MARK: The file

    func tellVariables(_ services: [String]) {
        let target = services.count == 1 ? "services.\(services[0])" : "services.<service>"
        variables.tell(plain, of: "env", in: section, to: target, secretsTo: target, without: ["PORT"])
        for field in plain where field.name == "PORT" {
            section.tell(
                part: ".PORT",
                of: "env",
                line: field.line,
                .dropped,
                "Teal gives each replica a `PORT` of its own"
            )
        }
        for (field, isSecret) in open {
            let isFit = KamalVariables.isFit(field.name)
            let isMade = field.value["generator"] != nil
            section.tell(
                part: ".\(field.name)",
                of: "env",
                line: field.line,
                isSecret && isFit ? .changed : .dropped,
                became: isSecret && isFit ? "\(target).secrets" : nil,
                isMade
                    ? "no value is made up for it"
                    : isSecret
                        ? "its value is asked for, so only its name is written"
                        : "it has no value, and need not have one",
                next: isSecret ? "Write a line `\(field.name)=…` into `.teal/secrets.env`." : ""
            )
        }
    }

    /// Notes what is left, with the parts of types that the Procfile does not have.
    mutating func finish(_ services: [String]) {
        section.tell("env", .carried, became: "env")
        for key in ["formation", "healthchecks"] {
            for field in section.value(key)?.fields ?? []
            where !services.contains(Naming.name(field.name, fallback: "process")) {
                section.tell(
                    part: ".\(field.name)",
                    of: key,
                    line: field.line,
                    .dropped,
                    "the Procfile has no such type"
                )
            }
            section.tell(key, .changed, became: key == "formation" ? "replicas" : "health")
        }
        if let value = section.value("scripts"), value.fields != nil {
            section.tell("scripts", .dropped)
            let flat = (value.fields ?? []).flatMap { field in
                (field.value.fields ?? []).isEmpty
                    ? [field]
                    : (field.value.fields ?? []).map {
                        ForeignField(name: "\(field.name).\($0.name)", value: $0.value, line: $0.line)
                    }
            }
            var inner = ForeignSection(
                .object(flat),
                path: "scripts",
                keys: ProcfileKeys.scripts,
                notes: notes,
                file: "app.json"
            )
            inner.finish()
        }
        section.finish()
    }
}
