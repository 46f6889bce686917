package import TealCore

/// One thing that is wrong with a configuration file: where, what, and what to write instead.
package struct ConfigurationProblem: Error, Hashable, Sendable, Codable {
    /// What kind of mistake it is; stable, for scripts and `docs/errors.md`.
    package enum Code: String, Hashable, Sendable, Codable, CaseIterable {
        case unreadable = "config.unreadable"
        case syntax = "config.syntax"
        case limit = "config.limit"
        case unknownKey = "config.unknown-key"
        case missing = "config.missing"
        case value = "config.value"
        case conflict = "config.conflict"
        case reference = "config.reference"
        case cycle = "config.cycle"
        case portOverlap = "config.port-overlap"
        case routeOverlap = "config.route-overlap"
        case data = "config.data"
        case variable = "config.variable"
        case envFile = "config.env-file"
        case artifact = "config.artifact"

        /// What the code means and how such a mistake is mended, for `docs/errors.md`.
        package var explanation: String {
            switch self {
            case .unreadable: "The file is missing, is not a regular file, cannot be read or is not UTF-8 text."
            case .syntax: "The file is not YAML, or a mapping has the same key twice. Nothing else was checked."
            case .limit: "The file is larger, deeper or has more services than Teal reads."
            case .unknownKey: "Teal does not know the key. Keys are never ignored, so that a typing error is noticed."
            case .missing: "Something that Teal cannot assume was not written."
            case .value: "The value of a key has the wrong type, unit, form or range."
            case .conflict: "Two keys contradict each other, or a key does not fit the service's kind."
            case .reference: "A name stands for nothing: no such service, group or environment."
            case .cycle: "Services need each other in a circle, so none can be first."
            case .portOverlap: "Two replicas would listen on the same fixed port of the host."
            case .routeOverlap: "Two routes claim the same host name and path."
            case .data: "Two releases would write to the same volume at the same time."
            case .variable: "A `${NAME}` has no value, or is not written as a variable is."
            case .envFile: "An env file is missing or has a line that is not `KEY=VALUE`."
            case .artifact: "The artifact is missing, or is neither a directory nor a tarball."
            }
        }
    }

    package let code: Code
    /// The file's path as it was given.
    package let file: String
    package let place: Place
    /// The full path of the key, such as `services.web.health.path`; empty for the file as a whole.
    package let key: String
    /// The value as it was written, or nil where there is none or where it may be secret.
    package let value: String?
    /// What is wrong, one sentence without a full stop.
    package let message: String
    /// What to write instead, one sentence; empty when there is nothing to suggest.
    package let suggestion: String

    /// Where it is: `teal.yml:12:5, services.web.replicas: many`.
    package var location: String {
        var text = "\(file):\(place.line):\(place.column)"
        if !key.isEmpty { text += ", \(key)" }
        if let value { text += key.isEmpty ? ", \(value)" : ": \(value)" }
        return text
    }

    /// The same for a key whose value may be secret.
    var withoutValue: Self {
        Self(
            code: code,
            file: file,
            place: place,
            key: key,
            value: nil,
            message: message,
            suggestion: suggestion
        )
    }

    /// The same for every surface of Teal.
    package var problem: Problem {
        Problem(code.rawValue, message, at: [location], next: suggestion.isEmpty ? [] : [suggestion])
    }
}
