/// `PING` in the protocol of Redis (RESP2), which Valkey, KeyDB and others speak as well.
enum RedisWords {
    /// `PING` as an array of one bulk string.
    static let ping = Array("*1\r\n$4\r\nPING\r\n".utf8)

    /// Errors of one that takes work, from somebody else: it wants a password, grants no `PING`, or has no room now.
    private static let readyErrors = ["NOAUTH", "NOPERM", "ERR max number of clients"]

    /// Ready by `+PONG`, or by an error that only says that this caller may not ask.
    ///
    /// One that loads its data, has lost its master, cannot save, or lets in its own machine alone is not.
    static func verdict(on answer: [UInt8]) -> StoreGreeting.Verdict? {
        guard let first = answer.first, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(first) else {
            return .stranger(StoreGreeting.shown(answer))
        }
        guard answer.contains(UInt8(ascii: "\n")) else { return nil }
        let text = StoreGreeting.shown(answer.dropFirst())
        if first == UInt8(ascii: "+") { return text == "PONG" ? .ready : .stranger(StoreGreeting.shown(answer)) }
        return readyErrors.contains { text == $0 || text.hasPrefix($0 + " ") } ? .ready : .notReady(text)
    }
}
