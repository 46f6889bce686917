import Foundation
import TealProxyWire
import Testing

@testable import TealProxy

@Suite(.serialized) struct `The proxy takes requests at ports of the host` {
    /// A service at a port of its own, beside one on the public listener.
    private struct Stage {
        let proxy: ProxyFixture
        let web: Upstream
        let next: Upstream
        let port: UInt16

        init(_ proxy: ProxyFixture? = nil) throws {
            self.proxy = try proxy ?? ProxyFixture()
            web = try Upstream("web")
            next = try Upstream("next")
            port = try Self.freePort()
        }

        static func freePort() throws -> UInt16 {
            let upstream = try RawListener()
            return upstream.port
        }

        static func port(_ scope: String = "shop/web", at host: String, _ number: UInt16) -> ScopedListener {
            ScopedListener(scope: scope, address: TargetAddress(host: host, port: number), sources: nil)
        }

        func publish(_ listeners: [ScopedListener], to upstream: Upstream? = nil) throws {
            let scopes = Set(listeners.filter(\.isPort).map(\.scope)).sorted()
            try proxy.publish(
                routes: [
                    ProxyRoute(hosts: ["shop.test"], service: "shop/web"),
                    ProxyRoute(listener: .internal, hosts: ["web"], service: "shop/web", scope: "shop"),
                ] + scopes.map { ProxyRoute(listener: .internal, service: "shop/web", scope: $0) },
                services: [ProxyService(name: "shop/web", targets: [ProxyFixture.target(upstream ?? web)])],
                listeners: listeners
            )
        }

        func get(_ port: UInt16, at host: String = "127.0.0.1", name: String = "any.test:99") throws -> Message {
            let client = try RawSocket(port: Int(port), at: host)
            try client.send("GET /who HTTP/1.1\r\nHost: \(name)\r\n\r\n")
            return try client.response()
        }

        func problem(_ listener: ScopedListener) throws -> String? {
            guard case .status(let status) = try proxy.control.ask(.status) else { return "no status" }
            guard let found = status.scoped?.first(where: { $0.listener == listener }) else { return "not named" }
            return found.problem
        }
    }

    /// Has a free port until it goes.
    private final class RawListener {
        private let descriptor: Int32
        let port: UInt16

