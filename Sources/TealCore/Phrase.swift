/// Small pieces of wording that every message shares.
package enum Phrase {
    /// The most bytes of a value that a message repeats.
    package static let valueBytesMax = 120

    /// `a, b or c`.
    package static func oneOf(_ words: [String]) -> String { joined(words, by: "or") }

    /// `a, b and c`.
    package static func all(_ words: [String]) -> String { joined(words, by: "and") }

    /// The text in one line and not too long.
    package static func short(_ text: String) -> String {
        let line = String(text.map { $0.isNewline ? " " : $0 })
        guard line.utf8.count > valueBytesMax else { return line }
        return String(line.prefix(valueBytesMax / 2)) + "…"
    }

    private static func joined(_ words: [String], by last: String) -> String {
        switch words.count {
        case 0: ""
        case 1: words[0]
        default: words.dropLast().joined(separator: ", ") + " \(last) " + words[words.count - 1]
        }
    }
}
