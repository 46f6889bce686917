import NIOCore

/// One place in which long answers run back to back, so that one is always open.
///
/// Belongs to one event loop.
final class StreamTraffic {
    /// Which long answer is asked for.
    enum Kind {
        /// A chunked body of lines, the last one `end`.
        case lines
        /// Server-sent events, the last one `end`.
        case events

        fileprivate func path(seconds: Int) -> String {
            self == .lines ? "/stream?seconds=\(seconds)&ms=100" : "/sse?seconds=\(seconds)"
        }
    }

    let run: Run
    let kind: Kind
    private var connection: StreamConnection?

    init(run: Run, kind: Kind) {
        self.run = run
        self.kind = kind
    }

    var isOpen: Bool { connection != nil }

    func start() {
        guard !run.isEnding else { return }
        run.record.requests += 1
        let path = kind.path(seconds: run.options.streamSeconds)
        let opened = StreamConnection(traffic: self, path: path, kind: kind)
        connection = opened
        run.connect(opened) { [weak self] error in self?.failed(.notConnected, opened.sent, "\(error)") }
    }

    /// Closes what has not finished by the end of the run.
    func abandon() {
        guard let connection else { return }
        run.record.streamsUnfinished += 1
        self.connection = nil
        connection.drop()
    }

    /// The head of an answer has come; `true` when it is the right one.
    func opened(_ head: ResponseHead, sent: UInt64) -> Bool {
        guard let release = head.release, head.status == 200 else {
            let isOwn = head.release != nil
            failed(isOwn ? .wrongStatus : head.status >= 500 ? .gateway : .noRelease, sent, "status \(head.status)")
            return false
        }
        if kind == .lines { run.record.streams += 1 } else { run.record.events += 1 }
        run.answered(due: sent, sent: sent, received: MonotonicTime.now(), release: release)
        return true
    }

    func finished() {
        connection = nil
        start()
    }

    /// Ended, after its head, before its last line.
    func cut(_ what: String, opened: UInt64) {
        guard connection != nil else { return }
        connection = nil
        if kind == .lines { run.record.streamsCut += 1 } else { run.record.eventsCut += 1 }
        let lived = (MonotonicTime.now() - opened) / 1_000_000
        run.note(
            kind == .lines ? "stream-cut" : "sse-cut",
            [("livedMs", .number(Int(lived))), ("what", .text(what))]
        )
        run.after(Run.reopenWait) { self.start() }
    }

    /// Never got its head.
    func failed(_ failure: Record.Failure, _ sent: UInt64, _ what: String) {
        guard connection != nil else { return }
        connection = nil
        run.fail(failure, at: sent, "\(kind == .lines ? "stream" : "sse"): \(what)")
        run.after(Run.reopenWait) { self.start() }
    }
}
