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
    /// - Parameters:
    ///   - address: One address of the host, or every one of a family.
    ///   - neighbours: Listeners of this proxy with the same port, of which one is at every address and the other is not. The
    ///     kernel lets both be when both sockets say so (`SO_REUSEPORT` of socket(7)); whoever is at the one address has its
    ///     connections. They hold the port, so that no other program can come in between.
    /// - Returns: The listener; connections wait until ``accept(_:)``.
    func bindScoped(_ address: TargetAddress, beside neighbours: [any Channel] = []) -> EventLoopFuture<any Channel> {
        let loop = group.next()
        guard !neighbours.isEmpty else { return bindAlone(address, sharesPort: false, on: loop) }
        let allowed: [EventLoopFuture<Void>] = neighbours.map { $0.setOption(Self.sharing, value: 1) }
        // One that is closed already is in nobody's way.
        return EventLoopFuture<Void>.andAllComplete(allowed, on: loop)
            .flatMap { self.bindAlone(address, sharesPort: true, on: loop) }
    }

    private static var sharing: ChannelOptions.Types.SocketOption {
        .init(level: .socket, name: .init(rawValue: SO_REUSEPORT))
    }

    private func bindAlone(
        _ address: TargetAddress,
        sharesPort: Bool,
        on loop: any EventLoop
    ) -> EventLoopFuture<any Channel> {
        if let code = bindProblem(address) { return loop.makeFailedFuture(IOError(errnoCode: code, reason: "bind")) }
        do {
            let place = try SocketAddress(ipAddress: address.host, port: Int(address.port))
            let listener = bootstrap(.internal, isScoped: true).serverChannelOption(.autoRead, value: false)
            if sharesPort { _ = listener.serverChannelOption(Self.sharing, value: 1) }
            if place.protocol == .inet6 {
                // A listener at every IPv6 address has no IPv4 connections, as where a container's port is published.
                _ = listener.serverChannelOption(
                    ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only),
                    value: 1
                )
            }
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

    /// Lets a listener take no more connections.
    static func pause(_ listener: any Channel) {
        // As above.
        listener.setOption(.autoRead, value: false).whenFailure { _ in }
    }

    /// Lets no new client begin to connect, while those that have begun come through.
    ///
    /// Their first packets are dropped, and sent again by them a second later, when the listener is closed and they are
    /// told so at once. Where the system cannot do that, nothing changes.
    static func refuseNew(_ listener: any Channel) {
        #if os(Linux)
            guard let provider = listener as? any SocketOptionProvider else { return }
            // Fails on a closed one, or where the kernel has no filters: then it is as elsewhere.
            provider.unsafeSetSocketOption(
                level: .socket,
                name: .init(rawValue: SO_ATTACH_FILTER),
                value: FirstPackets.filter
            )
            .whenFailure { _ in }
        #endif
    }

    /// Whether nobody listens at a place, nor at every address with its port.
    ///
    /// The place is bound for a moment and not listened at, which is in nobody's way who sets `SO_REUSEADDR`, as servers do.
    func isFree(_ address: TargetAddress) -> Bool {
        if let code = bindProblem(address) { return code != EADDRINUSE }
        guard let place = try? SocketAddress(ipAddress: address.host, port: Int(address.port)) else { return false }
        let family = place.protocol == .inet6 ? AF_INET6 : AF_INET
        #if canImport(Glibc)
            let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        #else
            let descriptor = socket(family, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { return false }
        defer { _ = close(descriptor) }
        var yes: CInt = 1
        let length = socklen_t(MemoryLayout<CInt>.size)
        guard setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, length) == 0 else { return false }
        #if os(Linux)
            // Without it an address that is not there yet counts as taken, and is looked at again.
            _ = setsockopt(descriptor, CInt(IPPROTO_IP), IP_FREEBIND, &yes, length)
        #endif
        return place.withSockAddr { bind(descriptor, $0, socklen_t($1)) } == 0
    }
}

#if os(Linux)
    /// A filter that drops the first packet of every TCP connection and nothing else (`SO_ATTACH_FILTER` of socket(7);
    /// classic BPF: the packet begins at the TCP header, whose flags are its byte 13).
    private enum FirstPackets {
        /// `struct sock_filter`.
        private struct Instruction {
            let code: UInt16
            let ifTrue: UInt8
            let ifFalse: UInt8
            let operand: UInt32
        }

        /// `struct sock_fprog`; the address as a number, so that it may pass between threads.
        struct Program: Sendable {
            let count: UInt16
            let address: UInt
        }

        private static let synchronize: UInt32 = 0x02
        private static let acknowledge: UInt32 = 0x10

        /// Made once and kept for as long as the process lives.
        static let filter: Program = {
            let instructions = [
                Instruction(code: 0x30, ifTrue: 0, ifFalse: 0, operand: 13),  // load byte 13
                Instruction(code: 0x54, ifTrue: 0, ifFalse: 0, operand: synchronize | acknowledge),  // and
                Instruction(code: 0x15, ifTrue: 0, ifFalse: 1, operand: synchronize),  // is it SYN alone?
                Instruction(code: 0x06, ifTrue: 0, ifFalse: 0, operand: 0),  // drop
                Instruction(code: 0x06, ifTrue: 0, ifFalse: 0, operand: .max),  // take all of it
            ]
            let memory = UnsafeMutablePointer<Instruction>.allocate(capacity: instructions.count)
            memory.initialize(from: instructions, count: instructions.count)
            return Program(count: UInt16(instructions.count), address: UInt(bitPattern: memory))
        }()
    }
#endif
