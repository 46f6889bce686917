/// Bytes to look for, and how far what gives them away reaches beyond them.
struct Pattern: Hashable, Sendable {
    let bytes: [UInt8]
    /// Whether the character before, or after, holds bits of the value too (base64).
    var reachesBefore = false
    var reachesAfter = false
}

/// Finds many patterns in one pass: each place's four bytes lead to the patterns that begin so.
struct PatternIndex: Sendable {
    /// No pattern is shorter, in bytes.
    static let bytesMin = 4

    private var byStart: [UInt32: [Pattern]] = [:]
    /// One bit for each hash of a start, so that most places are done without a look into the dictionary.
    private var starts = [UInt64](repeating: 0, count: 1024)

    var isEmpty: Bool { byStart.isEmpty }

    /// Adds a pattern; one that is shorter than ``bytesMin`` is left out.
    mutating func add(_ pattern: Pattern) {
        guard pattern.bytes.count >= Self.bytesMin else { return }
        let start = pattern.bytes.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard byStart[start]?.contains(pattern) != true else { return }
        byStart[start, default: []].append(pattern)
        let hash = Self.hash(start)
        starts[hash >> 6] |= 1 << UInt64(hash & 63)
    }

    /// Where patterns are in `text`, by their beginning; stretches may overlap.
    func matches(in text: [UInt8]) -> [Range<Int>] {
        guard text.count >= Self.bytesMin else { return [] }
        var found: [Range<Int>] = []
        text.withUnsafeBufferPointer { text in
            var start = UInt32(text[0]) << 16 | UInt32(text[1]) << 8 | UInt32(text[2])
            for place in 0...(text.count - 4) {
                start = start << 8 | UInt32(text[place + 3])
                let hash = Self.hash(start)
                guard starts[hash >> 6] & (1 << UInt64(hash & 63)) != 0, let candidates = byStart[start] else {
                    continue
                }
                for pattern in candidates where Self.matches(pattern.bytes, text, at: place) {
                    found.append(Self.reach(of: pattern, in: text, at: place))
                }
            }
        }
        return found
    }

    private static func matches(_ bytes: [UInt8], _ text: UnsafeBufferPointer<UInt8>, at place: Int) -> Bool {
        guard text.count - place >= bytes.count else { return false }
        for index in 4..<max(4, bytes.count) where bytes[index] != text[place + index] { return false }
        return true
    }

    private static func reach(of pattern: Pattern, in text: UnsafeBufferPointer<UInt8>, at place: Int) -> Range<Int> {
        var range = place..<(place + pattern.bytes.count)
        if pattern.reachesBefore, place > 0, Base64Form.isDigit(text[place - 1]) {
            range = (place - 1)..<range.upperBound
        }
        if pattern.reachesAfter, range.upperBound < text.count, Base64Form.isDigit(text[range.upperBound]) {
            range = range.lowerBound..<(range.upperBound + 1)
        }
        return range
    }

    /// A hash of 16 bits (Knuth's multiplicative hashing).
    private static func hash(_ start: UInt32) -> Int { Int((start &* 2_654_435_761) >> 16) }
}
