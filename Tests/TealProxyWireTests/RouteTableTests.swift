import Testing

@testable import TealProxyWire

@Suite struct `A table is taken only in its turn` {
    let current = Samples.table

    @Test func `the next version of the same or a higher epoch is taken`() {
        var next = current
        next.version += 1
        #expect(current.refusal(of: next) == nil)
        next.epoch += 5
        #expect(current.refusal(of: next) == nil)
    }

    @Test func `the same table is taken again`() {
        #expect(current.refusal(of: current) == nil)
    }

    @Test func `another table under the same version is a gap`() {
        var next = current
        next.routes.removeLast()
        #expect(current.refusal(of: next) == .versionGap(epoch: 3, version: 41))
    }

    @Test func `a version too far is a gap`() {
        var next = current
        next.version += 2
        #expect(current.refusal(of: next) == .versionGap(epoch: 3, version: 41))
    }

    @Test func `a lower epoch is stale whatever its version`() {
        var next = current
        next.epoch -= 1
        next.version += 1
        #expect(current.refusal(of: next) == .staleEpoch(epoch: 3, version: 41))
    }
}

@Suite struct `A table that contradicts itself is refused with the reason` {
    private func complaint(_ change: (inout RouteTable) -> Void) -> String? {
        var table = Samples.table
        change(&table)
        return table.complaint()
    }

    @Test func `a fit table has no complaint`() {
        #expect(complaint { _ in } == nil)
    }

    @Test func `a route to a service that is not there`() {
        #expect(
            complaint { $0.routes[0].service = "shop/api" }
                == "a route names the service shop/api, which is not there"
        )
    }

    @Test func `two routes for one place`() {
        #expect(complaint { $0.routes.append(ProxyRoute(service: "shop/web")) } == "two routes take any host/")
    }

    @Test(arguments: ["", "api", "/a b", "/a?b", "/a/../b", "/%2e", "/a\\b"])
    func `a prefix that cannot match`(prefix: String) {
        #expect(complaint { $0.routes[0].pathPrefix = prefix } != nil)
    }

    @Test(arguments: ["", "Shop.example", "shop.example.", "a b", "a/b"])
    func `a host that cannot match`(host: String) {
        #expect(complaint { $0.routes[0].hosts = [host] } != nil)
    }

    @Test(arguments: ["localhost", "1.2.3", "1.2.3.256", "01.2.3.4", "::1::", "12345::"])
    func `a target whose address is not a number`(host: String) {
        let target = ProxyTarget(id: TargetID("x"), address: TargetAddress(host: host, port: 80))
        #expect(complaint { $0.services[0].targets = [target] } != nil)
    }

    @Test func `two routes for one place in a scope, but not in two scopes`() {
        let route = ProxyRoute(listener: .internal, hosts: ["web"], service: "shop/web", scope: "shop")
        var other = route
        other.scope = "blog"
        #expect(complaint { $0.routes.append(route) } == "two routes take web/ in shop")
        #expect(complaint { $0.routes.append(other) } == nil)
    }

    @Test func `a route of a scope that others would reach too`() {
        let words = "route to shop/web: a route of a scope is internal and names its hosts"
        #expect(complaint { $0.routes[2].listener = .public } == words)
        #expect(complaint { $0.routes[2].hosts = [] } == words)
        #expect(complaint { $0.routes[2].scope = "" } == "route to shop/web: its scope is empty or too long")
    }

    @Test(arguments: [
        ("shop", "0.0.0.0", 80), ("shop", "::", 80), ("shop", "web.test", 80), ("shop", "10.0.0.1", 0),
        ("", "10.0.0.1", 80), ("blog", "10.213.1.1", 80),
    ])
    func `a listener without a scope or an address of its own`(scope: String, host: String, port: Int) throws {
        let address = TargetAddress(host: host, port: UInt16(port))
        let sources = try Samples.prefix(host.contains(":") ? "fd00::/64" : "10.213.1.0/24")
        let listener = ScopedListener(scope: scope, address: address, sources: sources)
        #expect(complaint { $0.listeners.append(listener) } != nil)
    }

    @Test func `a listener for callers of another family than its own`() throws {
        let address = TargetAddress(host: "10.213.2.1", port: 80)
        let listener = ScopedListener(scope: "blog", address: address, sources: try Samples.prefix("fd00::/64"))
        let words = "the listener 10.213.2.1:80 for blog is for another family of addresses: fd00:0:0:0:0:0:0:0/64"
        #expect(complaint { $0.listeners.append(listener) } == words)
    }

    @Test func `one target with two addresses`() {
        let id = Samples.table.services[0].targets[0].id
        let other = ProxyTarget(id: id, address: TargetAddress(host: "10.0.0.1", port: 1))
        #expect(complaint { $0.services.append(ProxyService(name: "b", targets: [other])) } != nil)
    }
}

@Suite struct `Ranges of addresses` {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("192.168.4.0/22", "192.168.7.255", true),
        ("192.168.4.0/22", "192.168.8.0", false),
        ("0.0.0.0/0", "8.8.8.8", true),
        ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "::ffff:127.0.0.1", true),
        ("::1/128", "::1", true),
        ("fd00::/8", "fdab:cd::1", true),
        ("fd00::/8", "fe80::1", false),
    ])
    func `contain what lies in them`(range: String, address: String, expected: Bool) throws {
        let prefix = try #require(NetworkPrefix(parsing: range))
        #expect(prefix.contains(try #require(IPAddressText.bytes(of: address))) == expected)
    }

    @Test(arguments: [
        "", "10.0.0.0/33", "10.0.0/8", "::/129", "a::g", "1.2.3.4/", "1.2.3.4/8/8", ":::", "1:2:3:4:5:6:7:8:9",
    ])
    func `are refused when they are none`(text: String) {
        #expect(NetworkPrefix(parsing: text) == nil)
    }
}
