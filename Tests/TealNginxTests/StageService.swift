import NIOCore
import NIOPosix
import Synchronization
import TealCore

/// A small service: answers every request with its name, and keeps those for `/hold` until it is told.
///
/// `/path…` is answered with the path as it came, `/short` is cut off, `/drop` is not answered, `/busy` is 503, and `/ws`
/// is upgraded and repeats what it is sent.
final class StageService: Sendable {
    let endpoint: Endpoint
    private let channel: any Channel
    private let desk: Desk

    init(_ name: String, at host: String = "127.0.0.1") async throws {
        let desk = Desk(name)
        self.desk = desk
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.addHandler(StageHandler(desk))
                }
            }
            .bind(host: host, port: 0).get()
        endpoint = Endpoint(address: host, port: channel.localAddress?.port ?? 0)
    }

    var held: Int { desk.state.withLock { $0.held.count } }

    func release() {
        let held = desk.state.withLock { state in
            state.isOpen = true
            defer { state.held = [:] }
            return state.held
        }
        for channel in held.values { channel.writeAndFlush(desk.answer, promise: nil) }
    }

    func close() async throws { try await channel.close() }
}

private final class Desk: Sendable {
    struct State {
        var isOpen = false
        var held: [ObjectIdentifier: any Channel] = [:]
    }
    let answer: ByteBuffer
    let state = Mutex(State())

    init(_ name: String) {
        answer = ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: \(name.utf8.count)\r\n\r\n\(name)")
    }
}

private final class StageHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let desk: Desk
    private var received = ""
    private var isUpgraded = false

    init(_ desk: Desk) { self.desk = desk }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isUpgraded {
            context.writeAndFlush(data, promise: nil)
            return
        }
        received += String(buffer: unwrapInboundIn(data))
        while let end = received.range(ofEnd: "\r\n\r\n") {
            let path = received.split(separator: " ", maxSplits: 2).dropFirst().first.map(String.init) ?? ""
            let isHeld = path.hasPrefix("/hold")
            received = String(received[end...])
            if let special = special(path) {
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: special)), promise: nil)
                if path == "/short" || path == "/drop" { context.close(promise: nil) }
                continue
            }
            let keeps = desk.state.withLock { state in
                if isHeld, !state.isOpen { state.held[ObjectIdentifier(context.channel)] = context.channel }
                return isHeld && !state.isOpen
            }
            if !keeps { context.writeAndFlush(wrapOutboundOut(desk.answer), promise: nil) }
        }
    }

    /// The answer of the paths that are not answered with the name.
    private func special(_ path: String) -> String? {
        switch path {
        case "/short": return "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort"
        case "/drop": return ""
        case "/busy": return "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
        case "/ws":
            isUpgraded = true
            return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"
        case _ where path.hasPrefix("/path"):
            return "HTTP/1.1 200 OK\r\nContent-Length: \(path.utf8.count)\r\n\r\n\(path)"
        default: return nil
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        desk.state.withLock { _ = $0.held.removeValue(forKey: ObjectIdentifier(context.channel)) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension String {
    /// Where the first occurrence of a text ends; nil when there is none.
    fileprivate func range(ofEnd text: String) -> Index? { firstRange(of: text)?.upperBound }
}
