#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a written container says of itself in a label, for whoever finds it without a record.
struct WrittenStamp: Hashable, Sendable, Codable {
    /// The networks beside its project's own, and how it is in each.
    var endpoints: [String: JSONValue]
    /// Whether it is in its project's own network.
    var joinsProject: Bool
    /// Whether it is in the host's own network.
    var isOnHost: Bool
    /// The port that it takes requests on.
    var port: Int
    /// The port of the host's loopback at which Teal reaches it; nil for its own address.
    var published: Int?

    /// One line, the same for the same values.
    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts and numbers always encode.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}

extension WrittenStamp {
    /// - Returns: Nil for what is no such text.
    init?(parsing text: String) {
        guard let stamp = try? JSONDecoder().decode(WrittenStamp.self, from: Data(text.utf8)) else { return nil }
        self = stamp
    }
}
