import NIOCore

/// The open loop: sends every request when it is due, whatever became of the earlier ones.
///
/// Belongs to one event loop.
final class RequestTraffic {
    /// One request on its way.
    final class Exchange {
        let index: Int
        let due: UInt64
        let expectation: Expectation
        var sent: UInt64 = 0
        var isSecondAttempt = false
        var timer: Scheduled<Void>?
        weak var connection: RequestConnection?
        var isOver = false

        init(index: Int, due: UInt64, expectation: Expectation) {
            self.index = index
            self.due = due
            self.expectation = expectation
        }
    }

    let run: Run
    private let schedule: Schedule
    private var next = 0
    private var idle: [RequestConnection] = []
    private var waiting: [Exchange] = []
    private var openConnections = 0
    private(set) var inFlight = 0

    init(run: Run) {
        self.run = run
        self.schedule = Schedule(rate: run.options.rate, run: run.started)
    }

    func start() {
        tick()
    }

    /// Sends everything that is due, then waits for the next.
    private func tick() {
        guard !run.isEnding else { return }
        var now = MonotonicTime.now()
        while case let due = run.started + schedule.dueNanoseconds(next), due <= now {
            if now - due > Record.scheduleSlack { run.record.lateScheduled += 1 }
            send(next, due: due)
            next += 1
            now = MonotonicTime.now()
        }
        let due = run.started + schedule.dueNanoseconds(next)
        run.after(.nanoseconds(Int64(due > now ? due - now : 0))) { self.tick() }
    }

    private func send(_ index: Int, due: UInt64) {
        let expectation = Expectation(shape: schedule.shape(index), index: index)
        let exchange = Exchange(index: index, due: due, expectation: expectation)
        run.record.requests += 1
        run.record.scheduled += 1
        inFlight += 1
        let left = Int64(due + Record.lateLimit) - Int64(MonotonicTime.now())
        exchange.timer = run.after(.nanoseconds(max(left, 0))) { [weak self] in
            self?.fail(exchange, .late, "no full answer within 5 s")
            exchange.connection?.drop()
        }
        place(exchange)
    }

    /// Gives the request to an idle connection, a new one, or the queue for one.
    private func place(_ exchange: Exchange) {
        if exchange.expectation.shape.kind != .fresh, !exchange.isSecondAttempt, let connection = idle.popLast() {
            connection.carry(exchange, isReused: true)
            return
        }
        guard openConnections < run.options.connectionsMax else {
            waiting.append(exchange)
            return
        }
        openConnections += 1
        exchange.sent = MonotonicTime.now()
        let connection = RequestConnection(traffic: self, first: exchange)
        run.connect(connection) { [weak self] error in
            guard let self else { return }
            openConnections -= 1
            fail(exchange, .notConnected, "\(error)")
            serveWaiting()
        }
    }

    /// An answer came in full.
    func answered(_ exchange: Exchange, _ head: ResponseHead, _ body: ByteBuffer, at now: UInt64) {
        guard !exchange.isOver else { return }
        if now > exchange.due + Record.lateLimit {
            fail(exchange, .late, "answered after \((now - exchange.due) / 1_000_000) ms")
            return
        }
        guard let release = head.release else {
            let kind: Record.Failure = head.status >= 500 ? .gateway : .noRelease
            fail(exchange, kind, "\(head.status) without X-Release: \(body.excerpt)")
            return
        }
        let isError = head.status >= 500
        if !isError, head.status != 200 {
            fail(exchange, .wrongStatus, "\(head.status) from \(release)")
        } else if !isError, let complaint = exchange.expectation.complaint(about: body) {
            fail(exchange, .wrongBody, "\(complaint), from \(release)")
        } else {
            settle(exchange)
        }
        run.answered(due: exchange.due, sent: exchange.sent, received: now, release: release, isError: isError)
    }

    /// The connection ended before the answer did.
    func broken(_ exchange: Exchange, mayRepeat: Bool, _ what: String) {
        guard !exchange.isOver else { return }
        guard mayRepeat, !exchange.isSecondAttempt else {
            fail(exchange, .cut, what)
            return
        }
        // RFC 9112, section 9.3.1: the server closed a kept connection just when it was used again.
        run.record.reconnects += 1
        run.note("reconnect", [("request", .number(exchange.index)), ("what", .text(what))])
        exchange.isSecondAttempt = true
        place(exchange)
    }

    func malformed(_ exchange: Exchange, _ what: String) {
        fail(exchange, .malformed, what)
    }

    /// The connection may take another request.
    func free(_ connection: RequestConnection) {
        // A fresh request needs a connection of its own, so only kept ones are served here.
        if let place = waiting.firstIndex(where: { !$0.isOver && $0.expectation.shape.kind != .fresh }) {
            connection.carry(waiting.remove(at: place), isReused: true)
        } else if run.isEnding {
            connection.drop()
        } else {
            idle.append(connection)
        }
    }

    func closed(_ connection: RequestConnection) {
        idle.removeAll { $0 === connection }
        openConnections -= 1
        serveWaiting()
    }

    /// Gives up what is still in flight at the end of the run.
    func abandon() {
        for connection in idle { connection.drop() }
        waiting = []
    }

    private func serveWaiting() {
        waiting.removeAll { $0.isOver }
        guard !waiting.isEmpty, openConnections < run.options.connectionsMax else { return }
        place(waiting.removeFirst())
    }

    private func fail(_ exchange: Exchange, _ kind: Record.Failure, _ what: String) {
        guard !exchange.isOver else { return }
        settle(exchange)
        run.fail(kind, at: exchange.due, "request \(exchange.index) (\(exchange.expectation.shape.kind)): \(what)")
    }

    private func settle(_ exchange: Exchange) {
        exchange.isOver = true
        exchange.timer?.cancel()
        inFlight -= 1
    }
}

extension ByteBuffer {
    /// The beginning, for a message.
    var excerpt: String {
        String((getString(at: readerIndex, length: min(readableBytes, 100)) ?? "").prefix(80))
    }
}
