/// The fields of a JSON object; what is empty is left out, as in the reference implementation's output.
struct JSONFields {
    private var fields: [String: JSONValue] = [:]

    init(_ build: (inout JSONFields) -> Void) { build(&self) }

    var value: JSONValue { .object(fields) }

    /// A field that is there whatever it holds.
    mutating func always(_ key: String, _ value: JSONValue) { fields[key] = value }
    mutating func add(_ key: String, _ text: String?) { if let text, !text.isEmpty { fields[key] = .string(text) } }
    mutating func add(_ key: String, _ flag: Bool) { if flag { fields[key] = .bool(true) } }
    mutating func add(_ key: String, optional flag: Bool?) { if let flag { fields[key] = .bool(flag) } }
    mutating func add(_ key: String, _ number: Int) { if number != 0 { fields[key] = .number(String(number)) } }
    mutating func add(_ key: String, optional number: Int?) { if let number { fields[key] = .number(String(number)) } }
    mutating func add(_ key: String, _ number: Float) {
        if number != 0 { fields[key] = .number(NumberText.json(number)) }
    }
    /// Bytes are texts.
    mutating func add(_ key: String, bytes: Int) { if bytes != 0 { fields[key] = .string(String(bytes)) } }
    mutating func add(_ key: String, _ duration: Duration?) {
        if let duration { fields[key] = .string(DurationText.text(duration)) }
    }
    mutating func add(_ key: String, _ texts: [String]) {
        if !texts.isEmpty { fields[key] = .array(texts.map { .string($0) }) }
    }
    mutating func add(_ key: String, _ pairs: [String: String]) {
        if !pairs.isEmpty { fields[key] = .object(pairs.mapValues { .string($0) }) }
    }
    mutating func add(_ key: String, _ pairs: [String: String?]) {
        if !pairs.isEmpty { fields[key] = .object(pairs.mapValues { $0.map { .string($0) } ?? .null }) }
    }
    mutating func add(_ key: String, hosts: [String: [String]]) {
        let lines = hosts.flatMap { host in host.value.map { "\(host.key)=\($0)" } }
        add(key, lines.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
    }
    /// An empty command is there, one that is not set is null.
    mutating func add(command key: String, _ words: [String]?) {
        fields[key] = words.map { .array($0.map { .string($0) }) } ?? .null
    }
    mutating func add(_ key: String, _ part: (some ComposePart)?) { if let part { fields[key] = part.json } }
    mutating func add(_ key: String, _ parts: [some ComposePart]) {
        if !parts.isEmpty { fields[key] = .array(parts.map(\.json)) }
    }
    mutating func add(_ key: String, _ parts: [String: some ComposePart]) {
        if !parts.isEmpty { fields[key] = .object(parts.mapValues(\.json)) }
    }
    mutating func add<Part: ComposePart>(_ key: String, _ parts: [String: Part?]) {
        if !parts.isEmpty { fields[key] = .object(parts.mapValues { $0?.json ?? .null }) }
    }
}
