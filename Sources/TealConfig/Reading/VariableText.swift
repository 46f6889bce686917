import TealCore

/// Fills `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?message}` and `$$` in a text.
///
/// Everything else with a `$`, such as `$HOME`, stays as it is written. A default may have braces in pairs.
struct VariableText {
    /// The longest text after filling in, in bytes.
    static let bytesMax = 64 << 10
    /// How deep variables may stand in the defaults of others.
    static let depthMax = 8

    let values: [String: String]

    private enum Failure: Error {
        case unset(String)
        case message(String, String)
        case malformed(String)
        case unclosed(String)
        case tooLong
    }

    func fill(_ raw: String, isPlain: Bool, place: Place, key: String, file: String) -> ScalarText {
        guard raw.utf8.contains(UInt8(ascii: "$")) else {
            return ScalarText(raw: raw, text: raw, isPlain: isPlain, problem: nil)
        }
        do {
            var used: Set<String> = []
            let text = try expand(raw[...], depth: 0, &used)
            return ScalarText(raw: raw, text: text, isPlain: isPlain, problem: nil, variables: used.sorted())
        } catch {
            let (message, suggestion) = Self.wording(error)
            let problem = ConfigurationProblem(
                code: .variable,
                file: file,
                place: place,
                key: key,
                value: Phrase.short(raw),
                message: message,
                suggestion: suggestion
            )
            return ScalarText(raw: raw, text: "", isPlain: isPlain, problem: problem)
        }
    }

    private static func wording(_ failure: Failure) -> (String, String) {
        switch failure {
        case .unset(let name):
            (
                "the variable \(name) is not set",
                """
                Set \(name) in the environment or in `.env`, write `${\(name):-default}`, or `$${\(name)}` for the \
                text.
                """
            )
        case .message(let name, let message):
            (
                message.isEmpty
                    ? "the variable \(name) is not set"
                    : "the variable \(name) is not set: \(Phrase.short(message.replacing("$$", with: "$")))",
                "Set \(name) in the environment or in `.env`."
            )
        case .malformed(let text):
            (
                "`\(Phrase.short(text))` is not a variable",
                "Write `${NAME}` or `${NAME:-default}`, or `$$` for a dollar sign."
            )
        case .unclosed(let text):
            (
                "`\(Phrase.short(text))` is not closed",
                "Write `}` at its end; braces in a default come in pairs. `$$` is a dollar sign."
            )
        case .tooLong:
            ("the value is longer than \(SizeText.text(bytesMax)) once its variables are filled in", "")
        }
    }

    private func expand(_ text: Substring, depth: Int, _ used: inout Set<String>) throws(Failure) -> String {
        guard depth <= Self.depthMax else { throw .malformed(String(text)) }
        var result = ""
        var rest = text
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            let next = rest[rest.index(after: dollar)...]
            if next.first == "$" {
                result += "$"
                rest = next.dropFirst()
            } else if next.first == "{" {
                guard let end = Self.closingBrace(of: next) else {
                    throw .unclosed(Self.beginning(of: next.dropFirst()))
                }
                result += try value(of: next[next.index(after: next.startIndex)..<end], depth: depth, &used)
                rest = next[next.index(after: end)...]
            } else {
                result += "$"
                rest = next
            }
            guard result.utf8.count <= Self.bytesMax else { throw .tooLong }
        }
        return result + rest
    }

    /// What stands between the braces for a message, up to where a value may begin, which may be secret.
    private static func beginning(of inner: Substring) -> String {
        let name = inner.prefix { $0 != "}" && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == " ") }
        let rest = inner.dropFirst(name.count)
        let operation = rest.prefix { ":-+=?".contains($0) }
        return "${\(name.prefix(40))\(operation.prefix(2))" + (operation.count < rest.count ? "…" : "")
    }

    /// The value of what stands between the braces.
    private func value(of inner: Substring, depth: Int, _ used: inout Set<String>) throws(Failure) -> String {
        let name = inner.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard let first = name.first, !first.isNumber else { throw .malformed(Self.beginning(of: inner) + "}") }
        let value = values[String(name)]
        let rest = inner.dropFirst(name.count)
        let isEmpty = value?.isEmpty ?? true
        if !isEmpty { used.insert(String(name)) }
        if rest.isEmpty {
            guard let value else { throw .unset(String(name)) }
            return value
        }
        let filled = value.flatMap { $0.isEmpty ? nil : $0 }
        if rest.hasPrefix(":-") {
            if let filled { return filled }
            return try expand(rest.dropFirst(2), depth: depth + 1, &used)
        }
        if rest.hasPrefix(":?") {
            guard let filled else { throw .message(String(name), String(rest.dropFirst(2))) }
            return filled
        }
        if rest.hasPrefix("-") {
            if let value { return value }
            return try expand(rest.dropFirst(), depth: depth + 1, &used)
        }
        if rest.hasPrefix("?") {
            guard let value else { throw .message(String(name), String(rest.dropFirst())) }
            return value
        }
        throw .malformed(Self.beginning(of: inner) + "}")
    }

    /// The brace that closes the one which `text` begins with; braces in between come in pairs, as in a default that
    /// is JSON.
    private static func closingBrace(of text: Substring) -> Substring.Index? {
        var open = 0
        for index in text.indices {
            if text[index] == "{" { open += 1 }
            if text[index] == "}" {
                open -= 1
                if open == 0 { return index }
            }
        }
        return nil
    }
}
