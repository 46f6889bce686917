import Glibc
import NIOCore
import NIOPosix

/// One run from its start to its report: holds what all kinds of traffic share.
///
/// Belongs to one event loop, like everything that it starts.
final class Run {
    /// How long the end of a run waits for what is in flight.
    static let finishLimit: UInt64 = 6_000_000_000
    /// How often the end of a run looks whether everything has finished.
    static let finishPoll = TimeAmount.milliseconds(20)
    /// How long to wait before opening again what could not be opened.
    static let reopenWait = TimeAmount.milliseconds(100)
    /// How long connecting and the opening of a stream or socket may take.
    static let openLimit = TimeAmount.seconds(5)

    let options: Options
    let loop: any EventLoop
    let address: SocketAddress
    private let encryption: Encryption?
    let started = MonotonicTime.now()
    var record = Record()
    private(set) var isEnding = false
    private var stoppedSending: UInt64 = 0
    private let journal: Journal
    private let done: EventLoopPromise<Void>
    private var requests: RequestTraffic?
    private var streams: [StreamTraffic] = []
    private var sockets: [any SocketTraffic] = []

    init(
        options: Options,
        address: SocketAddress,
        encryption: Encryption? = nil,
        journal: consuming Journal,
        loop: any EventLoop,
        done: EventLoopPromise<Void>
    ) {
        self.options = options
        self.address = address
        self.encryption = encryption
        self.journal = journal
        self.loop = loop
        self.done = done
    }

    /// Starts all traffic; ends by itself after the duration.
    func start() {
        let requests = RequestTraffic(run: self)
        self.requests = requests
        requests.start()
        for _ in 0..<options.streams { streams.append(StreamTraffic(run: self, kind: .lines)) }
        for _ in 0..<options.sse { streams.append(StreamTraffic(run: self, kind: .events)) }
        for index in 0..<options.webSockets { sockets.append(EchoSocket(run: self, index: index)) }
        for index in 0..<options.relayPairs { sockets.append(RelayPair(run: self, index: index)) }
        for stream in streams { stream.start() }
        for socket in sockets { socket.start() }
        after(.seconds(Int64(options.seconds))) { self.end() }
        if options.showsProgress { progress() }
    }

    /// Sends nothing new; done when nothing is in flight, or at the limit.
    func end() {
        guard !isEnding else { return }
        isEnding = true
        stoppedSending = MonotonicTime.now()
        record.webSocketsKept = sockets.reduce(0) { $0 + $1.openSockets }
        for socket in sockets { socket.stop() }
        awaitRest()
    }

    /// The exit report; to be called once, when done.
    func report(routed: String?) -> Report {
        let history = routed.map { RoutedHistory(text: $0) }
        if let history { record.judge(history) }
        return Report(
            record: record,
            asked: options,
            started: started,
            ended: MonotonicTime.now(),
            sendingSeconds: Double(stoppedSending - started) / 1e9,
            routedLines: history
        )
    }

    /// Opens a connection whose handler then belongs to this loop.
    func connect(_ handler: some ChannelInboundHandler, onFailure: @escaping (any Error) -> Void) {
        let bound = NIOLoopBound((handler, encryption), eventLoop: loop)
        ClientBootstrap(group: loop)
            .connectTimeout(Self.openLimit)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (handler, encryption) = bound.value
                    try encryption?.add(to: channel)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .connect(to: address)
            .assumeIsolated()
            .whenFailure(onFailure)
    }

    @discardableResult
    func after(_ wait: TimeAmount, _ body: @escaping () -> Void) -> Scheduled<Void> {
        loop.assumeIsolated().scheduleTask(in: wait, body)
    }

    func fail(_ failure: Record.Failure, at time: UInt64, _ what: String) {
        record.fail(failure, at: time, what)
        note("failed", [("kind", .text(failure.rawValue)), ("what", .text(what))])
    }

    func answered(due: UInt64, sent: UInt64, received: UInt64, release: String, isError: Bool = false) {
        let isNew = record.answered(due: due, sent: sent, received: received, release: release, isError: isError)
        if isNew { note("first-answer", [("release", .text(release))]) }
    }

    /// Writes one line to the events file, if there is one.
    func note(_ event: String, _ members: [(String, JSON)]) {
        journal.write(.object([("atNs", .number(Int(MonotonicTime.now()))), ("event", .text(event))] + members))
    }

    private func awaitRest() {
        let isQuiet = requests?.inFlight == 0 && streams.allSatisfy { !$0.isOpen }
        if isQuiet || MonotonicTime.now() - stoppedSending > Self.finishLimit {
            for stream in streams { stream.abandon() }
            requests?.abandon()
            done.succeed(())
            return
        }
        after(Self.finishPoll) { self.awaitRest() }
    }

    private func progress() {
        after(.seconds(5)) { [self] in
            guard !isEnding else { return }
            let seconds = (MonotonicTime.now() - started) / 1_000_000_000
            let line =
                "\(seconds) s: \(record.scheduled) sent, \(record.answers.count) answered, \(record.failed) failed, "
                + "\(record.reconnects) reconnects, latest \(record.releases.last ?? "none")\n"
            Journal.put(line, to: STDERR_FILENO)
            progress()
        }
    }
}
