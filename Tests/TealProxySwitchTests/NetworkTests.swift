import Foundation
import TealCore
import TealDriverKit
import TealProxyWire
import Testing

@testable import TealProxySwitch

@Suite struct `Services inside a network are found by their names` {
    private static let gateway = "10.213.1.1/24"

    private func mapped(_ services: ServiceTraffic...) throws -> RouteTable {
        try RouteTable(Traffic.table(1), services)
    }

    private func service(
        _ name: String,
        of project: String = "shop",
        gateway: String? = gateway,
        port: Int? = 8000,
        routes: [Route] = []
    ) throws -> ServiceTraffic {
        let target = try Traffic.target(name, 1, port: 8000, address: "10.213.1.9", gateway: gateway, project: project)
        return try Traffic.service(name, routes: routes, targets: [target], of: project) { $0.port = port }
    }

    private func listener(_ scope: String, _ gateway: String, _ port: UInt16) throws -> ScopedListener {
        let host = String(gateway.prefix { $0 != "/" })
        let sources = try #require(NetworkPrefix(parsing: gateway))
        return ScopedListener(scope: scope, address: TargetAddress(host: host, port: port), sources: sources)
    }

    private func byName(_ service: String, of project: String = "shop") -> ProxyRoute {
        ProxyRoute(
            listener: .internal,
            hosts: [service, "\(service).\(project)"],
            service: "\(project)/\(service)",
            scope: project
        )
    }

