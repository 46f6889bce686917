/// Splits a command line into words as a POSIX shell does, without running one: quotes and backslashes are
/// understood; variables, globs, pipes and redirections are not.
enum ShellWords {
    enum Failure: Error, Equatable {
        case openQuote(Character)
        /// The line uses a shell's operator, which would be passed on as a word.
        case needsShell(String)
    }

    static func split(_ line: String) throws(Failure) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var characters = line.makeIterator()
        while let character = characters.next() {
            switch (character, quote) {
            case ("'", "'"?), ("\"", "\""?): quote = nil
            case ("'", nil), ("\"", nil):
                quote = character
                word = word ?? ""
            case ("\\", nil), ("\\", "\""?):
                guard let escaped = characters.next() else { throw .openQuote("\\") }
                // Inside double quotes a backslash stays before anything but these (POSIX 2.2.3).
                if quote != nil, !["\"", "\\", "$", "`", "\n"].contains(escaped) { word = (word ?? "") + "\\" }
                if escaped != "\n" { word = (word ?? "") + String(escaped) }
            case (_, nil) where character.isWhitespace:
                if let done = word { words.append(done) }
                word = nil
            case ("|", nil), (";", nil), ("<", nil), (">", nil), ("`", nil), ("&", nil):
                throw .needsShell(String(character))
            default: word = (word ?? "") + String(character)
            }
        }
        if let quote { throw .openQuote(quote) }
        if let word { words.append(word) }
        return words
    }
}
