import NIOCore

/// Two WebSockets that must meet in the same process; measures how long they need to meet again.
///
/// Each side opens again as soon as it ends. Belongs to one event loop.
final class RelayPair: SocketTraffic {
    static let interval = TimeAmount.milliseconds(200)

    private let run: Run
    private let name: String
    private let room: String
    private var sides: [WebSocketConnection?] = [nil, nil]
    private var paired = [false, false]
    /// When the first side ended; `nil` while both are paired and before the first pairing.
    private var brokenAt: UInt64?
    private var hasPaired = false
    private var number = 0
    private var expected: String?
    private var silentBeats = 0

    init(run: Run, index: Int) {
        self.run = run
        self.name = "relay \(index)"
        self.room = "load-" + String(run.started, radix: 36) + "-" + String(index)
    }

    var openSockets: Int { sides.count { $0?.isOpen == true } }

    func start() {
        for side in 0..<2 { open(side) }
        beat()
    }

    func stop() {
        for side in sides { side?.close() }
    }

    private func open(_ side: Int) {
        guard !run.isEnding else { return }
        let opened = WebSocketConnection(
            run: run,
            path: "\(run.options.relayPath)?room=\(room)",
            onText: { [weak self] in self?.heard($0, side) },
            onEnd: { [weak self] in self?.ended($0, side) }
        )
        sides[side] = opened
        opened.open()
    }

    private func ended(_ ending: WebSocketConnection.Ending, _ side: Int) {
        guard let socket = sides[side] else { return }
        sides[side] = nil
        paired[side] = false
        expected = nil
        if hasPaired, brokenAt == nil { brokenAt = MonotonicTime.now() }
        guard run.webSocketEnded(ending, opened: socket.sent, as: name) else { return }
        if case .refused = ending {
            run.after(Run.reopenWait) { self.open(side) }
        } else {
            open(side)
        }
    }

    private func heard(_ text: String, _ side: Int) {
        if text.hasPrefix("waiting ") { return }
        if text.hasPrefix("paired ") {
            paired[side] = true
            if paired == [true, true] { met() }
            return
        }
        guard side == 1, text == expected else { return wrong("heard \(text.prefix(40))") }
        expected = nil
        run.record.webSocketMessages += 1
    }

    private func met() {
        run.record.relayPairings += 1
        hasPaired = true
        guard let broken = brokenAt else { return }
        brokenAt = nil
        let milliseconds = UInt32(clamping: (MonotonicTime.now() - broken) / 1_000_000)
        if run.record.relayRepairs.count < Record.livesMax { run.record.relayRepairs.append(milliseconds) }
        run.note("relay-paired-again", [("of", .text(name)), ("ms", .number(Int(milliseconds)))])
    }

    /// The first side speaks, the second must hear it within 5 s.
    private func beat() {
        run.after(Self.interval) { [self] in
            guard !run.isEnding else { return }
            if paired == [true, true] {
                if expected == nil {
                    number += 1
                    let text = "\(name) message \(number)"
                    expected = text
                    silentBeats = 0
                    sides[0]?.send(text)
                } else {
                    silentBeats += 1
                    if silentBeats > EchoSocket.unansweredMax { wrong("no message for 5 s") }
                }
            }
            beat()
        }
    }

    private func wrong(_ what: String) {
        expected = nil
        run.record.webSocketsWrong += 1
        run.note("websocket-wrong", [("of", .text(name)), ("what", .text(what))])
    }
}
