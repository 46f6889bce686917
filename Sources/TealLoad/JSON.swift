/// A JSON document to write (RFC 8259); members keep their order.
indirect enum JSON {
    case number(Int)
    case decimal(Double)
    case text(String)
    case flag(Bool)
    case list([JSON])
    case object([(String, JSON)])

    /// On one line.
    var text: String {
        switch self {
        case .number(let number): "\(number)"
        // Three digits; the shortest exact form of a sum of milliseconds is of no use to anybody.
        case .decimal(let number): number.isFinite ? "\((number * 1000).rounded() / 1000)" : "0"
        case .text(let text): Self.quoted(text)
        case .flag(let flag): flag ? "true" : "false"
        case .list(let items): "[" + items.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { Self.quoted($0) + ":" + $1.text }.joined(separator: ",") + "}"
        }
    }

    /// An object with one member a line, for people.
    var lines: String {
        guard case .object(let members) = self else { return text + "\n" }
        let inner = members.map { "  " + Self.quoted($0) + ": " + $1.text }
        return "{\n" + inner.joined(separator: ",\n") + "\n}\n"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
