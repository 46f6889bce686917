import TealProxyWire
import Testing

@testable import TealProxy

@Suite struct `Requests go where the table says` {
    private func fixture() throws -> (ProxyFixture, [Upstream]) {
        let proxy = try ProxyFixture()
        let upstreams = try ["site", "api", "deep", "inner", "any"].map { try Upstream($0) }
        let services = upstreams.map { ProxyService(name: $0.name, targets: [ProxyFixture.target($0)]) }
        try proxy.publish(
            routes: [
                ProxyRoute(hosts: ["shop.example", "[::1]"], service: "site"),
                ProxyRoute(hosts: ["shop.example"], pathPrefix: "/api", stripPrefix: true, service: "api"),
                ProxyRoute(hosts: ["shop.example"], pathPrefix: "/api/deep/", service: "deep"),
                ProxyRoute(listener: .internal, hosts: ["inner"], service: "inner"),
                ProxyRoute(hosts: ["only.example"], pathPrefix: "/only", service: "any"),
            ],
            services: services
        )
        return (proxy, upstreams)
    }

    @Test(arguments: [
        ("/", "shop.example", "site"), ("/x", "Shop.EXAMPLE:8080", "site"), ("/x", "shop.example.", "site"),
        ("/api", "shop.example", "api"), ("/api/x", "shop.example", "api"), ("/apix", "shop.example", "site"),
        ("/api/deep", "shop.example", "deep"), ("/api/deep/x", "shop.example", "deep"),
        ("/api/deeper", "shop.example", "api"), ("/?/api", "shop.example", "site"), ("/", "[::1]:99", "site"),
        ("/a.b/c%20d", "shop.example", "site"), ("http://shop.example/api/y", "shop.example", "api"),
        ("http://shop.example:80/", "shop.example", "site"), ("http://shop.example/api/y", "other.example", "api"),
        ("/api/x%2Fy//z;v=1/./", "shop.example", "api"), ("/.well-known//x;y", "shop.example", "site"),
    ])
    func `by host and longest prefix on segment borders`(path: String, host: String, service: String) throws {
        let (proxy, _) = try fixture()
        let answer = try proxy.get(path, host: host)
        #expect(answer.status == 200)
        #expect(answer.text == service)
    }

    @Test(arguments: [
        ("/", "other.example", 421), ("/elsewhere", "only.example", 404), ("/", "inner", 421),
        ("/x/../api", "shop.example", 400), ("/%61pi/x", "shop.example", 400), ("/api%2fdeep", "shop.example", 400),
        ("/api/%2e%2e/", "shop.example", 400), ("//api", "shop.example", 400), ("/x\\..\\api", "shop.example", 400),
        ("/x/..;a/api", "shop.example", 400), ("http://other.example/", "shop.example", 421),
        ("/api/../internal//../api", "shop.example", 400), ("/api/../internal/..;/api", "shop.example", 400),
        ("/api/../internal/%2e%2e/api", "shop.example", 400), ("/api/y/x%2fz/../../deep", "shop.example", 400),
        ("/api/%252e%252e/", "shop.example", 400), ("/api%252Fdeep", "shop.example", 400),
        ("/api;v=1/deep", "shop.example", 400), ("/only/../only", "only.example", 400),
        ("http://u@shop.example/", "shop.example", 400), ("/", "shop.example:80x", 400), ("/", "a b", 400),
    ])
    func `and nowhere else`(path: String, host: String, status: Int) throws {
        let (proxy, _) = try fixture()
        #expect(try proxy.get(path, host: host).status == status)
    }

    @Test func `internal routes are reached only from the internal listener`() throws {
        let (proxy, _) = try fixture()
        #expect(try proxy.get("/", host: "inner", internally: true).text == "inner")
        #expect(try proxy.get("/", host: "shop.example", internally: true).status == 421)
    }

    @Test(arguments: [("/api/a?b=c", "/a?b=c"), ("/api", "/"), ("/api?x", "/?x"), ("/api/", "/")])
    func `a prefix is stripped for the service`(path: String, expected: String) throws {
        let proxy = try ProxyFixture()
        let seen = try Upstream("seen") { request, connection in
            try Upstream.reply(
                connection,
                body: Array(request.target.utf8),
                fields: "X-Prefix: \(request["x-forwarded-prefix"] ?? "")\r\n"
            )
            return true
        }
        try proxy.publish(
            routes: [ProxyRoute(pathPrefix: "/api", stripPrefix: true, service: "s")],
            services: [ProxyService(name: "s", targets: [ProxyFixture.target(seen)])]
        )
        let answer = try proxy.get(path)
        #expect(answer.text == expected)
        #expect(answer["x-prefix"] == "/api")
    }

