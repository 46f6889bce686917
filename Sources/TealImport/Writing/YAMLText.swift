/// Writes values as YAML that Teal reads as they were meant.
enum YAMLText {
    private static let widthMax = 100

    /// The lines of a mapping, each `indent` blanks in.
    static func lines(_ map: DraftMap, indent: Int = 0) -> [String] {
        let margin = String(repeating: " ", count: indent)
        return map.entries.flatMap { entry -> [String] in
            let remark = entry.remark.map { ["\(margin)# \($0)"] } ?? []
            return remark + lines(key: scalar(entry.key, isKey: true), entry.value, margin: margin, indent: indent)
        }
    }

    private static func lines(key: String, _ value: DraftValue, margin: String, indent: Int) -> [String] {
        let flow = flow(value)
        switch value {
        case .map(let map) where map.isEmpty: return ["\(margin)\(key): {}"]
        case .map(let map): return ["\(margin)\(key):"] + lines(map, indent: indent + 2)
        case .list(let items) where !items.isEmpty && margin.count + key.count + flow.count > widthMax:
            return ["\(margin)\(key):"] + items.map { "\(margin)  - \(Self.flow($0))" }
        default: return ["\(margin)\(key): \(flow)"]
        }
    }

    /// A value in one line.
    static func flow(_ value: DraftValue) -> String {
        switch value {
        case .text(let text): scalar(text)
        case .raw(let text): quoted(text)
        case .integer(let number): "\(number)"
        case .decimal(let number): Int(exactly: number).map(String.init) ?? "\(number)"
        case .boolean(let isTrue): isTrue ? "true" : "false"
        case .list(let items): "[" + items.map(flow).joined(separator: ", ") + "]"
        case .map(let map):
            "{" + map.entries.map { "\(scalar($0.key, isKey: true)): \(flow($0.value))" }.joined(separator: ", ") + "}"
        }
    }

    /// A text as a scalar: in quotes where a plain one would read differently, with Teal's own sign for `$` doubled.
    static func scalar(_ text: String, isKey: Bool = false) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "/._-@+=".utf8.contains(byte)
                }
            }
        let startsWell = text.first.map { $0.isLetter || $0 == "/" || $0 == "." || $0 == "_" } ?? false
        let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        // `.5` and `.inf` are numbers.
        let isWord = !words.contains(text.lowercased()) && Double(text) == nil && !text.lowercased().hasPrefix(".")
        let isPath = text == "." || text.hasPrefix("./") || text.hasPrefix("../")
        if isPlain, startsWell, isWord || isPath { return text }
        return isKey ? quoted(text) : quoted(text).replacing("$", with: "$$")
    }

    /// A text in double quotes (YAML 1.2.2 section 7.3.1, as RFC 8259 section 7 has it).
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..<" ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
