import Foundation
import NIOCore
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
            Self.listener(scope, at: Self.addresses[scope] ?? "", UInt16(port ?? self.port))
        }

        /// One for whoever asks over loopback.
        static func listener(_ scope: String, at host: String, _ port: UInt16) -> ScopedListener {
            ScopedListener(
                scope: scope,
                address: TargetAddress(host: host, port: port),
                sources: NetworkPrefix.loopback[0]
            )
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

    @Test func `a host that the scope does not know is nobody's, also where it is internal to another`() throws {
        let stage = try Stage()
        try stage.publish("shop")
        #expect(try stage.proxy.get("/who", host: "everywhere", internally: true).text == "blog")
        #expect(try stage.get("shop", host: "everywhere").status == 421)
        #expect(try stage.get("shop", host: "nowhere").status == 421)
    }

    @Test func `who comes from neither the scope's network nor the host is closed and counted`() throws {
        let stage = try Stage(ProxyFixture { $0.isOwnAddress = { _ in false } })
        let network = try #require(NetworkPrefix(parsing: "127.0.9.0/24"))
        let address = stage.listener("shop").address
        let listener = ScopedListener(scope: "shop", address: address, sources: network)
        let table = stage.table(["shop"], listeners: [listener])
        try stage.proxy.publish(routes: table.routes, services: table.services, listeners: [listener])
        let stranger = try stage.client("shop")
        // It may be closed before or after it has sent something.
        #expect(throws: RawSocket.Failure.self) {
            try stranger.send("GET /who HTTP/1.1\r\nHost: backend\r\n\r\n")
            _ = try stranger.response()
        }
        let member = try RawSocket(port: stage.port, at: "127.0.1.1", from: "127.0.9.5")
        try member.send("GET /who HTTP/1.1\r\nHost: backend\r\n\r\n")
        #expect(try member.response().text == "shop")
        #expect(try stage.scoped?.map(\.strangers) == [1])
        #expect(try stage.proxy.get("/who", host: "everywhere", internally: true).text == "blog")
    }

    @Test func `the host itself may come in everywhere`() throws {
        let stage = try Stage()
        let network = try #require(NetworkPrefix(parsing: "10.213.1.1/24"))
        let listener = ScopedListener(scope: "shop", address: stage.listener("shop").address, sources: network)
        let table = stage.table(["shop"], listeners: [listener])
        try stage.proxy.publish(routes: table.routes, services: table.services, listeners: [listener])
        #expect(try stage.get("shop").text == "shop")
        #expect(HostAddresses.contain([127, 0, 0, 1]) && HostAddresses.contain([UInt8](repeating: 0, count: 15) + [1]))
        #expect(!HostAddresses.contain([192, 0, 2, 1]) && !HostAddresses.contain([]))
    }

    @Test func `one scope may not take all connections`() throws {
        let stage = try Stage(ProxyFixture(loops: 1, connectionsMax: 8))
        try stage.publish("shop")
        let held = try (0..<4).map { _ in try stage.client("shop") }
        for client in held {
            try client.send("GET /who HTTP/1.1\r\nHost: backend\r\n\r\n")
            #expect(try client.response().text == "shop")
        }
        #expect(throws: RawSocket.Failure.self) { try stage.get("shop") }
        #expect(try stage.proxy.get("/who", host: "everywhere", internally: true).text == "blog")
        held[0].close()
        try stage.proxy.eventually("there is room again") { (try? stage.get("shop").text) == "shop" }
    }

    @Test func `a listener at every address stands for the places that it covers`() throws {
        let port = try Stage.freePort()
        let proxy = try ProxyFixture {
            $0.listeners[0] = .init(kind: .public, address: "0.0.0.0", port: UInt16(port))
        }
        let stage = try Stage(proxy)
        let listener = Stage.listener("shop", at: "127.0.1.1", UInt16(port))
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
        let listener = Stage.listener("shop", at: "203.0.113.77", 8000)
        let table = stage.table(["shop"], listeners: [listener])
        try stage.proxy.publish(routes: table.routes, services: table.services, listeners: [listener])
        #expect(try stage.scoped == [.init(listener: listener)])
    }

    @Test(arguments: [true, false])
    func `a table is followed although one of its listeners is taken`(mustPersist: Bool) throws {
        let stage = try Stage(ProxyFixture { $0.freeSpan = .milliseconds(200) })
        let other = try Upstream("other", at: "127.0.2.1")
        let taken = stage.listener("blog", port: other.port)
        let table = stage.table(["shop", "blog"], listeners: [stage.listener("shop"), taken])
        #expect(
            try stage.proxy.control.ask(.publish(table, mustPersist: mustPersist))
                == .applied(epoch: 1, version: 1, persisted: true)
        )
        #expect(try stage.get("shop").text == "shop")
        #expect(try stage.scoped?.map(\.problem) == [nil, "127.0.2.1:\(other.port) is taken"])
        other.stop()
        try stage.proxy.eventually("it is bound") { try stage.scoped?.allSatisfy { $0.problem == nil } == true }
    }

    @Test func `what another program had is left to it while it starts again, also by a proxy that starts`() throws {
        let stage = try Stage()
        let other = try Upstream("other", at: "127.0.2.1")
        let taken = stage.listener("blog", port: other.port)
        let table = stage.table(["shop", "blog"], listeners: [stage.listener("shop"), taken])
        try stage.proxy.publish(routes: table.routes, services: table.services, listeners: table.listeners)
        other.stop()
        let words = "127.0.2.1:\(other.port) was taken, and is left alone until it has been free for 60 s"
        try stage.proxy.eventually("it is seen to be free") { try stage.scoped?.map(\.problem) == [nil, words] }
        try stage.proxy.eventually("that is remembered") {
            TakenPlaces(directory: stage.proxy.directory).load() == [taken.address]
        }
        stage.proxy.stop(keepsDirectory: true)
        let second = try ProxyFixture(directory: stage.proxy.directory)
        guard case .status(let status) = try second.control.ask(.status) else { return }
        #expect(status.scoped?.map(\.problem) == [nil, words])
        // The other one finds its place as it left it.
        let again = try Upstream("other", at: "127.0.2.1", port: other.port)
        #expect(again.port == other.port)
        again.stop()
        second.stop()
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

    @Test func `one that leaves the table answers once more on what is open, and lets requests in flight finish`()
        throws
    {
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
        // Nobody has asked on it yet.
        let fresh = try stage.client("shop")
        try stage.proxy.publish(routes: table.routes.filter { $0.scope != nil }, services: [service])
        try stage.proxy.eventually("nobody listens") { (try? stage.client("shop")) == nil }
        for client in [idle, fresh] {
            try client.send("GET /who HTTP/1.1\r\nHost: backend\r\n\r\n")
            let answer = try client.response()
            #expect(answer.text == "slow" && answer["connection"] == "close")
            #expect(try client.readToEnd().isEmpty)
        }
        gate.open()
        let answer = try busy.response()
        #expect(answer.status == 200 && answer.text == "slow" && answer["connection"] == "close")
        #expect(try busy.readToEnd().isEmpty)
    }

    @Test func `whoever got through to one that is being closed is answered`() throws {
        let stage = try Stage()
        let port = stage.port
        let isOver = Counter()
        let answered = Counter()
        let cut = Counter()
        let workers = DispatchGroup()
        for _ in 0..<4 {
            workers.enter()
            Thread.detachNewThread {
                defer { workers.leave() }
                while isOver.value == 0 {
                    guard let client = try? RawSocket(port: port, at: "127.0.2.1") else { continue }
                    let answer = try? { () throws -> Message in
                        try client.send("GET /who HTTP/1.1\r\nHost: backend\r\n\r\n")
                        return try client.response()
                    }()
                    if answer?.text == "blog" { answered.add() } else { cut.add() }
                }
            }
        }
        let routes = stage.table(["shop", "blog"])
        for round in 0..<60 {
            let listeners = round.isMultiple(of: 2) ? routes.listeners : Array(routes.listeners.prefix(1))
            try stage.proxy.publish(routes: routes.routes, services: routes.services, listeners: listeners)
            usleep(20_000)
        }
        isOver.add()
        workers.wait()
        #expect(cut.value == 0)
        #expect(answered.value > 50)
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
        let second = try ProxyFixture(directory: stage.proxy.directory) { $0.freeSpan = .milliseconds(200) }
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
    @Test func `asks a scope alone, and nobody else's`() throws {
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
        #expect(found("backend", .internal, "gone") == nil)
        #expect(found("backend", .internal, nil) == "inner")
        #expect(found("inner", .internal, "shop") == nil)
        #expect(found("else", .internal, "shop") == nil)
        #expect(found("else", .internal, nil) == "any")
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

@Suite struct `A listener that is not bound` {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test func `is tried after 1 s, then after waits that double, up to a minute`() {
        var wait = ListenerWait(.refused("may not be listened at"), now: start)
        var now = start
        for seconds: Int64 in [1, 2, 4, 8, 16, 32, 60, 60] {
            #expect(!wait.isDue(now: now + .seconds(seconds) - .milliseconds(1), freeSpan: .seconds(60)))
            now = now + .seconds(seconds)
            #expect(wait.isDue(now: now, freeSpan: .seconds(60)))
            wait = wait.again(now: now)
        }
        #expect(wait.words(freeSpan: .seconds(60)) == "may not be listened at")
    }

    @Test func `is only tried where another was when that place has stayed free`() {
        var wait = ListenerWait(.taken, now: start)
        let span = TimeAmount.seconds(60)
        #expect(!wait.isDue(now: start + .hours(1), freeSpan: span))
        #expect(wait.words(freeSpan: span) == "is taken")
        wait.saw(isFree: true, now: start)
        wait.saw(isFree: true, now: start + .seconds(59))
        #expect(!wait.isDue(now: start + .seconds(59), freeSpan: span))
        #expect(wait.isDue(now: start + .seconds(60), freeSpan: span))
        wait.saw(isFree: false, now: start + .seconds(61))
        wait.saw(isFree: true, now: start + .seconds(62))
        #expect(!wait.isDue(now: start + .seconds(121), freeSpan: span))
    }

    @Test func `is remembered by its place`() {
        let places: Set = [
            TargetAddress(host: "10.213.1.1", port: 80), TargetAddress(host: "fd00::1", port: 8000),
        ]
        #expect(TakenPlaces.text(places) == "10.213.1.1 80\nfd00::1 8000\n")
        #expect(TakenPlaces.parse(TakenPlaces.text(places) + "x\n10.0.0.1 70000\n") == places)
    }
}

@Suite(.serialized, .enabled(if: NginxAtEveryAddress.isInstalled, "nginx is not installed"))
struct `Beside a web server at every address` {
    @Test func `the proxy waits, and never takes the port while that one starts again`() throws {
        let shop = try Upstream("shop")
        let port = try ScopedPorts.free()
        let nginx = try NginxAtEveryAddress(port: port)
        defer { nginx.remove() }
        try nginx.start()
        let proxy = try ProxyFixture()
        let listener = ScopedListener(
            scope: "shop",
            address: TargetAddress(host: "127.0.1.1", port: UInt16(port)),
            sources: NetworkPrefix.loopback[0]
        )
        let route = ProxyRoute(listener: .internal, hosts: ["web"], service: "shop/web", scope: "shop")
        let service = ProxyService(name: "shop/web", targets: [ProxyFixture.target(shop)])
        try proxy.publish(routes: [route], services: [service], listeners: [listener])
        func problem(_ proxy: ProxyFixture) throws -> String? {
            guard case .status(let status) = try proxy.control.ask(.status) else { return nil }
            return status.scoped?.first?.problem ?? nil
        }
        #expect(try problem(proxy) == "127.0.1.1:\(port) is taken")
        for _ in 0..<3 {
            try nginx.stop()
            // Longer than the proxy's look around.
            try proxy.eventually("it is seen to be away") { try problem(proxy)?.contains("was taken") == true }
            try nginx.start()
            try proxy.eventually("it is seen again") { try problem(proxy)?.hasSuffix("is taken") == true }
        }
        // As after a reboot, where the proxy comes first.
        try proxy.eventually("that is remembered") { !TakenPlaces(directory: proxy.directory).load().isEmpty }
        try nginx.stop()
        proxy.stop(keepsDirectory: true)
        let second = try ProxyFixture(directory: proxy.directory)
        try nginx.start()
        try second.eventually("it is seen again") { try problem(second)?.hasSuffix("is taken") == true }
        try nginx.stop()
        second.stop()
    }

    @Test func `whoever comes later is refused by the system, as by any other server`() throws {
        let port = try ScopedPorts.free()
        let nginx = try NginxAtEveryAddress(port: port)
        defer { nginx.remove() }
        let proxy = try ProxyFixture()
        let listener = ScopedListener(
            scope: "shop",
            address: TargetAddress(host: "127.0.1.1", port: UInt16(port)),
            sources: NetworkPrefix.loopback[0]
        )
        try proxy.publish(routes: [], services: [], listeners: [listener])
        #expect(throws: NginxAtEveryAddress.Failed.self) { try nginx.start() }
        // An address of its own is free for it.
        try nginx.configure(at: "127.0.0.1:\(port)")
        try nginx.start()
        try nginx.stop()
    }
}

/// A port that nobody has just now.
enum ScopedPorts {
    static func free() throws -> Int {
        let upstream = try Upstream("free")
        defer { upstream.stop() }
        return upstream.port
    }
}

/// A real nginx that listens at every address.
private struct NginxAtEveryAddress {
    struct Failed: Error {}

    static let program = "/usr/sbin/nginx"
    static let isInstalled = FileManager.default.isExecutableFile(atPath: program)

    private let directory = NSTemporaryDirectory() + "teal-nginx-\(UInt32.random(in: .min ... .max))"

    init(port: Int) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try configure(at: "\(port)")
    }

    func configure(at place: String) throws {
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(directory)/t;" }
        try """
        pid \(directory)/pid; error_log \(directory)/error; worker_processes 1;
        events {} http { access_log off; \(temporary.joined(separator: " "))
        server { listen \(place); return 200 nginx; } }
        """
        .write(toFile: directory + "/conf", atomically: true, encoding: .utf8)
    }

    func start() throws { try run([]) }

    func stop() throws {
        try run(["-s", "quit"])
        let end = Date(timeIntervalSinceNow: 5)
        while FileManager.default.fileExists(atPath: directory + "/pid") {
            guard Date() < end else { throw Failed() }
            usleep(5000)
        }
    }

    private func run(_ arguments: [String]) throws {
        // Not by Foundation's `Process`, which waits for whoever has inherited its descriptors: the server itself.
        let words = [Self.program, "-c", directory + "/conf", "-e", directory + "/error"] + arguments
        var pointers = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var pid: pid_t = 0
        guard posix_spawn(&pid, Self.program, &actions, nil, &pointers, environ) == 0 else { throw Failed() }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else { throw Failed() }
    }

    func remove() {
        try? run(["-s", "stop"])  // it may have been stopped
        try? FileManager.default.removeItem(atPath: directory)  // a few bytes
    }
}
