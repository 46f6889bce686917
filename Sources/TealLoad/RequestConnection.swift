import NIOCore

/// One connection of the open loop, carrying one request at a time.
///
/// Belongs to one event loop.
final class RequestConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private unowned let traffic: RequestTraffic
    private var context: ChannelHandlerContext?
    private var exchange: RequestTraffic.Exchange?
    private var parser = ResponseParser()
    private var head: ResponseHead?
    private var body = ByteBuffer()
    private var isReused = false
    private var hasBytes = false
    private var lastError: String?

    /// The longest body that is looked at, 1 MiB; everything longer is wrong anyway.
    static let bodyBytesMax = 1 << 20

    init(traffic: RequestTraffic, first: RequestTraffic.Exchange) {
        self.traffic = traffic
        self.exchange = first
        first.connection = self
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        if let exchange, !exchange.isOver { carry(exchange, isReused: false) } else { drop() }
    }

    /// Sends a request on this connection.
    func carry(_ exchange: RequestTraffic.Exchange, isReused: Bool) {
        self.exchange = exchange
        self.isReused = isReused
        exchange.connection = self
        hasBytes = false
        head = nil
        body.clear()
        if isReused { exchange.sent = MonotonicTime.now() }
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(message(exchange)), promise: nil)
    }

    /// Closes the connection, whatever it carries.
    func drop() {
        context?.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasBytes = true
        parser.feed(unwrapInboundIn(data))
        do throws(ResponseError) {
            while let part = try parser.next() { take(part) }
        } catch {
            if let exchange { traffic.malformed(exchange, "\(error)") }
            drop()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        lastError = "\(error)"
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        let exchange = exchange
        self.exchange = nil
        if let exchange {
            if parser.endsWithConnection, let head, lastError == nil {
                traffic.answered(exchange, head, body, at: MonotonicTime.now())
            } else {
                let reason = lastError ?? "closed after \(hasBytes ? "\(body.readableBytes) bytes" : "nothing")"
                traffic.broken(exchange, mayRepeat: isReused && !hasBytes, reason)
            }
        }
        traffic.closed(self)
    }

    private func take(_ part: ResponseParser.Part) {
        switch part {
        case .head(let head): self.head = head
        case .body(var piece):
            if body.readableBytes < Self.bodyBytesMax { body.writeBuffer(&piece) }
        case .end: finish()
        }
    }

    private func finish() {
        guard let exchange, let head else { return }
        self.exchange = nil
        traffic.answered(exchange, head, body, at: MonotonicTime.now())
        if head.keepsAlive, exchange.expectation.shape.kind != .fresh, context != nil {
            traffic.free(self)
        } else {
            drop()
        }
    }

    private func message(_ exchange: RequestTraffic.Exchange) -> ByteBuffer {
        let shape = exchange.expectation.shape
        let isPost = shape.kind == .post
        var text = "\(isPost ? "POST" : "GET") /echo?pad=\(shape.padBytes) HTTP/1.1\r\n"
        text += "Host: \(traffic.run.options.hostField)\r\nX-Nonce: \(shape.nonce)\r\n"
        if isPost { text += "Content-Length: \(shape.bodyBytes)\r\n" }
        if shape.kind == .fresh { text += "Connection: close\r\n" }
        var message = ByteBuffer(string: text + "\r\n")
        message.writeImmutableBuffer(exchange.expectation.body)
        return message
    }
}