    @Test func `a service without targets answers 503 and when to ask again`() throws {
        let proxy = try ProxyFixture()
        try proxy.publish(
            routes: [ProxyRoute(service: "s", unavailableText: "Back at noon.")],
            services: [ProxyService(name: "s", targets: [])]
        )
        let client = try proxy.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in 0..<2 {
            let answer = try client.response()
            #expect(answer.status == 503)
            #expect(answer["retry-after"] == "1")
            #expect(answer.text == "Back at noon.\n")
        }
        guard case .counters(let report) = try proxy.control.ask(.counters) else { return }
        #expect(report.unavailable == [.init(service: "s", count: 2)])
    }

    @Test func `replicas take turns, or the least busy one is asked`() throws {
        let proxy = try ProxyFixture(loops: 1)
        let fast = try Upstream("fast")
        let stuck = try Upstream("stuck") { request, connection in
            if request.target == "/wait" { _ = connection.request() }
            try Upstream.reply(connection, body: Array("stuck".utf8))
            return true
        }
        try proxy.route(to: fast, stuck)
        var names: [String] = []
        for _ in 0..<4 { names.append(try proxy.get("/").text) }
        #expect(names.sorted() == ["fast", "fast", "stuck", "stuck"])

        try proxy.route(to: fast, stuck) { $0.balance = .leastRequests }
        let waiting = try (0..<2).map { _ in
            let client = try proxy.client()
            try client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            return client
        }
        try proxy.eventually("only the stuck one is busy") {
            try proxy.counters(stuck).requestsInFlight > 0 && proxy.counters(fast).requestsInFlight == 0
        }
        for _ in 0..<4 { #expect(try proxy.get("/").text == "fast") }
        #expect(waiting.count == 2)
    }
}

@Suite struct `A path that is taken leads to the same service however it is read` {
    /// What a server may do to a path before it looks at it.
    private struct Reader {
        var decodings: Int
        var splitsAtBackslash: Bool
        var cutsParameters: Bool
        var dropsEmpty: Bool
        var resolvesDots: Bool

        func read(_ path: String) -> String {
            var bytes = Array(path.utf8)
            for _ in 0..<decodings { bytes = Self.decoded(bytes) }
            if splitsAtBackslash { bytes = bytes.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 } }
            var stack: [String] = []
            let segments = String(decoding: bytes, as: UTF8.self).split(
                separator: "/",
                omittingEmptySubsequences: false
            )
            for segment in segments.dropFirst() {
                let bare = cutsParameters ? String(segment.prefix { $0 != ";" }) : String(segment)
                if bare.isEmpty, dropsEmpty { continue }
                if resolvesDots, bare == "." { continue }
                if resolvesDots, bare == ".." { _ = stack.popLast() } else { stack.append(bare) }
            }
            return "/" + stack.joined(separator: "/")
        }

        private static func decoded(_ bytes: [UInt8]) -> [UInt8] {
            var decoded: [UInt8] = []
            var index = 0
            while index < bytes.count {
                let digits = bytes[index...].dropFirst().prefix(2)
                if bytes[index] == UInt8(ascii: "%"), digits.count == 2,
                    let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
                {
                    decoded.append(byte)
                    index += 3
                } else {
                    decoded.append(bytes[index])
                    index += 1
                }
            }
            return decoded
        }
    }

    @Test(arguments: UInt64(0)..<40)
    func `by servers of any kind`(seed: UInt64) {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func random(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % below
        }
        let services = ["root", "a", "ab"].map { ServiceState(name: $0, cursor: 0) }
        let routes = zip(["/", "/a", "/a/b"], services).map { prefix, service in
            ProxyRoute(pathPrefix: prefix, service: service.name)
        }
        let index = RouteIndex(routes, services: Dictionary(uniqueKeysWithValues: services.map { ($0.name, $0) }))
        guard let table = index.routes(for: "x", on: .public) else {
            Issue.record("no routes")
            return
        }
        let parts = ["a", "b", "x", "/", "/", "/", "\\", ".", "..", ";v", "%2f", "%2e", "%61", "%5c", "%252f", "%3b"]
        var taken = 0
        for _ in 0..<500 {
            let path = "/" + (0..<(1 + random(9))).map { _ in parts[random(parts.count)] }.joined()
            let found = Array(path.utf8).withUnsafeBufferPointer { try? table.matchCarefully($0) }
            guard let found else { continue }
            taken += 1
            for kind in 0..<48 {
                let reader = Reader(
                    decodings: kind % 3,
                    splitsAtBackslash: kind / 3 & 1 == 1,
                    cutsParameters: kind / 3 & 2 == 2,
                    dropsEmpty: kind / 3 & 4 == 4,
                    resolvesDots: kind / 3 & 8 == 8
                )
                let read = reader.read(path)
                let other = Array(read.utf8).withUnsafeBufferPointer { bytes in
                    bytes.baseAddress.flatMap { table.match($0, bytes.count) }
                }
                #expect(other === found, "\(path) is \(read) for \(reader)")
            }
        }
        #expect(taken > 20)
    }
}

