import TealCore
import TealDriverKit
import TealProxyWire
import Testing

@testable import TealProxySwitch

@Suite struct `A table of the engine in the proxy's words` {
    private func mapped(_ services: ServiceTraffic...) throws -> RouteTable {
        let table = TrafficTable(position: TablePosition(epoch: 3, version: 8), services: services)
        return try RouteTable(table, trustedProxies: [])
    }

    @Test func `keeps position, trust, targets and limits`() throws {
        let target = try Traffic.target("web", 42, port: 8001, address: "::1")
        let table = try mapped(
            Traffic.service("web", targets: [target]) {
                $0.proxy.balance = .leastRequests
                $0.proxy.bodyBytesMax = 7
                $0.proxy.upstreamIdle = .seconds(2)
                $0.proxy.responseIdle = .seconds(9)
            }
        )
        #expect(table.epoch == 3 && table.version == 8 && table.trustedProxies.isEmpty)
        #expect(
            table.services == [
                ProxyService(
                    name: "shop/web",
                    targets: [
                        ProxyTarget(
                            id: .init("shop/web@42#blue-0:boot:42:1"),
                            address: TargetAddress(host: "::1", port: 8001)
                        )
                    ],
                    balance: .leastRequests,
                    upstreamIdle: .seconds(2),
                    bodyBytesMax: 7,
                    responseHeadIdle: .seconds(9),
                    responseIdle: .seconds(9)
                )
            ]
        )
    }

    @Test func `shows a route at both listeners, an internal one at its own only`() throws {
        let table = try mapped(
            Traffic.service(
                "web",
                routes: [
                    Route(hosts: ["a.test"], pathPrefix: "/x", stripPrefix: true),
                    Route(hosts: ["in.test"], internalOnly: true),
                ]
            )
        )
        #expect(
            table.routes == [
                ProxyRoute(hosts: ["a.test"], pathPrefix: "/x", stripPrefix: true, service: "shop/web"),
                ProxyRoute(
                    listener: .internal,
                    hosts: ["a.test"],
                    pathPrefix: "/x",
                    stripPrefix: true,
                    service: "shop/web"
                ),
                ProxyRoute(listener: .internal, hosts: ["in.test"], service: "shop/web"),
            ]
        )
    }

    @Test func `leaves the internal listener to an internal route for the same place`() throws {
        let table = try mapped(
            Traffic.service("admin", routes: [Route(internalOnly: true)]),
            Traffic.service("web", routes: [Route(), Route(pathPrefix: "/x")])
        )
        #expect(
            table.routes == [
                ProxyRoute(listener: .internal, service: "shop/admin"), ProxyRoute(service: "shop/web"),
                ProxyRoute(pathPrefix: "/x", service: "shop/web"),
                ProxyRoute(listener: .internal, pathPrefix: "/x", service: "shop/web"),
            ]
        )
    }

    @Test func `gives kept upgraded connections the drain limit where they have none`() throws {
        let rules: [TealCore.UpgradedRule] = [
            .init(pathPrefix: "/ws", mode: .keep), .init(pathPrefix: "/relay", mode: .close, limit: .seconds(1)),
            .init(pathPrefix: "/long", mode: .keep, limit: .seconds(600)),
        ]
        let table = try mapped(
            Traffic.service("web", routes: [Route(upgraded: rules)]) { $0.drain.upgraded = .seconds(77) }
        )
        #expect(
            table.services.first?.upgradedRules == [
                .init(pathPrefix: "/long", mode: .keep, limit: .seconds(600)),
                .init(pathPrefix: "/relay", mode: .close),
                .init(pathPrefix: "/ws", mode: .keep, limit: .seconds(77)),
            ]
        )
    }

    @Test(arguments: [false, true]) func `of two rules for a path takes the one that cuts less`(turned: Bool) throws {
        let close = Route(hosts: ["a"], upgraded: [.init(pathPrefix: "/ws", mode: .close)])
        let short = Route(hosts: ["b"], upgraded: [.init(pathPrefix: "/ws", mode: .keep, limit: .seconds(5))])
        let long = Route(hosts: ["c"], upgraded: [.init(pathPrefix: "/ws", mode: .keep, limit: .seconds(90))])
        let routes = [close, short, long]
        let table = try mapped(Traffic.service("web", routes: turned ? routes.reversed() : routes))
        #expect(table.services.first?.upgradedRules == [.init(pathPrefix: "/ws", mode: .keep, limit: .seconds(90))])
    }

    @Test func `is refused before it is sent when the proxy could not serve it`() throws {
        #expect(throws: SwitchError.refused("target shop/web@1#blue-0:boot:1:1 has no fit port: 70000")) {
            try mapped(Traffic.service("web", targets: [Traffic.target("web", 1, port: 70000)]))
        }
        #expect(throws: SwitchError.refused("two routes take any host/")) {
            try mapped(Traffic.service("web"), Traffic.service("api"))
        }
        #expect(throws: SwitchError.self) {
            try mapped(Traffic.service("web", targets: [Traffic.target("web", 1, port: 80, address: "web.test")]))
        }
    }
}