    @Test func `at the gateway, on port 80 and on their own, with or without routes for users`() throws {
        let web = try service("web", routes: [Route(hosts: ["shop.example"])])
        let table = try mapped(try service("backend"), web)
        #expect(try table.listeners == [listener("shop", Self.gateway, 80), listener("shop", Self.gateway, 8000)])
        #expect(
            table.routes == [
                ProxyRoute(hosts: ["shop.example"], service: "shop/web"),
                ProxyRoute(listener: .internal, hosts: ["shop.example"], service: "shop/web"), byName("backend"),
                byName("web"),
                ProxyRoute(listener: .internal, hosts: ["shop.example"], service: "shop/web", scope: "shop"),
            ]
        )
    }

    @Test func `on port 80 alone where they have no port, or that one`() throws {
        let table = try mapped(try service("a", port: nil), try service("b", port: 80))
        #expect(try table.listeners == [listener("shop", Self.gateway, 80)])
        // A port that is none keeps no other service's table from being followed.
        #expect(try mapped(service("a", port: 70000)).listeners == [listener("shop", Self.gateway, 80)])
    }

    @Test func `also on the port that they had before, while that release still runs`() throws {
        let web = try service("web", port: 3000)
        var changed = web
        changed.formerPort = 8000
        #expect(
            try mapped(changed).listeners == [80, 3000, 8000].map { try listener("shop", Self.gateway, $0) }
        )
        #expect(try mapped(web).listeners == [80, 3000].map { try listener("shop", Self.gateway, $0) })
    }

    @Test func `also those that run as processes, and those that have not been released`() throws {
        let process = try Traffic.service("api", routes: [], targets: [Traffic.target("api", 1, port: 40001)]) {
            $0.port = 9000
        }
        let mail = try Traffic.service("mail", routes: []) {
            $0.gateway = Self.gateway
            $0.vacancy = "mail of shop has not been released on this host."
        }
        let table = try mapped(process, mail, service("web"))
        #expect(
            try table.listeners == [80, 9000, 8000].map { try listener("shop", Self.gateway, $0) }
        )
        var unreleased = byName("mail")
        unreleased.unavailableText = "mail of shop has not been released on this host."
        #expect(table.routes == [byName("api"), unreleased, byName("web")])
        // Without a network nobody calls it by name.
        #expect(try mapped(process).routes.isEmpty && mapped(process).listeners.isEmpty)
    }

    @Test func `one place for each, whatever two projects remember`() throws {
        let vacant = try ["blog", "shop"].map { project in
            try Traffic.service("web", routes: [], of: project) { $0.gateway = Self.gateway }
        }
        #expect(try mapped(vacant[0], vacant[1]).listeners == [listener("blog", Self.gateway, 80)])
    }

    @Test func `by as many places as a table may name, and no more`() throws {
        let services = try (1...1100).map { number in
            try Traffic.service("web", routes: [], of: "p\(number)") {
                $0.gateway = "10.\(number / 250).\(number % 250).1/24"
            }
        }
        let traffic = TrafficTable(position: .init(epoch: 1, version: 1), services: services)
        let table = try RouteTable(traffic, trustedProxies: [])
        #expect(table.listeners.count == RouteTable.listenersMax && traffic.networkListenersLeftOut == 76)
    }

    @Test func `also while they have no replicas, by the gateway that is remembered`() throws {
        let vacant = try Traffic.service("web", routes: []) {
            $0.gateway = Self.gateway
            $0.port = 3000
        }
        let table = try mapped(vacant)
        #expect(try table.listeners == [listener("shop", Self.gateway, 80), listener("shop", Self.gateway, 3000)])
        #expect(table.routes == [byName("web")] && table.services.first?.targets.isEmpty == true)
        #expect(
            TrafficTable(position: .init(epoch: 1, version: 1), services: [vacant]).networkListeners.map(\.address)
                == ["10.213.1.1:80", "10.213.1.1:3000"]
        )
    }

    @Test func `but not by one that another project's replicas are behind now`() throws {
        let vacant = try Traffic.service("web", routes: []) { $0.gateway = Self.gateway }
        let table = try mapped(vacant, try service("web", of: "blog", port: nil))
        #expect(try table.listeners == [listener("blog", Self.gateway, 80)])
        #expect(table.routes == [byName("web", of: "blog")])
    }

    @Test func `in two projects with the same names, also by internal routes`() throws {
        let routes = [Route(hosts: ["backend"], internalOnly: true)]
        let shop = try service("backend", port: nil, routes: routes)
        let blog = try service("backend", of: "blog", gateway: "10.213.2.1/24", port: nil, routes: routes)
        let both = try mapped(shop, blog)
        #expect(try both.listeners == [listener("shop", Self.gateway, 80), listener("blog", "10.213.2.1/24", 80)])
        #expect(both.routes == [byName("backend"), byName("backend", of: "blog")])
        let alone = ProxyRoute(listener: .internal, hosts: ["backend"], service: "shop/backend")
        #expect(try mapped(shop).routes == [alone, byName("backend")])
        let process = try Traffic.service("backend", routes: routes, of: "blog")
        #expect(
            try mapped(shop, process).routes
                == [ProxyRoute(listener: .internal, hosts: ["backend"], service: "blog/backend"), byName("backend")]
        )
    }

    @Test func `and by their other internal routes`() throws {
        let route = Route(hosts: ["api", "web"], pathPrefix: "/v1", stripPrefix: true, internalOnly: true)
        let table = try mapped(try service("web", port: nil, routes: [route]))
        let scoped = ProxyRoute(
            listener: .internal,
            hosts: ["api", "web"],
            pathPrefix: "/v1",
            stripPrefix: true,
            service: "shop/web",
            scope: "shop"
        )
        #expect(table.routes.filter { $0.scope != nil } == [byName("web"), scoped])
    }

    @Test func `what was written down before that is read`() throws {
        let traffic = try Traffic.service("web", targets: [Traffic.target("web", 1, port: 1)])
        let text = String(decoding: try JSONEncoder().encode(traffic), as: UTF8.self)
        #expect(!text.contains("gateway") && !text.contains("\"port\":null"))
        #expect(try JSONDecoder().decode(ServiceTraffic.self, from: Data(text.utf8)) == traffic)
    }
}

