/// Reads JSON, and what JavaScript writes as data: an object or a list with comments, commas at the end, keys without
/// quotes, single quotes, and template strings without expressions.
///
/// Follows ECMA-262 (literals, section 12.9) and JSON5 1.0.0. What would have to be run is refused with its place.
struct ScriptLiteral {
    /// The deepest nesting.
    static let depthMax = 64

    private let path: String
    private let bytes: [UInt8]
    private var position = 0
    /// What `__dirname` stands for.
    private let directory: String

    private init(_ text: String, path: String, directory: String) {
        bytes = Array(text.utf8)
        self.path = path
        self.directory = directory
    }

    /// The value of a file: `module.exports = …`, `export default …`, or the value alone.
    static func file(_ text: String, path: String, directory: String) throws(ImportFailure) -> ForeignValue {
        var reading = ScriptLiteral(text, path: path, directory: directory)
        try reading.skipBlanks()
        while reading.takeDirective() { try reading.skipBlanks() }
        for words in [
            ["module", ".", "exports", "="], ["exports", "=", "module", ".", "exports", "="], ["export", "default"],
        ]
        where try reading.take(words) { break }
        let value = try reading.value(depth: 0)
        try reading.skipBlanks()
        while reading.peek == UInt8(ascii: ";") {
            reading.position += 1
            try reading.skipBlanks()
        }
        guard reading.peek == nil else { throw reading.code(reading.wordHere) }
        return value
    }

    // MARK: Places

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func place(_ position: Int) -> (line: Int, column: Int) {
        let before = bytes[..<min(position, bytes.count)]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return (line, String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1)
    }

    private var line: Int { place(position).line }

    private func syntax(_ what: String) -> ImportFailure {
        let place = place(position)
        return .syntax(path: path, line: place.line, column: place.column, what)
    }

    private func code(_ what: String) -> ImportFailure {
        let place = place(position)
        return .notData(path: path, line: place.line, column: place.column, "`\(what)` is code, not data")
    }

    /// The word or sign that stands here, for a message.
    private var wordHere: String {
        let word = bytes[position...].prefix { Self.isWord($0) || $0 == UInt8(ascii: ".") }
        let shown = word.isEmpty ? bytes[position...].prefix(1) : word.prefix(40)
        return String(decoding: shown, as: UTF8.self)
    }

    // MARK: Blanks and words

    private mutating func skipBlanks() throws(ImportFailure) {
        while let byte = peek {
            if [0x20, 0x09, 0x0A, 0x0D, 0x0B, 0x0C].contains(byte) {
                position += 1
            } else if bytes[position...].starts(with: [0xC2, 0xA0]) {
                position += 2
            } else if bytes[position...].starts(with: "//".utf8) || (position == 0 && bytes.starts(with: "#!".utf8)) {
                position = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            } else if bytes[position...].starts(with: "/*".utf8) {
                let begin = position
                position += 2
                while position < bytes.count, !bytes[position...].starts(with: "*/".utf8) { position += 1 }
                guard position < bytes.count else {
                    position = begin
                    throw syntax("a comment is not closed")
                }
                position += 2
            } else {
                return
            }
        }
    }

    /// Skips `'use strict'` and the like.
    private mutating func takeDirective() -> Bool {
        for quote in ["'", "\""] where bytes[position...].starts(with: "\(quote)use strict\(quote)".utf8) {
            position += "'use strict'".utf8.count
            if peek == UInt8(ascii: ";") { position += 1 }
            return true
        }
        return false
    }

