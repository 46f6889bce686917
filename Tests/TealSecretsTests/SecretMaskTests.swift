import Foundation
import TealCore
import TealSecrets
import Testing

@Suite struct `A mask hides values in text` {
    private let mask = SecretMask(["PASSWORD": "s3cr3t/p+w ü\"x", "TOKEN": "abcd"])

    @Test(arguments: [
        ("login with s3cr3t/p+w ü\"x failed", "login with <redacted> failed"),
        ("abcd", "<redacted>"),
        ("abcdabcd abc", "<redacted> abc"),
        ("nothing here", "nothing here"), ("", ""), ("abc", "abc"), ("%", "%"), ("\\", "\\"), ("%4", "%4"),
        ("\\u12", "\\u12"),
        ("?p=s3cr3t%2Fp%2Bw%20%C3%BC%22x&q=1", "?p=<redacted>&q=1"),
        ("?p=s3cr3t%2fp%2bw+%c3%bc%22x", "?p=<redacted>"),
        ("?p=%73%33%63%72%33%74%2f%70%2bw%20%c3%bc%22%78", "?p=<redacted>"),
        ("?p=s3cr3t/p+w%20%C3%BC\"x", "?p=<redacted>"),
        (#"{"p":"s3cr3t/p+w ü\"x"}"#, #"{"p":"<redacted>"}"#),
        (#"{"p":"s3cr3t\/p+w \u00fc\"x"}"#, #"{"p":"<redacted>"}"#),
        (#"{"p":"\u0073\u0033cr3t/p\u002Bw \u00FC\u0022x"}"#, #"{"p":"<redacted>"}"#),
        (#"{"url":"http:\/\/h\/?p=s3cr3t%2Fp%2Bw%20%C3%BC%22x"}"#, #"{"url":"http:\/\/h\/?p=<redacted>"}"#),
    ])
    func `in every form`(text: String, shown: String) {
        #expect(mask.masked(text) == shown)
    }

    @Test func `at overlapping places as one`() {
        let mask = SecretMask(["A": "abcdef", "B": "defghi"])
        #expect(mask.masked("xabcdefghix") == "x<redacted>x")
    }

    @Test func `the longer of two that begin alike`() {
        let mask = SecretMask(["A": "abcd", "B": "abcdefgh"])
        #expect(mask.masked("-abcdefgh-abcdefg-") == "-<redacted>-<redacted>efg-")
    }

    @Test func `of several lines line by line, but not short lines`() {
        let mask = SecretMask(["KEY": "-----BEGIN-----\nMIIBVwIBADAN\nab\n-----END-----"])
        #expect(mask.masked("MIIBVwIBADAN") == "<redacted>")
        #expect(mask.masked("tab") == "tab")
        #expect(mask.masked(#"k="-----BEGIN-----\nMIIBVwIBADAN\nab\n-----END-----""#) == #"k="<redacted>""#)
    }

    @Test func `but not those too short, which it names`() {
        let mask = SecretMask(["SHORT": "abc", "B": "é", "EMPTY": "", "FINE": "éé"])
        #expect(mask.tooShort == ["B", "SHORT"])
        #expect(mask.masked("abc é éé") == "abc é <redacted>")
    }

    @Test func `and does not show them itself`() {
        var dumped = ""
        dump(mask, to: &dumped)
        #expect("\(mask)" == "<redacted>")
        #expect(dumped == "- <redacted>\n")
    }

    @Test(arguments: UInt64(0)..<300)
    func `whatever the value and whatever stands around it`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let value = Self.value(&random)
        let mask = SecretMask(["VALUE": Secret(value), "OTHER": Secret(Self.value(&random))])
        let before = Self.noise(&random)
        let after = Self.noise(&random)
        for (form, hidden) in try Self.forms(of: value, before: before, after: after) {
            let shown = mask.masked(form)
            #expect(shown.contains("<redacted>"), "seed \(seed)")
            #expect(!shown.contains(hidden), "seed \(seed): \(hidden) in \(shown)")
        }
    }

    @Test(arguments: UInt64(0)..<100)
    func `and leaves alone what holds none`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        // Values of capital letters only; text of small ones, digits and escapes of small ones.
        let mask = SecretMask([
            "VALUE": Secret(
                String((0..<12).map { _ in Character(Unicode.Scalar(UInt8.random(in: 65...90, using: &random))) })
            )
        ])
        let text = (0..<200).map { _ in
            ["a", "z", "%61", "\\n", "\\u0062", "+", " ", "%", "\\", "é"].randomElement(using: &random) ?? ""
        }.joined()
        #expect(mask.masked(text) == text)
    }

    @Test func `in a long log tail within a moment`() {
        let values = Dictionary(
            uniqueKeysWithValues: (0..<200).map { ("S\($0)", Secret("postgres://user\($0):password@host/db\($0)")) }
        )
        let mask = SecretMask(values)
        let line = String(repeating: "GET /api/orders?x=1%202 200 12ms {\\\"ok\\\":true} postgres ", count: 100)
        let clock = ContinuousClock()
        let took = clock.measure { for _ in 0..<100 { #expect(mask.masked(line) == line) } }
        // 570 kB; in a debug build on a busy machine. Growing with the number of values it would be minutes.
        #expect(took < .seconds(20))
    }

    private static func value(_ random: inout SeededGenerator) -> String {
        let alphabet = Array("abcXYZ019 +/=%\\\"&?ü€😀\n\t:@-_.~<>")
        let count = Int.random(in: 6...40, using: &random)
        return String((0..<count).map { _ in alphabet.randomElement(using: &random) ?? "x" })
    }

    private static func noise(_ random: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 0...7, using: &random)).map { _ in UInt8.random(in: 32...126, using: &random) }
    }

    /// Texts that hold the value, each with what must not be seen of it.
    private static func forms(of value: String, before: [UInt8], after: [UInt8]) throws -> [(String, String)] {
        let start = String(decoding: before, as: UTF8.self)
        let end = String(decoding: after, as: UTF8.self)
        var forms = [(start + value + end, value)]
        let base64 = Data(before + Array(value.utf8) + after).base64EncodedString()
        let skipped = (before.count * 8 + 5) / 6
        let inner = String(base64.dropFirst(skipped).prefix(value.utf8.count * 8 / 6 - 1))
        forms.append((base64, inner))
        let url: (String) -> String = {
            $0.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
        }
        forms.append((url(base64), url(inner)))
        for allowed in [CharacterSet.alphanumerics, .urlQueryAllowed, CharacterSet()] {
            let encoded = try #require(value.addingPercentEncoding(withAllowedCharacters: allowed))
            forms.append(("k=" + encoded + "&", encoded))
        }
        let json = String(decoding: try JSONEncoder().encode([value]), as: UTF8.self)
        forms.append((json, String(json.dropFirst(2).dropLast(2))))
        return forms
    }
}
