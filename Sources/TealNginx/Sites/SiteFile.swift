import TealCore

/// A site that exists: its bytes, and the places in it that lead to an address.
struct SiteFile {
    /// One directive that leads to an address.
    struct Place: Hashable {
        /// The bytes of `host:port`.
        let range: Range<Int>
        /// As it is written.
        let address: String
        /// From 1.
        let line: Int
        /// Whether a comment `# teal` at the end of the line says that this one is meant.
        let isMarked: Bool
    }

    /// Why none can be chosen.
    enum Fault: Error, Hashable {
        case none
        case several([Place])
    }

    let bytes: [UInt8]
    let places: [Place]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        places = Self.places(in: bytes)
    }

    /// The one place that leads to a service.
    ///
    /// The only one there is; else the only one that is marked; else the only one with an address that the service has or
    /// had.
    func place(of addresses: Set<String>) throws(Fault) -> Place {
        if places.isEmpty { throw .none }
        if let only = places.only { return only }
        if let only = places.filter(\.isMarked).only { return only }
        if let only = places.filter({ addresses.contains($0.address) }).only { return only }
        throw .several(places)
    }

    /// The file with another address at a place; every other byte is as it was.
    func leading(_ place: Place, to endpoint: Endpoint) -> [UInt8] {
        Array(bytes[..<place.range.lowerBound]) + Array("\(endpoint)".utf8) + Array(bytes[place.range.upperBound...])
    }

    /// `proxy_pass http://host:port…;` and `server host:port …;` inside `upstream`.
    private static func places(in bytes: [UInt8]) -> [Place] {
        let tokens = SiteTokens(bytes).tokens
        let marked = Set(tokens.filter { $0.kind == .comment && isMark(bytes[$0.range]) }.map(\.line))
        var places: [Place] = []
        var blocks: [String] = []
        var words: [SiteTokens.Token] = []
        for token in tokens {
            switch token.kind {
            case .comment: continue
            case .word:
                words.append(token)
                continue
            case .open: blocks.append(words.first.map { text(bytes[$0.range]) } ?? "")
            case .close: _ = blocks.popLast()
            case .semicolon:
                if let found = place(words, in: blocks.last, bytes) {
                    places.append(
                        Place(
                            range: found.range,
                            address: text(bytes[found.range]),
                            line: found.line,
                            isMarked: marked.contains(found.line)
                        )
                    )
                }
            }
            words = []
        }
        return places
    }

    private static func place(
        _ words: [SiteTokens.Token],
        in block: String?,
        _ bytes: [UInt8]
    ) -> (range: Range<Int>, line: Int)? {
        guard words.count > 1 else { return nil }
        var range = words[1].range
        if range.count > 1, bytes[range].first == UInt8(ascii: "\"") || bytes[range].first == UInt8(ascii: "'") {
            range = range.lowerBound + 1..<range.upperBound - 1
        }
        switch text(bytes[words[0].range]) {
        case "proxy_pass":
            guard let scheme = ["http://", "https://"].first(where: { text(bytes[range]).hasPrefix($0) }) else {
                return nil
            }
            let start = range.lowerBound + scheme.utf8.count
            let end = bytes[start..<range.upperBound].firstIndex(of: UInt8(ascii: "/")) ?? range.upperBound
            range = start..<end
        case "server" where block == "upstream": break
        default: return nil
        }
        return isAddress(text(bytes[range])) ? (range, words[1].line) : nil
    }

    /// `host:port`, without variables; an upstream's name has no port.
    private static func isAddress(_ text: String) -> Bool {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else {
            return false
        }
        return (1...65_535).contains(port) && colon != text.startIndex && !text.contains("$")
            && !text.hasPrefix("unix:")
    }

    private static func isMark(_ comment: ArraySlice<UInt8>) -> Bool {
        text(comment).dropFirst().split(separator: " ").first?.lowercased() == "teal"
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension Array {
    /// The one element; nil for none or several.
    fileprivate var only: Element? { count == 1 ? first : nil }
}
