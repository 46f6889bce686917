/// One reply of a Redis server, of the kinds that the queue's commands give (RESP 2).
enum RedisReply: Equatable {
    case text(String)
    case number(Int)
    case null
    case error(String)

    /// Reads one reply from the front of the bytes.
    ///
    /// - Returns: The reply and how many bytes it took; `nil` while it is not complete.
    /// - Throws: ``JobError/protocolBroken(_:)`` for anything else than a string, number, null or error.
    static func parse(_ bytes: [UInt8]) throws(JobError) -> (reply: RedisReply, bytes: Int)? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")), end > 1 else { return nil }
        let line = String(decoding: bytes[1..<end - 1], as: UTF8.self)
        switch bytes[0] {
        case UInt8(ascii: "+"): return (.text(line), end + 1)
        case UInt8(ascii: "-"): return (.error(line), end + 1)
        case UInt8(ascii: ":"):
            guard let number = Int(line) else { throw .protocolBroken(line) }
            return (.number(number), end + 1)
        case UInt8(ascii: "$"):
            guard let length = Int(line), length <= 1 << 20 else { throw .protocolBroken(line) }
            if length < 0 { return (.null, end + 1) }
            let total = end + 1 + length + 2
            guard bytes.count >= total else { return nil }
            return (.text(String(decoding: bytes[(end + 1)..<(end + 1 + length)], as: UTF8.self)), total)
        default: throw .protocolBroken(line)
        }
    }

    /// A command as an array of bulk strings.
    static func command(_ words: [String]) -> String {
        words.reduce("*\(words.count)\r\n") { $0 + "$\($1.utf8.count)\r\n\($1)\r\n" }
    }
}
