import TealCore
import Testing

@testable import TealConfig

struct `Durations and sizes have units` {
    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("4s", .seconds(4)), ("2m", .seconds(120)), ("1h", .seconds(3600)),
        ("1d", .seconds(86400)), ("1h30m", .seconds(5400)), ("1.5s", .milliseconds(1500)), ("0s", .zero),
    ])
    func `a duration is read`(_ text: String, _ expected: Duration) throws {
        #expect(try DurationText.parse(text) == expected)
    }

    @Test(arguments: [
        "", "s", "4 s", "-4s", "4sec", "1h30", "..s", "99999999999999d", "4S", "1h1h", "5m1h",
        "0.0000001ms", "1e3s", "1.5.5s",
    ])
    func `a text that is no duration is refused`(_ text: String) {
        #expect(throws: DurationText.Failure.malformed) { try DurationText.parse(text) }
    }

    @Test func `a bare number is refused with its digits`() {
        #expect(throws: DurationText.Failure.noUnit("10")) { try DurationText.parse("10") }
        #expect(throws: SizeText.Failure.noUnit("20")) { try SizeText.parse("20") }
    }

    @Test(arguments: [
        ("512m", 512 << 20), ("20MiB", 20 << 20), ("20 MB", 20 << 20), ("1g", 1 << 30), ("1.5k", 1536), ("7b", 7),
    ])
    func `a size is read`(_ text: String, _ expected: Int) throws {
        #expect(try SizeText.parse(text) == expected)
    }

    @Test(arguments: ["", "m", "12q", "-1m", "1mm"])
    func `a text that is no size is refused`(_ text: String) {
        #expect(throws: SizeText.Failure.malformed) { try SizeText.parse(text) }
    }

    @Test(arguments: ["250ms", "90s", "2m", "1h", "1d", "0s"])
    func `a duration is written as it is read`(_ text: String) throws {
        #expect(DurationText.text(try DurationText.parse(text)) == text)
    }
}

