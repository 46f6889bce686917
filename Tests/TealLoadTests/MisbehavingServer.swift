import NIOCore
import NIOPosix
import NIOSSL

/// A server whose every connection answers by a script, one entry a request; the last entry goes on.
final class MisbehavingServer: Sendable {
    /// What is done with one request.
    enum Step: Sendable {
        /// These bytes are sent.
        case send(String)
        /// These bytes are sent, then the connection is closed.
        case close(String)
    }

    private let channel: any Channel
    private let scheme: String

    /// - Parameters:
    ///   - steps: The script; not empty.
    ///   - encryption: What it identifies itself with; nil for plain connections.
    /// - Throws: What NIO says when it cannot listen.
    init(_ steps: [Step], encryption: NIOSSLContext? = nil) async throws {
        scheme = encryption == nil ? "http" : "https"
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let encryption {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: encryption))
                    }
                    try channel.pipeline.syncOperations.addHandler(Script(steps: steps))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
    }

    var url: String { "\(scheme)://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    func stop() async throws {
        try await channel.close()
    }

    /// Takes the end of each head for a request; bodies are passed over, since they hold no empty line.
    private final class Script: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let steps: [Step]
        private var done = 0

        init(steps: [Step]) {
            self.steps = steps
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard String(buffer: unwrapInboundIn(data)).contains("HTTP/1.1\r\n") else { return }
            let step = steps[min(done, steps.count - 1)]
            done += 1
            switch step {
            case .send(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .close(let text):
                if !text.isEmpty { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil) }
                context.close(promise: nil)
            }
        }
    }
}
