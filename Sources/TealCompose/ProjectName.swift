/// A project's name: a-z, 0-9, `-` and `_`, with a letter or a digit first.
enum ProjectName {
    /// The text with everything left out that a name cannot hold; empty when nothing is left.
    static func normalized(_ text: String) -> String {
        let fit = text.lowercased().unicodeScalars.filter {
            ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "_" || $0 == "-"
        }
        return String(String.UnicodeScalarView(fit.drop { $0 == "_" || $0 == "-" }))
    }
}
