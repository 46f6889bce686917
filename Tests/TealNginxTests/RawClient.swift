import NIOCore
import NIOPosix
import Synchronization
import Testing

/// A connection on which a test says and hears just what it wants.
final class RawClient: Sendable {
    private let channel: any Channel
    private let heard = Heard()

    final class Heard: Sendable {
        let text = Mutex("")
        let isOver = Mutex(false)
    }

    init(port: Int) async throws {
        let heard = heard
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RawHandler(heard))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    var text: String { heard.text.withLock { $0 } }
    /// Whether the other side has closed it.
    var isOver: Bool { heard.isOver.withLock { $0 } }

    func say(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    /// Says something and waits until more has been heard that contains an answer.
    func say(_ text: String, until answer: String) async throws -> Bool {
        let before = self.text.count
        try await say(text)
        return try await holds(within: .seconds(5)) { self.text.dropFirst(before).contains(answer) }
    }

    func close() async throws { try await channel.close() }

    /// What a WebSocket's handshake begins with.
    static func upgrade(_ host: String, _ path: String = "/ws") -> String {
        "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    }

    static func get(_ host: String, _ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\(fields)Connection: close\r\n\r\n"
    }

    /// The whole answer to one request on a connection of its own.
    static func answer(port: Int, _ request: String) async throws -> String {
        let client = try await RawClient(port: port)
        try await client.say(request)
        #expect(try await holds { client.isOver })
        return client.text
    }
}

private final class RawHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let heard: RawClient.Heard

    init(_ heard: RawClient.Heard) { self.heard = heard }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let text = String(buffer: unwrapInboundIn(data))
        heard.text.withLock { $0 += text }
    }

    func channelInactive(context: ChannelHandlerContext) { heard.isOver.withLock { $0 = true } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
