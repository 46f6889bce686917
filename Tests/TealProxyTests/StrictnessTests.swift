import TealProxyWire
import Testing

@testable import TealProxy

@Suite struct `Ambiguous requests are refused and the connection closed` {
    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nabc",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x3\r\n\r\nabc",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET / HTTP/1.1\r\n Host: x\r\n\r\n",
        "GET / HTTP/1.1\nHost: x\n\n",
        "GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX: a\u{0}b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x, y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x@y\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / x HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /\t HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /#a HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /é HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET x HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "G@T / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / http/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: host\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: close, transfer-encoding\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a\nb\r\nabc\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n bad: 5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000003\r\nabc\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: " + (0..<33).map { "n\($0)" }.joined(separator: ",") + "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n" + (0..<33).map { "Connection: n\($0)\r\n" }.joined() + "\r\n",
    ])
    func `with 400`(request: String) throws {
        try refused(request, 400)
    }

    @Test(arguments: [
        ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505), ("CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n", 501),
        ("CONNECT /path HTTP/1.1\r\nHost: x\r\n\r\n", 501), ("CONNECT http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: x\r\nExpect: magic\r\nContent-Length: 1\r\n\r\n", 417),
        ("GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        ("GET /" + String(repeating: "a", count: 9000), 414),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "a", count: 33000) + "\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: x\r\n" + String(repeating: "X: y\r\n", count: 201) + "\r\n", 431),
    ])
    func `with what fits best`(request: String, status: Int) throws {
        try refused(request, status)
    }

    @Test(arguments: [
        "X-Nom", "x-nom", "X_Nom", "X-Real-IP", "X_Real_IP", "X-Forwarded-For", "X_Forwarded_For", "Forwarded",
        "Authorization", "Proxy-Authorization", "Cookie", "Upgrade", "TE", "Keep-Alive", "Proxy-Connection", "Expect",
        "Host", "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Connection", "Trailer",
    ])
    func `with 400 when a trailer stands for a field of the head`(name: String) throws {
        let head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: X-Nom\r\nTransfer-Encoding: chunked\r\n\r\n"
        try refused("\(head)1\r\nx\r\n0\r\n\(name): 1\r\n\r\n", 400)
    }

    @Test func `other trailers pass, and so does a long list in Connection`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let upstream = try Upstream("u")
        try proxy.route(to: upstream)
        let client = try proxy.client()
        let names = (0..<32).map { "n\($0)" }.joined(separator: ", ")
        try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, \(names)\r\n")
        try client.send("Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nContent-Digest: a\r\nX-Sum: 1\r\n\r\n")
        #expect(try client.response().text == "x")
    }

    @Test func `an answer is cut before a trailer that its Connection field names`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let upstream = try Upstream("u") { _, connection in
            try connection.send("HTTP/1.1 200 OK\r\nConnection: X-Nom\r\nTransfer-Encoding: chunked\r\n\r\n")
            try connection.send("1\r\nx\r\n0\r\nX-Nom: 1\r\n\r\n")
            return true
        }
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(!String(decoding: try client.readToEnd(), as: UTF8.self).lowercased().contains("x-nom"))
        #expect(try proxy.counters(upstream).cutAnswers == 1)
    }

    private func refused(_ request: String, _ status: Int) throws {
        let proxy = try ProxyFixture(loops: 1)
        let upstream = try Upstream("u")
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send(request)
        let answer = try client.response(within: 5)
        #expect(answer.status == status)
        #expect(answer["connection"] == "close")
        // What follows must never be read as a request.
        try? client.send("GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.readToEnd(within: 5).isEmpty)
        try proxy.eventually("nothing in flight") { try proxy.counters(upstream).requestsInFlight == 0 }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "HTTP/1.1 200 OK\nX: y\n\n",
        "HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: " + (0..<33).map { "n\($0)" }.joined(separator: ",")
            + "\r\nContent-Length: 0\r\n\r\n",
    ])
    func `and so are ambiguous answers, with 502`(answer: String) throws {
        let proxy = try ProxyFixture(loops: 1)
        let upstream = try Upstream("u") { _, connection in
            try connection.send(answer)
            return true
        }
        try proxy.route(to: upstream)
        #expect(try proxy.get("/").status == 502)
        #expect(try proxy.counters(upstream).badGateway == 1)
    }
}

