import Yams

/// Reads a YAML text into documents of nodes with places.
///
/// The scanner is that of YAML 1.1; what scalars mean, merge keys and tags follow the reference implementation.
struct YAMLReading {
    /// The most values of a file, counting what aliases repeat each time that they do.
    static let nodesMax = 50_000
    /// The deepest nesting.
    static let depthMax = 64

    let file: String
    let problems: ProblemList
    private var nodes = 0
    private var isOverLimit = false
    private var resets: [PathPattern] = []
    /// Where `!reset` was met: what an alias repeats has lost it the second time, but an alias of the reset itself has not.
    private var seenResets: Set<Entry> = []

    /// An entry of a mapping, by the place of its key, or of a list, by the list's place and its number.
    private struct Entry: Hashable {
        let place: SourcePlace
        var index: Int?
    }

    init(file: String, problems: ProblemList) {
        self.file = file
        self.problems = problems
    }

    /// The documents of a text; empty when the text holds none, or when it is not YAML, with a problem.
    mutating func documents(_ text: String) -> [ComposeDocument] {
        var result: [ComposeDocument] = []
        do {
            let parser = try Parser(yaml: text)
            while let root = try parser.nextRoot() {
                resets = []
                let start = SourcePlace.start(of: file)
                let node = convert(root, of: Entry(place: start), path: NodePath(), fallback: start, depth: 0)
                guard let node, !isOverLimit else { break }
                result.append(ComposeDocument(root: node, resets: resets))
            }
        } catch {
            report(error, in: text)
            return []
        }
        guard !isOverLimit else {
            reportLimit()
            return []
        }
        return result
    }

    func reportLimit() {
        problems.add(
            .limit,
            at: .start(of: file),
            "the file holds too much: at most \(Self.nodesMax) values, \(Self.depthMax) levels deep",
            "Write fewer aliases, or split the file."
        )
    }

    private func place(of node: Node, or fallback: SourcePlace) -> SourcePlace {
        node.mark.map { SourcePlace(file: file, line: $0.line, column: $0.column) } ?? fallback
    }

    /// The node with its type; nil for one that `!reset` takes away.
    private mutating func convert(
        _ node: Node,
        of entry: Entry,
        path: NodePath,
        fallback: SourcePlace,
        depth: Int
    ) -> ComposeNode? {
        nodes += 1
        let place = place(of: node, or: fallback)
        guard nodes <= Self.nodesMax, depth <= Self.depthMax else {
            isOverLimit = true
            return nil
        }
        let tag = Self.tag(of: node)
        if tag == "!reset" {
            if seenResets.insert(entry).inserted { resets.append(PathPattern(path)) }
            return nil
        }
        if tag == "!override" { resets.append(PathPattern(path)) }
        return converted(node, path: path, place: place, depth: depth, tag: tag)
    }

    private mutating func converted(
        _ node: Node,
        path: NodePath,
        place: SourcePlace,
        depth: Int,
        tag: String
    ) -> ComposeNode? {
        switch node {
        case .scalar(let scalar):
            return ComposeNode(content(of: scalar, tag: tag, path: path, place: place), at: place)
        case .sequence(let sequence):
            var items: [ComposeNode] = []
            for (index, item) in sequence.enumerated() where !isOverLimit {
                let entry = Entry(place: place, index: index)
                let path = path.item(items.count)
                guard let item = convert(item, of: entry, path: path, fallback: place, depth: depth + 1) else {
                    continue
                }
                items.append(item)
            }
            return ComposeNode(.list(items), at: place)
        case .mapping(let mapping):
            return ComposeNode(.mapping(entries(of: mapping, path: path, place: place, depth: depth)), at: place)
        case .alias:
            // The parser puts the aliased value in its place; this case is for writing YAML only.
            return nil
        }
    }

