import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One connection to a target: takes a request from its ``FrontConnection`` and passes the answer back.
///
/// Lives on the same event loop as the client connections it serves, one after the other. What ``FrontConnection``
/// says about calls back from NIO holds here too.
final class BackConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase: UInt8 {
        /// No request; unused, or not yet connected.
        case idle
        /// Waiting for a response head.
        case head
        /// A body of known length.
        case length
        /// A chunked body, passed on as it is.
        case chunked
        /// A chunked body for a client of HTTP/1.0: only its content is passed on.
        case dechunked
        /// A body that ends with the connection, passed on as it is to a client of HTTP/1.0.
        case untilClose
        /// The same, passed on in chunks, so that the client's connection stays open.
        case rechunked
        case tunnel
        case closed
    }

    let loop: ProxyLoop
    let target: TargetState
    var front: FrontConnection?
    var phase = Phase.idle
    var head = ResponseHead()
    /// The start of a response head.
    var stash: ByteBuffer?
    var bodyLeft = 0
    var chunks = ChunkScanner()
    /// Whether the connection may take another request after this answer.
    var isReusable = true
    var hasBytes = false
    private(set) var isPooled = false
    private(set) var isConnected = false
    private(set) var canWrite = true
    private var isReadPaused = false
    private let outbox = Outbox()
    private var hasFailed = false
    private var context: ChannelHandlerContext?
    /// Nanoseconds of the loop's clock when the last answer was complete.
    var idleSince: Int64 = 0

    init(loop: ProxyLoop, target: TargetState) {
        self.loop = loop
        self.target = target
    }

    // MARK: Opening

    /// Opens the connection; tells the client's connection when it is there or could not be opened.
    func open(timeout: TimeAmount) {
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        ClientBootstrap(group: loop.eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: SocketTuning.targetBuffer)
            .channelOption(.writeBufferWaterMark, value: SocketTuning.waterMark)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bound.value) }
            }
            .connect(to: target.address)
            .whenFailure { _ in bound.value.unreachable() }
    }

    private func unreachable() {
        phase = .closed
        front?.backUnreachable(self)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelActive(context: ChannelHandlerContext) {
        isConnected = true
        outbox.open(context)
        guard let front else {
            close()
            return
        }
        front.backConnected(self)
    }

    // MARK: A request

    /// Takes a request of a client connection.
    func attach(_ front: FrontConnection, isPooled: Bool) {
        self.front = front
        self.isPooled = isPooled
        phase = .head
        hasBytes = false
        isReusable = true
    }

    /// Lets go of the client connection.
    func detach() {
        front = nil
        if phase != .closed { phase = .idle }
    }

    /// Queues bytes for the target.
    @inline(__always) func write(_ buffer: ByteBuffer) {
        target.bytesToTarget &+= UInt64(truncatingIfNeeded: buffer.readableBytes)
        outbox.add(buffer)
    }

    @inline(__always) func flush() {
        outbox.flush()
    }

    func pauseReading() {
        guard !isReadPaused, isConnected else { return }
        isReadPaused = true
        context?.setAutoRead(false)
    }

    func resumeReading() {
        guard isReadPaused else { return }
        isReadPaused = false
        context?.setAutoRead(true)
    }

    // MARK: Channel events

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard let front else {
            // Bytes that nobody asked for; what follows could be taken for the answer to another request.
            dropUnused()
            return
        }
        target.bytesFromTarget &+= UInt64(truncatingIfNeeded: buffer.readableBytes)
        front.targetSpokeAt = loop.now
        hasBytes = true
        receive(buffer, for: front)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        front?.flush()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        canWrite = context.channel.isWritable
        guard let front else { return }
        front.targetSpokeAt = loop.now
        if canWrite {
            front.backCanWrite()
        } else if front.isTunnel || front.requestBody != .done {
            front.pauseReading()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else { return }
        switch phase {
        case .idle: dropUnused()
        case .untilClose, .rechunked: endBody()
        case .tunnel: front?.tunnelInputClosed()
        case .head, .length, .chunked, .dechunked: fail()
        case .closed: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset or a failed write. What the answer still lacks is settled in `channelInactive`.
        hasFailed = true
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        isConnected = false
        outbox.close()
        switch phase {
        case .idle: target.dropIdle(self)
        case .untilClose, .rechunked: if hasFailed { fail() } else { endBody() }
        case .tunnel: front?.endTunnel()
        case .head, .length, .chunked, .dechunked: fail()
        case .closed: break
        }
        phase = .closed
    }

    // MARK: Ending

    private func dropUnused() {
        target.dropIdle(self)
        close()
    }

    /// The answer broke off.
    func fail(isMalformed: Bool = false) {
        let front = front
        phase = .closed
        front?.backFailed(self, gotBytes: hasBytes, isMalformed: isMalformed)
        close()
    }

    func close() {
        phase = .closed
        outbox.close()
        context?.close(promise: nil)
    }

    /// Whether some of what was given waits for the target to take it.
    var holdsBytes: Bool { outbox.holdsBytes }

    /// Ends an unused connection by a reset: nothing is under way, and its port is free at once, not after a minute.
    ///
    /// With one connection for each request that may not be repeated, a busy target would run out of ports else. A target
    /// that has answered early may not have taken all of the request yet: that still reaches it.
    func discard() {
        var hard = linger(l_onoff: 1, l_linger: 0)
        if outbox.descriptor >= 0, outbox.hasSentAll {
            setsockopt(outbox.descriptor, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
        }
        close()
    }

    /// Closes once what is queued has been written.
    ///
    /// - Parameter limit: Nanoseconds after which it closes all the same; nil for as long as the other side is there.
    func closeAfterFlush(within limit: Int64? = nil) {
        phase = .closed
        guard let context, isConnected else {
            close()
            return
        }
        outbox.flush()
        let written = context.eventLoop.makePromise(of: Void.self)
        let overdue = limit.map { limit in
            context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(limit)) { self.close() }
        }
        written.futureResult.assumeIsolated().whenComplete { _ in
            overdue?.cancel()
            self.close()
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    }

    /// Passes the end of the client's stream on.
    func closeOutput() {
        flush()
        context?.close(mode: .output, promise: nil)
    }

    /// Whether nothing has come since the last answer, as the kernel sees it at this moment: no byte, no FIN, no reset.
    ///
    /// Bytes that nobody asked for would be taken for the next answer. Those that are still on their way cannot be seen
    /// from here.
    @inline(__always) var isQuiet: Bool {
        guard isConnected else { return false }
        let descriptor = outbox.descriptor
        // A channel that does not show its socket cannot be asked.
        guard descriptor >= 0 else { return true }
        var byte: UInt8 = 0
        guard recv(descriptor, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)) < 0 else { return false }
        return errno == EAGAIN
    }
}

/// Socket settings that were measured to matter.
enum SocketTuning {
    /// A head and 64 KiB of body arrive in one read; 16 KiB costs a quarter of the throughput there.
    static let targetBuffer = AdaptiveRecvByteBufferAllocator(minimum: 4 << 10, initial: 8 << 10, maximum: 128 << 10)
    static let clientBuffer = AdaptiveRecvByteBufferAllocator(minimum: 2 << 10, initial: 4 << 10, maximum: 64 << 10)
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(
        low: ByteLimit.writeLow,
        high: ByteLimit.writeHigh
    )
}
