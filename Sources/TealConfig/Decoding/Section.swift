import TealCore

/// A mapping of the file whose keys are known; reading one reports what is wrong with it.
struct Section {
    let key: String
    /// Where the mapping's own key is written.
    let place: Place
    let scope: KeyScope
    let findings: Findings
    private let entries: [String: ConfigurationNode]
    /// The entries' names in file order, unknown ones left out.
    let names: [String]

    /// Reads the mapping, reporting every key that is not in the table; nil with a finding when it is no mapping.
    init?(_ node: ConfigurationNode, scope: KeyScope, findings: Findings) {
        guard let entries = node.entries else {
            let example = scope.keys.first.map {
                "Write its keys indented below it, such as `\($0.name): \($0.example)`."
            }
            findings.add(
                node.isNull ? .missing : .value,
                at: node.place,
                key: node.key,
                value: node.shown.flatMap { $0.isEmpty ? nil : $0 },
                node.isNull
                    ? "\(Self.subject(node.key)) has no keys"
                    : "\(Self.subject(node.key)) must be a mapping, not \(node.kindPhrase)",
                example ?? ""
            )
            return nil
        }
        var known: [String: ConfigurationNode] = [:]
        var names: [String] = []
        for entry in entries {
            guard let reference = scope.key(entry.name) else {
                if scope.isTop, entry.name.hasPrefix("x-") { continue }
                Self.reportUnknown(entry, in: node.key, scope: scope, findings: findings)
                continue
            }
            if let other = known[reference.name] {
                findings.add(
                    .conflict,
                    at: entry.value.keyPlace,
                    key: entry.value.key,
                    "`\(entry.name)` and `\(Self.last(other.key))` are the same key",
                    "Keep one of the two."
                )
                continue
            }
            known[reference.name] = entry.value
            names.append(reference.name)
        }
        key = node.key
        place = node.keyPlace
        self.scope = scope
        self.findings = findings
        self.entries = known
        self.names = names
    }

    func node(_ name: String) -> ConfigurationNode? { entries[name] }
    func has(_ name: String) -> Bool { entries[name] != nil }
    /// The key's name as it is written in the file, which may be its alias.
    func written(_ name: String) -> String { entries[name].map { Self.last($0.key) } ?? name }
    func path(_ name: String) -> String { key.isEmpty ? name : "\(key).\(name)" }

    /// Reports that a key is not there.
    func reportMissing(_ name: String, _ message: String? = nil, _ suggestion: String? = nil) {
        findings.add(
            .missing,
            at: place,
            key: path(name),
            message ?? (key.isEmpty ? "`\(name)` is missing" : "`\(name)` is missing in `\(key)`"),
            suggestion ?? example(name)
        )
    }

    /// Reports that a key contradicts something, at the key.
    func reportConflict(
        _ name: String,
        _ message: String,
        _ suggestion: String,
        code: ConfigurationProblem.Code = .conflict
    ) {
        let node = entries[name]
        let isSecret = scope.key(name)?.isSecret ?? false
        findings.add(
            code,
            at: node?.keyPlace ?? place,
            key: node?.key ?? path(name),
            value: isSecret ? nil : node?.shown,
            message,
            suggestion
        )
    }

    /// The same, where the key is there.
    func reportConflict(ifThere name: String, _ message: String, _ suggestion: String) {
        if has(name) { reportConflict(name, message, suggestion) }
    }

    /// What a sentence about the mapping behind a key path begins with.
    private static func subject(_ key: String) -> String { key.isEmpty ? "the file" : "`\(last(key))`" }

    /// The last part of a key path.
    static func last(_ key: String) -> String {
        key.lastIndex(of: ".").map { String(key[key.index(after: $0)...]) } ?? key
    }

    private static func reportUnknown(
        _ entry: ConfigurationNode.Entry,
        in parent: String,
        scope: KeyScope,
        findings: Findings
    ) {
        let known = scope.keys.map(\.name)
        let other = scope.keys.first { key in
            key.alsoCalled.contains { NearestWord.distance(Array($0.utf8), Array(entry.name.utf8)) == 0 }
        }
        let suggestion: String
        if let near = other?.name ?? NearestWord.to(entry.name, in: known + scope.keys.compactMap(\.alias)) {
            suggestion = "Did you mean `\(near)`?"
        } else if known.count <= 12 {
            suggestion = "The keys here are \(Phrase.all(known))."
        } else {
            suggestion = "All keys are in docs/teal.yml.md."
        }
        let mayBeSecret =
            SecretLook.isLikely(name: entry.name) || scope.path.hasPrefix("secrets")
            || scope.path.hasPrefix("registries")
            || entry.name.hasPrefix("env")
        findings.add(
            .unknownKey,
            at: entry.value.keyPlace,
            key: entry.value.key,
            value: entry.value.scalar?.isNull == false && !mayBeSecret ? entry.value.shown : nil,
            parent.isEmpty
                ? "there is no key `\(entry.name)` at the top level"
                : "there is no key `\(entry.name)` in `\(parent)`",
            suggestion
        )
    }
}

extension KeyScope {
    /// Whether it is the file's root.
    var isTop: Bool { path.isEmpty && keys.contains { $0.name == "project" } }
}
