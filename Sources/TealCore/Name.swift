/// A checked name: 1 to 40 bytes of `a`–`z`, `0`–`9` and `-`, beginning with a letter and not ending with `-`.
///
/// `Kind` only tells names of different things apart; it has no values.
package struct Name<Kind>: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The longest name, in bytes: it fits into a DNS label together with a slot and a replica number.
    package static var bytesMax: Int { 40 }

    package let description: String

    /// Checks `text`.
    ///
    /// - Throws: ``NameError`` with the first rule that `text` breaks.
    package init(parsing text: some StringProtocol) throws(NameError) {
        let bytes = text.utf8
        guard let first = bytes.first else { throw .empty }
        guard bytes.count <= Self.bytesMax else { throw .tooLong(bytesMax: Self.bytesMax) }
        guard (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { throw .badStart }
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                continue
            default: throw .badCharacter(String(decoding: [byte], as: UTF8.self))
            }
        }
        guard text.last != "-" else { throw .badEnd }
        description = String(text)
    }

    package static func < (one: Self, other: Self) -> Bool { one.description < other.description }
}

extension Name: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        do {
            try self.init(parsing: text)
        } catch {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not a name: \(error)")
            )
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Name: CodingKeyRepresentable {
    package var codingKey: any CodingKey { NameKey(stringValue: description) }

    package init?(codingKey: some CodingKey) {
        // A key that is no name makes the whole dictionary undecodable, which is what the caller is told.
        try? self.init(parsing: codingKey.stringValue)
    }
}

/// The coding key of a name that is used as a dictionary's key.
private struct NameKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// Why a text is not a ``Name``.
package enum NameError: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case tooLong(bytesMax: Int)
    case badStart
    case badEnd
    case badCharacter(String)

    package var description: String {
        switch self {
        case .empty: "a name cannot be empty"
        case .tooLong(let bytesMax): "a name has at most \(bytesMax) characters"
        case .badStart: "a name begins with a small letter"
        case .badEnd: "a name does not end with '-'"
        case .badCharacter(let text): "'\(text)' cannot be in a name; use a-z, 0-9 and '-'"
        }
    }
}

/// Tells project names apart from other names.
package enum ProjectKind {}
/// Tells service names apart from other names.
package enum ServiceNameKind {}
/// Tells group names apart from other names.
package enum GroupKind {}
/// Tells environment names apart from other names.
package enum EnvironmentKind {}
/// Tells host names apart from other names.
package enum HostKind {}

package typealias ProjectName = Name<ProjectKind>
package typealias ServiceName = Name<ServiceNameKind>
package typealias GroupName = Name<GroupKind>
package typealias EnvironmentName = Name<EnvironmentKind>
/// What a release calls a host by; not its name in the network.
package typealias HostName = Name<HostKind>
