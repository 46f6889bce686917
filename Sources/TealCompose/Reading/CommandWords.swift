/// Takes a command in one text apart into words, as a shell does, without running one.
struct CommandWords {
    let words: [String]
    /// The place of the first sign that only a shell understands, such as `&&`; what follows it is no part of the words.
    let cut: Int?

    /// Nil for a text with a quote or a bracket that does not end.
    init?(parsing text: String) {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        var hasWord = false
        var isEscaped = false
        var quotes = (single: false, double: false, back: false, bracket: false)
        var cut: Int?
        scan: for (index, scalar) in text.unicodeScalars.enumerated() {
            let isQuoted = quotes.single || quotes.double || quotes.back || quotes.bracket
            if isEscaped {
                word.append(scalar)
                isEscaped = false
                hasWord = true
                continue
            }
            switch scalar {
            case "\\":
                if quotes.single { word.append(scalar) } else { isEscaped = true }
                continue
            case " ", "\t", "\r", "\n":
                if isQuoted {
                    word.append(scalar)
                } else if hasWord {
                    words.append(String(word))
                    word = String.UnicodeScalarView()
                    hasWord = false
                }
                continue
            case "`": if !quotes.single && !quotes.double && !quotes.bracket { quotes.back.toggle() }
            case ")": if !quotes.single && !quotes.double && !quotes.back { quotes.bracket.toggle() }
            case "(":
                if !quotes.single && !quotes.double && !quotes.back {
                    guard !quotes.bracket, word.last == "$" else { return nil }
                    quotes.bracket = true
                    word.append(scalar)
                    continue
                }
            case "\"":
                if !quotes.single && !quotes.bracket {
                    if quotes.double { hasWord = true }
                    quotes.double.toggle()
                    continue
                }
            case "'":
                if !quotes.double && !quotes.bracket {
                    if quotes.single { hasWord = true }
                    quotes.single.toggle()
                    continue
                }
            case ";", "&", "|", "<", ">":
                guard isQuoted else {
                    if scalar == ">", let first = word.first, ("0"..."9").contains(first) { hasWord = false }
                    cut = index
                    break scan
                }
            default: break
            }
            hasWord = true
            word.append(scalar)
        }
        guard !isEscaped, !quotes.single, !quotes.double, !quotes.back, !quotes.bracket else { return nil }
        if hasWord { words.append(String(word)) }
        self.words = words
        self.cut = cut
    }
}
