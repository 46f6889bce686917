import Testing

@testable import TealCompose

@Suite struct `Env files` {
    private static func read(_ text: String, _ surroundings: [String: String] = [:]) throws -> [String: String] {
        var values: [String: String] = [:]
        try DotEnv.read(text, into: &values, lookup: { surroundings[$0] })
        return values
    }

    @Test(arguments: [
        ("A=1", "1"), ("A = 1 ", "1"), ("A: 1", "1"), ("export A=1", "1"), ("A=1 # no", "1"), ("A=1#yes", "1#yes"),
        ("A='$B # x'", "$B # x"), ("A=\"x\\ny\"", "x\ny"), ("A=\"a\\$B\"", "a$B"), ("A='it\\'s'", "it's"),
        ("A=\"one\ntwo\"", "one\ntwo"), ("A=${NO:-x}", "x"), ("B=2\nA=${B}3", "23"), ("A=", ""), ("A=\"\"", ""),
        ("# c\n\nA=1\n", "1"), ("A=a=b", "a=b"), ("A=\"\\0101\"", "A"), ("A=x\r\nB=y", "x"),
    ])
    func `give values by Compose's rules`(text: String, value: String) throws {
        #expect(try Self.read(text)["A"] == value)
    }

    @Test func `take a name alone from the surroundings`() throws {
        #expect(try Self.read("A\nB\nC=1\n", ["A": "x"]) == ["A": "x", "C": "1"])
    }

    @Test func `let the surroundings win in variables`() throws {
        #expect(try Self.read("B=file\nA=$B\n", ["B": "outside"]) == ["B": "file", "A": "outside"])
    }

    @Test(arguments: [
        ("A=1\nB C=2", 2, "the key `B C` has a space in it"), ("A='x\ny", 1, "a quoted value does not end"),
        ("a\n!b=1", 2, "the name of a variable cannot hold `!`"),
        ("A=${", 1, "the value has a `${` that is no variable"),
    ])
    func `name the line that is wrong`(text: String, line: Int, message: String) throws {
        let failure = #expect(throws: DotEnv.Failure.self) { try Self.read(text) }
        #expect(failure?.line == line)
        #expect(failure?.message == message)
    }
}
