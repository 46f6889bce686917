import TealCore
import Testing

@Suite
struct `A secret does not show itself` {
    private let secret = Secret("hunter2-hunter2")

    @Test func `in descriptions`() {
        #expect("\(secret)" == "<redacted>")
        #expect(String(reflecting: secret) == "<redacted>")
        #expect("\([secret])" == "[<redacted>]")
    }

    @Test func `in dumps`() {
        var text = ""
        dump(["name": secret], to: &text)
        #expect(!text.contains("hunter2"))
    }

    @Test func `but can be revealed`() { #expect(secret.reveal() == "hunter2-hunter2") }
}
