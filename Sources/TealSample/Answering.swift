import NIOCore
import NIOHTTP1

/// One answer on its way: its delay, its pieces, its end.
///
/// Belongs to one event loop.
final class Answering {
    /// One piece of a filled body, 64 KiB.
    static let pieceBytes = 64 << 10
    private static let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: pieceBytes)

    private let answer: Answer
    private let request: Request
    private let keepsAlive: Bool
    private let service: Service
    private let context: ChannelHandlerContext
    private var timer: Scheduled<Void>?
    private var bytesLeft = 0
    private var isCancelled = false
    private var onEnd: ((_ keepsAlive: Bool) -> Void)?

    init(answer: Answer, request: Request, keepsAlive: Bool, service: Service, to context: ChannelHandlerContext) {
        self.answer = answer
        self.request = request
        self.keepsAlive = keepsAlive
        self.service = service
        self.context = context
    }

    /// Begins to answer; calls back once, after the last byte was handed to the socket.
    func start(_ onEnd: @escaping (_ keepsAlive: Bool) -> Void) {
        self.onEnd = onEnd
        switch answer {
        case .page(let page): after(page.delay) { $0.write(page) }
        case .fill(let bytes): fill(bytes)
        case .lines(let interval, let length): lines(interval, length)
        case .events(let interval, let length): events(interval, length)
        case .activity(let change):
            service.change(change) { [weak self] state in
                self?.write(.json("{\"active\":\(state.isActive),\"busy\":\(state.isBusy)}\n"))
            }
        case .webSocket: end()  // Taken by the connection before an answer is made.
        }
    }

    /// The connection has gone.
    func cancel() {
        isCancelled = true
        timer?.cancel()
        onEnd = nil
    }

    /// The client reads again.
    func resume() {
        if case .fill = answer { pour() }
    }

    private func after(_ delay: Duration, _ body: @escaping (Answering) -> Void) {
        guard delay > .zero else {
            body(self)
            return
        }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) { [weak self] in
            guard let self, !self.isCancelled else { return }
            body(self)
        }
    }

    private func write(_ page: Page) {
        guard !isCancelled else { return }
        var headers = HTTPHeaders(page.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        headers.add(name: "Content-Type", value: page.type)
        headers.add(name: "Content-Length", value: "\(page.body.utf8.count)")
        writeHead(page.status, headers)
        if !page.body.isEmpty { writePiece(ByteBuffer(string: page.body)) }
        end()
    }

    private func fill(_ bytes: Int) {
        writeHead(200, ["Content-Type": "application/octet-stream", "Content-Length": "\(bytes)"])
        bytesLeft = request.head.method == .HEAD ? 0 : bytes
        pour()
    }

    /// Writes while the client keeps up; `resume` goes on.
    private func pour() {
        guard !isCancelled, onEnd != nil else { return }
        while bytesLeft > 0, context.channel.isWritable {
            let count = min(bytesLeft, Self.pieceBytes)
            bytesLeft -= count
            writePiece(Self.piece.getSlice(at: 0, length: count) ?? Self.piece)
            context.flush()
        }
        if bytesLeft == 0 { end() }
    }

    private func lines(_ interval: Duration, _ length: Duration) {
        writeHead(200, ["Content-Type": "text/plain", "Transfer-Encoding": "chunked"])
        context.flush()
        let count = Int(length / interval)
        let version = service.settings.version
        step(1, every: interval, upTo: count, line: { "\(version) \($0)\n" }, last: "end\n")
    }

    private func events(_ interval: Duration, _ length: Duration?) {
        let headers: HTTPHeaders = [
            "Content-Type": "text/event-stream", "Cache-Control": "no-cache", "Transfer-Encoding": "chunked",
        ]
        writeHead(200, headers)
        context.flush()
        let count = length.map { Int($0 / interval) }
        let version = service.settings.version
        step(1, every: interval, upTo: count, line: { "id: \($0)\ndata: \(version) \($0)\n\n" }, last: "data: end\n\n")
    }

    /// Sends one piece each interval until the count is reached; endless ones end when the process stops.
    private func step(
        _ number: Int,
        every interval: Duration,
        upTo count: Int?,
        line: @escaping (Int) -> String,
        last: String
    ) {
        let isLast = count.map { number > $0 } ?? service.isStopping
        if isLast || request.head.method == .HEAD {
            writePiece(ByteBuffer(string: last))
            end()
            return
        }
        after(interval) { answering in
            // A client that does not read gets fewer lines, not more memory.
            if answering.context.channel.isWritable {
                answering.writePiece(ByteBuffer(string: line(number)))
                answering.context.flush()
            }
            answering.step(number + 1, every: interval, upTo: count, line: line, last: last)
        }
    }

    private func writeHead(_ status: Int, _ headers: HTTPHeaders) {
        var headers = headers
        headers.add(name: "X-Release", value: service.settings.version)
        if !keepsAlive || service.isStopping { headers.add(name: "Connection", value: "close") }
        let head = HTTPResponseHead(
            version: request.head.version,
            status: HTTPResponseStatus(statusCode: status),
            headers: headers
        )
        context.write(NIOAny(HTTPServerResponsePart.head(head)), promise: nil)
    }

    private func writePiece(_ piece: ByteBuffer) {
        guard request.head.method != .HEAD else { return }
        context.write(NIOAny(HTTPServerResponsePart.body(.byteBuffer(piece))), promise: nil)
    }

    private func end() {
        guard let onEnd else { return }
        self.onEnd = nil
        let written = context.eventLoop.makePromise(of: Void.self)
        let keepsAlive = keepsAlive
        written.futureResult.assumeIsolated().whenComplete { _ in onEnd(keepsAlive) }
        context.writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: written)
    }
}
