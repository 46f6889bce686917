/// The start of a PostgreSQL connection (PostgreSQL documentation, "Frontend/Backend Protocol", version 3.0), read as
/// `pg_isready` reads it (`internal_ping` of libpq).
enum PostgresWords {
    /// `cannot_connect_now`: it starts, shuts down or recovers.
    private static let cannotConnectNow = "57P03"
    /// The longest message that a server sends before a client has logged in; what says to be longer is something else.
    private static let messageBytesMax = 30_000
    /// The database that every cluster is made with.
    private static let database = "postgres"

    /// `Terminate`.
    static let terminate: [UInt8] = [UInt8(ascii: "X"), 0, 0, 0, 4]

    /// `StartupMessage` for version 3.0: its length, the version, and pairs of texts that end with a zero.
    static func startup(user: String) -> [UInt8] {
        let pairs = ["user", user, "database", database, "application_name", "teal"]
        let body: [UInt8] = [0, 3, 0, 0] + pairs.flatMap { Array($0.utf8) + [0] } + [0]
        return number(body.count + 4) + body
    }

    /// Ready once it asks for a password, lets in, or refuses for any reason but that it cannot take connections now.
    static func verdict(on answer: [UInt8]) -> StoreGreeting.Verdict? {
        var rest = answer[...]
        while let type = rest.first {
            guard isKnown(type) else { return .stranger(StoreGreeting.shown(answer)) }
            guard rest.count >= 5 else { return nil }
            let length = number(rest.dropFirst().prefix(4))
            guard (4...messageBytesMax).contains(length) else { return .stranger(StoreGreeting.shown(answer)) }
            guard rest.count > length else { return nil }
            let body = rest.dropFirst(5).prefix(length - 4)
            switch type {
            case UInt8(ascii: "E"):
                let fields = fields(of: body)
                let code = fields[UInt8(ascii: "C")]
                return code == cannotConnectNow ? .notReady(fields[UInt8(ascii: "M")] ?? cannotConnectNow) : .ready
            // Any wish but to be let in: it waits for a password, which nobody here has.
            case UInt8(ascii: "R") where number(body.prefix(4)) != 0: return .ready
            case UInt8(ascii: "Z"): return .ready
            // Let in: what follows is read to its end, so that the server is left in peace.
            default: rest = rest.dropFirst(length + 1)
            }
        }
        return nil
    }

    /// Authentication, error, version, notice, parameter, key of the session, ready.
    private static func isKnown(_ type: UInt8) -> Bool { "REvNSKZ".utf8.contains(type) }

    /// The fields of an error, by their types; each is a byte and a text that ends with a zero.
    private static func fields(of body: ArraySlice<UInt8>) -> [UInt8: String] {
        var fields: [UInt8: String] = [:]
        var rest = body
        while let type = rest.first, type != 0 {
            let text = rest.dropFirst().prefix { $0 != 0 }
            fields[type] = StoreGreeting.shown(text)
            rest = rest.dropFirst(text.count + 2)
        }
        return fields
    }

    /// Four bytes, the greatest first.
    private static func number(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func number(_ bytes: some Sequence<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}
