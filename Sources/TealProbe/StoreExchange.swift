import Glibc
import NIOCore
import TealDriverKit

/// Says the first words to a store and collects its answer, or says why there is none.
///
/// It lives on its connection's event loop and settles its promise exactly once.
final class StoreExchange: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let greeting: StoreGreeting
    private let start: NIODeadline
    private let promise: EventLoopPromise<ExchangeEnd>
    private var answer: [UInt8] = []
    private var isSettled = false

    init(_ greeting: StoreGreeting, since start: NIODeadline, to promise: EventLoopPromise<ExchangeEnd>) {
        self.greeting = greeting
        self.start = start
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        if context.isConnectedToItself { return settle(.failed(.refused), context) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: greeting.opening)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isSettled else { return }
        answer += unwrapInboundIn(data).readableBytesView.prefix(StoreGreeting.answerBytesMax - answer.count)
        switch greeting.verdict(on: answer) {
        case nil: break
        case .ready:
            let latency = Duration.nanoseconds((NIODeadline.now() - start).nanoseconds)
            settle(.answered(HTTPAnswer(status: 0, latency: latency)), context)
        case .notReady(let text): settle(.failed(.notReady(text)), context)
        case .stranger(let text): settle(.failed(.otherProtocol(greeting.store, got: text)), context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        settle(.failed(.closedEarly), context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let error as IOError where [ECONNRESET, EPIPE].contains(error.errnoCode):
            settle(.failed(.closedEarly), context)
        default: settle(.failed(.unreachable("\(error)")), context)
        }
    }

    private func settle(_ end: ExchangeEnd, _ context: ChannelHandlerContext) {
        guard !isSettled else { return }
        isSettled = true
        promise.succeed(end)
        // Closing is in turn: what is written before it is sent before it.
        if case .answered = end, !greeting.farewell.isEmpty {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: greeting.farewell)), promise: nil)
        }
        context.close(promise: nil)
    }
}
