import Foundation
import TealProxyWire
import Testing

@testable import TealProxy

@Suite(.serialized) struct `A client that does not read costs no memory` {
    @Test func `answers that the proxy makes itself are held back, and none is lost`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let request = "GET /nowhere HTTP/1.1\r\nHost: h\r\nX-Pad: \(String(repeating: "p", count: 300))\r\n\r\n"
        let other = try proxy.client()
        try other.send(request)
        let head = try other.read(through: "\r\n\r\n")
        let length = try #require(Message(head: head)["content-length"].flatMap { Int($0) })
        let answerBytes = head.utf8.count + length

        let client = try RawSocket(port: proxy.port, receiveBuffer: 8192)
        let piece = Array(String(repeating: request, count: 1000).utf8)
        // What the sockets hold is 17 MiB at most.
        let sent = try client.sendUntilStuck(piece, bytesMax: 32 << 20)
        #expect(sent < 24 << 20)
        try client.skip(sent / request.utf8.count * answerBytes, within: 60)
        // The connection goes on where it was, in the midst of a request.
        let begun = sent % request.utf8.count
        try client.send(String(request.dropFirst(begun)))
        #expect(try client.response().status == 421)
    }

    @Test func `nor does a download over a fresh connection behind answers that wait`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let written = Counter()
        let total = 96 << 20
        let small = [UInt8](repeating: 1, count: 7000)
        let upstream = try Upstream("u") { request, connection in
            guard request.target == "/big" else {
                try Upstream.reply(connection, body: small, fields: "Connection: close\r\n")
                return false
            }
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let piece = [UInt8](repeating: 0, count: 1 << 20)
            for _ in 0..<(total >> 20) {
                try connection.send(piece)
                written.add(piece.count)
            }
            return false
        }
        try proxy.route(to: upstream)
        let client = try RawSocket(port: proxy.port, receiveBuffer: 8192)
        try client.send(String(repeating: "GET /small HTTP/1.1\r\nHost: x\r\n\r\n", count: 900))
        try client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        var before = (-1, -1)
        try proxy.eventually("the service is held up", within: 60) {
            usleep(500_000)
            defer { before = (upstream.requests, written.value) }
            return (upstream.requests, written.value) == before && upstream.requests > 0
        }
        #expect(written.value < 32 << 20)
        for _ in 0..<900 { #expect(try client.response().body.count == small.count) }
        _ = try client.read(through: "\r\n\r\n")
        try client.skip(total, within: 60)
    }
}

@Suite(.serialized) struct `What the client sends lengthens no limit but its own` {
    /// Sends a piece every 20 ms until the other side refuses it; false when it still takes them at the deadline.
    private func dribble(_ piece: [UInt8], into client: RawSocket, until isOver: Counter? = nil) -> Bool {
        let deadline = Date(timeIntervalSinceNow: 8)
        while Date() < deadline, isOver?.value != 1 {
            do { try client.send(piece) } catch { return true }
            usleep(20_000)
        }
        return false
    }

    @Test func `not that of a service that does not answer`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let upstream = try Upstream("u") { _, connection in
            _ = connection.request(within: 20)
            return false
        }
        try proxy.route(to: upstream) { $0.responseHeadIdle = .milliseconds(300) }
        let client = try proxy.client()
        try client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        let isOver = Counter()
        let over = Gate()
        Thread.detachNewThread {
            _ = dribble([UInt8(ascii: "G")], into: client, until: isOver)
            over.open()
        }
        #expect(try client.response(within: 4).status == 504)
        #expect(try proxy.counters(upstream).gatewayTimeout == 1)
        isOver.add()
        over.wait()
    }

    @Test func `not the time in which a last answer is read`() throws {
        let proxy = try ProxyFixture(loops: 1) { $0.limits.linger = 300_000_000 }
        let upstream = try Upstream("u")
        try proxy.route(to: upstream) { $0.bodyBytesMax = 10 }
        let client = try proxy.client()
        try client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        #expect(try client.response().status == 413)
        #expect(dribble([1], into: client))
    }

    @Test func `not that of a client that does not read its answer`() throws {
        let proxy = try ProxyFixture(loops: 1) { $0.limits.clientStall = 500_000_000 }
        let upstream = try Upstream("u") { _, connection in
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(200 << 20)\r\n\r\n")
            let piece = [UInt8](repeating: 0, count: 1 << 20)
            for _ in 0..<200 { try connection.send(piece) }
            return true
        }
        try proxy.route(to: upstream)
        let client = try RawSocket(port: proxy.port, receiveBuffer: 8192)
        try client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(dribble([UInt8(ascii: "G")], into: client))
        #expect(try proxy.counters(upstream).clientLeft == 1)
    }

    @Test func `a body that trickles is answered 408`() throws {
        let proxy = try ProxyFixture(loops: 1) { $0.limits.requestBodySpan = 500_000_000 }
        let upstream = try Upstream("u")
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        let isOver = Counter()
        let over = Gate()
        Thread.detachNewThread {
            _ = dribble([UInt8](repeating: 1, count: 100), into: client, until: isOver)
            over.open()
        }
        #expect(try client.response(within: 4).status == 408)
        #expect(try proxy.counters(upstream).requestsInFlight == 0)
        isOver.add()
        over.wait()
    }

    @Test func `a body that is slow and steady arrives`() throws {
        let proxy = try ProxyFixture(loops: 1) { $0.limits.requestBodySpan = 700_000_000 }
        let upstream = try Upstream("u")
        try proxy.route(to: upstream)
        let client = try proxy.client()
        let pieces = 90
        try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: \(pieces * 8192)\r\n\r\n")
        for _ in 0..<pieces {
            try client.send([UInt8](repeating: 1, count: 8192))
            usleep(20_000)
        }
        #expect(try client.response().body.count == pieces * 8192)
    }
}
