import TealCore
import Testing

@Suite
struct `A name is checked once` {
    @Test(arguments: ["a", "web", "web-2", "a0", String(repeating: "a", count: 40)])
    func `takes what is a name`(text: String) throws {
        #expect(try ServiceName(parsing: text).description == text)
    }

    @Test(arguments: [
        ("", NameError.empty),
        (String(repeating: "a", count: 41), .tooLong(bytesMax: 40)),
        ("2web", .badStart),
        ("-web", .badStart),
        ("web-", .badEnd),
        ("we_b", .badCharacter("_")),
        ("weB", .badCharacter("B")),
        ("we/b", .badCharacter("/")),
    ])
    func `refuses what is none, with the rule that it breaks`(text: String, reason: NameError) {
        #expect(throws: reason) { try ServiceName(parsing: text) }
    }
}
