import NIOCore
import NIOPosix
import Synchronization
import TealCore

/// A server on a loopback port that does one thing with each connection, and remembers what it was sent.
final class RawServer: Sendable {
    enum Behaviour: Sendable {
        /// Waits for bytes, answers these, and keeps the connection open.
        case answer(String)
        /// Waits for bytes, answers these, and closes.
        case answerAndClose(String)
        /// Waits for bytes and closes without an answer.
        case close
        /// Waits for bytes and resets the connection.
        case reset
        /// Accepts and says nothing.
        case silent
    }

    let endpoint: Endpoint
    private let channel: any Channel
    private let log: ServerLog

    /// What has been received on all connections so far.
    var received: String { log.state.withLock { $0.received } }
    /// How many connections came, and how many have ended.
    var connections: (opened: Int, ended: Int) { log.state.withLock { ($0.opened, $0.ended) } }

    private init(channel: any Channel, log: ServerLog, endpoint: Endpoint) {
        self.channel = channel
        self.log = log
        self.endpoint = endpoint
    }

    static func run<Result: Sendable>(
        _ behaviour: Behaviour,
        _ body: (RawServer) async throws -> Result
    ) async throws -> Result {
        let log = ServerLog()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.addHandler(RawHandler(behaviour, log))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        let server = RawServer(channel: channel, log: log, endpoint: Endpoint(address: "127.0.0.1", port: port))
        do {
            let result = try await body(server)
            try await channel.close()
            return result
        } catch {
            try await channel.close()
            throw error
        }
    }

    /// Waits until a condition on the server holds, at most 5 seconds.
    func wait(until holds: @Sendable (RawServer) -> Bool) async -> Bool {
        for _ in 0..<500 {
            if holds(self) { return true }
            // A cancelled wait only ends sooner.
            try? await Task.sleep(for: .milliseconds(10))
        }
        return holds(self)
    }
}

private final class ServerLog: Sendable {
    struct State {
        var received = ""
        var opened = 0
        var ended = 0
    }
    let state = Mutex(State())
}

private final class RawHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let behaviour: RawServer.Behaviour
    private let log: ServerLog
    private var hasAnswered = false

    init(_ behaviour: RawServer.Behaviour, _ log: ServerLog) {
        self.behaviour = behaviour
        self.log = log
    }

    func channelActive(context: ChannelHandlerContext) { log.state.withLock { $0.opened += 1 } }
    func channelInactive(context: ChannelHandlerContext) { log.state.withLock { $0.ended += 1 } }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let text = String(buffer: unwrapInboundIn(data))
        log.state.withLock { $0.received += text }
        guard !hasAnswered else { return }
        hasAnswered = true
        switch behaviour {
        case .silent: break
        case .close: context.close(promise: nil)
        case .answer(let text):
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        case .answerAndClose(let text):
            let context = NIOLoopBound(context, eventLoop: context.eventLoop)
            let written = context.value.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)))
            written.assumeIsolated().whenComplete { _ in context.value.close(promise: nil) }
        case .reset:
            let context = NIOLoopBound(context, eventLoop: context.eventLoop)
            let set = (context.value.channel as? any SocketOptionProvider)?
                .setSoLinger(linger(l_onoff: 1, l_linger: 0))
            set?.assumeIsolated().whenComplete { _ in context.value.close(promise: nil) }
        }
    }
}
