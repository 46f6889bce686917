import Foundation
import TealProxyWire
import Testing

@testable import TealProxy

/// A proxy on loopback ports with a throw-away state directory.
final class ProxyFixture {
    let directory: String
    let server: ProxyServer
    let control: ControlClient
    private(set) var version: UInt64
    private var isStopped = false

    init(
        directory: String? = nil,
        loops: Int = 2,
        connectionsMax: Int = 4096,
        change: (inout ProxyConfiguration) -> Void = { _ in }
    ) throws {
        let path = directory ?? NSTemporaryDirectory() + "teal-proxy-\(UInt32.random(in: .min ... .max))"
        self.directory = path
        var configuration = ProxyConfiguration(
            stateDirectory: path,
            controlPath: path + ".sock",
            listeners: [
                .init(kind: .public, address: "127.0.0.1", port: 0),
                .init(kind: .internal, address: "127.0.0.1", port: 0),
            ],
            loopCount: loops,
            connectionsMax: connectionsMax
        )
        change(&configuration)
        server = try ProxyServer(configuration)
        control = try ControlClient(path: path + ".sock")
        version = 0
        if case .table(let table) = try control.ask(.readTable) { version = table.version }
    }

    var port: Int { Int(server.addresses[0].address.port) }
    var internalPort: Int { Int(server.addresses[1].address.port) }

    func stop(grace: Duration = .zero, keepsDirectory: Bool = false) {
        guard !isStopped else { return }
        isStopped = true
        server.stop(grace: grace)
        // What cannot be removed is a few bytes in the temporary directory.
        if !keepsDirectory { try? FileManager.default.removeItem(atPath: directory) }
    }

    deinit {
        stop()
    }

    func client() throws -> RawSocket { try RawSocket(port: port) }

    /// Sends one request on its own connection and reads the answer.
    func get(_ path: String, host: String = "x", fields: String = "", internally: Bool = false) throws -> Message {
        let client = try RawSocket(port: internally ? internalPort : port)
        try client.send("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\(fields)\r\n")
        return try client.response()
    }

    /// Publishes the next version and insists that it is applied.
    func publish(
        routes: [ProxyRoute],
        services: [ProxyService],
        trusted: [NetworkPrefix] = [],
        listeners: [ScopedListener] = []
    ) throws {
        let table = RouteTable(
            epoch: 1,
            version: version + 1,
            routes: routes,
            services: services,
            trustedProxies: trusted,
            listeners: listeners
        )
        try #require(
            try control.ask(.publish(table, mustPersist: true))
                == .applied(epoch: 1, version: version + 1, persisted: true)
        )
        version += 1
    }

    /// One service that takes everything on the public listener.
    func route(to upstreams: Upstream..., change: (inout ProxyService) -> Void = { _ in }) throws {
        try route(toAll: upstreams, change: change)
    }

    func route(toAll upstreams: [Upstream], change: (inout ProxyService) -> Void = { _ in }) throws {
        var service = ProxyService(name: "shop/web", targets: upstreams.map(Self.target))
        change(&service)
        try publish(routes: [ProxyRoute(service: "shop/web")], services: [service])
    }

    static func target(_ upstream: Upstream) -> ProxyTarget {
        ProxyTarget(
            id: TargetID(upstream.name),
            address: TargetAddress(host: "127.0.0.1", port: UInt16(upstream.port))
        )
    }

    func counters(_ upstream: Upstream) throws -> TargetCounters {
        guard case .counters(let report) = try control.ask(.counters) else { throw RawSocket.Failure.closed(soFar: "") }
        return try #require(report[TargetID(upstream.name)])
    }

    /// Waits until a condition holds.
    func eventually(_ what: String, within seconds: Double = 5, _ holds: () throws -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while try !holds() {
            try #require(Date() < deadline, "still not so: \(what)")
            usleep(5000)
        }
    }
}

/// The daemon's side of the control socket, blocking.
final class ControlClient {
    private let socket: RawSocket

    init(path: String, saysHello: Bool = true) throws {
        socket = try RawSocket(path: path)
        if saysHello { _ = try ask(.hello(.spoken, software: "test")) }
    }

    func ask(_ request: ControlRequest) throws -> ControlReply {
        try askRaw(request.frame.bytes)
    }

    func askRaw(_ bytes: [UInt8]) throws -> ControlReply {
        try socket.send(bytes)
        let length = try socket.read(4).reduce(0) { $0 << 8 | Int($1) }
        let frame = try socket.read(length)
        return try ControlReply(ControlFrame(kind: frame[0], body: Array(frame.dropFirst())))
    }
}
