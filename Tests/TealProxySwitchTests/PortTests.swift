import Foundation
import TealCore
import TealDriverKit
import TealProxyWire
import Testing

@testable import TealProxySwitch

@Suite struct `Services at ports of the host` {
    private func mapped(_ services: ServiceTraffic..., own: [HostPort] = []) throws -> RouteTable {
        try RouteTable(
            TrafficTable(position: TablePosition(epoch: 1, version: 1), services: services),
            trustedProxies: [],
            ownPlaces: own
        )
    }

    private func port(_ service: String, _ host: String, _ port: UInt16) -> ScopedListener {
        ScopedListener(scope: "shop/\(service)", address: TargetAddress(host: host, port: port), sources: nil)
    }

    @Test func `have a listener for everybody each, and one route for any host`() throws {
        let table = try mapped(
            try Traffic.service("api", routes: []) {
                $0.ports = [HostPort(port: 8080), HostPort(address: "0.0.0.0", port: 8081)]
            },
            try Traffic.service("web", routes: [])
        )
        #expect(table.listeners == [port("api", "127.0.0.1", 8080), port("api", "0.0.0.0", 8081)])
        #expect(table.routes == [ProxyRoute(listener: .internal, service: "shop/api", scope: "shop/api")])
        #expect(table.complaint() == nil)
    }

    @Test func `are led there beside their names in a network, and a place of both is the port's`() throws {
        let gateway = "10.213.1.1/24"
        let target = try Traffic.target("web", 1, port: 8000, address: "10.213.1.9", gateway: gateway)
        let table = try mapped(
            try Traffic.service("web", routes: [], targets: [target]) {
                $0.port = 8000
                $0.ports = [HostPort(address: "10.213.1.1", port: 8000)]
            }
        )
        #expect(table.listeners.map(\.address.port) == [8000, 80])
        #expect(table.listeners.map(\.isPort) == [true, false])
        #expect(table.complaint() == nil)
    }

    @Test func `do not get what the proxy was started with`() throws {
        let web = try Traffic.service("web") { $0.ports = [HostPort(port: 80), HostPort(port: 8080)] }
        #expect(
            try mapped(web, own: [HostPort(address: "0.0.0.0", port: 80)]).listeners == [port("web", "127.0.0.1", 8080)]
        )
        #expect(try mapped(web, own: [HostPort(address: "::", port: 80)]).listeners.count == 1)
        #expect(try mapped(web, own: [HostPort(address: "127.0.0.2", port: 80)]).listeners.count == 2)
    }

    @Test func `of two that ask for one place the first has it`() throws {
        let one = try Traffic.service("a", routes: []) { $0.ports = [HostPort(port: 8080)] }
        let two = try Traffic.service("b", routes: []) { $0.ports = [HostPort(port: 8080), HostPort(port: 8081)] }
        let table = try mapped(one, two)
        #expect(table.listeners == [port("a", "127.0.0.1", 8080), port("b", "127.0.0.1", 8081)])
        #expect(table.routes.map(\.service) == ["shop/a", "shop/b"] && table.complaint() == nil)
    }
}
