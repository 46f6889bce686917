/// A file of nginx in its parts, each with its place (nginx's own reading: words, quotes, `;`, `{`, `}`, comments).
struct SiteTokens {
    enum Kind: Hashable {
        case word
        case semicolon
        case open
        case close
        case comment
    }

    struct Token: Hashable {
        let kind: Kind
        /// The bytes in the file, quotes included.
        let range: Range<Int>
        /// From 1.
        let line: Int
    }

    let tokens: [Token]

    init(_ bytes: [UInt8]) {
        var reading = Reading(bytes)
        reading.run()
        tokens = reading.tokens
    }

    private struct Reading {
        let bytes: [UInt8]
        var tokens: [Token] = []
        var index = 0
        var line = 1

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func run() {
            while index < bytes.count {
                switch bytes[index] {
                case UInt8(ascii: "\n"):
                    line += 1
                    index += 1
                case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): index += 1
                case UInt8(ascii: ";"): single(.semicolon)
                case UInt8(ascii: "{"): single(.open)
                case UInt8(ascii: "}"): single(.close)
                case UInt8(ascii: "#"): comment()
                default: word()
                }
            }
        }

        mutating func single(_ kind: Kind) {
            tokens.append(Token(kind: kind, range: index..<index + 1, line: line))
            index += 1
        }

        mutating func comment() {
            let start = index
            while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
            tokens.append(Token(kind: .comment, range: start..<index, line: line))
        }

        mutating func word() {
            let start = index
            let startLine = line
            let quote = bytes[index] == UInt8(ascii: "\"") || bytes[index] == UInt8(ascii: "'") ? bytes[index] : nil
            if quote != nil { index += 1 }
            while index < bytes.count {
                let byte = bytes[index]
                if byte == UInt8(ascii: "\\") {
                    index += 2
                    continue
                }
                if let quote {
                    index += 1
                    if byte == UInt8(ascii: "\n") { line += 1 }
                    if byte == quote { break }
                    continue
                }
                // `${name}` is part of a word.
                if byte == UInt8(ascii: "$"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "{") {
                    index += 2
                    continue
                }
                if byte == UInt8(ascii: "}"), bytes[start..<index].contains(UInt8(ascii: "{")) {
                    index += 1
                    continue
                }
                if byte <= 0x20 || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") {
                    break
                }
                index += 1
            }
            index = min(index, bytes.count)
            tokens.append(Token(kind: .word, range: start..<index, line: startLine))
        }
    }
}
