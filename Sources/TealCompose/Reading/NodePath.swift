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
    private typealias Entry = (pattern: PathPattern, value: Value)

    /// By the first part and the number of parts, so that most paths meet no pattern at all.
    private let entries: [String: [Int: [Entry]]]

    init(dictionaryLiteral elements: (PathPattern, Value)...) {
        var entries: [String: [Int: [Entry]]] = [:]
        for (pattern, value) in elements {
            entries[pattern.parts[0], default: [:]][pattern.parts.count, default: []].append((pattern, value))
        }
        self.entries = entries
    }

    subscript(path: NodePath) -> Value? {
        guard let first = path.parts.first else { return nil }
        return entries[first]?[path.parts.count]?.first { $0.pattern.matches(path) }?.value
    }
}
