/// What of a repository is meant: a branch, a tag, either by its full name `refs/…`, or a commit by all its digits.
package struct GitRef: Hashable, Sendable, CustomStringConvertible {
    /// The longest one, in bytes.
    package static let bytesMax = 250

    package let description: String

    /// Checks `text` by the rules of git-check-ref-format(1).
    ///
    /// - Throws: ``GitTextError`` with the first rule that it breaks.
    package init(parsing text: String) throws(GitTextError) {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.count <= Self.bytesMax else { throw .tooLong(bytesMax: Self.bytesMax) }
        guard !text.hasPrefix("-") else { throw .option }
        for byte in text.utf8 where byte <= 0x20 || byte == 0x7F || Self.forbidden.contains(byte) {
            throw .badCharacter
        }
        guard !text.contains(".."), !text.contains("@{"), text != "@" else { throw .badRef("it has '..' or '@{'") }
        for part in text.split(separator: "/", omittingEmptySubsequences: false) {
            guard !part.isEmpty, !part.hasPrefix("."), !part.hasSuffix(".lock") else {
                throw .badRef("a part of it is empty, begins with '.' or ends with '.lock'")
            }
        }
        guard !text.hasSuffix(".") else { throw .badRef("it ends with '.'") }
        description = text
    }

    private static let forbidden = Array("~^:?*[\\\"'`$".utf8)

    /// The commit, where it is one.
    package var commit: GitCommit? { try? GitCommit(parsing: description) }

    /// The full names that it may stand for, branches first.
    package var fullNames: [String] {
        description.hasPrefix("refs/") ? [description] : ["refs/heads/\(description)", "refs/tags/\(description)"]
    }
}

extension GitRef: Codable {
    package init(from decoder: any Decoder) throws {
        self = try GitTextError.decode(decoder) { text throws(GitTextError) in try GitRef(parsing: text) }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The hash of a commit: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
package struct GitCommit: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Checks `text`.
    package init(parsing text: some StringProtocol) throws(GitTextError) {
        let isHash = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
            default: false
            }
        }
        guard isHash, [40, 64].contains(text.utf8.count) else { throw .badCommit }
        description = String(text)
    }

    /// Its first digits, for people.
    package var short: String { String(description.prefix(12)) }
}

extension GitCommit: Codable {
    package init(from decoder: any Decoder) throws {
        self = try GitTextError.decode(decoder) { text throws(GitTextError) in try GitCommit(parsing: text) }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
