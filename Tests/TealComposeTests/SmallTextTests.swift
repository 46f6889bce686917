import Testing

@testable import TealCompose

@Suite struct `Small texts of Compose files` {
    @Test(arguments: [
        ("5s", "5s"), ("1m30s", "1m30s"), ("90s", "1m30s"), ("1d", "24h0m0s"), ("1w2d", "216h0m0s"), ("1.5s", "1.5s"),
        ("250ms", "250ms"), ("1h", "1h0m0s"), ("0", "0s"), ("10us", "10µs"), ("-5s", "-5s"), ("0.5m", "30s"),
    ])
    func `durations are written as the reference writes them`(text: String, result: String) throws {
        #expect(DurationText.text(try #require(DurationText.parse(text))) == result)
    }

    @Test(arguments: ["", "5", "s", "5 s", "5x", "1m-5s", "."])
    func `durations without a unit are none`(text: String) { #expect(DurationText.parse(text) == nil) }

    @Test(arguments: [
        ("512m", 536_870_912), ("1g", 1_073_741_824), ("1.5GiB", 1_610_612_736), ("64 KB", 65_536), ("10b", 10),
        ("7", 7),
        ("0", 0),
    ])
    func `sizes are bytes`(text: String, bytes: Int) { #expect(ByteText.parse(text) == bytes) }

    @Test(arguments: ["", "m", "-1", "5x", "5mm", "5 m b"])
    func `sizes that are none are refused`(text: String) { #expect(ByteText.parse(text) == nil) }

    @Test(arguments: [
        ("a b", ["a", "b"]), ("a 'b c' \"d e\"", ["a", "b c", "d e"]), ("a\\ b", ["a b"]), ("''", [""]), ("", []),
        ("a && b", ["a"]), ("echo \"x && y\"", ["echo", "x && y"]), ("a$(b c)", ["a$(b c)"]), ("a 2>b", ["a"]),
    ])
    func `commands are taken apart`(text: String, words: [String]) {
        #expect(CommandWords(parsing: text)?.words == words)
    }

    @Test(arguments: ["'a", "a\"", "a\\", "(a)"])
    func `commands that do not end are refused`(text: String) { #expect(CommandWords(parsing: text) == nil) }

    @Test func `a range of ports is several ports, in the order of their texts`() throws {
        let ports = try PortText.parse("127.0.0.1:5098-5101:98-101/udp")
        #expect(ports.map(\.target) == [100, 101, 98, 99])
        #expect(ports.map(\.published) == ["5100", "5101", "5098", "5099"])
        #expect(ports.allSatisfy { $0.address == "127.0.0.1" && $0.transport == "udp" })
    }

    @Test func `a range of the host for one port stays a range`() throws {
        #expect(try PortText.parse("8000-8010:80").map(\.published) == ["8000-8010"])
        #expect(try PortText.parse("[::1]:80:80").map(\.address) == ["::1"])
        #expect(try PortText.parse("80").map(\.published) == [""])
    }

    @Test(arguments: ["", ":80:", "80/xyz", "70000", "1-3:1-2", "host:80:80", "3-1", "a:80"])
    func `ports that are none are refused`(text: String) {
        #expect(throws: PortText.Failure.self) { try PortText.parse(text) }
    }

    @Test(arguments: [
        ("yes", "string yes"), ("true", "bool true"), ("010", "int 8"), ("0o10", "int 8"), ("0x1F", "int 31"),
        ("1_000", "int 1000"), ("1.50", "float 1.5"), ("1e3", "float 1000"), ("2024-01-01", "moment 2024-01-01"),
        ("1.2.3", "string 1.2.3"), ("0.0.0.0", "string 0.0.0.0"), ("12:30", "string 12:30"), ("~", "null"),
        ("", "null"),
        ("-", "string -"), ("1e", "string 1e"), ("09", "float 9"), ("2024-13-01", "string 2024-13-01"),
    ])
    func `plain scalars have the type that the reference gives them`(text: String, result: String) {
        let node = ComposeNode(ScalarText.content(text), at: .nowhere)
        let kind =
            switch node.content {
            case .null: "null"
            case .bool: "bool "
            case .int, .big: "int "
            case .float: "float "
            case .moment: "moment "
            case .string: "string "
            case .list, .mapping: "more"
            }
        #expect(kind + (node.scalarText ?? "") == result)
    }

    @Test(arguments: [
        ("1.2.3.4", true), ("::1", true), ("fe80::1:2", true), ("1.2.3", false), ("01.2.3.4", false),
        ("1::2::3", false), ("localhost", false), ("::ffff:1.2.3.4", true),
    ])
    func `addresses are told from names`(text: String, isOne: Bool) { #expect(IPAddress.isOne(text) == isOne) }

    @Test(arguments: [("/a/./b/../c", "/a/c"), ("../a", "../a"), ("a/..", "."), ("/..", "/"), ("a//b/", "a/b")])
    func `paths are cleaned`(path: String, result: String) { #expect(PathText.clean(path) == result) }

    @Test(arguments: [("/a/b", "/a", "b"), ("/a", "/a/b", ".."), ("/a", "/a", "."), ("/x/y", "/a/b", "../../x/y")])
    func `paths are seen from folders`(path: String, base: String, result: String) {
        #expect(PathText.relative(path, to: base) == result)
    }
}
