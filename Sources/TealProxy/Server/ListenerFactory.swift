import NIOCore
import NIOPosix
import TealProxyWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Makes listeners whose connections are served by the event loops.
struct ListenerFactory: Sendable {
    /// Connections that may wait to be accepted, per listener.
    private static let backlog: Int32 = 4096

    let group: MultiThreadedEventLoopGroup
    let loops: [NIOLoopBound<ProxyLoop>]
    /// See ``ProxyConfiguration/bindProblem``.
    let bindProblem: @Sendable (TargetAddress) -> Int32?

    /// A listener that has yet to be bound.
    ///
    /// - Parameters:
    ///   - kind: Whose requests come in by it.
    ///   - isScoped: Whether the table names it, so that its connections end when the table does not any more.
    /// - Returns: What binds it.
    func bootstrap(_ kind: ProxyRoute.Listener, isScoped: Bool = false) -> ServerBootstrap {
        let loops = loops
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: SocketTuning.waterMark)
            .childChannelOption(.recvAllocator, value: SocketTuning.clientBuffer)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = loops.first(where: { $0.eventLoop === channel.eventLoop }) else { return }
                    let peer = Peer(remote: channel.remoteAddress, local: channel.localAddress)
                    let connection = FrontConnection(loop: loop.value, listener: kind, isScoped: isScoped, peer: peer)
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
    }

    /// Binds a listener that the table names, also at an address that the host does not have yet, such as that of a
    /// network whose bridge is still down.
    ///
    /// - Parameter address: One address of the host.
    /// - Returns: The listener; connections wait until ``accept(_:)``.
    func bindScoped(_ address: TargetAddress) -> EventLoopFuture<any Channel> {
        let loop = group.next()
        if let code = bindProblem(address) { return loop.makeFailedFuture(IOError(errnoCode: code, reason: "bind")) }
        do {
            let place = try SocketAddress(ipAddress: address.host, port: Int(address.port))
            let listener = bootstrap(.internal, isScoped: true).serverChannelOption(.autoRead, value: false)
            #if os(Linux)
                _ = listener.serverChannelOption(.ipOption(.init(rawValue: CInt(IP_FREEBIND))), value: 1)
            #endif
            return listener.bind(to: place)
        } catch {
            return loop.makeFailedFuture(error)
        }
    }

    /// Lets a listener take connections.
    static func accept(_ listener: any Channel) {
        // Fails only on one that is closed already.
        listener.setOption(.autoRead, value: true).whenFailure { _ in }
    }
}
