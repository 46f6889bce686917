import TealCore

/// What may be written behind a key.
package indirect enum ValueType: Hashable, Sendable {
    case text
    /// 1 to 40 of `a`–`z`, `0`–`9` and `-`.
    case name
    case boolean
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    /// A part of a whole: `0.02` or `2%`.
    case share
    case duration(ClosedRange<Duration>)
    case size(ClosedRange<Int>)
    case choice([String])
    /// A command line or a list of words.
    case command
    /// Any scalar or nested mapping, as JSON.
    case json
    case oneOrMany(ValueType)
    case list(ValueType)
    /// A mapping whose keys are free names; what a name stands for is called `placeholder` in paths.
    case map(placeholder: String, ValueType)
    /// A mapping with fixed keys: the references below this one.
    case section
    /// The keys of a service.
    case service
    case anyOf([ValueType])

    /// The type for a sentence: `must be …`.
    var phrase: String {
        switch self {
        case .text: "a text"
        case .name: "a name of a-z, 0-9 and '-'"
        case .boolean: "true or false"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "a number from \(Self.plain(range.lowerBound)) to \(Self.plain(range.upperBound))"
        case .share: "a share from 0 to 1, or 0% to 100%"
        case .duration(let range):
            "a duration from \(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound))"
        case .size(let range): "a size from \(SizeText.text(range.lowerBound)) to \(SizeText.text(range.upperBound))"
        case .choice(let words): Phrase.oneOf(words)
        case .command: "a command line or a list of words"
        case .json: "a value"
        case .oneOrMany(let type): "\(type.phrase), or a list of such"
        case .list: "a list"
        case .map(let placeholder, _): "a mapping by \(placeholder)"
        case .section, .service: "a mapping"
        case .anyOf(let types): Phrase.oneOf(types.map(\.phrase))
        }
    }

    /// The type for the reference page, short.
    package var label: String {
        switch self {
        case .text: "text"
        case .name: "name"
        case .boolean: "true, false"
        case .integer(let range): "integer, \(range.lowerBound)–\(range.upperBound)"
        case .number(let range): "number, \(Self.plain(range.lowerBound))–\(Self.plain(range.upperBound))"
        case .share: "share, 0–1 or 0%–100%"
        case .duration(let range):
            "duration, \(DurationText.text(range.lowerBound))–\(DurationText.text(range.upperBound))"
        case .size(let range): "size, \(SizeText.text(range.lowerBound))–\(SizeText.text(range.upperBound))"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .command: "command line or list of words"
        case .json: "any value"
        case .oneOrMany(let type): "\(type.label), or a list"
        case .list(let type): type == .section ? "list of mappings" : "list of \(type.label)"
        case .map(let placeholder, let type):
            type == .section || type == .service ? "mapping by \(placeholder)" : "\(placeholder) → \(type.label)"
        case .section: "mapping"
        case .service: "mapping of service keys"
        case .anyOf(let types): types.map(\.label).joined(separator: ", or ")
        }
    }

    /// The first choice, range or scalar type that this type allows for a scalar; nil when it allows none.
    var scalar: ValueType? {
        switch self {
        case .oneOrMany(let type), .list(let type), .map(_, let type): type.scalar
        case .anyOf(let types): types.lazy.compactMap(\.scalar).first
        case .section, .service: nil
        default: self
        }
    }

    /// Whether a mapping with fixed keys may be written here, also as an element.
    var holdsSection: Bool {
        switch self {
        case .section: true
        case .oneOrMany(let type), .list(let type), .map(_, let type): type.holdsSection
        case .anyOf(let types): types.contains(where: \.holdsSection)
        default: false
        }
    }

    static func plain(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    }
}
