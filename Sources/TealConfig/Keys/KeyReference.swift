/// What is to be known about one key of `teal.yml`: the one source of its checks, its schema and its documents.
package struct KeyReference: Hashable, Sendable {
    /// The path below the table's own root, such as `health.path`, `routes[].hosts` or `upgraded.<path>.mode`.
    package let path: String
    package let type: ValueType
    /// The default as it would be written, or a phrase in parentheses where it depends; nil when there is none.
    package let defaultText: String?
    /// A value as it would be written behind the key; several lines for a block, not indented.
    package let example: String
    /// Whether the value may hold a secret, so that no message repeats it.
    package let isSecret: Bool
    package let isRequired: Bool
    /// One or more sentences; the first stands alone in the example file.
    package let text: String
    /// Another way to write the key, for one value.
    package let alias: String?
    /// What other tools call it, for suggestions.
    let alsoCalled: [String]

    init(
        _ path: String,
        _ type: ValueType,
        default defaultText: String? = nil,
        example: String,
        isSecret: Bool = false,
        isRequired: Bool = false,
        alias: String? = nil,
        alsoCalled: [String] = [],
        _ text: String
    ) {
        self.path = path
        self.type = type
        self.defaultText = defaultText
        self.example = example
        self.isSecret = isSecret
        self.isRequired = isRequired
        self.alias = alias
        self.alsoCalled = alsoCalled
        self.text = text
    }

    /// The last part of the path.
    package var name: String {
        let start = path.lastIndex(of: ".").map { path.index(after: $0) } ?? path.startIndex
        return String(path[start...])
    }

    /// The first sentence of the text.
    package var summary: String {
        guard let end = text.firstRange(of: ". ") else { return text }
        return String(text[..<end.lowerBound]) + "."
    }

    /// Where the keys of a mapping behind this key are found in the table.
    var childrenPath: String { Self.childrenPath(of: type, at: path) }

    private static func childrenPath(of type: ValueType, at path: String) -> String {
        switch type {
        case .oneOrMany(let element), .list(let element): childrenPath(of: element, at: path + "[]")
        case .map(let placeholder, let element): childrenPath(of: element, at: "\(path).<\(placeholder)>")
        case .anyOf(let types): types.first(where: \.holdsSection).map { childrenPath(of: $0, at: path) } ?? path
        default: path
        }
    }
}
