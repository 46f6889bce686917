import Testing

@testable import TealLoad

@Suite struct `Options are checked before anything is sent` {
    private let least = ["--url", "http://127.0.0.1:8080", "--report", "r.json"]

    @Test func `URL and report are enough`() throws {
        let options = try Options(arguments: least)
        #expect(options.hostField == "127.0.0.1:8080")
        #expect(options.rate == 300)
    }

    @Test func `https asks for TLS, and may bring its own authority`() throws {
        let more = ["--url", "https://127.0.0.1:8443", "--host", "api.test", "--ca", "f.pem"]
        let options = try Options(arguments: least + more)
        #expect(options.isEncrypted && options.authorities == "f.pem" && options.port == 8443)
        #expect(try !Options(arguments: least).isEncrypted)
    }

    @Test(arguments: [
        ["--url", "http://10.0.0.1:80"], ["--rate", "5001"], ["--duration", "7201"], ["--rate", "0"], ["--wat", "1"],
        ["--rate"], ["--url", "ftp://127.0.0.1:1"], ["--ca", "f.pem"],
        ["--websocket-path", "ws"], ["--relay-path", "/relay?room=1"],
    ])
    func `what makes no sense, or is out of bounds, is refused`(more: [String]) {
        #expect(throws: OptionsError.self) { try Options(arguments: least + ["--bound"] + more) }
    }
}