        init(listens: Bool = false, port wanted: UInt16 = 0, at host: String = "127.0.0.1") throws {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var yes: CInt = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = wanted.bigEndian
            address.sin_addr.s_addr = inet_addr(host)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let result = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    let result = bind(descriptor, address, length)
                    _ = getsockname(descriptor, address, &length)
                    return result
                }
            }
            self.descriptor = descriptor
            port = UInt16(bigEndian: address.sin_port)
            guard result == 0 else { throw RawSocket.Failure.closed(soFar: "bind") }
            if listens { guard listen(descriptor, 16) == 0 else { throw RawSocket.Failure.closed(soFar: "listen") } }
        }

        func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

        deinit { close(descriptor) }
    }

    @Test func `any host leads to the service there, and nothing else does`() throws {
        let stage = try Stage()
        try stage.publish([Stage.port(at: "127.0.0.1", stage.port)])
        for name in ["any.test:99", "localhost", "10.0.0.1", "shop.test"] {
            #expect(try stage.get(stage.port, name: name).text == "web")
        }
        // HTTP/1.0 names no host.
        let old = try RawSocket(port: Int(stage.port))
        try old.send("GET /who HTTP/1.0\r\n\r\n")
        #expect(try old.response().text == "web")
        #expect(try stage.proxy.get("/who", host: "any.test").status == 421)
        #expect(try stage.proxy.get("/who", host: "any.test", internally: true).status == 421)
        #expect(try stage.problem(Stage.port(at: "127.0.0.1", stage.port)) == nil)
    }

    @Test func `it is switched with the other routes, and counted the same`() throws {
        let stage = try Stage()
        let listener = Stage.port(at: "127.0.0.1", stage.port)
        try stage.publish([listener])
        let kept = try RawSocket(port: Int(stage.port))
        try kept.send("GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try kept.response().text == "web")
        try stage.publish([listener], to: stage.next)
        try kept.send("GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try kept.response().text == "next")
        #expect(try stage.proxy.get("/who", host: "shop.test").text == "next")
        #expect(try stage.proxy.counters(stage.web).requestsStarted == 1)
        #expect(try stage.proxy.counters(stage.next).requestsStarted == 2)
    }

    @Test func `one at every address takes whatever comes, beside a network's own with the same port`() throws {
        let stage = try Stage()
        let gateway = ScopedListener(
            scope: "shop",
            address: TargetAddress(host: "127.0.1.1", port: stage.port),
            sources: NetworkPrefix.loopback[0]
        )
        let everywhere = Stage.port(at: "0.0.0.0", stage.port)
        // In one table; then each comes to the other, and each goes.
        for steps in [
            [[gateway, everywhere]], [[gateway], [gateway, everywhere]], [[everywhere], [everywhere, gateway]],
        ] {
            for listeners in steps { try stage.publish(listeners) }
            #expect(try stage.problem(gateway) == nil && stage.problem(everywhere) == nil)
            for host in ["127.0.0.1", "127.0.0.2"] { #expect(try stage.get(stage.port, at: host).text == "web") }
            #expect(try stage.get(stage.port, at: "127.0.1.1", name: "web").text == "web")
            #expect(try stage.get(stage.port, at: "127.0.1.1").status == 421)
            // Nobody else gets in between.
            #expect(throws: RawSocket.Failure.self) {
                try RawListener(listens: true, port: stage.port, at: "127.0.0.9")
            }
            try stage.publish([gateway])
            #expect(try stage.get(stage.port, at: "127.0.1.1", name: "web").text == "web")
            try stage.publish([])
            try stage.proxy.eventually("nobody listens") {
                (try? RawSocket(port: Int(stage.port), at: "127.0.1.1")) == nil
            }
        }
    }

    @Test func `no client is lost while a listener at every address comes and goes beside one at a network`() throws {
        let stage = try Stage()
        let gateway = ScopedListener(
            scope: "shop",
            address: TargetAddress(host: "127.0.1.1", port: stage.port),
            sources: NetworkPrefix.loopback[0]
        )
        try stage.publish([gateway])
        for round in 0..<20 {
            try stage.publish(round.isMultiple(of: 2) ? [gateway, Stage.port(at: "0.0.0.0", stage.port)] : [gateway])
            for _ in 0..<5 { #expect(try stage.get(stage.port, at: "127.0.1.1", name: "web").text == "web") }
        }
    }

    @Test func `its clients are users, of whom there may be as many as there may be connections`() throws {
        let stage = try Stage(ProxyFixture(loops: 1, connectionsMax: 8))
        try stage.publish([Stage.port(at: "127.0.0.1", stage.port)])
        let held = try (0..<8).map { _ in try RawSocket(port: Int(stage.port)) }
        for client in held {
            try client.send("GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.response().text == "web")
        }
    }

    @Test func `it is kept on disk in a form that the build before does not take for its own`() throws {
        let stage = try Stage()
        try stage.publish([Stage.port(at: "127.0.0.1", stage.port)])
        let path = stage.proxy.directory
        stage.proxy.stop(keepsDirectory: true)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path + "/table"))
        #expect(bytes.prefix(8) == Data("TEALTBL4".utf8))
        let again = try ProxyFixture(directory: path)
        let client = try RawSocket(port: Int(stage.port))
        try client.send("GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.response().text == "web")
        again.stop()
    }

    // MARK: Taken over

    @Test func `a place that another has is listened at through a stand-in, and itself once it is free`() throws {
        let stage = try Stage()
        let other = try RawListener(listens: true)
        let place = TargetAddress(host: "127.0.0.1", port: other.port)
        let listener = Stage.port(at: "127.0.0.1", other.port)
        try stage.publish([listener])
        #expect(try stage.problem(listener) == "\(place) is taken")
        guard case .place(let port, nil) = try stage.proxy.control.ask(.place(place, .standIn(port: 0))) else {
            Issue.record("there is no stand-in")
            return
        }
        #expect(try stage.proxy.control.ask(.place(place, .standIn(port: 0))) == .place(port: port, problem: nil))
        let before = try RawSocket(port: Int(port))
        try before.send("GET /who HTTP/1.1\r\nHost: any\r\n\r\n")
        #expect(try before.response().text == "web")
        // It counts as the port that it stands for.
        try before.send("GET /head HTTP/1.1\r\nHost: any\r\n\r\n")
        #expect(try before.response().text.contains("x-forwarded-port: \(other.port)\n"))
        #expect(
            try stage.proxy.control.ask(.place(place, .listen)) == .place(port: port, problem: "\(place) is taken")
        )
        other.stop()
        #expect(try stage.proxy.control.ask(.place(place, .listen)) == .place(port: port, problem: nil))
        #expect(try stage.get(other.port).text == "web")
        #expect(try stage.get(port).text == "web")
        #expect(try stage.proxy.control.ask(.place(place, .endStandIn)) == .place(port: 0, problem: nil))
        try stage.proxy.eventually("the stand-in is gone") { (try? RawSocket(port: Int(port))) == nil }
        // Who came in there is answered, and told to go.
        try stage.proxy.eventually("its last answer") {
            try before.send("GET /who HTTP/1.1\r\nHost: any\r\n\r\n")
            let answer = try before.response()
            #expect(answer.text == "web")
            return answer["connection"] == "close"
        }
        try stage.publish([listener], to: stage.next)
        #expect(try stage.get(other.port).text == "next")
    }

    @Test func `only ports of the table have stand-ins`() throws {
        let stage = try Stage()
        let place = TargetAddress(host: "127.0.0.1", port: stage.port)
        for action in [PlaceAction.standIn(port: 0), .listen, .endStandIn] {
            #expect(
                try stage.proxy.control.ask(.place(place, action))
                    == .place(port: 0, problem: "\(place) is no port of the table")
            )
        }
        let listener = Stage.port(at: "127.0.0.1", stage.port)
        try stage.publish([listener])
        guard case .place(let port, nil) = try stage.proxy.control.ask(.place(place, .standIn(port: 0))) else {
            Issue.record("there is no stand-in")
            return
        }
        try stage.publish([])
        try stage.proxy.eventually("it goes with its place") { (try? RawSocket(port: Int(port))) == nil }
    }
}
