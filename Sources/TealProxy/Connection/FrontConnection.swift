import NIOCore
import TealProxyWire

/// One client connection: reads requests, sends each to a target, and passes the answer on.
///
/// The only handler of its channel, working on raw bytes. It calls its ``BackConnection`` directly, which lives on the
/// same event loop. NIO may call back from within `write`, `flush` and `close` (a failed write closes the channel), so
/// state is always brought in order before these are called, and looked at again after.
final class FrontConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase: UInt8 {
        /// Waiting for a request head.
        ///
        /// Leaves when one is complete.
        case head
        /// A request is with a target.
        ///
        /// Leaves when the answer is complete, or fails.
        case exchange
        /// The last answer is being written.
        ///
        /// Leaves when it is out.
        case flushing
        /// The last answer is out; what the client still sends is dropped.
        ///
        /// Leaves when the client closes.
        case linger
        /// Bytes pass both ways.
        ///
        /// Leaves when either side closes, or on ``closeTunnel(_:)``.
        case tunnel
        /// Close frames are being put in at frame borders.
        ///
        /// Leaves when the client closes, or soon after.
        case tunnelClosing
        case closed
    }

    enum RequestBody: UInt8 {
        case done
        case length
        case chunked
    }

    let loop: ProxyLoop
    let listener: ProxyRoute.Listener
    /// Whether it came in by a listener that the table names.
    private let isScoped: Bool
    /// The scope whose routes it knows; nil for one that came in elsewhere.
    private(set) var scope: String?
    /// The place where it came in has left the table: it ends with its next answer.
    private(set) var isLeaving = false
    /// The scope that it counts for among the loop's connections.
    var countedScope: String?
    /// Index among the loop's connections; negative when not among them.
    var place = -1
    var context: ChannelHandlerContext?
    var phase = Phase.head
    // Nanoseconds of the loop's clock. One for each side, so that what one sends does not excuse the other.
    /// The last byte from the client, or when it was last given its turn.
    var clientSpokeAt: Int64
    /// The last byte from the target, or when it last got something to work on.
    var targetSpokeAt: Int64
    /// When the client last made room for more, or the last answer was handed to it.
    var clientTookAt: Int64
    /// When the first byte of an incomplete head came; zero when there is none.
    var headStartedAt: Int64 = 0
    /// What the client has sent and nobody has read: the start of a head, or requests sent ahead.
    var stash: ByteBuffer?
    var isReadPaused = false
    var canWrite = true
    var isInputClosed = false
    private let outbox = Outbox()
    private var isDraining = false

    // The request being answered.
    var head = RequestHead()
    /// The head as it goes to the target.
    ///
    /// Kept until the answer is complete, for a retry.
    var out = ByteBuffer()
    var requestBody = RequestBody.done
    var bodyLeft = 0
    var chunks = ChunkScanner()
    /// When the present ``TimeLimits/requestBodySpan`` began, and what the body has brought in it.
    var bodySpanStartedAt: Int64 = 0
    var bodySpanBytes = 0
    /// What the request's `Connection` fields name, for its trailers; only set for a chunked body.
    var nominatedNames: [[UInt8]] = []
    var startedAt: Int64 = 0
    var keepsAlive = true
    /// The head of the final answer has been passed on.
    var isResponding = false
    var route: Route?
    var target: TargetState?
    var back: BackConnection?
    /// Targets that could not be reached for this request.
    var tried: [TargetState] = []
    var hasRetried = false
    /// Body bytes that wait for the connection to the target.
    var pending: [ByteBuffer] = []
    var pendingBytes = 0

    // What the connection remembers from one request to the next.
    private(set) var peer: Peer
    var hostCache = HostCache()

    /// Set while the connection is upgraded.
    var tunnel: Tunnel?

    init(loop: ProxyLoop, listener: ProxyRoute.Listener, isScoped: Bool = false, peer: Peer) {
        self.loop = loop
        self.listener = listener
        self.isScoped = isScoped
        self.peer = peer
        clientSpokeAt = loop.now
        targetSpokeAt = loop.now
        clientTookAt = loop.now
    }

    var service: ServiceState? { route?.service }
    var isTunnel: Bool { phase == .tunnel }
    var isExchanging: Bool { phase == .exchange }
    var upgradedMode: UpgradedRule.Mode { tunnel?.mode ?? .keep }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelActive(context: ChannelHandlerContext) {
        outbox.open(context)
        if !enterScope() || !loop.add(self) || loop.isStopping { close() }
    }

    /// Takes on the scope of the place where it came in.
    ///
    /// - Returns: False for one who may not be there.
    private func enterScope() -> Bool {
        // A listener of the table without a scope is about to be closed for good, and nobody's routes are meant there.
        guard let found = loop.scope(at: peer.local, isScoped: isScoped) else { return !isScoped }
        if let port = loop.standsFor(peer.local) { peer.port = port }
        guard loop.admits(peer, to: found.scope) else { return false }
        scope = found.scope.name
        isLeaving = found.isDeparting
        return true
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        clientSpokeAt = loop.now
        switch phase {
        case .head:
            if !canWrite {
                // Its answers would only be added to those that it does not read.
                hold(buffer)
                pauseReading()
            } else if var held = stash {
                stash = nil
                held.writeBuffer(&buffer)
                readHead(held)
            } else {
                readHead(buffer)
            }
            if phase == .head, headStartedAt == 0, stash != nil { drainStash() }
        case .exchange:
            if requestBody == .done { hold(buffer) } else { forwardBody(buffer) }
        case .tunnel, .tunnelClosing: tunnelFromClient(buffer)
        case .flushing, .linger, .closed: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        back?.flush()
        flush()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        canWrite = context.channel.isWritable
        clientTookAt = loop.now
        guard canWrite else {
            back?.pauseReading()
            return
        }
        // The target has not been read and could not go on, nor was it the client's turn.
        clientSpokeAt = loop.now
        targetSpokeAt = loop.now
        back?.resumeReading()
        if phase == .head { drainStash() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else { return }
        isInputClosed = true
        switch phase {
        case .head: if !hasUnread { finish() }
        case .linger: close()
        case .exchange: if requestBody != .done { clientLeft() }
        case .tunnel: back?.closeOutput()
        case .tunnelClosing: endTunnel()
        case .flushing, .closed: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset or a failed write: the client is gone, and `channelInactive` settles what that means.
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        switch phase {
        case .exchange: clientLeft()
        case .tunnel, .tunnelClosing: endTunnel()
        default: break
        }
        phase = .closed
        loop.remove(self)
        self.context = nil
        outbox.close()
    }

    // MARK: Reading and writing

    /// Queues bytes for the client.
    @inline(__always) func write(_ buffer: ByteBuffer) {
        outbox.add(buffer)
    }

    @inline(__always) func flush() {
        outbox.flush()
    }

    func pauseReading() {
        guard !isReadPaused else { return }
        isReadPaused = true
        context?.setAutoRead(false)
    }

    func resumeReading() {
        guard isReadPaused else { return }
        isReadPaused = false
        context?.setAutoRead(true)
    }

    /// Keeps bytes until the answer is complete.
    private func hold(_ buffer: ByteBuffer) {
        var buffer = buffer
        if stash == nil { stash = buffer } else { stash?.writeBuffer(&buffer) }
        if let held = stash?.readableBytes, held > ByteLimit.pipelined { pauseReading() }
    }

    /// Requests that were sent ahead wait until the client has read more of its answers.
    private var hasUnread: Bool { stash != nil && headStartedAt == 0 }

    /// Reads the requests that were sent ahead, as far as they are complete and answered, and while the client reads
    /// its answers.
    func drainStash() {
        guard !isDraining else { return }
        isDraining = true
        while phase == .head, headStartedAt == 0, canWrite, let held = stash {
            stash = nil
            readHead(held)
        }
        isDraining = false
        back?.flush()
        flush()
        rest()
    }

    /// Waits for the next request, unless there can be none.
    private func rest() {
        guard phase == .head else { return }
        if canWrite { resumeReading() }
        if !hasUnread, isInputClosed || isLast && headStartedAt == 0 { finish() }
    }

    // MARK: Ending

    /// Makes ready for the next request on the connection.
    func awaitNext() {
        phase = .head
        headStartedAt = 0
        clientSpokeAt = loop.now
        flush()
        guard phase == .head, !isDraining else { return }
        if stash != nil { drainStash() } else { rest() }
    }

    /// Writes what is queued, then closes; lingers when the client may still be sending.
    func finish() {
        phase = .flushing
        clientTookAt = loop.now
        outbox.flush()
        guard let context, phase == .flushing else { return }
        let lingers = !isInputClosed && (requestBody != .done || stash != nil)
        stash = nil
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.written(lingers: lingers) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
        if lingers { resumeReading() }
    }

    private func written(lingers: Bool) {
        guard phase == .flushing else { return }
        guard lingers, !isInputClosed else {
            close()
            return
        }
        phase = .linger
        clientTookAt = loop.now
        context?.close(mode: .output, promise: nil)
    }

    /// Closes at once, without waiting for what is queued.
    func close() {
        phase = .closed
        loop.remove(self)
        outbox.close()
        context?.close(promise: nil)
    }

    /// Ends whatever is going on.
    func closeAtOnce() {
        switch phase {
        case .exchange: cutExchange()
        case .tunnel, .tunnelClosing: endTunnel()
        default: break
        }
        if phase != .closed { close() }
    }

    /// Whether the answer that is due is the connection's last.
    @inline(__always) var isLast: Bool { loop.isStopping || isLeaving }

    /// Follows what the table says of the place where it came in.
    ///
    /// When that place is gone it ends with its next answer, not now: a request may be on its way.
    func followListener() {
        let found = loop.scope(at: peer.local, isScoped: isScoped)
        switch (scope, found) {
        case (nil, nil): return
        case (.some, nil): isLeaving = true
        case (let own?, let found?) where own == found.scope.name: isLeaving = found.isDeparting
        case (nil, let found?) where loop.admits(peer, to: found.scope):
            scope = found.scope.name
            isLeaving = found.isDeparting
        default:
            // The place is another scope's now.
            isLeaving = true
            stopIfIdle()
        }
    }

    /// Closes a connection that waits for a request; others close with their answer.
    func stopIfIdle() {
        if phase == .head, headStartedAt == 0 { finish() }
    }
}

extension ChannelHandlerContext {
    /// Switches reading on or off.
    func setAutoRead(_ isOn: Bool) {
        // Fails only on a closed channel, where it does not matter.
        try? channel.syncOptions?.setOption(.autoRead, value: isOn)
    }
}
