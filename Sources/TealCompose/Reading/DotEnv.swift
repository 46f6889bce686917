import TealCore

/// Reads env files by Compose's rules: `.env`, `env_file` and `label_file`.
///
/// A line is `KEY=VALUE`, `KEY: VALUE`, or `KEY` alone for a value that comes from elsewhere; `export` may stand before
/// it. Values without quotes end at ` #` and have variables filled in, as those in double quotes have, where `\n` and
/// its like mean what they mean in a shell; those in single quotes stay as they are. Quoted values may have several lines.
package struct DotEnv {
    /// Why a file cannot be read.
    package struct Failure: Error, Equatable {
        package let line: Int
        package let message: String
        package let suggestion: String

        package init(line: Int, message: String, suggestion: String) {
            self.line = line
            self.message = message
            self.suggestion = suggestion
        }
    }

    private let scalars: [UnicodeScalar]
    private var index = 0
    private var line = 1
    private let lookup: (String) -> String?
    private let unset: (Int, String) -> Void

    private init(_ text: String, lookup: @escaping (String) -> String?, unset: @escaping (Int, String) -> Void) {
        scalars = Array(text.unicodeScalars)
        self.lookup = lookup
        self.unset = unset
    }

    /// Adds what a text says to `values`; a key that is there already gets the text's value.
    ///
    /// - Parameters:
    ///   - text: The file's text.
    ///   - values: What earlier files said, which variables may use.
    ///   - lookup: The value of a variable before `values` are asked.
    ///   - unset: Hears of the line and the name of each variable that is not set and has no default.
    /// - Throws: The first line that is wrong; what stands before it has been added.
    package static func read(
        _ text: String,
        into values: inout [String: String],
        lookup: @escaping (String) -> String?,
        unset: @escaping (Int, String) -> Void = { _, _ in }
    ) throws(Failure) {
        var reading = DotEnv(text, lookup: lookup, unset: unset)
        try reading.read(into: &values)
    }

    private mutating func read(into values: inout [String: String]) throws(Failure) {
        while skipToStatement() {
            let (key, isInherited) = try readKey()
            if key.unicodeScalars.contains(" ") {
                throw Failure(
                    line: line,
                    message: "the key `\(key)` has a space in it",
                    suggestion: "Write `KEY=VALUE`."
                )
            }
            if isInherited {
                if let value = lookup(key) { values[key] = value }
                continue
            }
            values[key] = try readValue(values)
        }
    }

    /// Goes to the next key; false at the end of the text.
    private mutating func skipToStatement() -> Bool {
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "#" {
                while index < scalars.count, scalars[index] != "\n" { index += 1 }
            } else if scalar.properties.isWhitespace {
                if scalar == "\n" { line += 1 }
                index += 1
            } else {
                return true
            }
        }
        return false
    }

    private mutating func readKey() throws(Failure) -> (String, isInherited: Bool) {
        if text(index, index + 6) == "export", index + 6 < scalars.count, scalars[index + 6].properties.isWhitespace {
            index += 6
            skipBlanks()
        }
        let start = index
        var place = index
        while place < scalars.count {
            let scalar = scalars[place]
            if scalar == "=" || scalar == ":" || scalar == "\n" {
                let key = Self.trimmed(text(start, place))
                let isInherited = scalar == "\n"
                if isInherited, !key.contains(" ") { line += 1 }
                index = place + 1
                skipBlanks()
                return (key, isInherited)
            }
            let isFit =
                Self.isBlank(scalar) || "_.-[]".unicodeScalars.contains(scalar)
                || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            guard isFit else {
                throw Failure(
                    line: line,
                    message: "the name of a variable cannot hold `\(scalar)`",
                    suggestion: "Write `KEY=VALUE`, a comment after `#`, or put a value of several lines in quotes."
                )
            }
            place += 1
        }
        // A last line without a line end and without `=` names no variable for the reference implementation.
        index = start
        return try lastKey(start)
    }

    private mutating func lastKey(_ start: Int) throws(Failure) -> (String, isInherited: Bool) {
        guard start < scalars.count else {
            throw Failure(line: line, message: "`export` names no variable", suggestion: "Write `export KEY=VALUE`.")
        }
        return ("", false)
    }

    private mutating func readValue(_ values: [String: String]) throws(Failure) -> String {
        guard index < scalars.count, scalars[index] == "\"" || scalars[index] == "'" else { return try plain(values) }
        let quote = scalars[index]
        let first = line
        var result = String.UnicodeScalarView()
        var isEscaped = false
        var place = index + 1
        while place < scalars.count {
            let scalar = scalars[place]
            if scalar == "\n" { line += 1 }
            if scalar == quote, !isEscaped {
                index = place + 1
                let value = String(result)
                return quote == "\"" ? try filled(Self.unescaped(value), values) : value
            }
            if scalar == "\\", !isEscaped {
                isEscaped = true
            } else {
                if isEscaped, scalar != quote { result.append("\\") }
                isEscaped = false
                result.append(scalar)
            }
            place += 1
        }
        throw Failure(line: first, message: "a quoted value does not end", suggestion: "Close it with `\(quote)`.")
    }

    private mutating func plain(_ values: [String: String]) throws(Failure) -> String {
        let start = index
        while index < scalars.count, scalars[index] != "\n" { index += 1 }
        var value = text(start, index)
        if index < scalars.count { index += 1 }
        defer { line += 1 }
        if let comment = value.firstRange(of: " #") { value = String(value[..<comment.lowerBound]) }
        return try filled(Self.trimmed(value), values)
    }

    private func filled(_ text: String, _ values: [String: String]) throws(Failure) -> String {
        let line = line
        let template = Template(lookup: { lookup($0) ?? values[$0] }, unset: { unset(line, $0) })
        do throws(Template.Failure) {
            return try template.filled(text)
        } catch {
            throw failure(error, line)
        }
    }

    private func failure(_ failure: Template.Failure, _ line: Int) -> Failure {
        switch failure {
        case .malformed:
            return Failure(
                line: line,
                message: "the value has a `${` that is no variable",
                suggestion: "Write `${NAME}` or `${NAME:-default}`, or put the value in single quotes."
            )
        case .deep, .long: return Failure(line: line, message: failure.limit, suggestion: "Write the value out.")
        case .missing(let name, let reason):
            let detail = reason.isEmpty ? "" : ": \(Phrase.short(reason))"
            return Failure(
                line: line,
                message: "the variable \(name) is needed and has no value\(detail)",
                suggestion: "Set \(name)."
            )
        }
    }

    private func text(_ start: Int, _ end: Int) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[start..<min(end, scalars.count)])
        return String(view)
    }

    private mutating func skipBlanks() { while index < scalars.count, Self.isBlank(scalars[index]) { index += 1 } }

    /// White space other than a line end.
    private static func isBlank(_ scalar: UnicodeScalar) -> Bool {
        ["\t", "\u{0B}", "\u{0C}", "\r", " ", "\u{85}", "\u{A0}"].contains(scalar)
    }

    private static func trimmed(_ text: String) -> String {
        var view = text.unicodeScalars[...]
        while let last = view.last, last.properties.isWhitespace { view.removeLast() }
        return String(view)
    }

    /// The escapes of a value in double quotes; `\$` becomes `$$`, so that no variable begins there.
    private static func unescaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let next = rest.first else {
                result.append(scalar)
                continue
            }
            rest.removeFirst()
            switch next {
            case "$": result.append(contentsOf: "$$".unicodeScalars)
            case "a": result.append("\u{07}")
            case "b": result.append("\u{08}")
            case "f": result.append("\u{0C}")
            case "n": result.append("\n")
            case "r": result.append("\r")
            case "t": result.append("\t")
            case "v": result.append("\u{0B}")
            case "\"", "\\": result.append(next)
            case "0": octal(&rest, into: &result)
            default:
                result.append("\\")
                result.append(next)
            }
        }
        return String(result)
    }

    /// `\0` with three octal digits; with fewer it stays as it was written.
    private static func octal(_ rest: inout Substring.UnicodeScalarView, into result: inout String.UnicodeScalarView) {
        let digits = rest.prefix(3).prefix { ("0"..."9").contains($0) }
        rest = rest.dropFirst(digits.count)
        if digits.count == 3, let value = UInt32(String(digits), radix: 8), value < 256,
            let scalar = UnicodeScalar(value)
        {
            result.append(scalar)
        } else {
            result.append(contentsOf: "\\0".unicodeScalars)
            result.append(contentsOf: digits)
        }
    }
}