    /// Skips these words with blanks between them, all or none.
    private mutating func take(_ words: [String]) throws(ImportFailure) -> Bool {
        let begin = position
        for word in words {
            try skipBlanks()
            guard bytes[position...].starts(with: word.utf8) else {
                position = begin
                return false
            }
            position += word.utf8.count
            if let last = word.utf8.last, Self.isWord(last), let next = peek, Self.isWord(next) {
                position = begin
                return false
            }
        }
        // `==` would be a comparison.
        guard words.last != "=" || peek != UInt8(ascii: "=") else {
            position = begin
            return false
        }
        return true
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
            true
        default: false
        }
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(ImportFailure) -> ForeignValue {
        guard depth <= Self.depthMax else { throw syntax("the file is nested deeper than \(Self.depthMax) levels") }
        try skipBlanks()
        guard let byte = peek else { throw syntax("the file ends where a value is expected") }
        let value: ForeignValue
        switch byte {
        case UInt8(ascii: "{"): value = try object(depth: depth)
        case UInt8(ascii: "["): value = try list(depth: depth)
        case UInt8(ascii: "\""), UInt8(ascii: "'"): value = .string(try quoted(byte))
        case UInt8(ascii: "`"): value = .string(try quoted(byte))
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "0")...UInt8(ascii: "9"):
            value = try number()
        case UInt8(ascii: "("):
            position += 1
            value = try self.value(depth: depth + 1)
            try skipBlanks()
            guard peek == UInt8(ascii: ")") else { throw code(peek == nil ? "(" : wordHere) }
            position += 1
        default: value = try word()
        }
        try checkEnd(depth: depth)
        return value
    }

    /// After a value only a comma, a bracket or the end may follow; anything else calculates.
    private mutating func checkEnd(depth: Int) throws(ImportFailure) {
        try skipBlanks()
        guard let byte = peek else { return }
        guard !",]});".utf8.contains(byte) else { return }
        // Behind the file's own value only another statement can stand.
        if depth == 0 { throw code(wordHere) }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || Self.isWord(byte) || "{[".utf8.contains(byte) {
            throw syntax("a comma is missing before `\(wordHere)`")
        }
        throw code(wordHere)
    }

    private mutating func word() throws(ImportFailure) -> ForeignValue {
        let word = String(decoding: bytes[position...].prefix(while: Self.isWord), as: UTF8.self)
        let known: ForeignValue
        switch word {
        case "true": known = .boolean(true)
        case "false": known = .boolean(false)
        case "null": known = .null
        case "undefined": known = .undefined
        case "__dirname": known = .string(directory)
        case "": throw Self.isOperator(peek) ? code(wordHere) : syntax("`\(wordHere)` is no value")
        default: throw code(wordHere)
        }
        position += word.utf8.count
        return known
    }

    private static func isOperator(_ byte: UInt8?) -> Bool { byte.map { "!~.<".utf8.contains($0) } ?? false }

    private mutating func list(depth: Int) throws(ImportFailure) -> ForeignValue {
        let begin = position
        position += 1
        var items: [ForeignValue] = []
        while true {
            try skipBlanks()
            switch peek {
            case nil:
                position = begin
                throw syntax("the list is not closed")
            case UInt8(ascii: "]"):
                position += 1
                return .list(items)
            default: items.append(try value(depth: depth + 1))
            }
            try skipComma(before: UInt8(ascii: "]"))
        }
    }

    private mutating func object(depth: Int) throws(ImportFailure) -> ForeignValue {
        let begin = position
        position += 1
        var fields: [ForeignField] = []
        while true {
            try skipBlanks()
            guard let byte = peek else {
                position = begin
                throw syntax("the object is not closed")
            }
            if byte == UInt8(ascii: "}") {
                position += 1
                return .object(fields)
            }
            let line = line
            let start = position
            let name = try self.name(byte)
            try skipBlanks()
            guard peek == UInt8(ascii: ":") else {
                // A method, or a short form that names a variable.
                if peek == UInt8(ascii: "(") || peek == UInt8(ascii: ",") || peek == UInt8(ascii: "}") {
                    position = start
                    throw code(name)
                }
                throw syntax("a colon is missing after the key `\(name)`")
            }
            position += 1
            let value = try self.value(depth: depth + 1)
            fields.removeAll { $0.name == name }
            fields.append(ForeignField(name: name, value: value, line: line))
            try skipComma(before: UInt8(ascii: "}"))
        }
    }

    private mutating func name(_ byte: UInt8) throws(ImportFailure) -> String {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return try quoted(byte)
        case UInt8(ascii: "."), UInt8(ascii: "["): throw code(byte == UInt8(ascii: ".") ? "..." : "[")
        default:
            let word = bytes[position...].prefix(while: Self.isWord)
            guard !word.isEmpty else { throw syntax("`\(wordHere)` stands where a key is expected") }
            position += word.count
            return String(decoding: word, as: UTF8.self)
        }
    }

    private mutating func skipComma(before end: UInt8) throws(ImportFailure) {
        try skipBlanks()
        if peek == UInt8(ascii: ",") {
            position += 1
        } else if let byte = peek, byte != end {
            throw syntax("a comma is missing before `\(wordHere)`")
        }
    }

    // MARK: Scalars

    private mutating func number() throws(ImportFailure) -> ForeignValue {
        let begin = position
        var text = ""
        while let byte = peek, Self.isWord(byte) || "+-.".utf8.contains(byte) {
            let isSign = byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
            // A sign is part of a number at its beginning and behind its `e` only.
            if isSign, !text.isEmpty, !text.lowercased().hasSuffix("e") || text.lowercased().hasPrefix("0x") { break }
            if byte != UInt8(ascii: "_") { text.unicodeScalars.append(Unicode.Scalar(byte)) }
            position += 1
        }
        var digits = text[...]
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits = digits.dropFirst() }
        for (prefix, radix) in [("0x", 16), ("0b", 2), ("0o", 8)] where digits.lowercased().hasPrefix(prefix) {
            guard let whole = Int(digits.dropFirst(2), radix: radix) else { break }
            return .number(Double(isNegative ? -whole : whole), text: "\(isNegative ? -whole : whole)")
        }
        guard digits.first.map({ $0.isNumber || $0 == "." }) ?? false, let number = Double(digits) else {
            position = begin
            throw text.count <= 1 ? code(text) : syntax("`\(text)` is not a number")
        }
        let signed = isNegative ? -number : number
        // What was written with an exponent or a point at its end reads as JavaScript shows it.
        return .number(signed, text: Int(exactly: signed).map(String.init) ?? "\(signed)")
    }

    private mutating func quoted(_ quote: UInt8) throws(ImportFailure) -> String {
        let begin = position
        position += 1
        var result: [UInt8] = []
        while let byte = peek {
            if byte == quote {
                position += 1
                return String(decoding: result, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\n"), quote != UInt8(ascii: "`") { break }
            if quote == UInt8(ascii: "`"), bytes[position...].starts(with: "${".utf8) { throw code("${…}") }
            position += 1
            if byte == UInt8(ascii: "\\") {
                result += try escape()
            } else {
                result.append(byte)
            }
        }
        position = begin
        throw syntax("the text is not closed")
    }

    private mutating func escape() throws(ImportFailure) -> [UInt8] {
        guard let byte = peek else { throw syntax("the file ends within a text") }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "v"): return [0x0B]
        case UInt8(ascii: "0"): return [0]
        case UInt8(ascii: "\n"): return []
        case UInt8(ascii: "\r"):
            if peek == UInt8(ascii: "\n") { position += 1 }
            return []
        case UInt8(ascii: "x"): return Array(String(try scalar(try hex(2))).utf8)
        case UInt8(ascii: "u"): return Array(String(try unicode()).utf8)
        default: return [byte]
        }
    }

    private mutating func unicode() throws(ImportFailure) -> Unicode.Scalar {
        if peek == UInt8(ascii: "{") {
            position += 1
            let digits = bytes[position...].prefix { $0 != UInt8(ascii: "}") }
            guard digits.count <= 6, let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16) else {
                throw syntax("`\\u{` is not followed by a character's number")
            }
            position += digits.count + 1
            return try scalar(number)
        }
        let first = try hex(4)
        guard (0xD800..<0xDC00).contains(first) else { return try scalar(first) }
        guard bytes[position...].starts(with: "\\u".utf8) else { throw syntax("half of a surrogate pair is missing") }
        position += 2
        let second = try hex(4)
        guard (0xDC00..<0xE000).contains(second) else { throw syntax("half of a surrogate pair is missing") }
        return try scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private mutating func hex(_ count: Int) throws(ImportFailure) -> UInt32 {
        let digits = bytes[position...].prefix(count)
        guard digits.count == count, let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16) else {
            throw syntax("an escape in a text is not written as one")
        }
        position += count
        return number
    }

    private func scalar(_ number: UInt32) throws(ImportFailure) -> Unicode.Scalar {
        guard let scalar = Unicode.Scalar(number) else { throw syntax("a text has a character that does not exist") }
        return scalar
    }
}