@Suite struct `The service is told who asked` {
    private func fields(trusted: [NetworkPrefix], sending: String) throws -> Message {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u")
        let service = ProxyService(name: "s", targets: [ProxyFixture.target(upstream)])
        try proxy.publish(routes: [ProxyRoute(service: "s")], services: [service], trusted: trusted)
        let text = try proxy.get("/head", host: "shop.example:81", fields: sending).text
        return Message(head: text.replacing("\n", with: "\r\n"))
    }

    @Test func `fields that differ only by an underscore are dropped too`() throws {
        let spelt = "X_Forwarded_For: 6.6.6.6\r\nX_Real_IP: 6.6.6.6\r\nx-forwarded_proto: https\r\nX_Other: 1\r\n"
        let seen = try fields(trusted: [], sending: spelt)
        for name in ["x_forwarded_for", "x_real_ip", "x-forwarded_proto"] { #expect(seen[name] == nil) }
        #expect(seen["x_other"] == "1" && seen.all("x-forwarded-for") == ["127.0.0.1"])
        let kept = try fields(trusted: NetworkPrefix.loopback, sending: spelt)
        #expect(kept["x_forwarded_for"] == "6.6.6.6")
    }

    @Test(arguments: [("HTTP/1.1", "Host: faked\r\n"), ("HTTP/1.0", ""), ("HTTP/1.1", "Host: faked:80\r\nX: y\r\n")])
    func `the authority of an absolute form is the host`(version: String, fields: String) throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u")
        try proxy.publish(
            routes: [ProxyRoute(hosts: ["shop.example"], service: "s")],
            services: [ProxyService(name: "s", targets: [ProxyFixture.target(upstream)])]
        )
        let client = try proxy.client()
        try client.send("GET http://shop.example:81/head \(version)\r\n\(fields)\r\n")
        let answer = try client.response()
        #expect(answer.status == 200)
        let seen = Message(head: answer.text.replacing("\n", with: "\r\n"))
        #expect(seen.line == "GET /head HTTP/1.1")
        #expect(seen.all("host") == ["shop.example:81"] && seen.all("x-forwarded-host") == ["shop.example:81"])
    }

    private let sent = """
        X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nForwarded: for=9.9.9.9;proto=https\r\n\
        X-Forwarded-Host: faked\r\nX-Real-IP: 9.9.9.9\r\n
        """

    @Test func `what an untrusted peer says is replaced`() throws {
        let seen = try fields(trusted: [], sending: sent)
        #expect(seen.all("x-forwarded-for") == ["127.0.0.1"])
        #expect(seen.all("x-forwarded-proto") == ["http"])
        #expect(seen.all("x-forwarded-host") == ["shop.example:81"])
        #expect(seen.all("forwarded") == ["for=127.0.0.1;host=\"shop.example:81\";proto=http"])
        #expect(seen["x-real-ip"] == nil)
    }

    @Test func `what a trusted peer says is kept and extended`() throws {
        let seen = try fields(trusted: NetworkPrefix.loopback, sending: sent)
        #expect(seen.all("x-forwarded-for") == ["9.9.9.9, 127.0.0.1"])
        #expect(seen.all("x-forwarded-proto") == ["https"])
        #expect(seen.all("x-forwarded-host") == ["faked"])
        #expect(
            seen.all("forwarded")
                == ["for=9.9.9.9;proto=https, for=127.0.0.1;host=\"shop.example:81\";proto=http"]
        )
    }

    @Test func `fields for one connection only end at the proxy`() throws {
        let seen = try fields(
            trusted: [],
            sending: "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\nTE: trailers, gzip\r\n"
                + "Proxy-Connection: keep-alive\r\nUpgrade: h2c\r\nX-End: 2\r\nx-hop: 3\r\n"
        )
        #expect(seen["x-hop"] == nil)
        #expect(seen["keep-alive"] == nil)
        #expect(seen["proxy-connection"] == nil)
        #expect(seen["upgrade"] == nil)
        #expect(seen["x-end"] == "2")
        #expect(seen["te"] == "trailers")
        #expect(seen.all("connection") == ["TE"])
    }
}
