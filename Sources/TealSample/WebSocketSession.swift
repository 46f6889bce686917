import NIOCore
import NIOWebSocket

/// One open WebSocket: echoes what it hears, or passes it to its partner in a relay room.
///
/// Fragments are passed on as they come, so a message of any size needs no memory here. Belongs to one event loop.
final class WebSocketSession: ChannelInboundHandler, RelayMember, Stoppable {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// The largest frame, 1 MiB.
    static let frameBytesMax = 1 << 20
    /// How long the client has to answer a close frame.
    static let closeLimit = TimeAmount.seconds(1)

    private let purpose: WebSocketPurpose
    private let service: Service
    private var context: ChannelHandlerContext?
    private var isClosing = false

    init(purpose: WebSocketPurpose, service: Service) {
        self.purpose = purpose
        self.service = service
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    /// Greets the client; to be called once the frame codec is in place.
    func start() {
        service.opened(self)
        switch purpose {
        case .echo: say("sample \(service.settings.version)")
        case .relay(let room): service.rooms.join(room, self)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .relay(let room) = purpose { service.rooms.leave(room, self) }
        service.closed(self)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text, .binary, .continuation: pass(frame)
        case .ping: send(.pong, frame.unmaskedData)
        case .connectionClose: answerClose(frame.unmaskedData)
        default: break  // A pong asks for nothing, and unknown opcodes never get past the decoder.
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is NIOWebSocketError {
            end(code: 1002)
        } else {
            context.close(promise: nil)
        }
    }

    private func pass(_ frame: WebSocketFrame) {
        guard !isClosing else { return }
        switch purpose {
        case .echo: send(frame.opcode, frame.unmaskedData, isFinal: frame.fin)
        case .relay(let room):
            let partner = service.rooms.partner(of: self, in: room) as? WebSocketSession
            partner?.send(frame.opcode, frame.unmaskedData, isFinal: frame.fin)
        }
    }

    private func answerClose(_ data: ByteBuffer) {
        guard let context else { return }
        if !isClosing { send(.connectionClose, data) }
        isClosing = true
        context.close(promise: nil)
    }

    private func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer, isFinal: Bool = true) {
        guard let context, context.channel.isActive else { return }
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: isFinal, opcode: opcode, data: data)), promise: nil)
    }

    func say(_ text: String) {
        guard !isClosing else { return }
        send(.text, ByteBuffer(string: text))
    }

    func end(code: UInt16) {
        guard let context, !isClosing else { return }
        send(.connectionClose, ByteBuffer(integer: code))
        isClosing = true
        let channel = context.channel
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.closeLimit) { channel.close(promise: nil) }
    }

    /// The process stops: going away.
    func stop() {
        end(code: 1001)
    }
}
