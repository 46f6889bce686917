/// Finds the word that a person most likely meant.
package enum NearestWord {
    /// The nearest of `words` to `word`, or nil when none is near.
    ///
    /// The same letters in another case or with `_` and `-` win; then the least edit distance (insertion, deletion,
    /// change and swap of neighbours count 1 each), at most a third of the word's length but at least 1; then a word
    /// that begins with `word` or that `word` begins with, from 3 letters on.
    package static func to(_ word: String, in words: [String]) -> String? {
        let plain = bare(word)
        if let same = words.first(where: { bare($0) == plain }) { return same }
        let limit = max(1, plain.count / 3)
        let ranked = words.map { (word: $0, distance: distance(plain, bare($0))) }.filter { $0.distance <= limit }
        if let best = ranked.min(by: { $0.distance < $1.distance }) { return best.word }
        guard plain.count >= 3 else { return nil }
        return words.first { candidate in
            let other = bare(candidate)
            return other.count >= 3 && (other.starts(with: plain) || plain.starts(with: other))
        }
    }

    /// The optimal string alignment distance.
    package static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var before: [Int] = []
        var last = Array(0...other.count)
        for i in one.indices {
            var row = [i + 1]
            for j in other.indices {
                var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (one[i] == other[j] ? 0 : 1))
                if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] { best = min(best, before[j - 1] + 1) }
                row.append(best)
            }
            (before, last) = (last, row)
        }
        return last[other.count]
    }

    private static func bare(_ word: String) -> [UInt8] {
        Array(word.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }.prefix(64))
    }
}
