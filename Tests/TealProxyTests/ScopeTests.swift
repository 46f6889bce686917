import Foundation
import TealProxyWire
import Testing

@testable import TealProxy

@Suite(.serialized) struct `The proxy listens where its table says` {
    /// Two projects, each with a service `backend`, behind addresses that stand for their networks' gateways.
    private struct Stage {
        let proxy: ProxyFixture
        let shop: Upstream
        let blog: Upstream
        let port: Int

        init(_ proxy: ProxyFixture? = nil) throws {
            self.proxy = try proxy ?? ProxyFixture()
            shop = try Upstream("shop")
            blog = try Upstream("blog")
            port = try Self.freePort()
        }

        /// A port that nobody has just now.
        ///
        /// Not by an ``Upstream`` that stops at once: its thread could take the connections of whoever gets its descriptor.
        static func freePort() throws -> Int {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let port = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    _ = bind(descriptor, address, length)
                    _ = getsockname(descriptor, address, &length)
                }
                return Int(UInt16(bigEndian: pointer.pointee.sin_port))
            }
            return try #require(port == 0 ? nil : port)
        }

        static let addresses = ["shop": "127.0.1.1", "blog": "127.0.2.1"]

        func listener(_ scope: String, port: Int? = nil) -> ScopedListener {
            let host = Self.addresses[scope] ?? ""
            return ScopedListener(scope: scope, address: TargetAddress(host: host, port: UInt16(port ?? self.port)))
        }

        func table(_ scopes: [String], listeners: [ScopedListener]? = nil) -> RouteTable {
            let routes = scopes.map { scope in
                ProxyRoute(
                    listener: .internal,
                    hosts: ["backend", "backend.\(scope)"],
                    service: "\(scope)/backend",
                    scope: scope
                )
            }
            let any = ProxyRoute(listener: .internal, hosts: ["everywhere"], service: "blog/backend")
            return RouteTable(
                epoch: 1,
                version: proxy.version + 1,
                routes: routes + [any],
                services: [
                    ProxyService(name: "shop/backend", targets: [ProxyFixture.target(shop)]),
                    ProxyService(name: "blog/backend", targets: [ProxyFixture.target(blog)]),
                ],
                listeners: listeners ?? scopes.map { listener($0) }
            )
        }

        func publish(_ scopes: String...) throws {
            let table = table(scopes)
            try proxy.publish(routes: table.routes, services: table.services, listeners: table.listeners)
        }

        func get(_ scope: String, host: String = "backend") throws -> Message {
            let client = try client(scope)
            try client.send("GET /who HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            return try client.response()
        }

        func client(_ scope: String) throws -> RawSocket {
            try RawSocket(port: port, at: Self.addresses[scope] ?? "")
        }

        var scoped: [ProxyStatus.Scoped]? {
            get throws {
                guard case .status(let status) = try proxy.control.ask(.status) else { return nil }
                return status.scoped
            }
        }
    }

    @Test func `two projects with a service of the same name never mix`() throws {
        let stage = try Stage()
        try stage.publish("shop", "blog")
        for scope in ["shop", "blog"] {
            #expect(try stage.get(scope).text == scope)
            #expect(try stage.get(scope, host: "backend.\(scope):8000").text == scope)
            #expect(try stage.get(scope, host: "Backend:80").text == scope)
        }
        #expect(try stage.get("shop", host: "backend.blog").status == 421)
        #expect(try stage.proxy.get("/who", host: "backend", internally: true).status == 421)
        #expect(try stage.proxy.get("/who", host: "backend").status == 421)
        let all = try #require(try stage.scoped)
        #expect(all.map(\.problem) == [nil, nil])
        #expect(all.map(\.listener) == [stage.listener("shop"), stage.listener("blog")])
    }

    @Test func `a host that the scope does not know is looked for among the internal routes`() throws {
        let stage = try Stage()
        try stage.publish("shop")
        #expect(try stage.get("shop", host: "everywhere").text == "blog")
        #expect(try stage.get("shop", host: "nowhere").status == 421)
    }

    @Test func `a listener at every address stands for the places that it covers`() throws {
        let port = try Stage.freePort()
        let proxy = try ProxyFixture {
            $0.listeners[0] = .init(kind: .public, address: "0.0.0.0", port: UInt16(port))
        }
        let stage = try Stage(proxy)
        let listener = ScopedListener(
            scope: "shop",
            address: TargetAddress(host: "127.0.1.1", port: UInt16(port))
        )
        let table = stage.table(["shop"], listeners: [listener])
        try proxy.publish(routes: table.routes, services: table.services, listeners: [listener])
        #expect(try stage.scoped == [.init(listener: listener)])
        func get(_ host: String) throws -> Message {
            let client = try RawSocket(port: port, at: host)
            try client.send("GET /who HTTP/1.1\r\nHost: backend\r\n\r\n")
            return try client.response()
        }
        #expect(try get("127.0.1.1").text == "shop")
        #expect(try get("127.0.0.1").status == 421)
        try proxy.publish(routes: [], services: table.services)
        #expect(try get("127.0.1.1").status == 421)
    }

    @Test func `an address that the host does not have yet is listened at`() throws {
        let stage = try Stage()
        let listener = ScopedListener(scope: "shop", address: TargetAddress(host: "203.0.113.77", port: 8000))
        let table = stage.table(["shop"], listeners: [listener])
        try stage.proxy.publish(routes: table.routes, services: table.services, listeners: [listener])
        #expect(try stage.scoped == [.init(listener: listener)])
    }

    @Test func `a table whose listener is taken is refused, and leaves nothing behind`() throws {
        let stage = try Stage()
        let other = try Upstream("other", at: "127.0.2.1")
        let taken = stage.listener("blog", port: other.port)
        let table = stage.table(["shop", "blog"], listeners: [stage.listener("shop"), taken])
        #expect(
            try stage.proxy.control.ask(.publish(table, mustPersist: true))
                == .refused(.listener("127.0.2.1:\(other.port) is taken"))
        )
        try stage.proxy.eventually("nobody listens") { (try? stage.client("shop")) == nil }
        guard case .table(let kept) = try stage.proxy.control.ask(.readTable) else { return }
        #expect(kept.version == 0)
        // Taking users back does not wait for it.
        #expect(
            try stage.proxy.control.ask(.publish(table, mustPersist: false))
                == .applied(epoch: 1, version: 1, persisted: true)
        )
        #expect(try stage.get("shop").text == "shop")
        #expect(try stage.scoped?.map(\.problem) == [nil, "127.0.2.1:\(other.port) is taken"])
        other.stop()
        try stage.proxy.eventually("it is bound") { try stage.scoped?.allSatisfy { $0.problem == nil } == true }
    }

    @Test func `without the rights for a port the table is taken and the status says so`() throws {
        let stage = try Stage(ProxyFixture { $0.bindProblem = { $0.port == 80 ? EACCES : nil } })
        let table = stage.table(["shop"], listeners: [stage.listener("shop", port: 80), stage.listener("shop")])
        try stage.proxy.publish(routes: table.routes, services: table.services, listeners: table.listeners)
        #expect(try stage.get("shop").text == "shop")
        #expect(try stage.scoped?.map(\.problem) == ["127.0.1.1:80 may not be listened at by this user", nil])
    }

    @Test func `a table that cannot be stored binds nothing`() throws {
        let stage = try Stage()
        let obstacle = stage.proxy.directory + "/table.new"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        let table = stage.table(["shop"])
        guard case .refused(.notStored) = try stage.proxy.control.ask(.publish(table, mustPersist: true)) else {
            Issue.record("it was taken")
            return
        }
        try stage.proxy.eventually("nobody listens") { (try? stage.client("shop")) == nil }
    }

    // MARK: Come and go

    @Test func `one that leaves the table ends idle connections and lets requests in flight finish`() throws {
        let stage = try Stage()
        let gate = Gate()
        let slow = try Upstream("slow") { request, connection in
            if request.target == "/slow" { gate.wait() }
            return try Upstream.standard(request, connection, name: "slow")
        }
        let table = stage.table(["shop"])
        let service = ProxyService(name: "shop/backend", targets: [ProxyFixture.target(slow)])
        try stage.proxy.publish(
            routes: table.routes.filter { $0.scope != nil },
            services: [service],
            listeners: table.listeners
        )
        let idle = try stage.client("shop")
        try idle.send("GET /who HTTP/1.1\r\nHost: backend\r\n\r\n")
        #expect(try idle.response().text == "slow")
        let busy = try stage.client("shop")
        try busy.send("GET /slow HTTP/1.1\r\nHost: backend\r\n\r\n")
        try stage.proxy.eventually("it is in flight") { try stage.proxy.counters(slow).requestsInFlight == 1 }
        try stage.proxy.publish(routes: [], services: [])
        #expect(try idle.readToEnd().isEmpty)
        try stage.proxy.eventually("nobody listens") { (try? stage.client("shop")) == nil }
        gate.open()
        let answer = try busy.response()
        #expect(answer.status == 200 && answer.text == "slow" && answer["connection"] == "close")
        #expect(try busy.readToEnd().isEmpty)
    }

    @Test func `those that stay lose no request while others come and go`() throws {
        let stage = try Stage()
        try stage.publish("shop")
        let failed = Counter()
        let done = Counter()
        let isOver = Counter()
        let workers = DispatchGroup()
        let port = stage.port
        for worker in 0..<6 {
            workers.enter()
            Thread.detachNewThread {
                defer { workers.leave() }
                var client = try? RawSocket(port: port, at: "127.0.1.1")
                var index = worker
                while isOver.value == 0 {
                    index += 1
                    if index.isMultiple(of: 3) { client = try? RawSocket(port: port, at: "127.0.1.1") }
                    let answer = try? { () throws -> Message? in
                        try client?.send("GET /who HTTP/1.1\r\nHost: backend\r\n\r\n")
                        return try client?.response()
                    }()
                    if answer?.text == "shop" { done.add() } else { failed.add() }
                }
            }
        }
        for round in 0..<60 {
            if round.isMultiple(of: 2) { try stage.publish("shop", "blog") } else { try stage.publish("shop") }
            if round.isMultiple(of: 2) { #expect(try stage.get("blog").text == "blog") }
        }
        isOver.add()
        workers.wait()
        #expect(failed.value == 0)
        #expect(done.value > 200)
        try stage.proxy.eventually("nobody listens") { (try? stage.client("blog")) == nil }
    }

    // MARK: A proxy that starts again

    @Test func `listens again by its stored table alone`() throws {
        let stage = try Stage()
        try stage.publish("shop", "blog")
        stage.proxy.stop(keepsDirectory: true)
        #expect(throws: RawSocket.Failure.self) { try stage.client("shop") }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: stage.proxy.directory + "/table"))
        #expect(bytes.prefix(8) == Data("TEALTBL3".utf8))
        let second = try ProxyFixture(directory: stage.proxy.directory)
        #expect(try stage.get("shop").text == "shop")
        #expect(try stage.get("blog").text == "blog")
        second.stop()
        #expect(throws: RawSocket.Failure.self) { try stage.client("shop") }
    }

    @Test func `listens later where it cannot yet, and takes tables meanwhile`() throws {
        let stage = try Stage()
        try stage.publish("shop", "blog")
        stage.proxy.stop(keepsDirectory: true)
        let thief = try Upstream("thief", at: "127.0.1.1", port: stage.port)
        let second = try ProxyFixture(directory: stage.proxy.directory)
        #expect(try stage.get("blog").text == "blog")
        func problems() throws -> [String?]? {
            guard case .status(let status) = try second.control.ask(.status) else { return nil }
            return status.scoped?.map(\.problem)
        }
        #expect(try problems() == ["127.0.1.1:\(stage.port) is taken", nil])
        var table = stage.table(["shop", "blog"])
        table.version = second.version + 1
        try second.publish(routes: table.routes, services: table.services, listeners: table.listeners)
        thief.stop()
        try second.eventually("it listens there") { try problems() == [nil, nil] }
        #expect(try stage.get("shop").text == "shop")
        second.stop()
    }

    @Test func `after another boot a scope's services answer 503`() throws {
        let stage = try Stage()
        try stage.publish("shop")
        stage.proxy.stop(keepsDirectory: true)
        let second = try ProxyFixture(directory: stage.proxy.directory) { $0.boot = Array("later".utf8) }
        #expect(try stage.get("shop").status == 503)
        second.stop()
    }

    @Test func `reads what the build before this one stored, and writes it so where nothing is new`() throws {
        let table = RouteTable(epoch: 1, version: 7, routes: [], services: [], trustedProxies: [])
        let old: [UInt8] = Array("TEALTBL2".utf8) + [0, 0, 0, 0, 0, 0, 0, 11]
        let body: [UInt8] = [1, 0x62, 1, 1, 1, 2, 1, 7, 5, 1, 0]
        let encoded = TableFile.encode(table, boot: [0x62])
        #expect(Array(encoded.prefix(16)) == old && Array(encoded.suffix(11)) == body)
        let decoded = try TableFile.decode(encoded)
        #expect(decoded.boot == [0x62] && decoded.table == table)
    }

    @Test func `one who speaks the version before sees nothing of scopes, and may publish as ever`() throws {
        let stage = try Stage()
        try stage.publish("shop")
        let old = try ControlClient(path: stage.proxy.directory + ".sock", saysHello: false)
        let hello = try old.ask(.hello(ProtocolVersions(lowest: 1, highest: 1), software: "before"))
        guard case .hello(1, _, _) = hello else {
            Issue.record("it said \(hello)")
            return
        }
        guard case .table(let table) = try old.ask(.readTable) else { return }
        #expect(!table.namesScopes && table.routes.count == 1)
        let next = RouteTable(epoch: 1, version: 2, routes: [], services: [])
        #expect(try old.ask(.publish(next, mustPersist: true)) == .applied(epoch: 1, version: 2, persisted: true))
        try stage.proxy.eventually("nobody listens") { (try? stage.client("shop")) == nil }
    }
}

