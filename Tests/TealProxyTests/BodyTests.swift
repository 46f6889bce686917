import Foundation
import TealProxyWire
import Testing

@testable import TealProxy

@Suite struct `Bodies pass both ways as they are` {
    private func random(_ count: Int) -> [UInt8] {
        var state: UInt64 = 42
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return UInt8(state >> 56)
        }
    }

    @Test func `a large POST, and the connection takes the next request`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u")
        try proxy.route(to: upstream)
        let body = random(15 << 20)
        let client = try proxy.client()
        for _ in 0..<2 {
            // A thread of its own, since the echo begins when the body has been read to its end.
            try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n")
            try client.send(body)
            #expect(try client.response(within: 30).body == body)
            try client.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.response().text == "u")
        }
        #expect(try proxy.counters(upstream).bytesToTarget > 30 << 20)
    }

    @Test func `a chunked POST arrives whole`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u")
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in [
            "5\r\nhel", "lo\r\n", "1", "\r\n!\r\n0\r\nX-T: 1\r\n", "\r\nGET /who HTTP/1.1\r\nHost: x\r\n\r\n",
        ] {
            try client.send(piece)
            usleep(3000)
        }
        #expect(try client.response().text == "hello!")
        #expect(try client.response().text == "u")
    }

    @Test func `a chunked answer keeps its chunks and trailers`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u")
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send("GET /chunked HTTP/1.1\r\nHost: x\r\n\r\n")
        let raw = try client.read(through: "0\r\nX-Sum: 50\r\n\r\n")
        #expect(raw.contains("Transfer-Encoding: chunked") && raw.contains("62;note=x"))
    }

    @Test func `an answer that ends with its connection leaves the client's open`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u")
        try proxy.route(to: upstream)
        let client = try proxy.client()
        for path in ["/until-close", "/close", "/who"] {
            try client.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
            let answer = try client.response()
            #expect(answer.status == 200)
            #expect(answer["connection"] == nil)
            if path == "/until-close" {
                #expect(answer["transfer-encoding"] == "chunked")
                #expect(answer.body.count == 300_000)
            }
        }
    }

    @Test func `a client of HTTP/1.0 gets the content alone, and its connection closed`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u")
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send("GET /chunked HTTP/1.0\r\nHost: x\r\n\r\n")
        let answer = try client.response()
        #expect(answer["transfer-encoding"] == nil)
        #expect(answer["connection"] == "close")
        #expect(answer.body == Array(repeating: UInt8(ascii: "x"), count: (0..<50).reduce(0) { $0 + $1 * 97 + 1 }))
        let other = try proxy.client()
        for _ in 0..<2 {
            try other.send("GET /who HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let answer = try other.response()
            #expect(answer.text == "u" && answer["connection"] == "keep-alive")
        }
    }

    @Test func `a client of HTTP/1.0 is told of no chunks, by HEAD neither`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u") { _, connection in
            try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            return true
        }
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send("HEAD / HTTP/1.0\r\nHost: x\r\n\r\n")
        let answer = try client.response(toHead: true)
        #expect(answer.status == 200 && answer["transfer-encoding"] == nil)
    }

    @Test func `an answer that asks for an upgrade says so in Connection`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u") { _, connection in
            try connection.send(
                "HTTP/1.1 426 Upgrade Required\r\nConnection: Upgrade\r\nUpgrade: foo/2\r\nContent-Length: 0\r\n\r\n"
            )
            return true
        }
        try proxy.route(to: upstream)
        let answer = try proxy.get("/")
        #expect(answer.status == 426 && answer["upgrade"] == "foo/2" && answer.all("connection") == ["Upgrade"])
        let last = try proxy.get("/", fields: "Connection: close\r\n")
        #expect(last.all("connection") == ["close", "Upgrade"])
    }

    @Test func `answers without a body end with their head`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u")
        try proxy.route(to: upstream)
        let client = try proxy.client()
        for (method, path, status) in [("HEAD", "/who", 200), ("GET", "/nocontent", 204), ("GET", "/unmodified", 304)] {
            try client.send("\(method) \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.response(toHead: true).status == status)
        }
        try client.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.response().text == "u")
    }

    @Test func `requests sent ahead are answered in order`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u")
        try proxy.route(to: upstream)
        let client = try proxy.client()
        let next = "GET /nowhere/../x HTTP/1.1\r\nHost: x\r\n\r\n"
        try client.send(String(repeating: "GET /chunked HTTP/1.1\r\nHost: x\r\n\r\n", count: 3) + next)
        try client.send("GET /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        for _ in 0..<3 { #expect(try client.response().body.count > 100_000) }
        #expect(try client.response().text == "u")
        #expect(try client.response().text == "u")
        #expect(try client.readToEnd().isEmpty)
    }

    @Test func `a body behind a request that the proxy answers itself arrives as it is`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let upstream = try Upstream("u")
        try proxy.publish(
            routes: [ProxyRoute(service: "u"), ProxyRoute(pathPrefix: "/empty", service: "empty")],
            services: [
                ProxyService(name: "u", targets: [ProxyFixture.target(upstream)]),
                ProxyService(name: "empty", targets: []),
            ]
        )
        let client = try proxy.client()
        let next = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello"
        try client.send("GET /empty HTTP/1.1\r\nHost: x\r\n\r\n" + next)
        #expect(try client.response().status == 503)
        try client.send("world")
        #expect(try client.response().text == "helloworld")
    }

    @Test func `a client waits for 100 and then sends`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u")
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        #expect(try client.response().status == 100)
        try client.send("abc")
        #expect(try client.response().text == "abc")
    }

    @Test func `an interim answer reaches the client before the final one`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u") { request, connection in
            try connection.send("HTTP/1.1 100 Continue\r\n\r\n")
            try connection.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
            return try Upstream.standard(request, connection, name: "u")
        }
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.response().status == 100)
        let hints = try client.response()
        #expect(hints.status == 103 && hints["link"] == "</a.css>")
        #expect(try client.response().text == "u")
    }

    @Test func `a body above the limit is refused with the limit named`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u")
        try proxy.route(to: upstream) { $0.bodyBytesMax = 1000 }
        let client = try proxy.client()
        try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n")
        let answer = try client.response()
        #expect(answer.status == 413)
        #expect(answer.text == "The request body is too long: shop/web takes at most 1000 bytes.\n")
        let chunked = try proxy.client()
        try chunked.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        let piece = "258\r\n" + String(repeating: "a", count: 600) + "\r\n"
        try chunked.send(piece)
        try? chunked.send(piece)
        #expect(try chunked.response().status == 413)
        #expect(upstream.requests <= 1)
    }

    @Test func `and so is one whose chunks are mostly framing`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u")
        try proxy.route(to: upstream) { $0.bodyBytesMax = 10_000 }
        let client = try proxy.client()
        try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        // The proxy may have closed before the last of it.
        try? client.send(String(repeating: "0000000000000001\r\nx\r\n", count: 6000))
        #expect(try client.response().status == 413)
    }

    @Test func `events of a stream arrive one by one`() throws {
        let proxy = try ProxyFixture()
        let gate = Gate()
        let upstream = try Upstream("u") { _, connection in
            try connection.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            for index in 0..<3 {
                gate.wait()
                let event = "data: \(index)\n\n"
                try connection.send(String(event.utf8.count, radix: 16) + "\r\n" + event + "\r\n")
            }
            try connection.send("0\r\n\r\n")
            return true
        }
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try client.read(through: "\r\n\r\n")
        for index in 0..<3 {
            gate.open()
            _ = try client.read(through: "data: \(index)\n\n", within: 5)
        }
    }

    @Test func `a slow reader stops the service, not the proxy's memory`() throws {
        let proxy = try ProxyFixture()
        let written = Counter()
        let upstream = try Upstream("u") { _, connection in
            let total = 400 << 20
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let piece = [UInt8](repeating: 0, count: 1 << 20)
            for _ in 0..<400 {
                try connection.send(piece)
                written.add(piece.count)
            }
            return true
        }
        try proxy.route(to: upstream)
        let client = try RawSocket(port: proxy.port, receiveBuffer: 65536)
        try client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try client.read(through: "\r\n\r\n")
        var before = -1
        try proxy.eventually("the service is held up", within: 20) {
            usleep(300_000)
            defer { before = written.value }
            return written.value == before
        }
        #expect(written.value < 64 << 20)
        client.close()
        try proxy.eventually("nothing in flight") { try proxy.counters(upstream).requestsInFlight == 0 }
        #expect(try proxy.counters(upstream).clientLeft == 1)
    }
}

/// Lets a waiting thread go on, once for each `open`.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }
    func wait() { _ = semaphore.wait(timeout: .now() + 10) }
}

/// A number that several threads change.
final class Counter: @unchecked Sendable {
    // Unchecked: guarded by the lock.
    private let lock = NSLock()
    private var count = 0

    func add(_ amount: Int = 1) { lock.withLock { count += amount } }
    var value: Int { lock.withLock { count } }
}
