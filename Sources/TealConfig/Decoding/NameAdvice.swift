/// Finds a fit name near an unfit one.
enum NameAdvice {
    static func instead(of text: String) -> String {
        name(from: text).map { "Write `\($0)`." } ?? "Begin with a letter and use a-z, 0-9 and '-'."
    }

    /// The fit name that is nearest to `text`; nil when it has no letter of a-z.
    static func name(from text: String) -> String? {
        var name = ""
        for scalar in text.lowercased().unicodeScalars {
            let isFit = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
            if isFit { name.unicodeScalars.append(scalar) } else if !name.isEmpty, !name.hasSuffix("-") { name += "-" }
        }
        name = String(name.drop { !("a"..."z").contains($0) }.prefix(40))
        while name.hasSuffix("-") { name.removeLast() }
        return name.isEmpty ? nil : name
    }
}
