import TealCore

extension ServiceDecoding {
    /// The environment from files and keys, and the secrets by name.
    mutating func decodeEnvironment(_ spec: inout ServiceSpec) {
        for node in section.items("envFiles") {
            guard let text = section.text(of: node, for: "envFiles") else { continue }
            for (key, value) in envFile(surroundings.absolute(text), named: text, node: node) {
                spec.environment[key] = value
            }
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
            warnOfSecret(entry)
        }
        spec.secrets = secrets()
        for secret in spec.secrets where spec.environment[secret.name] != nil {
            let env = section.map("env").first { $0.name == secret.name }?.value
            findings.add(
                .conflict,
                at: env?.keyPlace ?? section.node("secrets")?.keyPlace ?? section.place,
                key: env?.key ?? section.path("secrets"),
                env == nil
                    ? "\(secret.name) is both a secret and in an env file"
                    : """
                    \(secret.name) is both in `env` and in `secrets` (line \
                    \(section.node("secrets")?.keyPlace.line ?? 0))
                    """,
                "Keep it in `secrets` and remove the other."
            )
        }
    }

    private func envFile(_ path: String, named text: String, node: ConfigurationNode) -> [(String, String)] {
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
                findings.add(
                    .value,
                    on: nameNode,
                    "'\(Phrase.short(name))' is not a secret's name",
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

    /// Warns when a literal value looks like one that should be a secret.
    private mutating func warnOfSecret(_ entry: ConfigurationNode.Entry) {
        let signs = ["PASSWORD", "SECRET", "TOKEN", "PRIVATE_KEY", "API_KEY"]
        guard let scalar = entry.value.scalar, !scalar.text.isEmpty, scalar.raw == scalar.text else { return }
        guard signs.contains(where: entry.name.uppercased().contains) else { return }
        notes.warnings.append(
            """
            \(name): the value of \(entry.name) is written in \(findings.file):\(entry.value.place.line); if it is \
            secret, name it under `secrets` instead
            """
        )
    }
}
