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

    // MARK: Ports of the host

    private static let port = ScopedListener(
        scope: "shop/web",
        address: TargetAddress(host: "0.0.0.0", port: 8080),
        sources: nil
    )

    private static func ported() -> RouteTable {
        var table = Samples.table
        table.listeners.insert(port, at: 0)
        table.routes.append(ProxyRoute(listener: .internal, service: "shop/web", scope: "shop/web"))
        return table
    }

    @Test func `a port of the host is a listener for everybody, with routes for any host`() throws {
        let table = Self.ported()
        #expect(table.complaint() == nil && table.namesPorts && table.portScopes == ["shop/web"])
        #expect(try RouteTable(wireBytes: table.wireBytes) == table)
        #expect(Self.port.wireBytes.count == 2 + 8 + 2 + 7 + 4)
        #expect(!Samples.table.namesPorts)
    }

    @Test func `one who speaks version 2 is sent nothing of ports, which it would refuse`() {
        let table = Self.ported()
        #expect(table.spoken(in: 3) == table)
        #expect(table.spoken(in: 2) == Samples.table)
        #expect(table.spoken(in: 1) == Samples.table.spoken(in: 1))
        var status = Samples.status
        status.scoped = [.init(listener: Self.port), .init(listener: Samples.listener(80))]
        #expect(ControlReply.status(status).spoken(in: 3) == .status(status))
        guard case .status(let told) = ControlReply.status(status).spoken(in: 2) else { return }
        #expect(told.scoped?.map(\.listener) == [Samples.listener(80)])
    }

    @Test func `a route for any host, and a listener at every address, are for scopes of ports alone`() {
        var table = Self.ported()
        table.routes[table.routes.count - 1].scope = "shop"
        #expect(table.complaint()?.contains("names its hosts") == true)
        table = Self.ported()
        table.listeners.append(
            ScopedListener(
                scope: "shop/web",
                address: TargetAddress(host: "10.213.1.1", port: 81),
                sources: Samples.listener(80).sources
            )
        )
        #expect(table.complaint()?.contains("one of ports and one of a network") == true)
        table = Samples.table
        table.listeners = [
            ScopedListener(
                scope: "shop",
                address: TargetAddress(host: "0.0.0.0", port: 80),
                sources: Samples.listener(80).sources
            )
        ]
        #expect(table.complaint()?.contains("has no fit address") == true)
    }

    @Test(arguments: [PlaceAction.standIn(port: 0), .standIn(port: 9090), .listen, .endStandIn])
    func `what is done about a place goes over the wire`(action: PlaceAction) throws {
        let request = ControlRequest.place(TargetAddress(host: "127.0.0.1", port: 8080), action)
        #expect(try ControlRequest(request.frame) == request)
        for reply in [ControlReply.place(port: 9090, problem: nil), .place(port: 0, problem: "is taken")] {
            #expect(try ControlReply(reply.frame) == reply)
        }
    }

    @Test func `a status without listeners of the table is one of a proxy that has none`() throws {
        var status = Samples.status
        status.scoped = nil
        #expect(try ProxyStatus(wireBytes: status.wireBytes).scoped == nil)
        status.scoped = []
        #expect(try ProxyStatus(wireBytes: status.wireBytes).scoped == [])
    }

    @Test func `the present and the version before are spoken`() {
        #expect(ProtocolVersions.spoken == ProtocolVersions(lowest: 1, highest: 3))
        #expect(ProtocolVersions.spoken.common(with: ProtocolVersions(lowest: 1, highest: 1)) == 1)
        #expect(ProtocolVersions.spoken.common(with: ProtocolVersions(lowest: 1, highest: 2)) == 2)
    }
}
