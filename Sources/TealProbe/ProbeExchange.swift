import Glibc
import NIOCore
import NIOHTTP1
import TealDriverKit

/// How the exchange of one probe ended.
enum ExchangeEnd: Sendable {
    case answered(HTTPAnswer)
    case failed(ProbeFailure)
}

/// Collects the one answer of a probe's connection, or says why there is none.
///
/// It lives on its connection's event loop and settles its promise exactly once.
final class ProbeExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// The longest body that is taken in.
    static let bodyBytesMax = 1 << 20

    private let request: ProbeRequest
    private let start: NIODeadline
    private let opening: ProbeOpening
    private let promise: EventLoopPromise<ExchangeEnd>
    private var answer: HTTPAnswer?
    private var isSettled = false

    init(
        _ request: ProbeRequest,
        since start: NIODeadline,
        after opening: ProbeOpening,
        to promise: EventLoopPromise<ExchangeEnd>
    ) {
        self.request = request
        self.start = start
        self.opening = opening
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        if context.isConnectedToItself {
            settle(.failed(.refused), context)
            return
        }
        var head = HTTPRequestHead(version: .http1_1, method: .RAW(value: request.method), uri: request.path)
        for (name, value) in request.headers { head.headers.add(name: name, value: value) }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !request.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: request.body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer = HTTPAnswer(
                status: Int(head.status.code),
                headers: head.headers.map { HTTPAnswer.Header($0.name, $0.value) }
            )
        case .body(let bytes):
            guard let count = answer?.body.count, count + bytes.readableBytes <= Self.bodyBytesMax else {
                let limit = "a body of at most \(Self.bodyBytesMax) bytes"
                settle(.failed(.bodyDiffers(expected: limit, got: "a longer one")), context)
                return
            }
            answer?.body.append(contentsOf: bytes.readableBytesView)
        case .end:
            guard var answer else { return }
            answer.latency = .nanoseconds((NIODeadline.now() - start).nanoseconds)
            settle(.answered(answer), context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        settle(.failed(whatEnded()), context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let error as HTTPParserError where error != .invalidEOFState && answer == nil:
            settle(.failed(.notHTTP(opening.shown)), context)
        case is HTTPParserError:
            settle(.failed(whatEnded()), context)
        case let error as IOError where [ECONNRESET, EPIPE].contains(error.errnoCode):
            settle(.failed(whatEnded()), context)
        default:
            settle(.failed(.unreachable("\(error)")), context)
        }
    }

    /// What a connection that ended before a whole answer means.
    private func whatEnded() -> ProbeFailure {
        answer == nil && !opening.mayBeHTTP ? .notHTTP(opening.shown) : .closedEarly
    }

    private func settle(_ end: ExchangeEnd, _ context: ChannelHandlerContext) {
        guard !isSettled else { return }
        isSettled = true
        promise.succeed(end)
        context.close(promise: nil)
    }
}

/// Remembers the first bytes of an answer, before they are parsed, so that a stranger can be named.
final class ProbeOpening: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// How many bytes are remembered.
    private static let bytesMax = 80

    private var bytes: [UInt8] = []

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if bytes.count < Self.bytesMax {
            bytes += unwrapInboundIn(data).readableBytesView.prefix(Self.bytesMax - bytes.count)
        }
        context.fireChannelRead(data)
    }

    /// Whether the bytes so far begin as an HTTP/1 answer does; also when there are none.
    var mayBeHTTP: Bool {
        let begin = Array("HTTP/1.".utf8)
        return bytes.prefix(begin.count).elementsEqual(begin.prefix(bytes.count))
    }

    /// The first bytes as one line for people; what cannot be printed is a dot.
    var shown: String {
        let line = bytes.prefix { $0 != 10 && $0 != 13 }
        let shown = line.isEmpty ? bytes[...] : line
        return String(decoding: shown.map { (0x20..<0x7f).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
    }
}
