import TealCore

extension ServiceDecoding {
    /// The environment from files and keys, and the secrets by name.
    mutating func decodeEnvironment(_ spec: inout ServiceSpec) {
        let given = spec.secrets
        // Those of a Compose file are files and no variables.
        let own = secrets().filter { secret in !given.contains { $0.name == secret.name } }
        spec.secrets += own
        var files: [String: String] = [:]
        for node in section.items("envFiles") {
            guard let text = section.text(of: node, for: "envFiles") else { continue }
            for (key, value) in envFile(surroundings.absolute(text), named: text, node: node) {
                spec.environment[key] = value
                files[key] = text
            }
        }
        // What a file has for a secret is sealed like every other value of it.
        for secret in own {
            guard let value = spec.environment.removeValue(forKey: secret.name) else { continue }
            sealed[secret.name] = Secret(value)
            files[secret.name] = nil
        }
        for entry in section.map("env") {
            if let complaint = Self.complaint(about: entry.name, isArtifact: spec.source.isArtifact) {
                findings.add(
                    .value,
                    at: entry.value.keyPlace,
                    key: entry.value.key,
                    complaint.message,
                    complaint.suggestion
                )
                continue
            }
            guard !entry.value.isNull else {
                findings.add(
                    .missing,
                    at: entry.value.place,
                    key: entry.value.key,
                    "the variable \(entry.name) has no value",
                    """
                    Write `\(entry.name): ""` for an empty one, or `\(entry.name): ${\(entry.name)}` to pass yours \
                    on.
                    """
                )
                continue
            }
            guard let value = section.text(of: entry.value, for: "env") else { continue }
            spec.environment[entry.name] = value
            files[entry.name] = nil
            warnOfSecret(entry)
        }
        if base == nil { checkPort(of: spec, files) } else { compareWrittenPort(of: spec) }
        for secret in own where spec.environment[secret.name] != nil {
            let env = section.map("env").first { $0.name == secret.name }?.value
            findings.add(
                .conflict,
                at: env?.keyPlace ?? section.place,
                key: env?.key ?? section.path("secrets"),
                """
                \(secret.name) is both in `env` and in `secrets` \
                (\(section.node("secrets")?.keyPlace.words ?? "its file"))
                """,
                "Keep it in `secrets` and remove the other."
            )
        }
        warnOfSecrets(spec.environment.filter { files[$0.key] != nil }, in: files)
    }

    /// Finds a `PORT` that contradicts the port that Teal asks, since Teal's own wins and the written one is never seen.
    private mutating func checkPort(of spec: ServiceSpec, _ files: [String: String]) {
        guard let text = spec.environment["PORT"], spec.kind != .job else { return }
        // Only a number is repeated; anything else may be something that nobody should see.
        let isNumber =
            text.utf8.count <= 5 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let value = isNumber ? text : "…"
        if spec.source.isArtifact {
            // What stands in `env` itself is told already.
            notes.warnings.append(
                """
                \(name): PORT \(value) of \(files["PORT"] ?? "an env file") has no effect: each replica is given a PORT of \
                its own, so see that the service listens on that one
                """
            )
            return
        }
        guard let port = spec.port else {
            if section.has("port") { return }
            notes.warnings.append(
                """
                \(name): PORT \(value) has no effect: Teal sets PORT to the service's `port`, or to the one that its image \
                exposes; write `port: \(value)` if it listens there
                """
            )
            return
        }
        guard text != "\(port)" else { return }
        if let file = files["PORT"] {
            notes.warnings.append(
                """
                \(name): PORT \(value) of \(file) contradicts port \(port): Teal asks the service at \(port) and sets PORT \
                to that
                """
            )
        } else if let node = section.map("env").first(where: { $0.name == "PORT" })?.value {
            findings.add(
                .conflict,
                at: node.keyPlace,
                key: node.key,
                """
                PORT is \(value), but Teal asks `\(section.key)` at its port \(port), and sets PORT to that
                """,
                isNumber
                    ? "Write `port: \(value)` if it listens there, or remove PORT from `env`."
                    : "Remove PORT from `env`."
            )
        }
    }

    /// Warns of values from env files that look secret and are not named as such.
    private mutating func warnOfSecrets(_ values: [String: String], in files: [String: String]) {
        let likely = values.filter { SecretLook.isLikely(name: $0.key, value: $0.value) }.keys
        for (file, names) in Dictionary(grouping: likely, by: { files[$0] ?? "" }).sorted(by: { $0.key < $1.key }) {
            notes.warnings.append(
                """
                \(name): \(Phrase.all(names.sorted())) of \(file) \(names.count == 1 ? "is" : "are") kept as plain \
                text; if secret, name \(names.count == 1 ? "it" : "them") under `secrets`, the value may stay in the file
                """
            )
        }
    }

