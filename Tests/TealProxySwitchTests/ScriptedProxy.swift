import NIOCore
import NIOPosix
import Synchronization
import TealProxyWire

/// A control socket whose answers can be lost, late or wrong.
final class ScriptedProxy: Sendable {
    /// What happens to a question.
    enum Turn: Sendable {
        /// Answered as a proxy would.
        case answer
        /// Carried out, and the connection ends instead of an answer.
        case loseAnswer
        /// Not carried out, and the connection ends.
        case loseQuestion
        /// Carried out, and never answered.
        case silence
        /// Answered with this.
        case reply(ControlReply)
        /// Answered with these bytes.
        case bytes([UInt8])
    }

    private let channel: any Channel
    private let script: Script

    /// Every question so far, hellos left out, in the order of arrival.
    var asked: [ControlRequest] { script.state.withLock { $0.asked } }
    var table: RouteTable { script.state.withLock { $0.table } }

    private init(channel: any Channel, script: Script) {
        self.channel = channel
        self.script = script
    }

    /// Runs a proxy that takes the given turns, one for each question, and answers from then on.
    static func run(
        _ turns: Turn...,
        at path: String = newPath(),
        _ body: (ScriptedProxy, String) async throws -> Void
    ) async throws {
        let script = Script(turns)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.addHandler(ScriptedHandler(script))
                }
            }
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        do {
            try await body(ScriptedProxy(channel: channel, script: script), path)
        } catch {
            try await channel.close()
            throw error
        }
        try await channel.close()
    }

    static func newPath() -> String { "/tmp/tps-" + String(UInt64.random(in: 0 ... .max), radix: 36) + ".sock" }
}

final class Script: Sendable {
    struct State: Sendable {
        var table = RouteTable.empty
        var asked: [ControlRequest] = []
        var turns: [ScriptedProxy.Turn]
    }

    let state: Mutex<State>

    init(_ turns: [ScriptedProxy.Turn]) { state = Mutex(State(turns: turns)) }

    /// Takes a question in, and says which turn it gets.
    func take(_ request: ControlRequest) -> ScriptedProxy.Turn {
        state.withLock { state in
            state.asked.append(request)
            return state.turns.isEmpty ? .answer : state.turns.removeFirst()
        }
    }

    /// Carries a question out as a proxy does.
    func carryOut(_ request: ControlRequest) -> ControlReply {
        state.withLock { state in
            switch request {
            case .hello: .hello(version: 1, software: "script", incarnation: 7)
            case .readTable: .table(state.table)
            case .publish(let table, _):
                if let refusal = state.table.refusal(of: table) {
                    .refused(refusal)
                } else {
                    Self.applied(table, &state)
                }
            case .counters: .counters(CountersReport(incarnation: 7, epoch: 0, version: 0, targets: []))
            case .cut: .ended(requests: 1, upgraded: 2)
            case .closeUpgraded: .ended(requests: 0, upgraded: 0)
            case .forget: .forgotten
            case .place(_, .standIn(let port)): .place(port: port, problem: nil)
            case .place(let address, .listen), .place(let address, .endStandIn):
                .place(port: address.port, problem: nil)
            case .status: .status(Self.status)
            }
        }
    }

    private static func applied(_ table: RouteTable, _ state: inout State) -> ControlReply {
        state.table = table
        return .applied(epoch: table.epoch, version: table.version, persisted: true)
    }

    private static let status = ProxyStatus(
        processID: 1,
        incarnation: 7,
        uptime: .zero,
        software: "script",
        epoch: 0,
        version: 0,
        persisted: true,
        listeners: [
            .init(kind: .internal, address: TargetAddress(host: "127.0.0.1", port: 81)),
            .init(kind: .public, address: TargetAddress(host: "0.0.0.0", port: 80)),
        ],
        connections: 0,
        isStopping: false
    )
}

private final class ScriptedHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let script: Script
    private var decoder = ControlFrameDecoder()

    init(_ script: Script) { self.script = script }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        decoder.feed(unwrapInboundIn(data).readableBytesView)
        do {
            while let frame = try decoder.next() {
                if let request = try ControlRequest(frame) { serve(request, context) }
            }
        } catch {
            context.close(promise: nil)
        }
    }

    private func serve(_ request: ControlRequest, _ context: ChannelHandlerContext) {
        if case .hello = request { return send(script.carryOut(request).frame.bytes, context) }
        switch script.take(request) {
        case .answer: send(script.carryOut(request).frame.bytes, context)
        case .loseAnswer:
            _ = script.carryOut(request)
            context.close(promise: nil)
        case .loseQuestion: context.close(promise: nil)
        case .silence: _ = script.carryOut(request)
        case .reply(let reply): send(reply.frame.bytes, context)
        case .bytes(let bytes): send(bytes, context)
        }
    }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
