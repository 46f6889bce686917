import Yams

/// Reads a YAML text as Ruby and Node's common readers do (YAML 1.1 for plain words).
struct ForeignYAML {
    /// The most values of a file, counting what aliases repeat each time that they do.
    static let nodesMax = 100_000
    /// The deepest nesting.
    static let depthMax = 64

    private let path: String
    private var nodes = 0

    private init(path: String) { self.path = path }

    /// The file's one document; an empty file is nothing.
    static func file(_ text: String, path: String) throws(ImportFailure) -> ForeignValue {
        var reading = ForeignYAML(path: path)
        let root: Node?
        do {
            root = try compose(yaml: text)
        } catch {
            throw reading.failure(error)
        }
        return try root.map { node throws(ImportFailure) in try reading.convert(node, depth: 0) } ?? .null
    }

    private mutating func convert(_ node: Node, depth: Int) throws(ImportFailure) -> ForeignValue {
        nodes += 1
        guard nodes <= Self.nodesMax, depth <= Self.depthMax else {
            throw .syntax(
                path: path,
                line: node.mark?.line ?? 1,
                column: node.mark?.column ?? 1,
                "the file holds more than \(Self.nodesMax) values, or is nested deeper than \(Self.depthMax) levels"
            )
        }
        switch node {
        case .scalar(let scalar): return Self.scalar(scalar)
        case .sequence(let sequence):
            var items: [ForeignValue] = []
            for item in sequence { items.append(try convert(item, depth: depth + 1)) }
            return .list(items)
        case .mapping(let mapping): return .object(try fields(of: mapping, depth: depth))
        // The parser puts the aliased value in its place; this case is for writing YAML only.
        case .alias: return .null
        }
    }

    private mutating func fields(of mapping: Node.Mapping, depth: Int) throws(ImportFailure) -> [ForeignField] {
        var fields: [ForeignField] = []
        var merged: [ForeignField] = []
        for (key, value) in mapping {
            let line = key.mark?.line
            guard let name = key.scalar?.string else {
                throw .syntax(path: path, line: line ?? 1, column: key.mark?.column ?? 1, "a key is not a text")
            }
            if name == "<<" {
                for base in value.sequence.map(Array.init) ?? [value] {
                    merged += try convert(base, depth: depth + 1).fields ?? []
                }
            } else {
                fields.append(ForeignField(name: name, value: try convert(value, depth: depth + 1), line: line))
            }
        }
        var names = Set(fields.map(\.name))
        return fields + merged.filter { names.insert($0.name).inserted }
    }

    private static func scalar(_ scalar: Node.Scalar) -> ForeignValue {
        let text = scalar.string
        guard scalar.style == .plain else { return .string(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .boolean(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return .boolean(false)
        default: break
        }
        let bare = text.replacing("_", with: "")
        guard text.wholeMatch(of: #/[-+]?[0-9][0-9_]*(\.[0-9]+)?([eE][-+]?[0-9]+)?/#) != nil, let number = Double(bare)
        else { return .string(text) }
        return .number(number, text: text)
    }

    private func failure(_ error: any Error) -> ImportFailure {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            .syntax(path: path, line: mark.line, column: mark.column, "the file is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            .syntax(
                path: path,
                line: context.mark.line,
                column: context.mark.column,
                "`\(duplicates.sorted().joined(separator: "`, `"))` is written twice in one mapping"
            )
        default: .syntax(path: path, line: 1, column: 1, "the file cannot be read as YAML")
        }
    }
}