@Suite struct `The scanners read the same whatever the pieces` {
    private let lines = ["POST /a HTTP/1.1", "Host: shop.example", "X-A: b\tc", "Content-Length: 12", "", ""]

    @Test func `a head is incomplete up to its last byte and complete then`() {
        let bytes = Array(lines.joined(separator: "\r\n").utf8)
        let scanner = RequestScanner(classes: ByteClasses())
        var head = RequestHead()
        var fields = FieldLines()
        for count in 1...bytes.count {
            let scan = bytes.withUnsafeBufferPointer { buffer in
                buffer.baseAddress.map { scanner.scan($0, count, &head, &fields) }
            }
            switch scan {
            case .more: #expect(count < bytes.count)
            case .complete: #expect(count == bytes.count && head.contentLength == 12)
            default: Issue.record("refused at \(count)")
            }
        }
    }

    @Test(arguments: UInt64(0)..<300)
    func `random bytes are refused or read, never overrun`(seed: UInt64) {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func random(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % below
        }
        var bytes = Array(lines.joined(separator: "\r\n").utf8)
        for _ in 0...random(5) { bytes[random(bytes.count)] = UInt8(random(256)) }
        let request = RequestScanner(classes: ByteClasses())
        let response = ResponseScanner(classes: ByteClasses())
        var head = RequestHead()
        var other = ResponseHead()
        var fields = FieldLines()
        var chunks = ChunkScanner()
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            if case .complete = request.scan(base, buffer.count, &head, &fields) {
                #expect(head.end <= buffer.count && head.hostEnd <= head.end && head.pathEnd <= head.targetEnd)
            }
            _ = response.scan(base, buffer.count, &other, &fields)
            #expect(chunks.feed(base, buffer.count, request.classes) <= buffer.count)
        }
    }

    @Test func `a chunked body ends at the same byte in any two pieces`() {
        let body = Array("5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\nNEXT".utf8)
        let classes = ByteClasses()
        for cut in 0...body.count {
            var chunks = ChunkScanner()
            var content: [UInt8] = []
            var used = 0
            for part in [body[..<cut], body[cut...]] where !chunks.isDone {
                let piece = Array(part)
                used += piece.withUnsafeBufferPointer { buffer in
                    guard let base = buffer.baseAddress else { return 0 }
                    return chunks.feed(base, buffer.count, classes) { content += buffer[$0..<($0 + $1)] }
                }
            }
            #expect(chunks.isDone && used == body.count - 4 && chunks.contentBytes == 15)
            #expect(String(decoding: content, as: UTF8.self) == "hello0123456789")
        }
    }

    @Test(arguments: [
        ("//a/./b", "/a/b"), ("/a%2Fb", "/a/b"), ("/a\\%2e%5cb", "/a/b"), ("/a/", "/a/"), ("/", "/"), ("/.", "/"),
        ("/a;v=1/b", "/a/b"), ("/;x/a%3By/b", "/a/b"), ("/%zz", "/%zz"), ("/%2561%25252561", "/aa"), ("/%%361", "/a"),
        ("/%", "/%"), ("/a...b/...", "/a...b/..."),
    ])
    func `a path is read as leniently as anyone might`(path: String, expected: String) {
        let lenient = Array(path.utf8).withUnsafeBufferPointer { LenientPath($0) }
        #expect(String(decoding: lenient.bytes, as: UTF8.self) == expected && !lenient.isUnclear)
    }

    @Test(arguments: [
        "/..", "/a/%2e%2e/b", "/a/.%2E", "/a/..;x/b", "/a%2f..%2fb", "/a/x%5C..\\b", "/%252e./", "/a/..%3b", "/%%32e./",
        "/;\\b/%61", "/a;%2fb",
    ])
    func `a path that may lead upwards, or may not be split alike, is known`(path: String) {
        #expect(Array(path.utf8).withUnsafeBufferPointer { LenientPath($0) }.isUnclear)
    }
}
