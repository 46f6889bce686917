import NIOCore

/// Traffic over WebSockets that is kept open for the whole run.
protocol SocketTraffic: AnyObject {
    /// How many of its sockets are open now.
    var openSockets: Int { get }
    func start()
    /// Closes with 1000; what ends from now on is not counted.
    func stop()
}

/// One WebSocket: its handshake, its frames, its end.
///
/// Belongs to one event loop.
final class WebSocketConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How a WebSocket ended.
    enum Ending {
        /// It never opened.
        case refused(Record.Failure, String)
        /// The peer sent a close frame with that code.
        case closed(UInt16)
        /// The connection ended without a close frame.
        case cut(String)
        /// This side closed it.
        case own
    }

    /// The key and the proof of the example in RFC 6455, section 1.3.
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    private static let proof = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    let sent = MonotonicTime.now()
    private let run: Run
    private let path: String
    private let onText: (String) -> Void
    private var onEnd: ((Ending) -> Void)?
    private var context: ChannelHandlerContext?
    private var parser = ResponseParser()
    private var frames = WebSocketFrames()
    private(set) var isOpen = false
    private var isClosing = false
    private var closeCode: UInt16?
    private var lastError: String?

    init(run: Run, path: String, onText: @escaping (String) -> Void, onEnd: @escaping (Ending) -> Void) {
        self.run = run
        self.path = path
        self.onText = onText
        self.onEnd = onEnd
    }

    func open() {
        run.record.requests += 1
        run.connect(self) { [weak self] error in self?.end(.refused(.notConnected, "\(error)")) }
        run.after(Run.openLimit) { [weak self] in
            guard let self, !isOpen, onEnd != nil else { return }
            end(.refused(.late, "not open within 5 s"))
            context?.close(promise: nil)
        }
    }

    func send(_ text: String) {
        guard isOpen, !isClosing else { return }
        write(WebSocketFrames.text, Array(text.utf8))
    }

    /// Closes with 1000.
    func close() {
        isClosing = true
        if isOpen { write(WebSocketFrames.close, [0x03, 0xe8]) }
        context?.close(promise: nil)
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        let text =
            "GET \(path) HTTP/1.1\r\nHost: \(run.options.hostField)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \(Self.key)\r\n\r\n"
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        do throws(ResponseError) {
            if isOpen {
                frames.feed(bytes)
            } else {
                parser.feed(bytes)
                guard let part = try parser.next(), case .head(let head) = part else { return }
                guard opened(head) else { return }
                frames.feed(parser.takeRaw())
            }
            while let frame = try frames.next() { take(frame) }
        } catch {
            end(isOpen ? .cut("\(error)") : .refused(.malformed, "\(error)"))
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        lastError = "\(error)"
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        if let closeCode {
            end(.closed(closeCode))
        } else {
            end(isOpen ? .cut(lastError ?? "end of stream") : .refused(.cut, lastError ?? "closed"))
        }
    }

    private func opened(_ head: ResponseHead) -> Bool {
        guard head.status == 101, head.accept == Self.proof, let release = head.release else {
            let kind: Record.Failure = head.status >= 500 && head.release == nil ? .gateway : .wrongStatus
            end(.refused(kind, "status \(head.status)"))
            context?.close(promise: nil)
            return false
        }
        isOpen = true
        run.record.webSockets += 1
        run.answered(due: sent, sent: sent, received: MonotonicTime.now(), release: release)
        return true
    }

    private func take(_ frame: WebSocketFrames.Frame) {
        switch frame.opcode {
        case WebSocketFrames.text: if !isClosing { onText(String(buffer: frame.data)) }
        case WebSocketFrames.ping: write(WebSocketFrames.pong, Array(frame.data.readableBytesView))
        case WebSocketFrames.close:
            guard closeCode == nil else { return }
            closeCode = frame.closeCode
            if !isClosing { write(WebSocketFrames.close, Array(frame.data.readableBytesView.prefix(2))) }
            context?.close(promise: nil)
        default: break  // Nothing else is asked for.
        }
    }

    private func end(_ ending: Ending) {
        guard let onEnd else { return }
        self.onEnd = nil
        onEnd(isClosing ? .own : ending)
    }

    private func write(_ opcode: UInt8, _ data: [UInt8]) {
        let frame = WebSocketFrames.encode(opcode, data, mask: UInt32(truncatingIfNeeded: sent) | 1)
        context?.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }
}

extension Run {
    /// Counts the end of a WebSocket; `true` when another one is to be opened.
    func webSocketEnded(_ ending: WebSocketConnection.Ending, opened: UInt64, as name: String) -> Bool {
        let now = MonotonicTime.now()
        switch ending {
        case .own: return false
        case .refused(let failure, let what): fail(failure, at: opened, "\(name): \(what)")
        case .closed(let code):
            record.webSocketEnded(at: now, opened: opened, code: code, name: name)
            note("websocket-closed", [("of", .text(name)), ("code", .number(Int(code)))])
        case .cut(let what):
            record.webSocketEnded(at: now, opened: opened, code: nil, name: name)
            note("websocket-cut", [("of", .text(name)), ("what", .text(what))])
        }
        return !isEnding
    }
}