extension RouteTable {
    fileprivate init(_ table: TrafficTable, _ services: [ServiceTraffic]) throws {
        try self.init(TrafficTable(position: table.position, services: services), trustedProxies: [])
    }
}

@Suite(.serialized, .enabled(if: ProxyFixture.isBuilt, "teal-proxy has not been built"))
struct `The real proxy at two gateways` {
    /// Asks by name at a gateway, as a container does.
    private func ask(_ gateway: String, _ port: Int, host: String = "backend") async throws -> String {
        let loader = try RawRequest(host: gateway, port: port)
        return try loader.answer(to: "GET / HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
    }

    private func traffic(
        _ project: String,
        _ gateway: String,
        _ service: StageService,
        _ port: Int
    ) throws -> ServiceTraffic {
        let target = try Traffic.target(
            "backend",
            1,
            port: service.endpoint.port,
            gateway: gateway,
            project: project
        )
        return try Traffic.service("backend", routes: [], targets: [target], of: project) { $0.port = port }
    }

    @Test func `keeps two projects apart, says what is taken, and is back after its death`() async throws {
        try await ProxyFixture.run { fixture in
            let process = ProxyProcess(fixture.launch)
            try await process.ensureRunning()
            let proxy = fixture.proxySwitch
            let (shop, blog) = (try await StageService("of shop"), try await StageService("of blog"))
            // A port of nobody: the service that had it has ended.
            let free = try await StageService("free")
            let port = free.endpoint.port
            try await free.close()
            let both = [
                try traffic("blog", "127.0.2.1/24", blog, port), try traffic("shop", "127.0.1.1/24", shop, port),
            ]
            try await proxy.publish(TrafficTable(position: .init(epoch: 1, version: 1), services: both))
            func isApart() async throws -> Bool {
                let answers = try await [ask("127.0.1.1", port), ask("127.0.2.1", port, host: "backend.blog")]
                return answers[0].hasSuffix("of shop") && answers[1].hasSuffix("of blog")
            }
            #expect(try await isApart())
            #expect(try await ask("127.0.1.1", port, host: "backend.blog").hasPrefix("HTTP/1.1 421"))
            let networks = try #require(try await proxy.listeners().networks)
            #expect(networks.map(\.project) == ["blog", "blog", "shop", "shop"])

            var taken = both
            let thief = try await StageService("thief", at: "127.0.2.1")
            taken[0].port = thief.endpoint.port
            try await proxy.publish(TrafficTable(position: .init(epoch: 1, version: 2), services: taken))
            let reason = "127.0.2.1:\(thief.endpoint.port) is taken"
            #expect(await proxy.unheard().contains(UnheardPlace(project: "blog", reason: reason)))
            taken[0].port = port
            try await proxy.publish(TrafficTable(position: .init(epoch: 1, version: 3), services: taken))
            #expect(try await isApart())

            let dead = try await proxy.listeners().processID
            kill(dead, SIGKILL)
            _ = try await holds { fixture.processes().isEmpty }
            try await process.ensureRunning()
            #expect(try await proxy.listeners().processID != dead)
            #expect(try await isApart())

            try await proxy.publish(TrafficTable(position: .init(epoch: 1, version: 4), services: [both[1]]))
            #expect(try await holds { (try? await ask("127.0.2.1", port)) == nil })
            #expect(try await ask("127.0.1.1", port).hasSuffix("of shop"))
            for service in [shop, blog, thief] { try await service.close() }
        }
    }
}

/// One request on a connection of its own.
private struct RawRequest {
    private let descriptor: Int32

    struct Refused: Error {}

    init(host: String, port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr(host)
        let descriptor = descriptor
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            throw Refused()
        }
    }

    /// Sends, and reads to the end; closes.
    func answer(to request: String) throws -> String {
        defer { close(descriptor) }
        let bytes = Array(request.utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw Refused() }
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            all += buffer[..<count]
        }
        return String(decoding: all, as: UTF8.self)
    }
}
