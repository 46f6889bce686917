package import TealCore

/// Reads files of `KEY=VALUE` lines.
///
/// A line may begin with `export `; blank lines and lines beginning with `#` are skipped. A value in single quotes
/// is taken as it is; in double quotes `\n`, `\t`, `\"`, `\\` and `\$` are understood; both may go over several
/// lines. Without quotes the value ends at ` #` or at the line's end, blanks around it removed. Variables are not
/// filled in. A key that comes again replaces the one before.
package enum EnvFile {
    /// The largest env file, in bytes.
    package static let bytesMax = 1 << 20

    /// A value of an env file and the line where it begins.
    package struct Entry: Hashable, Sendable {
        package let key: String
        package let value: Secret
        package let line: Int
    }

    /// The entries of the file at `path`, in order.
    ///
    /// - Throws: ``ConfigurationProblems`` with every line that is wrong, or that the file cannot be read.
    package static func read(path: String) throws(ConfigurationProblems) -> [Entry] {
        let findings = Findings(file: path)
        let entries = entries(path: path, findings: findings)
        guard findings.list.isEmpty else { throw ConfigurationProblems(file: path, findings: findings.list) }
        return entries
    }

    static func entries(path: String, findings: Findings) -> [Entry] {
        do {
            return parse(try LocalFile.text(path, bytesMax: bytesMax), file: path, findings: findings)
        } catch {
            let message = "the env file \(error.phrase(bytesMax: bytesMax))"
            let advice = "Name a readable file with lines `KEY=VALUE`."
            findings.add(.envFile, at: .start, key: "", message, advice, file: path)
            return []
        }
    }

    static func parse(_ text: String, file: String, findings: Findings) -> [Entry] {
        var entries: [Entry] = []
        // Not what Unicode calls a line end: a value may have those.
        var lines = text.split(omittingEmptySubsequences: false) { ["\n", "\r\n", "\r"].contains($0) }[...]
        var number = 0
        while let line = lines.popFirst() {
            number += 1
            let start = number
            // The message never shows the line: it may hold a secret.
            func complain(_ message: String, _ suggestion: String) {
                let place = Place(line: start, column: 1)
                findings.add(.envFile, at: place, key: "", message, suggestion, file: file)
            }
            var rest = line.drop(while: \.isWhitespace)
            if rest.isEmpty || rest.first == "#" { continue }
            if rest.hasPrefix("export ") { rest = rest.dropFirst(7).drop(while: \.isWhitespace) }
            guard let equals = rest.firstIndex(of: "=") else {
                complain("the line is not `KEY=VALUE`", "Write `KEY=VALUE`, or begin the line with `#`.")
                continue
            }
            let key = String(rest[..<equals])
            guard EnvironmentVariableName.isFit(key) else {
                complain(
                    "the line's key is not a variable's name",
                    "Use letters, digits and `_`, no digit first and no blank before `=`."
                )
                continue
            }
            if line.utf8.contains(0) {
                complain("the value of \(key) has a NUL character", "Write it as text, such as base64.")
                continue
            }
            var value = rest[rest.index(after: equals)...].drop { $0 == " " || $0 == "\t" }
            guard let quote = value.first, quote == "\"" || quote == "'" else {
                entries.append(Entry(key: key, value: Secret(unquoted(value)), line: start))
                continue
            }
            value = value.dropFirst()
            var body = ""
            var closed = false
            while !closed {
                let (piece, tail) = quoted(value, by: quote)
                body += piece
                if let tail {
                    closed = true
                    let left = tail.drop(while: \.isWhitespace)
                    if !left.isEmpty, left.first != "#" {
                        complain("text follows the closing quote of \(key)", "Put the whole value in quotes.")
                    }
                } else if let next = lines.popFirst() {
                    number += 1
                    body += "\n"
                    value = next
                } else {
                    complain("the quote of \(key) is never closed", "Write \(quote) at the end of the value.")
                    closed = true
                }
            }
            entries.append(Entry(key: key, value: Secret(body), line: start))
        }
        return entries
    }

    private static func unquoted(_ text: Substring) -> String {
        var value = text
        if value.first == "#" { return "" }
        for index in value.indices where value[index] == "#" {
            let before = value[value.index(before: index)]
            if before == " " || before == "\t" {
                value = value[..<index]
                break
            }
        }
        while let last = value.last, last.isWhitespace { value = value.dropLast() }
        return String(value)
    }

    /// The text up to the closing quote, and what follows it; nil when the quote is not closed in this line.
    private static func quoted(_ text: Substring, by quote: Character) -> (String, Substring?) {
        var result = ""
        var rest = text
        while let character = rest.popFirst() {
            if character == quote { return (result, rest) }
            guard quote == "\"", character == "\\", let escaped = rest.popFirst() else {
                result.append(character)
                continue
            }
            switch escaped {
            case "n": result.append("\n")
            case "t": result.append("\t")
            case "r": result.append("\r")
            case "\"", "\\", "$": result.append(escaped)
            default: result += "\\" + String(escaped)
            }
        }
        return (result, nil)
    }
}
