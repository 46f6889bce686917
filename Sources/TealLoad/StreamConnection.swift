import NIOCore

/// The connection of one long answer.
///
/// Belongs to one event loop.
final class StreamConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A stream that says nothing for that long is as good as cut.
    static let silenceLimit = TimeAmount.seconds(5)

    let sent = MonotonicTime.now()
    private let traffic: StreamTraffic
    private let path: String
    private var check: StreamCheck
    private var context: ChannelHandlerContext?
    private var parser = ResponseParser()
    private var isOpen = false
    private var isOver = false
    private var silence: Scheduled<Void>?
    private var lastError: String?

    init(traffic: StreamTraffic, path: String, kind: StreamTraffic.Kind) {
        self.traffic = traffic
        self.path = path
        self.check = StreamCheck(prefix: kind == .lines ? "" : "data: ")
    }

    func drop() {
        isOver = true
        context?.close(promise: nil)
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        let host = traffic.run.options.hostField
        let text = "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        listen()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        listen()
        parser.feed(unwrapInboundIn(data))
        do throws(ResponseError) {
            while !isOver, let part = try parser.next() { take(part) }
        } catch {
            lose("\(error)")
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        lastError = "\(error)"
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        silence?.cancel()
        lose(lastError ?? "closed")
    }

    private func listen() {
        silence?.cancel()
        silence = traffic.run.after(Self.silenceLimit) { [weak self] in self?.lose("silent for 5 s") }
    }

    private func take(_ part: ResponseParser.Part) {
        switch part {
        case .head(let head):
            isOpen = traffic.opened(head, sent: sent)
            if !isOpen { drop() }
        case .body(let piece):
            if let complaint = check.take(piece) { lose(complaint) }
        case .end:
            guard check.hasEnded else { return lose("ended without its last line") }
            drop()
            traffic.finished()
        }
    }

    private func lose(_ what: String) {
        guard !isOver else { return }
        drop()
        if isOpen {
            traffic.cut("\(what) after line \(check.number)", opened: sent)
        } else {
            traffic.failed(.cut, sent, what)
        }
    }
}
