import Testing

@testable import TealProxyWire

@Suite struct `Builds that follow each other understand each other` {
    private static let plain = RouteTable(
        epoch: 3,
        version: 41,
        routes: [ProxyRoute(listener: .internal, hosts: ["a"], service: "shop/web")],
        services: [ProxyService(name: "shop/web", targets: [])],
        trustedProxies: []
    )
    /// As version 1 wrote ``plain``.
    private static let first: [UInt8] = {
        let name = Array("shop/web".utf8)
        let parts: [[UInt8]] = [
            [1, 1, 3], [2, 1, 41],
            [3, 22], [1, 1, 1], [2, 1, 0x61], [3, 1, 0x2F], [4, 1, 0], [5, 8], name,
            [4, 49], [1, 8], name, [3, 1, 0], [4, 5, 0x80, 0xd0, 0xac, 0xf3, 0x0e], [5, 4, 0x80, 0x80, 0x80, 0x0a],
            [6, 5, 0x80, 0xde, 0xa0, 0xcb, 0x05], [7, 6, 0x80, 0xb0, 0x9d, 0xc2, 0xdf, 0x01],
            [8, 6, 0x80, 0xf0, 0x92, 0xcb, 0xdd, 0x08],
            [5, 1, 0],
        ]
        return parts.flatMap { $0 }
    }()

    @Test func `the bytes of version 1 are read, and a table without scopes is still written so`() throws {
        #expect(try RouteTable(wireBytes: Self.first) == Self.plain)
        #expect(Self.plain.wireBytes == Self.first)
    }

    @Test func `a scope is written behind them`() throws {
        var table = Self.plain
        let address = TargetAddress(host: "10.1.0.1", port: 80)
        table.listeners = [ScopedListener(scope: "shop", address: address, sources: try Samples.prefix("10.1.0.0/24"))]
        let parts: [[UInt8]] = [
            [1, 4], Array("shop".utf8), [2, 8], Array("10.1.0.1".utf8), [3, 1, 80],
            [4, 9, 1, 4, 10, 1, 0, 0, 2, 1, 24],
        ]
        let listener = parts.flatMap { $0 }
        #expect(table.wireBytes == Self.first + [7, UInt8(listener.count)] + listener)
        #expect(try RouteTable(wireBytes: table.wireBytes) == table)
        var route = ProxyRoute(listener: .internal, hosts: ["a"], service: "s")
        let before = route.wireBytes
        route.scope = "shop"
        #expect(route.wireBytes == before + [7, 4] + Array("shop".utf8))
    }

    @Test func `one who speaks version 1 is sent nothing of scopes, which it would take for everybody's`() {
        let table = Samples.table.spoken(in: 1)
        #expect(table.listeners.isEmpty && table.routes == Array(Samples.table.routes.prefix(2)))
        #expect(!table.namesScopes && Samples.table.namesScopes)
        #expect(Samples.table.spoken(in: 2) == Samples.table)
        #expect(
            ControlRequest.publish(Samples.table, mustPersist: true).spoken(in: 1) == .publish(table, mustPersist: true)
        )
        #expect(ControlReply.table(Samples.table).spoken(in: 1) == .table(table))
        #expect(ControlReply.status(Samples.status).spoken(in: 1) == .status(Samples.status))
    }

    @Test func `a status without listeners of the table is one of a proxy that has none`() throws {
        var status = Samples.status
        status.scoped = nil
        #expect(try ProxyStatus(wireBytes: status.wireBytes).scoped == nil)
        status.scoped = []
        #expect(try ProxyStatus(wireBytes: status.wireBytes).scoped == [])
    }

    @Test func `the present and the version before are spoken`() {
        #expect(ProtocolVersions.spoken == ProtocolVersions(lowest: 1, highest: 2))
        #expect(ProtocolVersions.spoken.common(with: ProtocolVersions(lowest: 1, highest: 1)) == 1)
        #expect(ProtocolVersions.spoken.common(with: ProtocolVersions(lowest: 2, highest: 3)) == 2)
    }
}
