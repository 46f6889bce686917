import Foundation
import TealProxyWire
import Testing

@testable import TealProxy

@Suite struct `Upgraded connections outlive a switch or are closed with a word` {
    private static let accepted =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    private static let request = "HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

    /// Accepts every upgrade and hands the connection to the test.
    private final class Relay: @unchecked Sendable {
        // Unchecked: the connections are handed over under the gate.
        let gate = Gate()
        var connection: RawSocket?
        private let isOver = Gate()

        func take(_ request: Message, _ connection: RawSocket) throws -> Bool {
            guard request["upgrade"] != nil else { return try Upstream.standard(request, connection, name: "u") }
            try connection.send(accepted)
            self.connection = connection
            gate.open()
            isOver.wait()
            return false
        }
    }

    private func open(
        _ path: String,
        mode: UpgradedRule.Mode,
        limit: Duration? = nil
    ) throws -> (
        proxy: ProxyFixture, old: Upstream, client: RawSocket, server: RawSocket
    ) {
        let proxy = try ProxyFixture()
        let relay = Relay()
        let old = try Upstream("old") { try relay.take($0, $1) }
        try proxy.route(to: old) { $0.upgradedRules = [UpgradedRule(pathPrefix: "/ws", mode: mode, limit: limit)] }
        let client = try proxy.client()
        try client.send("GET \(path) \(Self.request)")
        let answer = try client.response()
        #expect(answer.status == 101 && answer["upgrade"] == "websocket" && answer["connection"] == "Upgrade")
        relay.gate.wait()
        let server = try #require(relay.connection)
        return (proxy, old, client, server)
    }

    @Test func `with keep it goes on with the old target`() throws {
        let (proxy, old, client, server) = try open("/ws", mode: .keep)
        let new = try Upstream("new")
        try proxy.route(to: new)
        try client.send([0x82, 0x83, 1, 2, 3, 4, 5, 6, 7])
        #expect(try server.read(9) == [0x82, 0x83, 1, 2, 3, 4, 5, 6, 7])
        try server.send([0x82, 3, 9, 9, 9])
        #expect(try client.read(5) == [0x82, 3, 9, 9, 9])
        #expect(try proxy.counters(old).upgradedKeepInFlight == 1)
        #expect(try proxy.counters(old).requestsInFlight == 0)
        client.close()
        try proxy.eventually("it has ended") { try proxy.counters(old).upgradedInFlight == 0 }
        #expect(try proxy.counters(old).upgradedClosed == 0)
    }

    @Test func `with close both sides get a close frame 1012 at once`() throws {
        let (proxy, old, client, server) = try open("/ws/room", mode: .close)
        let new = try Upstream("new")
        try proxy.route(to: new)
        #expect(try client.read(4) == [0x88, 2, 0x03, 0xf4])
        let frame = try server.read(8)
        #expect(frame[0] == 0x88 && frame[1] == 0x82)
        #expect([frame[6] ^ frame[2], frame[7] ^ frame[3]] == [0x03, 0xf4])
        // The client's answer ends it without waiting.
        try client.send([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xf4])
        #expect(try client.readToEnd().isEmpty)
        try proxy.eventually("it has ended") { try proxy.counters(old).upgradedInFlight == 0 }
        #expect(try proxy.counters(old).upgradedClosed == 1)
    }

    @Test func `a close frame waits for the end of the frame before it`() throws {
        let (proxy, _, client, server) = try open("/ws", mode: .close)
        try server.send([0x82, 6, 1, 2])
        #expect(try client.read(4) == [0x82, 6, 1, 2])
        let new = try Upstream("new")
        try proxy.route(to: new)
        try server.send([3, 4, 5, 6, 0x82, 1, 7])
        #expect(try client.read(8) == [3, 4, 5, 6, 0x88, 2, 0x03, 0xf4])
    }

    @Test func `with a limit it is closed when that is over`() throws {
        let (proxy, old, client, _) = try open("/ws", mode: .keep, limit: .milliseconds(300))
        let new = try Upstream("new")
        try proxy.route(to: new)
        #expect(try client.read(4, within: 3) == [0x88, 2, 0x03, 0xf4])
        try proxy.eventually("it has ended") { try proxy.counters(old).upgradedInFlight == 0 }
    }

    @Test func `a cut closes with 1001, and only what is asked for`() throws {
        let (proxy, old, client, _) = try open("/ws", mode: .keep)
        let id = TargetID("old")
        #expect(
            try proxy.control.ask(.closeUpgraded(id, onlyPathsMarkedClose: true)) == .ended(requests: 0, upgraded: 0)
        )
        #expect(
            try proxy.control.ask(.cut(id, requests: true, upgraded: false)) == .ended(requests: 0, upgraded: 0)
        )
        #expect(try proxy.control.ask(.cut(id, requests: true, upgraded: true)) == .ended(requests: 0, upgraded: 1))
        #expect(try client.read(4) == [0x88, 2, 0x03, 0xe9])
        try proxy.eventually("it has ended") { try proxy.counters(old).upgradedInFlight == 0 }
    }

    @Test func `either side may close its half`() throws {
        let (proxy, old, client, server) = try open("/other", mode: .close)
        try client.send([0x82, 0x80, 0, 0, 0, 0])
        client.closeSending()
        #expect(try server.readToEnd() == [0x82, 0x80, 0, 0, 0, 0])
        try server.send([0x82, 0])
        server.close()
        #expect(try client.readToEnd() == [0x82, 0])
        try proxy.eventually("it has ended") { try proxy.counters(old).upgradedInFlight == 0 }
    }

    @Test func `what a client sends ahead of the answer reaches the service`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u") { _, connection in
            try connection.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\nConnection: Upgrade\r\n\r\n")
            try connection.send(connection.read(5))
            return false
        }
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\nHELLO")
        #expect(try client.response().status == 101)
        #expect(try client.read(5, within: 3) == Array("HELLO".utf8))
    }

    @Test func `a service that declines answers as always`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u")
        try proxy.route(to: upstream)
        let client = try proxy.client()
        try client.send("GET /who \(Self.request)")
        #expect(try client.response().text == "u")
        try client.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.response().text == "u")
    }

    @Test func `frames are followed whatever their length and pieces`() {
        var stream: [UInt8] = []
        for length in [0, 1, 125, 126, 65535, 65536] {
            stream.append(0x82)
            switch length {
            case ...125: stream.append(UInt8(length))
            case ...65535: stream += [126, UInt8(length >> 8), UInt8(length & 0xff)]
            default: stream += [127, 0, 0, 0, 0, 0, 1, 0, 0]
            }
            stream += [UInt8](repeating: 7, count: length)
        }
        for size in [1, 2, 3, 1000, stream.count] {
            var border = FrameBorder()
            var borders = 0
            var index = 0
            while index < stream.count {
                let piece = Array(stream[index..<min(stream.count, index + size)])
                index += piece.withUnsafeBytes { border.feed($0, stopsAtBorder: true) }
                if border.isAtBorder { borders += 1 }
            }
            #expect(borders == 6 && !border.sawClose)
        }
    }
}
