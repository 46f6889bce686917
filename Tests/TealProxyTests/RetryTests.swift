import Foundation
import Synchronization
import TealProxyWire
import Testing

@testable import TealProxy

@Suite struct `A target that fails is noticed by nobody who can be spared` {
    @Test func `any method goes to another replica when the connection is refused`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let dead = try Upstream("dead")
        let live = try Upstream("live")
        dead.stopListening()
        try proxy.route(to: dead, live)
        for _ in 0..<6 {
            let client = try proxy.client()
            try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
            #expect(try client.response().text == "hello")
        }
        #expect(try proxy.counters(dead).connectFailures >= 2)
        #expect(try proxy.counters(dead).requestsInFlight == 0)
        #expect(try proxy.counters(live).requestsStarted == 6)
    }

    @Test func `all replicas refused is 502, and says so in the counters`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let dead = try Upstream("dead")
        dead.stopListening()
        try proxy.route(to: dead)
        #expect(try proxy.get("/").status == 502)
        #expect(try proxy.counters(dead).badGateway == 1)
    }

    @Test func `an idempotent request is sent once more, another is not`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let upstream = try Upstream("u") { _, _ in false }
        try proxy.route(to: upstream)
        #expect(try proxy.get("/").status == 502)
        #expect(upstream.requests == 2)
        let client = try proxy.client()
        try client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.response().status == 502)
        #expect(upstream.requests == 3)
        #expect(try proxy.counters(upstream).retries == 1)
    }

    @Test func `a replica that drops the connection hands the request to the other`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let broken = try Upstream("broken") { _, _ in false }
        let live = try Upstream("live")
        try proxy.route(to: broken, live)
        for _ in 0..<4 { #expect(try proxy.get("/who").text == "live") }
    }

    @Test func `an answer that breaks off is cut for the client too`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let upstream = try Upstream("u") { _, connection in
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            return false
        }
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try client.read(through: "\r\n\r\nabc")
        #expect(try client.readToEnd().isEmpty)
        #expect(try proxy.counters(upstream).cutAnswers == 1)
    }

    @Test(arguments: [0, 20, 45, 50, 55, 70])
    func `a service that closes unused connections after 50 ms costs no request`(pauseMilliseconds: Int) throws {
        let proxy = try ProxyFixture(loops: 1)
        let upstream = try Upstream("u", idleMilliseconds: 50)
        try proxy.route(to: upstream)
        let client = try proxy.client()
        for index in 0..<30 {
            if index.isMultiple(of: 2) {
                try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
                #expect(try client.response().text == "hello")
            } else {
                try client.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try client.response().text == "u")
            }
            usleep(UInt32(pauseMilliseconds) * 1000 + UInt32(index * 37 % 800))
        }
        #expect(try proxy.counters(upstream).badGateway == 0)
    }

    /// A proxy that gets no processor for a while does not see that the service has closed meanwhile.
    @Test func `what may not be sent twice never goes on a used connection`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let upstream = try Upstream("u") { request, connection in
            _ = try Upstream.standard(request, connection, name: "u")
            // As if just closed: what comes second is never answered.
            _ = connection.request(within: 5)
            return false
        }
        try proxy.route(to: upstream)
        let client = try proxy.client()
        for _ in 0..<10 {
            let post = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
            try client.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n" + post)
            #expect(try client.response().text == "u")
            #expect(try client.response().text == "hello")
        }
        let counters = try proxy.counters(upstream)
        #expect(counters.badGateway == 0 && counters.retries == 9 && upstream.connections == 20)
    }

    /// A service with a worker for each connection has few of them.
    @Test func `what may not be sent twice leaves few unused connections behind`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let ended = Mutex(0)
        let upstream = try Upstream("u") { request, connection in
            _ = try Upstream.standard(request, connection, name: "u")
            _ = connection.request(within: 5)
            ended.withLock { $0 += 1 }
            return false
        }
        try proxy.route(to: upstream)
        let client = try proxy.client()
        for _ in 0..<20 {
            try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
            #expect(try client.response().text == "hello")
        }
        try proxy.eventually("all but a few have ended") { ended.withLock(\.self) >= 12 }
        #expect(upstream.connections == 20)
    }

    /// A service that answers an upload early and then takes its time has all of it in the end, also where connections enough
    /// are unused already.
    @Test func `what was given up for an early answer still reaches the service`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let read = Mutex<[Int]>([])
        let upstream = try Upstream("u", readsBodies: false) { request, connection in
            let length = request["content-length"].flatMap { Int($0) } ?? 0
            // Meanwhile the client's body fills what lies between.
            if length > 0 { usleep(300_000) }
            try connection.send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
            if length > 0 { usleep(300_000) }
            var count = 0
            while count < length, let bytes = try? connection.read(min(4096, length - count)) { count += bytes.count }
            if length > 0 { read.withLock { $0.append(count) } }
            return length == 0
        }
        try proxy.route(to: upstream)
        for _ in 0..<8 {
            let client = try proxy.client()
            try client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            #expect(try client.response().status == 202)
        }
        var given: [Int] = []
        for length in stride(from: 256 << 10, through: 6 << 20, by: 256 << 10) {
            let client = try proxy.client()
            try client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n")
            let piece = [UInt8](repeating: 120, count: 64 << 10)
            let sent = try client.sendUntilStuck(piece, bytesMax: length, patienceMilliseconds: 100)
            guard sent == length else { break }
            #expect(try client.response().status == 202)
            // Where the proxy had not taken all when the answer came, the client is told so by an end of its connection.
            try? client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            guard (try? client.response())?.status == 202 else { break }
            given.append(length)
            try proxy.eventually("the upload is read") { read.withLock { $0.count >= given.count } }
        }
        #expect(given.count > 1)
        #expect(read.withLock { Array($0.prefix(given.count)) } == given)
    }

    @Test func `unused connections end at the service's limit, or before what it announces`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let upstream = try Upstream("u") { _, connection in
            try Upstream.reply(connection, body: [], fields: "Connection: keep-alive\r\nKeep-Alive: timeout=1\r\n")
            return true
        }
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        let answer = try client.response()
        #expect(answer["keep-alive"] == nil)
        usleep(800_000)
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try client.response()
        #expect(upstream.connections == 2)
    }

    @Test func `bytes behind an answer are never taken for the next one`() throws {
        let proxy = try ProxyFixture(loops: 1)
        // The answer is as long as the proxy's first read, so that what follows stays in the socket.
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 8100\r\nX-Pad: "
        let first = head + String(repeating: "p", count: 8192 - 8100 - 4 - head.utf8.count) + "\r\n\r\n"
        let upstream = try Upstream("u") { request, connection in
            guard request.target == "/first" else { return try Upstream.standard(request, connection, name: "u") }
            let poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON"
            try connection.send(first + String(repeating: "b", count: 8100) + poison)
            return true
        }
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send("GET /first HTTP/1.1\r\nHost: x\r\n\r\nGET /who HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.response().body.count == 8100)
        #expect(try client.response().text == "u")
        #expect(upstream.connections == 2)
    }

    @Test(arguments: [
        ("HEAD", "200 OK\r\nTransfer-Encoding: chunked"), ("GET", "304 Not Modified\r\nTransfer-Encoding: chunked"),
        ("GET", "204 No Content\r\nContent-Length: 5"), ("GET", "204 No Content\r\nTransfer-Encoding: chunked"),
    ])
    func `a connection whose answer announced a body that must not be is not used again`(
        method: String,
        answer: String
    ) throws {
        let proxy = try ProxyFixture(loops: 1)
        let upstream = try Upstream("u") { request, connection in
            guard request.target == "/odd" else { return try Upstream.standard(request, connection, name: "u") }
            try connection.send("HTTP/1.1 \(answer)\r\n\r\n")
            return true
        }
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send("\(method) /odd HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try client.response(toHead: true)
        try client.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.response().text == "u")
        #expect(upstream.connections == 2)
    }

    @Test func `a silent service is answered 504 and a silent answer is cut`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let upstream = try Upstream("u") { request, connection in
            if request.target == "/half" { try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc") }
            _ = connection.request(within: 5)
            return false
        }
        try proxy.route(to: upstream) {
            $0.responseHeadIdle = .milliseconds(200)
            $0.responseIdle = .milliseconds(200)
        }
        #expect(try proxy.get("/none").status == 504)
        let client = try proxy.client()
        try client.send("GET /half HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.readToEnd().suffix(3) == Array("abc".utf8))
        let counters = try proxy.counters(upstream)
        #expect(counters.gatewayTimeout == 1 && counters.cutAnswers == 1 && counters.requestsInFlight == 0)
    }
}
