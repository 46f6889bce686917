/// The keys of one mapping, read with their types; what does not fit is a problem.
struct Fields {
    let mapping: ComposeMapping
    let place: SourcePlace
    let path: NodePath
    let problems: ProblemList

    /// The last part of the path: the name of a service, of a network.
    var name: String { path.parts.last ?? "" }

    /// Keys that begin with `x-`, as they were written.
    var extensions: [String: JSONValue] {
        let own = mapping.entries.filter { $0.key.hasPrefix("x-") && $0.key != EnvironmentValues.valueKey }
        return Dictionary(uniqueKeysWithValues: own.map { ($0.key, JSONValue($0.value)) })
    }

    /// The value of a key; nil when it is not there or null.
    func node(_ key: String) -> ComposeNode? { mapping[key].flatMap { $0.isNull ? nil : $0 } }

    func report(_ node: ComposeNode, _ key: String, must wanted: String, _ advice: String = "") {
        problems.add(.value, on: node, path.key(key), "`\(key)` must be \(wanted)", advice)
    }

    /// A text; nil when it is empty.
    func text(_ key: String) -> String? {
        guard let node = node(key) else { return nil }
        switch node.content {
        case .string(let text): return text.isEmpty ? nil : text
        case .int(let number): return String(number)
        default:
            report(node, key, must: "a text", "Put it in quotes.")
            return nil
        }
    }

    /// Any single value as a text; nil when it is empty.
    func anyText(_ key: String) -> String? { node(key)?.scalarText.flatMap { $0.isEmpty ? nil : $0 } }

    func flag(_ key: String) -> Bool { optionalFlag(key) ?? false }

    func optionalFlag(_ key: String) -> Bool? {
        guard let node = node(key) else { return nil }
        if let value = node.bool ?? node.text.flatMap(TypedText.flag) { return value }
        report(node, key, must: "`true` or `false`")
        return nil
    }

    func whole(_ key: String) -> Int { optionalWhole(key) ?? 0 }

    func optionalWhole(_ key: String) -> Int? {
        guard let node = node(key) else { return nil }
        switch node.content {
        case .int(let value): return value
        case .float(let value): if let whole = Int(exactly: value.rounded(.towardZero)) { return whole }
        case .string(let text): if let value = TypedText.whole(text) { return value }
        default: break
        }
        report(node, key, must: "a whole number")
        return nil
    }

    /// A whole number that is not negative and, unless a variable held it, not written in quotes.
    func natural(_ key: String, upTo maximum: Int = .max) -> Int? {
        guard let node = node(key) else { return nil }
        let value: Int?
        switch node.content {
        case .int(let number): value = number
        case .float(let number): value = Int(exactly: number.rounded(.towardZero))
        default: value = nil
        }
        if let value, (0...maximum).contains(value) { return value }
        let range = maximum == .max ? "from 0 on" : "from 0 to \(maximum)"
        report(node, key, must: "a whole number \(range)", node.text == nil ? "" : "Remove the quotes.")
        return nil
    }

    func number(_ key: String) -> Float {
        guard let node = node(key) else { return 0 }
        switch node.content {
        case .int(let value): return Float(value)
        case .float(let value): return Float(value)
        case .string(let text): if let value = TypedText.number(text) { return Float(value) }
        default: break
        }
        report(node, key, must: "a number")
        return 0
    }

    /// A size in bytes, such as `512m`.
    func bytes(_ key: String) -> Int {
        guard let node = node(key) else { return 0 }
        switch node.content {
        case .int(let value): return value
        case .string(let text): if let value = ByteText.parse(text) { return value }
        case .float:
            problems.warn(at: node.place, path.key(key), "a size with a point and no unit has no effect")
            return 0
        default: break
        }
        report(node, key, must: "a size such as `512m` or `1g`")
        return 0
    }

    /// A duration such as `1m30s`.
    func duration(_ key: String) -> Duration? {
        guard let node = node(key) else { return nil }
        if let value = node.scalarText.flatMap(DurationText.parse) { return value }
        let isBare = node.scalarText.map { !$0.isEmpty && $0.utf8.allSatisfy(Byte.isDigit) } ?? false
        let example = isBare ? "Write `\(node.scalarText ?? "")s` for seconds." : "Units are ms, s, m, h, d and w."
        report(node, key, must: "a duration such as `30s` or `1m30s`", example)
        return nil
    }
}
