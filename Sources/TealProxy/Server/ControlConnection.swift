import NIOCore
import TealProxyWire

/// One connection of the control socket: reads frames, asks the core, answers in order.
final class ControlConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The most requests that may wait for their turn.
    private static let queueMax = 64

    private let core: ProxyCore
    private var decoder = ControlFrameDecoder()
    private var queue: [ControlFrame] = []
    private var isBusy = false
    /// The version that is spoken; nil before the hello.
    private var version: UInt32?
    private var isEnding = false

    init(core: ProxyCore) {
        self.core = core
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return }
        decoder.feed(unwrapInboundIn(data).readableBytesView)
        do throws(WireError) {
            while let frame = try decoder.next() {
                queue.append(frame)
                if queue.count > Self.queueMax {
                    end(context, with: .unreadable)
                    return
                }
            }
        } catch {
            end(context, with: .unreadable)
            return
        }
        serveNext(context)
    }

    private func serveNext(_ context: ChannelHandlerContext) {
        guard !isBusy, !isEnding, !queue.isEmpty else { return }
        let frame = queue.removeFirst()
        let request: ControlRequest
        do throws(WireError) {
            guard let known = try ControlRequest(frame) else {
                send(context, .failed(version == nil ? .helloMissing : .unknownRequest))
                serveNext(context)
                return
            }
            request = known
        } catch {
            end(context, with: .unreadable)
            return
        }
        if case .hello(let versions, _) = request {
            guard let version = ProtocolVersions.spoken.common(with: versions) else {
                end(context, with: .noCommonVersion)
                return
            }
            self.version = version
            send(context, .hello(version: version, software: ProxyCore.software, incarnation: core.incarnation))
            serveNext(context)
        } else if let version {
            isBusy = true
            core.answer(request).hop(to: context.eventLoop).assumeIsolated().whenComplete { result in
                self.isBusy = false
                switch result {
                case .success(let reply): self.send(context, reply.spoken(in: version))
                case .failure: self.end(context, with: .stopping)
                }
                self.serveNext(context)
            }
        } else {
            end(context, with: .helloMissing)
        }
    }

    private func send(_ context: ChannelHandlerContext, _ reply: ControlReply) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: reply.frame.bytes)), promise: nil)
    }

    private func end(_ context: ChannelHandlerContext, with failure: ControlFailure) {
        isEnding = true
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        let bytes = ByteBuffer(bytes: ControlReply.failed(failure).frame.bytes)
        context.writeAndFlush(wrapOutboundOut(bytes), promise: written)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The daemon went away in the midst of a frame; it will connect again.
        context.close(promise: nil)
    }
}
