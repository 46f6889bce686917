import NIOCore
import NIOHTTP1
import NIOWebSocket

/// One HTTP/1.1 connection: assembles requests, answers them in order, keeps or closes the connection.
///
/// Belongs to one event loop.
final class HTTPConnection: ChannelInboundHandler, RemovableChannelHandler, Stoppable {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// Requests that a client may send ahead before the connection is closed.
    static let waitingMax = 64
    /// How long a fresh connection may wait with its first request.
    static let firstRequestLimit = TimeAmount.seconds(60)

    let service: Service
    private var context: ChannelHandlerContext?
    private var partial: Request?
    private var waiting: [Request] = []
    private var answering: Answering?
    private var idleTimer: Scheduled<Void>?
    /// Handlers that go when the connection becomes a WebSocket.
    private let codec: [any RemovableChannelHandler]

    init(service: Service, codec: [any RemovableChannelHandler]) {
        self.service = service
        self.codec = codec
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        service.opened(self)
        closeWhenIdle(after: Self.firstRequestLimit)
        if service.isStopping { context.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        idleTimer?.cancel()
        answering?.cancel()
        answering = nil
        service.closed(self)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            idleTimer?.cancel()
            partial = Request(head: head)
            if head.headers.first(name: "Expect")?.lowercased() == "100-continue" { writeContinue(head) }
        case .body(let piece):
            partial?.take(piece)
        case .end:
            guard let request = partial else { return }
            partial = nil
            take(request)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { answering?.resume() }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A request that cannot be parsed, or a reset: nothing sensible can follow on this connection.
        context.close(promise: nil)
    }

    /// The process stops: an idle connection closes now, a busy one after its answer.
    func stop() {
        guard answering == nil, partial == nil else { return }
        context?.close(promise: nil)
    }

    private func take(_ request: Request) {
        guard answering == nil else {
            waiting.append(request)
            if waiting.count > Self.waitingMax { context?.close(promise: nil) }
            return
        }
        begin(request)
    }

    private func begin(_ request: Request) {
        guard let context else { return }
        switch service.answer(to: request) {
        case .webSocket(let purpose):
            guard let accept = WebSocketHandshake.accept(request) else {
                let page = Page(status: 426, headers: ["Upgrade": "websocket"], body: "a WebSocket lives here\n")
                start(.page(page), request, context)
                return
            }
            become(purpose, accept: accept, context)
        case let answer:
            start(answer, request, context)
        }
    }

    private func start(_ answer: Answer, _ request: Request, _ context: ChannelHandlerContext) {
        // A parser that has seen an upgrade reads no further request, so such a connection is not kept.
        let keeps = request.head.isKeepAlive && !request.asksForUpgrade && !service.isStopping
        let current = Answering(answer: answer, request: request, keepsAlive: keeps, service: service, to: context)
        answering = current
        current.start { [weak self] keeps in self?.finished(keepsAlive: keeps) }
    }

    private func finished(keepsAlive: Bool) {
        answering = nil
        guard let context else { return }
        guard keepsAlive, !service.isStopping else {
            context.close(promise: nil)
            return
        }
        if waiting.isEmpty {
            closeWhenIdle(after: TimeAmount(service.settings.keepAlive))
        } else {
            begin(waiting.removeFirst())
        }
    }

    private func closeWhenIdle(after limit: TimeAmount) {
        guard let channel = context?.channel else { return }
        idleTimer?.cancel()
        idleTimer = channel.eventLoop.assumeIsolated().scheduleTask(in: limit) { channel.close(promise: nil) }
    }

    private func writeContinue(_ head: HTTPRequestHead) {
        guard let context, answering == nil else { return }
        let interim = HTTPResponseHead(version: head.version, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
    }

    private func become(_ purpose: WebSocketPurpose, accept: String, _ context: ChannelHandlerContext) {
        let session = WebSocketSession(purpose: purpose, service: service)
        let head = HTTPResponseHead(
            version: .http1_1,
            status: .switchingProtocols,
            headers: [
                "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept,
                "X-Release": service.settings.version,
            ]
        )
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        let pipeline = context.pipeline.syncOperations
        do {
            // Placed before this handler, so that bytes left in the HTTP decoder reach the frame decoder.
            let frames = ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: WebSocketSession.frameBytesMax))
            try pipeline.addHandlers(
                [WebSocketFrameEncoder(), frames, session],
                position: .before(self)
            )
            for handler in codec { pipeline.removeHandler(handler, promise: nil) }
            service.closed(self)
            session.start()
            pipeline.removeHandler(self, promise: nil)
        } catch {
            // Only a channel that is already closed refuses its handlers.
            context.close(promise: nil)
        }
    }
}
