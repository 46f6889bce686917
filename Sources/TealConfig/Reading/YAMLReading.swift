import TealCore
import Yams

/// Reads a YAML text into nodes with places, key paths and variables filled in.
struct YAMLReading {
    /// The largest file, in bytes.
    static let bytesMax = 1 << 20
    /// The most values of a file, counting what aliases repeat each time that they do.
    static let nodesMax = 100_000
    /// The deepest nesting.
    static let depthMax = 24

    let findings: Findings
    let variables: VariableText
    private var nodes = 0
    private var isOverLimit = false

    init(findings: Findings, variables: VariableText) {
        self.findings = findings
        self.variables = variables
    }

    /// The root of the text; nil with a finding when it is not one YAML document within the limits.
    mutating func read(_ text: String) -> ConfigurationNode? {
        let root: Node?
        do {
            root = try compose(yaml: text)
        } catch {
            report(error, in: text)
            return nil
        }
        guard let root else {
            findings.add(.missing, at: .start, key: "", "the file is empty", "Write a first one with `teal init`.")
            return nil
        }
        let node = convert(root, key: "", keyPlace: .start, depth: 0)
        if isOverLimit {
            let limits = "at most \(Self.nodesMax) values, \(Self.depthMax) levels deep, aliases counted each time"
            findings.add(.limit, at: .start, key: "", "the file holds too much: \(limits)", "Write fewer aliases.")
            return nil
        }
        return node
    }

