import Testing

@testable import TealCompose

@Suite struct `Variables in texts` {
    static let values = ["A": "one", "EMPTY": "", "b_2": "two"]

    private static func fill(_ text: String) throws(Template.Failure) -> String {
        try Template(lookup: { values[$0] }).filled(text)
    }

    @Test(arguments: [
        ("$A-$b_2", "one-two"), ("${A}", "one"), ("$$A", "$A"), ("$${A}", "${A}"), ("$", "$"), ("a$", "a$"),
        ("$1", "$1"),
        ("${NO}", ""), ("$NO.", "."), ("${NO:-x}", "x"), ("${EMPTY:-x}", "x"), ("${EMPTY-x}", ""), ("${NO-x}", "x"),
        ("${A:-x}", "one"), ("${A:+x}", "x"), ("${EMPTY:+x}", ""), ("${EMPTY+x}", "x"), ("${NO+x}", ""),
        ("${A:?no}", "one"), ("${EMPTY?no}", ""), ("${NO:-${A}}", "one"), ("${NO:-${NEITHER-${b_2}}}/x", "two/x"),
        ("${A:-x} ${NO:-y}", "one y"), ("${NO:-{\"a\":1}}", "{\"a\":1}"), ("${NO:-a:b-c?d}", "a:b-c?d"),
        ("${NO:-$$}", "$"),
    ])
    func `are filled in`(text: String, result: String) throws { #expect(try Self.fill(text) == result) }

    @Test(arguments: ["${", "${}", "${A", "${A!x}", "${A:x}", "${1}", "a ${ b }"])
    func `are refused when they are none`(text: String) {
        #expect(throws: Template.Failure.malformed) { try Self.fill(text) }
    }

    @Test(arguments: [
        ("${NO:?say it}", "NO", "say it"), ("${EMPTY:?}", "EMPTY", ""), ("${NO?because $A}", "NO", "because one"),
    ])
    func `are asked for when they must be there`(text: String, name: String, reason: String) {
        #expect(throws: Template.Failure.missing(name: name, reason: reason)) { try Self.fill(text) }
    }

    @Test(arguments: [
        ("${NO:-{}}", "{}"), ("${NO:-{}", "{"), ("${NO:-x}y}", "xy}"), ("${NO:-a\nb}", nil), ("${NO:-${NO:-{}", nil),
    ])
    func `end at their own brace, or at the last one of the line`(text: String, result: String?) throws {
        #expect((try? Self.fill(text)) == result)
    }

    @Test func `are filled in one pass, however many there are`() throws {
        let text = String(repeating: "${NO:-x}", count: 20_000)
        let start = ContinuousClock.now
        #expect(try Self.fill(text).utf8.count == 20_000)
        #expect(start.duration(to: .now) < .seconds(30))
    }

    @Test func `have limits`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "${NO:-", count: depth) + "x" + String(repeating: "}", count: depth)
        }
        #expect(try Self.fill(nested(Template.depthMax)) == "x")
        #expect(throws: Template.Failure.deep) { try Self.fill(nested(Template.depthMax + 1)) }
        #expect(throws: Template.Failure.deep) { try Self.fill(nested(20_000)) }
        let long = String(repeating: "x", count: Template.bytesMax)
        let template = Template(lookup: { $0 == "LONG" ? long : nil })
        #expect(try template.filled("$LONG").utf8.count == Template.bytesMax)
        #expect(throws: Template.Failure.long) { try template.filled("$LONG$LONG") }
    }

    @Test func `are named when they are not set and have no default`() throws {
        var unset: [String] = []
        _ = try Template(lookup: { Self.values[$0] }, unset: { unset.append($0) }).filled("$NO ${NEITHER} ${X:-y} $A")
        #expect(unset == ["NO", "NEITHER"])
    }
}
