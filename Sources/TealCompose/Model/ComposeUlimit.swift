/// A limit of a container's processes.
package struct ComposeUlimit: Hashable, Sendable {
    package let soft: Int
    package let hard: Int
    /// Whether one number was written for both.
    package let isSingle: Bool

    /// Nil when the value is neither a whole number nor a mapping.
    init?(_ node: ComposeNode, _ path: NodePath, _ problems: ProblemList) {
        if let single = node.int {
            (soft, hard, isSingle) = (single, single, true)
            return
        }
        guard let mapping = node.mapping else { return nil }
        for key in ["soft", "hard"] {
            guard let limit = mapping[key], limit.int == nil else { continue }
            problems.add(.value, on: limit, path.key(key), "`\(key)` must be a whole number", "Remove the quotes.")
        }
        soft = mapping["soft"]?.int ?? 0
        hard = mapping["hard"]?.int ?? 0
        isSingle = false
    }

    var json: JSONValue {
        if isSingle, soft != 0 { return .number(String(soft)) }
        return JSONFields {
            $0.add("soft", isSingle ? 0 : soft)
            $0.add("hard", isSingle ? 0 : hard)
        }
        .value
    }
}

extension Fields {
    /// Limits by their names.
    func ulimits(_ key: String) -> [String: ComposeUlimit] {
        var result: [String: ComposeUlimit] = [:]
        for entry in node(key)?.mapping?.entries ?? [] {
            result[entry.key] = ComposeUlimit(entry.value, path.key(key).key(entry.key), problems)
        }
        return result
    }
}

extension JSONFields {
    mutating func add(_ key: String, _ limits: [String: ComposeUlimit]) {
        if !limits.isEmpty { always(key, .object(limits.mapValues(\.json))) }
    }
}
