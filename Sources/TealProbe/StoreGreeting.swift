package import TealCore

/// The first words with a store, as a value: what is sent, and what the bytes that came back mean.
package struct StoreGreeting: Sendable {
    /// What an answer says.
    package enum Verdict: Hashable, Sendable {
        case ready
        /// It takes no work, in its own words.
        case notReady(String)
        /// It speaks something else; how that begins, for people.
        case stranger(String)
    }

    /// More than any answer to these words has, in bytes.
    package static let answerBytesMax = 32 << 10
    /// How much of an answer a person is shown, in bytes.
    static let shownBytesMax = 200

    package let store: StoreProtocol

    package init(_ store: StoreProtocol) { self.store = store }

    /// What is sent once the connection is there.
    package var opening: [UInt8] {
        switch store {
        case .postgres(let user): PostgresWords.startup(user: user)
        case .redis: RedisWords.ping
        }
    }

    /// What is sent before the connection is closed, so that the store's log has nothing to tell of it.
    package var farewell: [UInt8] {
        switch store {
        case .postgres: PostgresWords.terminate
        case .redis: []
        }
    }

    /// What the answer so far means; nil while it is not whole.
    package func verdict(on answer: [UInt8]) -> Verdict? {
        guard !answer.isEmpty else { return nil }
        let verdict =
            switch store {
            case .postgres: PostgresWords.verdict(on: answer)
            case .redis: RedisWords.verdict(on: answer)
            }
        if verdict == nil, answer.count >= Self.answerBytesMax { return .stranger(Self.shown(answer)) }
        return verdict
    }

    /// Bytes as one line for people; what cannot be printed is a dot.
    static func shown(_ bytes: some Sequence<UInt8>) -> String {
        let line = bytes.prefix(shownBytesMax).prefix { $0 != 10 && $0 != 13 }
        return String(decoding: line.map { (0x20..<0x7f).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
    }
}
