/// One line of a `.tealignore`, read as gitignore(5) reads it: `*` and `?` within a name, `**` for any names, a slash in
/// it binds it to the file's directory, one at its end means directories, `!` takes a line before it back.
struct IgnorePattern: Hashable, Sendable {
    /// Whether what it meets is packed after all.
    let isNegated: Bool
    private let onlyDirectories: Bool
    private let segments: [[UInt8]]

    private static let any = Array("**".utf8)

    /// Nil for blank lines and comments.
    init?(line: some StringProtocol) {
        var text = Array(line.utf8)[...]
        while let last = text.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") || last == 13 {
            text = text.dropLast()
        }
        guard let first = text.first, first != UInt8(ascii: "#") else { return nil }
        isNegated = first == UInt8(ascii: "!")
        if isNegated { text = text.dropFirst() }
        // `\#` and `\!` are a name's own.
        if text.first == UInt8(ascii: "\\") { text = text.dropFirst() }
        let slash = UInt8(ascii: "/")
        onlyDirectories = text.last == slash
        while text.last == slash { text = text.dropLast() }
        let isBound = text.contains(slash)
        let names = text.split(separator: slash).map(Array.init)
        guard !names.isEmpty else { return nil }
        segments = isBound ? names : [Self.any] + names
    }

    /// Whether it means the thing at a path from the pattern's directory.
    func matches(_ path: String, isDirectory: Bool) -> Bool {
        if onlyDirectories, !isDirectory { return false }
        let names = path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
        return Self.matches(names, segments, isAny: { $0 == Self.any }, isEqual: Self.matches)
    }

    /// Whether a name is one that a pattern without slashes means.
    private static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        matches(name, pattern, isAny: { $0 == UInt8(ascii: "*") }) { $0 == $1 || $1 == UInt8(ascii: "?") }
    }

    /// Compares with a pattern that has wildcards for any number of elements, in time of one times the other.
    private static func matches<Element>(
        _ elements: [Element],
        _ pattern: [Element],
        isAny: (Element) -> Bool,
        isEqual: (Element, Element) -> Bool
    ) -> Bool {
        var (element, place) = (0, 0)
        var last: (element: Int, place: Int)?
        while element < elements.count {
            if place < pattern.count, isAny(pattern[place]) {
                last = (element, place)
                place += 1
            } else if place < pattern.count, isEqual(elements[element], pattern[place]) {
                element += 1
                place += 1
            } else if let wildcard = last {
                // The wildcard takes one more.
                last = (wildcard.element + 1, wildcard.place)
                (element, place) = (wildcard.element + 1, wildcard.place + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy(isAny)
    }
}
