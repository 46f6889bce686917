package import TealCore

/// Hides known secret values in text that people are shown.
///
/// A value is found as it is, in base64 (standard and URL alphabet, at every alignment), and inside percent-encoded or
/// JSON-escaped text, however much of it is escaped. Each stretch becomes `<redacted>`. A value of several lines is also
/// found line by line. Built once for a set of values; the cost of a text grows with its length, not with the number of
/// values.
package struct SecretMask: Sendable, CustomStringConvertible, CustomReflectable {
    /// Shorter values, in bytes, are not masked: they would be found everywhere.
    package static let valueBytesMin = 4
    /// Shorter lines of a value of several lines are not masked on their own.
    static let lineBytesMin = 8
    /// What a person sees instead.
    package static let mark = "<redacted>"

    /// The names of the values that are too short to be masked, ascending; to be reported once.
    package let tooShort: [String]
    private let patterns: PatternIndex

    /// A mask of values by name.
    package init(_ values: [String: Secret]) {
        var short: [String] = []
        var patterns = PatternIndex()
        for (name, value) in values {
            let bytes = Array(value.reveal().utf8)
            guard bytes.count >= Self.valueBytesMin else {
                if !bytes.isEmpty { short.append(name) }
                continue
            }
            Self.add(bytes, to: &patterns)
            let lines = bytes.split { $0 == 10 || $0 == 13 }
            guard lines.count > 1 else { continue }
            for line in lines where line.count >= Self.lineBytesMin { Self.add(Array(line), to: &patterns) }
        }
        tooShort = short.sorted()
        self.patterns = patterns
    }

    /// The text with every known value hidden.
    package func masked(_ text: String) -> String {
        guard !patterns.isEmpty else { return text }
        let bytes = Array(text.utf8)
        var stretches = patterns.matches(in: bytes)
        for view in EscapedView.views(of: bytes) {
            for stretch in patterns.matches(in: view.bytes) { stretches.append(view.original(stretch)) }
        }
        guard !stretches.isEmpty else { return text }
        return Self.hide(stretches, in: bytes)
    }

    package var description: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    private static func add(_ value: [UInt8], to patterns: inout PatternIndex) {
        patterns.add(Pattern(bytes: value))
        for pattern in Base64Form.patterns(of: value) { patterns.add(pattern) }
    }

    /// Replaces stretches, in any order and overlapping as they may be.
    private static func hide(_ stretches: [Range<Int>], in bytes: [UInt8]) -> String {
        var shown: [UInt8] = []
        shown.reserveCapacity(bytes.count)
        var end = 0
        for stretch in stretches.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if stretch.lowerBound > end || shown.isEmpty {
                shown += bytes[end..<max(end, stretch.lowerBound)]
                shown += mark.utf8
            }
            end = max(end, stretch.upperBound)
        }
        shown += bytes[end...]
        return String(decoding: shown, as: UTF8.self)
    }
}