    /// The entries of a mapping, with those of merge keys (`<<: *base`) behind its own.
    private mutating func entries(
        of mapping: Node.Mapping,
        path: NodePath,
        place: SourcePlace,
        depth: Int
    ) -> ComposeMapping {
        var result = ComposeMapping()
        var bases: [Node] = []
        for (name, value) in mapping where !isOverLimit {
            let namePlace = self.place(of: name, or: place)
            guard let key = key(name, place: namePlace, path: path) else { continue }
            if key == "<<", case .scalar(let scalar) = name, scalar.style == .plain || scalar.style == .any {
                bases = self.bases(value, at: namePlace, path)
                continue
            }
            let entry = Entry(place: namePlace)
            let path = path.key(key)
            guard let value = convert(value, of: entry, path: path, fallback: namePlace, depth: depth + 1) else {
                continue
            }
            result.add(.init(key: key, keyPlace: namePlace, value: value))
        }
        for base in bases {
            let entry = Entry(place: self.place(of: base, or: place))
            let merged = convert(base, of: entry, path: path, fallback: place, depth: depth + 1)?.mapping
            guard let merged else { continue }
            for entry in merged.entries where result[entry.key] == nil { result.add(entry) }
        }
        return result
    }

    private func bases(_ value: Node, at place: SourcePlace, _ path: NodePath) -> [Node] {
        let bases = value.sequence.map(Array.init) ?? [value]
        guard bases.allSatisfy({ $0.mapping != nil }) else {
            problems.add(
                .syntax,
                at: place,
                path,
                "`<<` takes a mapping or a list of mappings",
                "Write `<<: *name`, where `&name` stands at a mapping."
            )
            return bases.filter { $0.mapping != nil }
        }
        return bases
    }

    /// The text of a key; nil with a problem for a key that is none.
    private func key(_ node: Node, place: SourcePlace, path: NodePath) -> String? {
        guard case .scalar(let scalar) = node else {
            problems.add(.syntax, at: place, path, "a key must be a text, not a mapping or a list")
            return nil
        }
        if scalar.style != .plain && scalar.style != .any || scalar.string == "<<" { return scalar.string }
        let tag = Self.tag(of: node)
        if tag == "!!str" { return scalar.string }
        if case .string = ScalarText.content(scalar.string) { return scalar.string }
        let written = scalar.string.isEmpty ? "" : " `\(scalar.string)`"
        problems.add(
            .syntax,
            at: place,
            path,
            "the key\(written) is not a text",
            scalar.string.isEmpty ? "Write a key before the colon." : "Put it in quotes: `\"\(scalar.string)\":`."
        )
        return nil
    }

    private func content(
        of scalar: Node.Scalar,
        tag: String,
        path: NodePath,
        place: SourcePlace
    ) -> ComposeNode.Content {
        let text = scalar.string
        switch tag {
        case "": return scalar.style == .plain || scalar.style == .any ? ScalarText.content(text) : .string(text)
        case "!!bool", "!!int", "!!float", "!!null", "!!timestamp":
            let content = ScalarText.content(text)
            switch (tag, content) {
            case ("!!bool", .bool), ("!!int", .int), ("!!int", .big), ("!!float", .float), ("!!null", .null),
                ("!!timestamp", .moment):
                return content
            case ("!!float", .int(let value)): return .float(Double(value))
            default:
                problems.add(.value, at: place, path, value: text, "the value is no `\(tag)`", "Remove the tag.")
                return .string(text)
            }
        case "!!binary":
            guard let bytes = Base64.decoded(text), let decoded = String(validating: bytes, as: UTF8.self) else {
                problems.add(.value, at: place, path, "the value is not base64 of a text", "Write the value as text.")
                return .string(text)
            }
            return .string(decoded)
        default: return .string(text)
        }
    }

    /// The tag as it was written, `!!name` for those of YAML itself; empty without one.
    private static func tag(of node: Node) -> String {
        let tag: String
        switch node {
        case .scalar(let scalar): tag = scalar.tag.rawValue
        case .sequence(let sequence): tag = sequence.tag.rawValue
        case .mapping(let mapping): tag = mapping.tag.rawValue
        case .alias: return ""
        }
        return tag.hasPrefix("tag:yaml.org,2002:") ? "!!" + tag.dropFirst("tag:yaml.org,2002:".count) : tag
    }
}
