import NIOCore
import TealProxyWire

/// The handshake and one question on one connection; lives on the connection's event loop.
final class ControlExchange: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: ControlRequest
    private let promise: EventLoopPromise<Result<ControlReply, ControlError>>
    /// Whether the connection stays open after the answer.
    private let stays: Bool
    private var decoder = ControlFrameDecoder()
    private var stage = Stage.opening

    private enum Stage {
        /// Hello was sent or is about to be. Leaves on the proxy's hello.
        case opening
        /// The question was sent. Leaves on the answer.
        case asked
        case done
    }

    init(_ request: ControlRequest, staysOpen: Bool, to promise: EventLoopPromise<Result<ControlReply, ControlError>>) {
        self.request = request
        self.promise = promise
        stays = staysOpen
    }

    /// The error that ends the exchange where it stands now.
    func ending(_ reason: String) -> ControlError {
        if case .opening = stage { .unreachable(reason) } else { .lost(reason) }
    }

    func channelActive(context: ChannelHandlerContext) {
        send(.hello(.spoken, software: "teal"), context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .done = stage { return }
        decoder.feed(unwrapInboundIn(data).readableBytesView)
        do throws(WireError) {
            while let frame = try decoder.next() { take(try ControlReply(frame), context) }
        } catch {
            settle(.failure(.unreadable("\(error)")), context)
        }
    }

    private func take(_ reply: ControlReply, _ context: ChannelHandlerContext) {
        switch (stage, reply) {
        case (.opening, .hello(let version, _, _)):
            stage = .asked
            send(request.spoken(in: version), context)
        case (.opening, .failed(.stopping)), (.opening, .failed(.helloMissing)):
            settle(.failure(.unreachable("the proxy is stopping")), context)
        case (_, .failed(let failure)): settle(.failure(.failed(failure)), context)
        case (.opening, _): settle(.failure(.unreadable("no hello")), context)
        case (.asked, _): settle(.success(reply), context)
        case (.done, _): break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        settle(.failure(ending("the connection ended")), context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        settle(.failure(ending("\(error)")), context)
        context.close(promise: nil)
    }

    private func send(_ request: ControlRequest, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: request.frame.bytes)), promise: nil)
    }

    private func settle(_ result: Result<ControlReply, ControlError>, _ context: ChannelHandlerContext) {
        if case .done = stage { return }
        stage = .done
        promise.succeed(result)
        if case .success = result, stays { return }
        context.close(promise: nil)
    }
}
