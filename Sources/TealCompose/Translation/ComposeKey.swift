/// What Teal does with a key of the Compose specification.
package struct ComposeKey: Sendable {
    /// Where it stands, such as `services.*.ports.[]`: `*` is any name, `[]` any item of a list.
    package let path: String
    package let verdict: ComposeReport.Verdict
    /// Whether what is below it needs no entry of its own.
    let isWhole: Bool

    init(_ path: String, _ verdict: ComposeReport.Verdict = .honoured, isWhole: Bool = true) {
        self.path = path
        self.verdict = verdict
        self.isWhole = isWhole
    }
}

/// What Teal does with every key of the Compose specification; `docs/compose-keys.md` is made from it.
package enum ComposeKeyTable {
    /// In the order of the documentation.
    package static let keys: [ComposeKey] = topKeys + serviceKeys + networkKeys + volumeKeys + secretKeys + configKeys

    private static let byPattern: [[String]: ComposeKey] = Dictionary(
        keys.map { ($0.path.split(separator: ".").map(String.init), $0) }
    ) { first, _ in first }

    static func has(_ path: NodePath) -> Bool { find(path) != nil }
    static func isWhole(_ path: NodePath) -> Bool { find(path)?.isWhole ?? false }

    static func verdict(of path: NodePath) -> ComposeReport.Verdict {
        if let last = path.parts.last, last.hasPrefix("x-") {
            return last == "x-teal"
                ? .honoured : .differently("it is free for people and other tools; Teal reads `x-teal` alone")
        }
        return find(path)?.verdict ?? .refused("Teal does not know this key")
    }

    private static func find(_ path: NodePath) -> ComposeKey? {
        var pattern = path.parts
        guard let section = pattern.first else { return nil }
        for index in pattern.indices.dropFirst() {
            if pattern[index].hasPrefix("[") { pattern[index] = "[]" }
        }
        if ["services", "networks", "volumes", "secrets", "configs", "models"].contains(section), pattern.count > 1 {
            pattern[1] = "*"
        }
        // Names within a service: its networks, dependencies and models.
        if section == "services", pattern.count > 3, ["networks", "depends_on", "models"].contains(pattern[2]) {
            pattern[3] = "*"
        }
        return byPattern[pattern]
    }
}
