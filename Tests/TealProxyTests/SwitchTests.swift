import Foundation
import TealProxyWire
import Testing

@testable import TealProxy

@Suite(.serialized) struct `A switch moves the next request and nothing else` {
    @Test func `a client's connection stays open and its next request goes to the new target`() throws {
        let proxy = try ProxyFixture()
        let old = try Upstream("old")
        let new = try Upstream("new")
        try proxy.route(to: old)
        let client = try proxy.client()
        for upstream in [old, new, old] {
            try proxy.route(to: upstream)
            try client.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.response().text == upstream.name)
        }
    }

    @Test func `what was sent to the old target is answered by it`() throws {
        let proxy = try ProxyFixture()
        let gate = Gate()
        let old = try Upstream("old") { request, connection in
            gate.wait()
            return try Upstream.standard(request, connection, name: "old")
        }
        let new = try Upstream("new")
        try proxy.route(to: old)
        let client = try proxy.client()
        try client.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n")
        try proxy.eventually("it is in flight") { try proxy.counters(old).requestsInFlight == 1 }
        try proxy.route(to: new)
        #expect(try proxy.counters(old).isRouted == false)
        #expect(try proxy.control.ask(.forget(TargetID("old"))) == .failed(.targetInUse))
        gate.open()
        #expect(try client.response().text == "old")
        try proxy.eventually("it is done") { try proxy.counters(old).requestsInFlight == 0 }
        #expect(try proxy.control.ask(.forget(TargetID("old"))) == .forgotten)
        guard case .counters(let report) = try proxy.control.ask(.counters) else { return }
        #expect(report[TargetID("old")] == nil)
    }

    @Test func `no request fails while the table changes all the time`() throws {
        let proxy = try ProxyFixture()
        let upstreams = try ["a", "b"].map { try Upstream($0) }
        try proxy.route(toAll: [upstreams[0]])
        let failed = Counter()
        let done = Counter()
        let isOver = Counter()
        let port = proxy.port
        let workers = DispatchGroup()
        for worker in 0..<8 {
            workers.enter()
            Thread.detachNewThread {
                defer { workers.leave() }
                var client = try? RawSocket(port: port)
                var index = worker
                while isOver.value == 0 {
                    index += 1
                    if index.isMultiple(of: 3) { client = try? RawSocket(port: port) }
                    let request =
                        index.isMultiple(of: 2)
                        ? "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
                        : "GET /who HTTP/1.1\r\nHost: x\r\n\r\n"
                    let answer = try? { () throws -> Message? in
                        try client?.send(request)
                        return try client?.response()
                    }()
                    let expected = index.isMultiple(of: 2) ? ["hello"] : ["a", "b"]
                    if let answer, answer.status == 200, expected.contains(answer.text) {
                        done.add()
                    } else {
                        failed.add()
                    }
                }
            }
        }
        for round in 0..<60 {
            try proxy.route(toAll: [upstreams[(round + 1) % 2]])
            usleep(20_000)
        }
        isOver.add()
        workers.wait()
        #expect(failed.value == 0)
        #expect(done.value > 200)
    }

    @Test func `a cut ends what is in flight at once`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u") { request, connection in
            if request.target == "/half" { try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc") }
            _ = connection.request(within: 10)
            return false
        }
        try proxy.route(to: upstream)
        let waiting = try proxy.client()
        try waiting.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        let reading = try proxy.client()
        try reading.send("GET /half HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try reading.read(through: "abc")
        try proxy.eventually("both are in flight") { try proxy.counters(upstream).requestsInFlight == 2 }
        #expect(
            try proxy.control.ask(.cut(TargetID("u"), requests: true, upgraded: true))
                == .ended(requests: 2, upgraded: 0)
        )
        #expect(try waiting.response().status == 503)
        #expect(try reading.readToEnd().isEmpty)
        #expect(try proxy.counters(upstream).cutAnswers == 2)
    }

    @Test func `connections beyond the limit are closed, and those within it served`() throws {
        let proxy = try ProxyFixture(loops: 1, connectionsMax: 4)
        let upstream = try Upstream("u")
        try proxy.route(to: upstream)
        let clients = try (0..<4).map { _ in try proxy.client() }
        for client in clients {
            try client.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.response().text == "u")
        }
        #expect(try proxy.client().readToEnd().isEmpty)
        clients[0].close()
        try proxy.eventually("there is room again") { (try? proxy.get("/who"))?.text == "u" }
    }

    @Test func `a head that never ends is answered 408 after ten seconds`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let client = try proxy.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n")
        let started = ContinuousClock.now
        let answer = try client.response(within: 15)
        #expect(answer.status == 408 && answer["connection"] == "close")
        #expect(ContinuousClock.now - started > .seconds(9))
    }

    @Test func `stopping finishes what is in flight and takes nothing new`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let gate = Gate()
        let upstream = try Upstream("u") { request, connection in
            gate.wait()
            return try Upstream.standard(request, connection, name: "u")
        }
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n")
        try proxy.eventually("it is in flight") { try proxy.counters(upstream).requestsInFlight == 1 }
        let unused = try proxy.client()
        try proxy.eventually("both are accepted") {
            guard case .status(let status) = try proxy.control.ask(.status) else { return false }
            return status.connections == 2
        }
        let port = proxy.port
        let stopped = Gate()
        let server = proxy.server
        Thread.detachNewThread {
            server.stop(grace: .seconds(10))
            stopped.open()
        }
        // An unused connection is closed once every loop has been told.
        #expect(try unused.readToEnd().isEmpty)
        #expect(throws: RawSocket.Failure.self) { try RawSocket(port: port) }
        gate.open()
        let answer = try client.response()
        #expect(answer.text == "u")
        #expect(answer["connection"] == "close")
        stopped.wait()
    }
}
