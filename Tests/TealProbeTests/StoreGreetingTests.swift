import TealCore
import TealProbe
import Testing

@Suite struct `What stores answer to the first words` {
    private static let postgres = StoreGreeting(.postgres(user: "shop"))
    private static let redis = StoreGreeting(.redis)

    private static func error(_ code: String, _ message: String) -> [UInt8] {
        let fields = [("S", "FATAL"), ("V", "FATAL"), ("C", code), ("M", message)]
        var body: [UInt8] = []
        for (name, value) in fields { body += Array(name.utf8) + Array(value.utf8) + [0] }
        body.append(0)
        return [UInt8(ascii: "E"), 0, 0, 0, UInt8(body.count + 4)] + body
    }

    private static func authentication(_ wish: UInt8) -> [UInt8] { [UInt8(ascii: "R"), 0, 0, 0, 8, 0, 0, 0, wish] }

    @Test func `PostgreSQL is told the version, a user and a database that every server has`() {
        let text = "user\0shop\0database\0postgres\0application_name\0teal\0\0"
        let length = text.utf8.count + 8
        #expect(Self.postgres.opening == [0, 0, 0, UInt8(length), 0, 3, 0, 0] + Array(text.utf8))
        #expect(Self.postgres.farewell == [0x58, 0, 0, 0, 4])
    }

    @Test(arguments: [3, 5, 10] as [UInt8])
    func `one that asks for a password takes work`(wish: UInt8) {
        #expect(Self.postgres.verdict(on: Self.authentication(wish)) == .ready)
    }

    @Test func `one that lets in is heard to the end of its greeting`() {
        let status: [UInt8] = [UInt8(ascii: "S"), 0, 0, 0, 8, 97, 0, 98, 0]
        let begun = Self.authentication(0) + status
        #expect(Self.postgres.verdict(on: begun) == nil)
        #expect(Self.postgres.verdict(on: begun + [UInt8(ascii: "Z"), 0, 0, 0, 5, 73]) == .ready)
    }

    @Test(arguments: [
        ("57P03", StoreGreeting.Verdict.notReady("the database system is starting up")), ("28000", .ready),
        ("3D000", .ready),
        ("53300", .ready),
    ])
    func `only that it cannot take connections now is no`(code: String, verdict: StoreGreeting.Verdict) {
        #expect(Self.postgres.verdict(on: Self.error(code, "the database system is starting up")) == verdict)
    }

    @Test func `an answer is judged once it is whole, wherever it is cut`() {
        let whole = Self.error("57P03", "the database system is shutting down")
        for count in 0..<whole.count { #expect(Self.postgres.verdict(on: Array(whole.prefix(count))) == nil) }
        #expect(Self.postgres.verdict(on: whole) == .notReady("the database system is shutting down"))
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n", "-ERR unknown command\r\n", "E\u{7f}\u{7f}\u{7f}\u{7f}..."])
    func `anything else is no PostgreSQL`(text: String) {
        guard case .stranger = Self.postgres.verdict(on: Array(text.utf8)) else {
            Issue.record("\(text) was taken for PostgreSQL")
            return
        }
    }

    @Test func `Redis is asked for a PING`() {
        #expect(Self.redis.opening == Array("*1\r\n$4\r\nPING\r\n".utf8))
        #expect(Self.redis.farewell.isEmpty)
    }

    @Test(arguments: [
        ("+PONG\r\n", StoreGreeting.Verdict.ready), ("-NOAUTH Authentication required.\r\n", .ready),
        ("-NOPERM this user has no permissions\r\n", .ready), ("-ERR max number of clients reached\r\n", .ready),
        (
            "-LOADING Redis is loading the dataset in memory\r\n",
            .notReady("LOADING Redis is loading the dataset in memory")
        ),
        ("-MASTERDOWN Link with MASTER is down\r\n", .notReady("MASTERDOWN Link with MASTER is down")),
        (
            "-MISCONF Redis is configured to save RDB snapshots\r\n",
            .notReady("MISCONF Redis is configured to save RDB snapshots")
        ),
        ("-DENIED Redis is running in protected mode\r\n", .notReady("DENIED Redis is running in protected mode")),
        ("-NOAUTHOR wrote this\r\n", .notReady("NOAUTHOR wrote this")),
        ("+OK\r\n", .stranger("+OK")), ("HTTP/1.1 400 Bad Request\r\n", .stranger("HTTP/1.1 400 Bad Request")),
    ])
    func `Redis is ready by a PONG, or by asking who is there`(answer: String, verdict: StoreGreeting.Verdict) {
        #expect(Self.redis.verdict(on: Array(answer.utf8)) == verdict)
        #expect(Self.redis.verdict(on: Array(answer.utf8.prefix(0))) == nil)
    }

    @Test func `a line that never ends is nobody's`() {
        let long = [UInt8](repeating: UInt8(ascii: "-"), count: StoreGreeting.answerBytesMax)
        #expect(Self.redis.verdict(on: Array(long.dropLast())) == nil)
        guard case .stranger(let text) = Self.redis.verdict(on: long) else {
            Issue.record("it was waited for more")
            return
        }
        #expect(text.count == 200)
    }

    @Test func `the user is the one that the server was made with, as far as it is one`() {
        func user(_ environment: [String: String]) -> StoreProtocol {
            StoreProtocol(.postgres, environment: environment)
        }
        #expect(user([:]) == .postgres(user: "postgres"))
        #expect(user(["POSTGRES_USER": "shop"]) == .postgres(user: "shop"))
        #expect(user(["POSTGRES_USER": ""]) == .postgres(user: "postgres"))
        #expect(user(["POSTGRES_USER": "a\0b"]) == .postgres(user: "postgres"))
        #expect(user(["POSTGRES_USER": String(repeating: "x", count: 64)]) == .postgres(user: "postgres"))
    }
}
