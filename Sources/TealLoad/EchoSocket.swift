import NIOCore

/// A WebSocket on which a message is echoed each 200 ms; opened again as soon as it ends.
///
/// Belongs to one event loop.
final class EchoSocket: SocketTraffic {
    static let interval = TimeAmount.milliseconds(200)
    /// So many messages without their echo, 5 s, count once as wrong.
    static let unansweredMax = 25

    private let run: Run
    private let name: String
    private var socket: WebSocketConnection?
    private var number = 0
    /// What was sent and has not come back, oldest first.
    private var expected: [String] = []
    private var isGreeted = false

    init(run: Run, index: Int) {
        self.run = run
        self.name = "websocket \(index)"
    }

    var openSockets: Int { socket?.isOpen == true ? 1 : 0 }

    func start() {
        open()
        beat()
    }

    func stop() {
        socket?.close()
    }

    private func open() {
        guard !run.isEnding else { return }
        expected = []
        isGreeted = false
        let opened = WebSocketConnection(
            run: run,
            path: run.options.webSocketPath,
            onText: { [weak self] in self?.heard($0) },
            onEnd: { [weak self] in self?.ended($0) }
        )
        socket = opened
        opened.open()
    }

    private func ended(_ ending: WebSocketConnection.Ending) {
        guard let socket else { return }
        self.socket = nil
        guard run.webSocketEnded(ending, opened: socket.sent, as: name) else { return }
        if case .refused = ending {
            run.after(Run.reopenWait) { self.open() }
        } else {
            open()
        }
    }

    private func heard(_ text: String) {
        if !isGreeted {
            // The first message is the greeting with the release.
            isGreeted = true
            return
        }
        guard let first = expected.first, text == first else { return wrong("heard \(text.prefix(40))") }
        expected.removeFirst()
        run.record.webSocketMessages += 1
    }

    private func beat() {
        run.after(Self.interval) { [self] in
            guard !run.isEnding else { return }
            if isGreeted, let socket {
                number += 1
                let text = "\(name) message \(number)"
                expected.append(text)
                socket.send(text)
                if expected.count > Self.unansweredMax { wrong("\(expected.count) messages without echo") }
            }
            beat()
        }
    }

    private func wrong(_ what: String) {
        expected = []
        run.record.webSocketsWrong += 1
        run.note("websocket-wrong", [("of", .text(name)), ("what", .text(what))])
    }
}