    private mutating func convert(_ node: Node, key: String, keyPlace: Place, depth: Int) -> ConfigurationNode {
        nodes += 1
        let place = node.mark.map { Place(line: $0.line, column: $0.column) } ?? keyPlace
        guard nodes <= Self.nodesMax, depth <= Self.depthMax else {
            isOverLimit = true
            return .init(key: key, keyPlace: keyPlace, place: place, content: .sequence([]))
        }
        reportTag(of: node, key: key, at: place)
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain
            let isNull = isPlain && scalar.string.isEmpty
            let content = variables.fill(
                scalar.string,
                isPlain: isPlain,
                place: isNull ? keyPlace : place,
                key: key,
                file: findings.file
            )
            return .init(key: key, keyPlace: keyPlace, place: isNull ? keyPlace : place, content: .scalar(content))
        case .sequence(let sequence):
            var items: [ConfigurationNode] = []
            for (index, item) in sequence.enumerated() where !isOverLimit {
                let itemPlace = item.mark.map { Place(line: $0.line, column: $0.column) } ?? place
                items.append(convert(item, key: "\(key)[\(index)]", keyPlace: itemPlace, depth: depth + 1))
            }
            return .init(key: key, keyPlace: keyPlace, place: place, content: .sequence(items))
        case .mapping(let mapping):
            let entries = entries(of: mapping, key: key, place: place, depth: depth)
            return .init(key: key, keyPlace: keyPlace, place: place, content: .mapping(entries))
        case .alias:
            // The parser puts the aliased value in its place; this case is for writing YAML only.
            return .init(key: key, keyPlace: keyPlace, place: place, content: .sequence([]))
        }
    }

    /// The entries of a mapping, with those of merge keys (`<<: *base`) behind its own.
    private mutating func entries(
        of mapping: Node.Mapping,
        key: String,
        place: Place,
        depth: Int
    ) -> [ConfigurationNode.Entry] {
        var entries: [ConfigurationNode.Entry] = []
        var merged: [ConfigurationNode.Entry] = []
        for (nameNode, value) in mapping where !isOverLimit {
            let namePlace = nameNode.mark.map { Place(line: $0.line, column: $0.column) } ?? place
            guard let name = nameNode.scalar?.string else {
                findings.add(.syntax, at: namePlace, key: key, "a key must be a text, not a mapping or a list")
                continue
            }
            guard name == "<<" else {
                let path = key.isEmpty ? name : "\(key).\(name)"
                let node = convert(value, key: path, keyPlace: namePlace, depth: depth + 1)
                entries.append(.init(name: name, value: node))
                continue
            }
            let bases = value.sequence.map(Array.init) ?? [value]
            for base in bases {
                guard let baseMapping = base.mapping else {
                    findings.add(.value, at: namePlace, key: key, "`<<` takes a mapping or a list of mappings")
                    continue
                }
                merged += self.entries(of: baseMapping, key: key, place: place, depth: depth + 1)
            }
        }
        var names = Set(entries.map(\.name))
        return entries + merged.filter { names.insert($0.name).inserted }
    }

    /// The tags whose meaning is the one that a value has without them (YAML 1.2.2 section 10.3).
    private static let plainTags: Set<String> = Set(
        ["", "!"] + ["str", "int", "float", "bool", "null", "seq", "map", "merge"].map { "tag:yaml.org,2002:\($0)" }
    )

    /// Reports a tag that would change what the value means.
    private func reportTag(of node: Node, key: String, at place: Place) {
        let tag: String
        switch node {
        case .scalar(let scalar): tag = scalar.tag.rawValue
        case .sequence(let sequence): tag = sequence.tag.rawValue
        case .mapping(let mapping): tag = mapping.tag.rawValue
        case .alias: return
        }
        guard !Self.plainTags.contains(tag) else { return }
        let name = tag.replacing("tag:yaml.org,2002:", with: "!!")
        let message = "the YAML tag `\(Phrase.short(name))` is not supported"
        findings.add(.value, at: place, key: key, message, "Remove the tag, and write the value as text.")
    }

    private func report(_ error: any Error, in text: String) {
        guard let error = error as? YamlError else {
            findings.add(.syntax, at: .start, key: "", "the file cannot be read as YAML: \(error)")
            return
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let place = Place(line: mark.line, column: mark.column)
            let detail = context.map { ", \($0.text) in line \($0.mark.line)" } ?? ""
            findings.add(
                .syntax,
                at: place,
                key: "",
                "the file is not YAML: \(problem)\(detail)",
                Self.advice(problem, line: Self.line(place.line, of: text))
            )
        case .duplicatedKeysInMapping(let duplicates, let context):
            for name in duplicates.sorted() {
                let start = Place(line: context.mark.line, column: context.mark.column)
                findings.add(
                    .syntax,
                    at: Self.second(name, in: text, mapping: start) ?? start,
                    key: name,
                    "the key `\(name)` is written twice in one mapping",
                    name == "<<" ? "Write `<<: [*first, *second]`." : "Keep one of the two."
                )
            }
        default:
            findings.add(.syntax, at: .start, key: "", "the file is not YAML: \(error)")
        }
    }

    /// What usually went wrong when libyaml reports `problem`.
    private static func advice(_ problem: String, line: Substring) -> String {
        if line.contains("\t") { return "Indent with spaces; YAML does not allow tabs." }
        if problem.contains("cannot start any token") || problem.contains("mapping values are not allowed") {
            return "Put the value in quotes, or check the indentation of this line and the one before."
        }
        if problem.contains("another document") { return "Keep one document: remove the line `---` and what follows." }
        if problem.contains("undefined alias") { return "Write the value out, or define it before with `&name`." }
        return "Check the indentation and the quotes of this line and the one before."
    }

    private static func line(_ number: Int, of text: String) -> Substring {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices.contains(number - 1) ? lines[number - 1] : ""
    }

    /// The place of the second `name:` of the block mapping that begins at `mapping`; nil when it is not in sight.
    private static func second(_ name: String, in text: String, mapping: Place) -> Place? {
        var found = 0
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where index + 1 >= mapping.line {
            let before = line.prefix(mapping.column - 1)
            guard index + 1 == mapping.line || before.allSatisfy({ $0 == " " }) else { return nil }
            guard line.dropFirst(mapping.column - 1).hasPrefix(name + ":") else { continue }
            found += 1
            if found == 2 { return Place(line: index + 1, column: mapping.column) }
        }
        return nil
    }
}