@Suite struct `Counters of the proxy in the engine's words` {
    @Test func `keep every count and the moment they belong to`() throws {
        var counted = TealProxyWire.TargetCounters(id: .init("shop/web@1#blue-0:run"))
        counted.requestsStarted = 100
        counted.requestsInFlight = 3
        counted.upgradedKeepInFlight = 4
        counted.upgradedCloseInFlight = 5
        counted.answers = [1, 20, 30, 40, 50]
        counted.badGateway = 6
        counted.unavailable = 7
        counted.gatewayTimeout = 8
        counted.cutAnswers = 9
        let counters = TrafficCounters(
            CountersReport(incarnation: 0xbeef, epoch: 2, version: 5, targets: [counted])
        )
        #expect(counters.incarnation == "beef")
        #expect(counters.position == TablePosition(epoch: 2, version: 5))
        let target = try #require(counters.targets[.init("shop/web@1#blue-0:run")])
        #expect(target.requests == 100 && target.requestsInFlight == 3 && target.upgradedOpen == 9)
        #expect(target.successes == 20 && target.redirects == 30)
        #expect(target.clientErrors == 40 && target.serverErrors == 50)
        #expect(target.switchErrors == 21 && target.cutAnswers == 9)
    }

    @Test func `keep each latency below its bucket's upper bound and above the one before`() throws {
        for microseconds in [0, 1, 7, 8, 15, 16, 17, 999, 1000, 123_456, 10_000_000] as [Int64] {
            var counted = TealProxyWire.TargetCounters(id: .init("t"))
            counted.latency.record(.microseconds(microseconds))
            let latency = TealDriverKit.TargetCounters(counted).latency
            #expect(latency.counts.count == latency.boundsNanoseconds.count)
            #expect(latency.boundsNanoseconds == latency.boundsNanoseconds.sorted())
            let index = try #require(latency.counts.firstIndex(of: 1))
            #expect(microseconds * 1000 < latency.boundsNanoseconds[index])
            if index > 0 { #expect(microseconds * 1000 >= latency.boundsNanoseconds[index - 1]) }
        }
    }
}

@Suite struct `A proxy that dies` {
    @Test func `is started again at once, but for one that keeps dying young`() {
        var pace = RestartPace()
        let young = (0..<12).map { _ in pace.pause(afterLiving: .seconds(1)) }
        #expect(
            young == [0, 0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000].map { .milliseconds($0) }
        )
        #expect(pace.pause(afterLiving: .seconds(60)) == .zero)
        #expect(pace.pause(afterLiving: .seconds(1)) == .zero)
    }

    @Test func `never waits longer than the limit`() {
        var pace = RestartPace()
        for _ in 0..<200 { #expect(pace.pause(afterLiving: .zero) <= RestartPace.pauseLast) }
    }
}