    private func envFile(_ path: String, named text: String, node: ConfigurationNode) -> [(String, String)] {
        surroundings.privateFiles.addEnvFile(path)
        guard !findings.checksFormOnly else { return [] }
        if LocalFile.kind(path) == nil {
            findings.add(
                .envFile,
                on: node,
                "the env file \(path) does not exist",
                "Create it, or remove it from `envFiles`."
            )
            return []
        }
        var values: [(String, String)] = []
        for entry in EnvFile.entries(path: path, findings: findings) {
            if entry.key.hasPrefix("TEAL_") {
                findings.add(
                    .envFile,
                    at: Place(line: entry.line, column: 1),
                    key: entry.key,
                    "\(entry.key) is one of Teal's own variables",
                    "Use a name that does not begin with `TEAL_`.",
                    file: path
                )
                continue
            }
            values.append((entry.key, entry.value.reveal()))
        }
        return values
    }

    private func secrets() -> [SecretReference] {
        var secrets: [SecretReference] = []
        for node in section.list("secrets") {
            var rotates = false
            var nameNode = node
            if node.entries != nil {
                guard let item = section.section(of: node, for: "secrets") else { continue }
                rotates = item.boolean("rotates") ?? false
                guard let found = item.node("name") else {
                    item.reportMissing("name")
                    continue
                }
                nameNode = found
            }
            guard let name = section.text(of: nameNode, for: "secrets") else { continue }
            guard EnvironmentVariableName.isFit(name), !name.hasPrefix("TEAL_") else {
                // Somebody may have written the value here.
                let shown = name.prefix { $0 != "=" && $0 != ":" }
                findings.add(
                    .value,
                    at: nameNode.place,
                    key: nameNode.key,
                    shown.count == name.count
                        ? "'\(Phrase.short(name))' is not a secret's name"
                        : "'\(Phrase.short(String(shown)))…' is not a secret's name",
                    """
                    Use letters, digits and `_`, no digit first, not beginning with `TEAL_`; write only the name \
                    here, never the value.
                    """
                )
                continue
            }
            guard !secrets.contains(where: { $0.name == name }) else {
                findings.add(.conflict, on: nameNode, "the secret \(name) is named twice", "Keep one of the two.")
                continue
            }
            secrets.append(SecretReference(name: name, rotates: rotates))
        }
        return secrets
    }

    private static func complaint(about name: String, isArtifact: Bool) -> (message: String, suggestion: String)? {
        guard EnvironmentVariableName.isFit(name) else {
            return (
                "'\(Phrase.short(name))' is not a variable's name",
                "Use letters, digits and `_`, and no digit first."
            )
        }
        if name.hasPrefix("TEAL_") {
            return ("\(name) is one of Teal's own variables", "Use a name that does not begin with `TEAL_`.")
        }
        if name == "PORT", isArtifact {
            return ("PORT is set by Teal, another one for each replica", "Remove it; for fixed ports write `ports`.")
        }
        return nil
    }

    /// Warns when a value looks like one that should be a secret.
    private mutating func warnOfSecret(_ entry: ConfigurationNode.Entry) {
        guard let scalar = entry.value.scalar else { return }
        let isLikely =
            SecretLook.isLikely(name: entry.name, value: scalar.text)
            || scalar.variables.contains { SecretLook.isLikely(name: $0) }
        guard isLikely else { return }
        let isWritten = scalar.raw == scalar.text
        notes.warnings.append(
            """
            \(name): the value of \(entry.name) \(isWritten ? "is written" : "comes from a variable") in \
            \(findings.spot(entry.value.place)) and \(isWritten ? "kept" : "is kept") as plain text; if it is secret, name it under `secrets` \
            instead
            """
        )
    }

    /// Warns of variables with a secret's name that are filled into anything but `env`.
    mutating func warnOfVariables() {
        guard !findings.checksFormOnly else { return }
        for key in section.names where key != "env" {
            if let node = section.node(key) { warnOfVariables(in: node) }
        }
    }

    private mutating func warnOfVariables(in node: ConfigurationNode) {
        switch node.content {
        case .mapping(let entries): for entry in entries { warnOfVariables(in: entry.value) }
        case .sequence(let items): for item in items { warnOfVariables(in: item) }
        case .scalar(let scalar):
            for variable in scalar.variables where SecretLook.isLikely(name: variable) {
                notes.warnings.append(
                    """
                    \(name): the value of \(variable) is filled in at \(findings.spot(node.place)) and kept as plain \
                    text; if it is secret, let the service read it from a variable that `secrets` names
                    """
                )
            }
        }
    }
}
