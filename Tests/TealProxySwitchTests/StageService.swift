import NIOCore
import NIOPosix
import Synchronization
import TealCore

/// A small service: answers every request with its name, and keeps those for `/hold` until it is told.
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

    init(_ desk: Desk) { self.desk = desk }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += String(buffer: unwrapInboundIn(data))
        while let end = received.range(ofEnd: "\r\n\r\n") {
            let isHeld = received.hasPrefix("GET /hold")
            received = String(received[end...])
            let keeps = desk.state.withLock { state in
                if isHeld, !state.isOpen { state.held[ObjectIdentifier(context.channel)] = context.channel }
                return isHeld && !state.isOpen
            }
            if !keeps { context.writeAndFlush(wrapOutboundOut(desk.answer), promise: nil) }
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