struct `Command lines are split as a shell splits words` {
    @Test(arguments: [
        ("./web --port 80", ["./web", "--port", "80"]),
        ("  a   b ", ["a", "b"]),
        ("a 'b c' \"d e\"f", ["a", "b c", "d ef"]),
        (#"a \"b\" 'it'\''s'"#, ["a", "\"b\"", "it's"]),
        (#""a \n \$x""#, [#"a \n $x"#]),
        ("a '' b", ["a", "", "b"]),
        ("a '$B' \\$B 5$ --x=1 b=2", ["a", "$B", "$B", "5$", "--x=1", "b=2"]), ("./a=b c", ["./a=b", "c"]),
        ("a '|;<>' b", ["a", "|;<>", "b"]),
        ("", []),
    ])
    func `a line gives its words`(_ line: String, _ words: [String]) throws {
        #expect(try ShellWords.split(line) == words)
    }

    @Test(arguments: [
        "a | b", "a; b", "a > b", "a && b", "`a`", "a $B", "a \"x$B\"", "a $(b)", "a ${B}", "LEVEL=info a",
    ])
    func `what needs a shell is refused`(_ line: String) {
        #expect(throws: ShellWords.Failure.self) { try ShellWords.split(line) }
    }
}

struct `Variables are filled in` {
    private func fill(_ text: String, _ values: [String: String] = [:]) -> ScalarText {
        VariableText(values: values).fill(text, isPlain: true, place: .start, key: "k", file: "f")
    }

    @Test(arguments: [
        ("a ${A} b", "a 1 b"), ("${B:-x}", "x"), ("${B-x}", ""), ("${C-x}", "x"), ("${C:-}", ""), ("${A:?no}", "1"),
        ("${B?no}", ""), ("$$", "$"), ("$${A}", "${A}"), ("$A", "$A"), ("cost: 5$", "cost: 5$"),
        ("${C:-${A}}", "1"), ("${C:-{x}}", "{x}"), ("${A:-{x}}", "1"), ("${A:-{\"a\": {}}}!", "1!"),
        ("${C:-$$}", "$"), ("${C:-$${A}}", "${A}"), ("$$$${A}", "$${A}"), ("$$${A}", "$1"),
        ("${C:-${D:-deep}}!", "deep!"),
    ])
    func `a text gets its values`(_ text: String, _ expected: String) {
        let filled = fill(text, ["A": "1", "B": ""])
        #expect(filled.text == expected)
        #expect(filled.problem == nil)
        #expect(filled.raw == text)
    }

    @Test(arguments: [
        "${A}", "${A:?}", "${A:?why}", "${A?}", "${", "${}", "${1A}", "${A!x}", "${A:-${B}}", "${A:-a{b}", "${A:+x}",
        "${ A }",
    ])
    func `what has no value is a problem`(_ text: String) {
        #expect(fill(text).problem?.code == .variable)
    }

    @Test func `defaults nest only so deep, and values grow only so long`() {
        let deep = String(repeating: "${X:-", count: 20) + "a" + String(repeating: "}", count: 20)
        #expect(fill(deep).problem != nil)
        let long = String(repeating: "a", count: 40 << 10)
        #expect(fill("${A}${A}", ["A": long]).problem?.message.contains("64k") == true)
    }

    @Test func `they come from the caller first and then from the file beside teal.yml`() throws {
        let place = try Workplace(files: [".env": "VERSION=1\nHOST=a.example.com\n"])
        let text = Workplace.text("image: shop:${VERSION}\nport: 80\nhost: ${HOST}")
        let service = try #require(try place.read(text, variables: ["VERSION": "2"]).services.first)
        #expect(service.source == .image("shop:2"))
        #expect(service.routes.first?.hosts == ["a.example.com"])
    }
}

struct `Env files are read line by line` {
    private func parse(_ text: String) -> ([String: String], [ConfigurationProblem]) {
        let findings = Findings(file: "x.env")
        let entries = EnvFile.parse(text, file: "x.env", findings: findings)
        return (Dictionary(entries.map { ($0.key, $0.value.reveal()) }, uniquingKeysWith: { $1 }), findings.list)
    }

    @Test func `plain, exported, quoted and commented values are understood`() {
        let (values, findings) = parse(
            """
            # first
            A=1
            export B=two words # comment
            C='single $x # no comment'
            D="a\\nb \\"q\\" \\$x \\z"  # comment
            E=
            F=a#b
              G = 3
            H="two
            lines"
            A=again
            """.replacing("  G = 3", with: "  G=3 ")
        )
        #expect(findings == [])
        #expect(
            values == [
                "A": "again", "B": "two words", "C": "single $x # no comment", "D": "a\nb \"q\" $x \\z", "E": "",
                "F": "a#b", "G": "3", "H": "two\nlines",
            ]
        )
    }

    @Test func `every wrong line has its own finding with its number`() {
        let (_, findings) = parse("A=1\nnonsense\n1B=2\nC=\"open\nD=2")
        #expect(findings.map(\.place.line) == [2, 3, 4])
        let (_, others) = parse("A='x' y\r\nB=1\r\n")
        #expect(others.map(\.message) == ["text follows the closing quote of A"])
    }

    @Test func `a value may have what Unicode calls a line end, but no NUL`() {
        #expect(parse("A=a\u{2028}b\u{85}c\nB=2\rC=3").0 == ["A": "a\u{2028}b\u{85}c", "B": "2", "C": "3"])
        let (values, findings) = parse("A=a\0b\nB=2")
        #expect(values == ["B": "2"])
        #expect(findings.map(\.message) == ["the value of A has a NUL character"])
    }

    @Test func `a file is read by its path, or refused as a whole`() throws {
        let place = try Workplace(files: ["a.env": "A=1\n"])
        #expect(try EnvFile.read(path: place.path + "/a.env").map(\.key) == ["A"])
        #expect(throws: ConfigurationProblems.self) { try EnvFile.read(path: place.path + "/b.env") }
    }
}

struct `The nearest word is suggested` {
    @Test(arguments: [
        ("replica", "replicas"), ("env_files", "envFiles"), ("helath", "health"), ("Port", "port"), ("bodypat", nil),
    ])
    func `a misspelt key leads to the one that was meant`(_ word: String, _ expected: String?) {
        let words = ["replicas", "envFiles", "health", "port", "image"]
        #expect(NearestWord.to(word, in: words) == expected)
    }

    @Test func `swapped letters count as one change`() {
        #expect(NearestWord.distance(Array("helath".utf8), Array("health".utf8)) == 1)
        #expect(NearestWord.distance(Array("".utf8), Array("abc".utf8)) == 3)
    }
}
