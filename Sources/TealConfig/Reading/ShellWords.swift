import TealCore

/// Splits a command line into words as a POSIX shell does, without running one: quotes and backslashes are understood;
/// variables, pipes and redirections are refused, as they would be passed on as words.
enum ShellWords {
    enum Failure: Error, Equatable {
        case openQuote(Character)
        /// The line uses a shell's operator, which would be passed on as a word.
        case needsShell(String)
    }

    /// Whether a word before `=` names a variable, as in `LEVEL=info ./web`.
    private static func isVariable(_ word: String?) -> Bool { word.map(EnvironmentVariableName.isFit) ?? false }

    static func split(_ line: String) throws(Failure) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var rest = line[...]
        while let character = rest.popFirst() {
            switch (character, quote) {
            case ("'", "'"?), ("\"", "\""?): quote = nil
            case ("'", nil), ("\"", nil):
                quote = character
                word = word ?? ""
            case ("\\", nil), ("\\", "\""?):
                guard let escaped = rest.popFirst() else { throw .openQuote("\\") }
                // Inside double quotes a backslash stays before anything but these (POSIX 2.2.3).
                if quote != nil, !["\"", "\\", "$", "`", "\n"].contains(escaped) { word = (word ?? "") + "\\" }
                if escaped != "\n" { word = (word ?? "") + String(escaped) }
            case (_, nil) where character.isWhitespace:
                if let done = word { words.append(done) }
                word = nil
            case ("$", nil), ("$", "\""?):
                let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
                if !name.isEmpty { throw .needsShell("$\(name)") }
                if let next = rest.first, next == "{" || next == "(" { throw .needsShell("$\(next)") }
                word = (word ?? "") + "$"
            case ("=", nil) where words.isEmpty && isVariable(word):
                throw .needsShell("\(word ?? "")=")
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
