/// A value of a foreign file, whatever language it was written in.
package indirect enum ForeignValue: Hashable, Sendable {
    case null
    /// JavaScript's `undefined`, such as a variable of the environment that is not set.
    case undefined
    case boolean(Bool)
    /// A number, and how it was written.
    case number(Double, text: String)
    case string(String)
    case list([ForeignValue])
    /// In file order; a key that was written twice stands here once, with its last value.
    case object([ForeignField])
    /// What is no data, such as a function; only evaluated files have it.
    case code

    /// The text of a scalar; nil for what has none.
    var text: String? {
        switch self {
        case .string(let text): text
        case .number(_, let text): text
        case .boolean(let isTrue): isTrue ? "true" : "false"
        case .null, .undefined, .list, .object, .code: nil
        }
    }

    /// The number that it is, or that its text is.
    var number: Double? {
        switch self {
        case .number(let number, _): number
        case .string(let text): Double(text)
        default: nil
        }
    }

    /// The whole number that it is; nil for one that is none, or too large.
    var integer: Int? { number.flatMap { Int(exactly: $0) } }

    var boolean: Bool? {
        switch self {
        case .boolean(let isTrue): isTrue
        case .string("true"): true
        case .string("false"): false
        default: nil
        }
    }

    var fields: [ForeignField]? {
        guard case .object(let fields) = self else { return nil }
        return fields
    }

    var items: [ForeignValue]? {
        guard case .list(let items) = self else { return nil }
        return items
    }

    /// The items of a list, or the value itself as the only one; none for nothing.
    var oneOrMany: [ForeignValue] {
        switch self {
        case .list(let items): items
        case .null, .undefined: []
        default: [self]
        }
    }

    /// Whether nothing is there.
    var isNothing: Bool { self == .null || self == .undefined }

    /// The value of a field; nil where it is not an object or has none.
    subscript(name: String) -> ForeignValue? { fields?.first { $0.name == name }?.value }
}

/// A key of a foreign file with its value.
package struct ForeignField: Hashable, Sendable {
    package let name: String
    package var value: ForeignValue
    /// Where the key is written; nil where the file was evaluated.
    package let line: Int?
}
