package import TealCore

/// One thing that is wrong with a Compose file: where, what, and what to write instead.
package struct ComposeProblem: Error, Hashable, Sendable, Codable {
    /// What kind of mistake it is; stable, for scripts and `docs/errors.md`.
    package enum Code: String, Hashable, Sendable, Codable, CaseIterable {
        case unreadable = "compose.unreadable"
        case syntax = "compose.syntax"
        case limit = "compose.limit"
        case unknownKey = "compose.unknown-key"
        case missing = "compose.missing"
        case value = "compose.value"
        case conflict = "compose.conflict"
        case reference = "compose.reference"
        case cycle = "compose.cycle"
        case variable = "compose.variable"
        case envFile = "compose.env-file"
        case merge = "compose.merge"
        case remote = "compose.remote"

        /// What the code means and how such a mistake is mended, for `docs/errors.md`.
        package var explanation: String {
            switch self {
            case .unreadable: "A Compose file is missing, is a directory, cannot be read or is not UTF-8 text."
            case .syntax: "The file is not YAML, or a mapping has the same key twice."
            case .limit: "The file is larger or deeper than Teal reads, or its aliases make it so."
            case .unknownKey:
                "The Compose specification does not know the key. Only keys that begin with `x-` are free."
            case .missing: "Something that the specification asks for was not written."
            case .value: "The value of a key has the wrong type, unit, form or range."
            case .conflict: "Two keys or two services contradict each other."
            case .reference: "A name stands for nothing: no such service, network, volume, secret, config or model."
            case .cycle: "Services, files or `extends` lead to each other in a circle."
            case .variable: "A `${NAME}` has no value although it must, or is not written as a variable is."
            case .envFile: "An env file or a label file is missing, or has a line that is not `KEY=VALUE`."
            case .merge: "Two files say things about the same key that cannot be merged."
            case .remote: "The file is not on this machine. Teal reads no Compose files from Git or a registry."
            }
        }
    }

    package let code: Code
    package let place: SourcePlace
    /// The full path of the key, such as `services.web.ports[0]`; empty for the file as a whole.
    package let key: String
    /// The value as it was written, or nil where there is none or where it may be secret.
    package let value: String?
    /// What is wrong, one sentence without a full stop.
    package let message: String
    /// What to do, one sentence; empty when there is nothing to suggest.
    package let suggestion: String

    /// Where it is: `compose.yml:12:5, services.web.image: 7`.
    package var location: String {
        var text = place.line > 0 ? "\(place.file):\(place.line):\(place.column)" : place.file
        if !key.isEmpty { text += text.isEmpty ? key : ", \(key)" }
        if let value { text += text.isEmpty ? value : ": \(value)" }
        return text
    }

    /// The same for every surface of Teal.
    package var problem: Problem {
        Problem(
            code.rawValue,
            message,
            at: location.isEmpty ? [] : [location],
            next: suggestion.isEmpty ? [] : [suggestion]
        )
    }
}
