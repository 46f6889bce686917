/// Where a value stands in the tree: `services.web.ports[0]`.
struct NodePath: Hashable, Sendable, CustomStringConvertible {
    /// Keys, and `[3]` for the place in a list.
    let parts: [String]

    init(_ parts: [String] = []) { self.parts = parts }

    func key(_ name: String) -> Self { Self(parts + [name]) }
    func item(_ index: Int) -> Self { Self(parts + ["[\(index)]"]) }

    var description: String {
        var text = ""
        for part in parts { text += text.isEmpty || part.hasPrefix("[") ? part : ".\(part)" }
        return text
    }
}

/// A form that paths have: `services.*.ports.[]`, where `*` is any part and `[]` any place in a list.
struct PathPattern: Hashable, Sendable, ExpressibleByStringLiteral {
    let parts: [String]

    init(stringLiteral text: String) { parts = text.split(separator: ".").map(String.init) }

    /// The pattern that one path alone has, as far as lists are not counted.
    init(_ path: NodePath) { parts = path.parts }

    func matches(_ path: NodePath) -> Bool {
        guard parts.count == path.parts.count else { return false }
        return zip(parts, path.parts).allSatisfy { pattern, part in
            pattern == "*" || pattern == part || pattern == "[]" && part.hasPrefix("[")
        }
    }
}

/// What holds for paths of certain forms.
struct PatternTable<Value: Sendable>: Sendable, ExpressibleByDictionaryLiteral {
    private let entries: [(pattern: PathPattern, value: Value)]

    init(dictionaryLiteral elements: (PathPattern, Value)...) {
        entries = elements.map { (pattern: $0.0, value: $0.1) }
    }

    subscript(path: NodePath) -> Value? { entries.first { $0.pattern.matches(path) }?.value }
}
