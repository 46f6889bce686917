/// A JSON value.
package indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A number as it is written.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The text over several lines, two spaces a level, keys in their order.
    package var pretty: String {
        var text = ""
        write(to: &text, indent: "")
        return text
    }

    private func write(to text: inout String, indent: String) {
        let deeper = indent + "  "
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .number(let number): text += number
        case .string(let string): Self.quote(string, to: &text)
        case .array(let items):
            guard !items.isEmpty else { return text += "[]" }
            for (index, item) in items.enumerated() {
                text += index == 0 ? "[\n\(deeper)" : ",\n\(deeper)"
                item.write(to: &text, indent: deeper)
            }
            text += "\n\(indent)]"
        case .object(let fields):
            guard !fields.isEmpty else { return text += "{}" }
            let keys = fields.keys.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
            for (index, key) in keys.enumerated() {
                text += index == 0 ? "{\n\(deeper)" : ",\n\(deeper)"
                Self.quote(key, to: &text)
                text += ": "
                fields[key]?.write(to: &text, indent: deeper)
            }
            text += "\n\(indent)}"
        }
    }

    /// RFC 8259 section 7.
    private static func quote(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension JSONValue {
    /// A value that has no type of its own, such as one below `x-…`.
    init(_ node: ComposeNode) {
        switch node.content {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .number(String(value))
        case .big(let value): self = .number(String(value))
        case .float(let value):
            self = value.isFinite ? .number(NumberText.json(value)) : .string(NumberText.general(value))
        case .moment(let text): self = .string(text.count <= 10 ? "\(text)T00:00:00Z" : text)
        case .string(let text): self = .string(text)
        case .list(let items): self = .array(items.map { JSONValue($0) })
        case .mapping(let mapping):
            self = .object(Dictionary(uniqueKeysWithValues: mapping.entries.map { ($0.key, JSONValue($0.value)) }))
        }
    }
}
