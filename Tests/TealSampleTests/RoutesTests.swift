import NIOCore
import NIOHTTP1
import Testing

@testable import TealSample

@Suite struct `Routes decide what is answered` {
    private func page(_ uri: String, _ variables: [String: String] = [:], body: String = "") throws -> Page? {
        let settings = try Settings(
            environment: ["PORT": "80", "SAMPLE_VERSION": "v7"].merging(variables) { $1 }
        )
        var routes = Routes(settings: settings, pid: 5)
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: uri, headers: ["X-Nonce": "n"])
        var request = Request(head: head)
        request.take(ByteBuffer(string: body))
        guard case .page(let page) = routes.answer(to: request) else { return nil }
        return page
    }

    @Test func `an echo tells the nonce, the length and the checksum`() throws {
        #expect(try page("/echo?pad=2", body: "a")?.body == "n POST 1 e40c292c\nxx")
    }

    @Test(arguments: ["/health", "/api/health", "/up"])
    func `a service that lacks something says what`(path: String) throws {
        let needs = ["PORT": "80", "SAMPLE_NEEDS": "db:5432,redis:6379"]
        let settings = try Settings(environment: needs)
        var routes = Routes(settings: settings, pid: 5)
        let request = Request(head: HTTPRequestHead(version: .http1_1, method: .GET, uri: path))
        func page(_ lacking: [HostPort]) -> Page? {
            guard case .page(let page) = routes.answer(to: request, lacking: lacking) else { return nil }
            return page
        }
        #expect(page(settings.needs)?.status == 503)
        #expect(page([settings.needs[1]])?.body.contains("no connection to redis:6379") == true)
        #expect(page([])?.status == 200)
    }

    @Test func `errors never touch health and smoke`() throws {
        let failing = ["SAMPLE_ERROR_RATE": "1"]
        #expect(try page("/health", failing)?.status == 200)
        #expect(try page("/smoke", failing)?.status == 200)
        #expect(try page("/echo", failing)?.status == 500)
    }

    @Test(arguments: [("never", 503), ("bad-json", 200), ("redirect", 302), ("notfound", 404), ("wrong-body", 200)])
    func `an unhealthy release says so in its own way`(mode: String, status: Int) throws {
        let page = try page("/health", ["SAMPLE_HEALTH": mode])
        #expect(page?.status == status)
        #expect(page?.body.contains("\"success\":true") == false)
    }

    @Test func `a WebSocket key is accepted as in RFC 6455`() {
        #expect(WebSocketHandshake.accept(key: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }
}
