/// A JSON value whose objects keep their order.
indirect enum JSONText {
    case object([(String, JSONText)])
    case array([JSONText])
    case string(String)
    /// A number, `true`, `false` or `null` as it is written.
    case literal(String)

    /// The text over several lines, two spaces a level.
    func pretty(_ indent: String = "") -> String {
        let deeper = indent + "  "
        switch self {
        case .string(let text): return Self.quote(text)
        case .literal(let text): return text
        case .array(let items):
            if items.isEmpty { return "[]" }
            let isShort = items.allSatisfy {
                switch $0 {
                case .string, .literal: true
                case .object, .array: false
                }
            }
            if isShort { return "[" + items.map { $0.pretty() }.joined(separator: ", ") + "]" }
            return "[\n" + items.map { deeper + $0.pretty(deeper) }.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let fields):
            if fields.isEmpty { return "{}" }
            let lines = fields.map { "\(deeper)\(Self.quote($0.0)): \($0.1.pretty(deeper))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    /// A YAML scalar as JSON by YAML's core schema: plain `true`, `null` and numbers stay, all else is a string.
    static func scalar(_ scalar: ScalarText) -> String {
        guard scalar.isPlain else { return quote(scalar.text) }
        if scalar.isNull { return "null" }
        if ["true", "false"].contains(scalar.text) || isNumber(scalar.text) { return scalar.text }
        return quote(scalar.text)
    }

    /// RFC 8259 section 6.
    static func isNumber(_ text: String) -> Bool {
        text.wholeMatch(of: #/-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/#) != nil
    }

    /// RFC 8259 section 7.
    static func quote(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
