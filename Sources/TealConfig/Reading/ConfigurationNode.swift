import TealCore

/// A value of the file with its place and its full key path, variables filled in.
struct ConfigurationNode {
    enum Content {
        case scalar(ScalarText)
        /// In file order; no name twice.
        case mapping([Entry])
        case sequence([ConfigurationNode])
    }

    struct Entry {
        let name: String
        var value: ConfigurationNode
    }

    /// Such as `services.web.routes[0].path`; empty for the file's root.
    let key: String
    /// Where the key is written.
    let keyPlace: Place
    /// Where the value is written; the key's place for a value that is left out.
    let place: Place
    var content: Content

    var scalar: ScalarText? {
        guard case .scalar(let scalar) = content else { return nil }
        return scalar
    }

    var entries: [Entry]? {
        guard case .mapping(let entries) = content else { return nil }
        return entries
    }

    /// Whether nothing is written, or `null`.
    var isNull: Bool { scalar?.isNull ?? false }

    /// The value as a message shows it; nil when it has no short form.
    var shown: String? { scalar.map(\.shown) }

    /// What it is, for a message about the wrong type.
    var kindPhrase: String {
        switch content {
        case .scalar(let scalar): scalar.isNull ? "nothing" : "'\(scalar.shown)'"
        case .mapping: "a mapping"
        case .sequence: "a list"
        }
    }
}

/// A scalar as it was written, and as it reads once variables are filled in.
struct ScalarText {
    let raw: String
    let text: String
    /// Whether it was written without quotes.
    let isPlain: Bool
    /// Why a variable in it could not be filled in.
    let problem: ConfigurationProblem?
    /// The variables whose values are in it, sorted.
    let variables: [String]

    init(raw: String, text: String, isPlain: Bool, problem: ConfigurationProblem?, variables: [String] = []) {
        self.raw = raw
        self.text = text
        self.isPlain = isPlain
        self.problem = problem
        self.variables = variables
    }

    var isNull: Bool { isPlain && ["", "~", "null", "Null", "NULL"].contains(raw) }

    /// Values that came from a variable are shown by the variable, as they may be secret.
    var shown: String { Phrase.short(raw) }
}