@Suite struct `The index of routes` {
    @Test func `asks a scope first, then what is internal, and nobody else's scope`() throws {
        let services = ["shop", "blog", "inner", "any", "site"].map { ServiceState(name: $0, cursor: 0) }
        let routes = [
            ProxyRoute(listener: .internal, hosts: ["backend"], service: "shop", scope: "shop"),
            ProxyRoute(listener: .internal, hosts: ["backend"], service: "blog", scope: "blog"),
            ProxyRoute(listener: .internal, hosts: ["backend", "inner"], service: "inner"),
            ProxyRoute(listener: .internal, service: "any"), ProxyRoute(hosts: ["site"], service: "site"),
        ]
        let index = RouteIndex(routes, services: Dictionary(uniqueKeysWithValues: services.map { ($0.name, $0) }))
        func found(_ host: String, _ listener: ProxyRoute.Listener, _ scope: String?) -> String? {
            index.routes(for: host, on: listener, in: scope)?.routes.first?.service.name
        }
        #expect(found("backend", .internal, "shop") == "shop")
        #expect(found("backend", .internal, "blog") == "blog")
        #expect(found("backend", .internal, "gone") == "inner")
        #expect(found("backend", .internal, nil) == "inner")
        #expect(found("inner", .internal, "shop") == "inner")
        #expect(found("else", .internal, "shop") == "any")
        // By a listener at every address, which is a public one.
        #expect(found("backend", .public, "shop") == "shop")
        #expect(found("site", .public, nil) == "site")
        #expect(found("backend", .public, nil) == nil)
    }
}

@Suite struct `Places of listeners` {
    private func place(_ host: String, _ port: UInt16 = 80) throws -> ListenerPlace {
        try #require(ListenerPlace(TargetAddress(host: host, port: port)))
    }

    @Test(arguments: [
        ("0.0.0.0", "10.0.0.1", true), ("::", "10.0.0.1", true), ("::", "fd00::1", true), ("0.0.0.0", "fd00::1", false),
        ("10.0.0.1", "10.0.0.1", true), ("::ffff:10.0.0.1", "10.0.0.1", true), ("10.0.0.2", "10.0.0.1", false),
    ])
    func `cover others`(one: String, other: String, expected: Bool) throws {
        #expect(try place(one).covers(place(other)) == expected)
        #expect(try !place(one, 81).covers(place(other)))
    }
}
