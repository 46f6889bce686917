import NIOCore
import TealDriverKit

/// Closes a connection as soon as it is there, and says how long that took.
final class ConnectOnly: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let start: NIODeadline
    private let promise: EventLoopPromise<ExchangeEnd>

    init(since start: NIODeadline, to promise: EventLoopPromise<ExchangeEnd>) {
        self.start = start
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        let latency = Duration.nanoseconds((NIODeadline.now() - start).nanoseconds)
        if context.isConnectedToItself {
            promise.succeed(.failed(.refused))
        } else {
            promise.succeed(.answered(HTTPAnswer(status: 0, latency: latency)))
        }
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What happens after the connection was there does not matter to this probe.
        context.close(promise: nil)
    }
}

extension ChannelHandlerContext {
    /// Whether nobody listens: a port of the ephemeral range can be connected to itself (RFC 9293 section 3.5,
    /// simultaneous open).
    var isConnectedToItself: Bool { localAddress == remoteAddress }
}
