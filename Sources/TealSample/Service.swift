import NIOCore
import NIOHTTP1
import NIOPosix

/// Something that ends by itself when it is told that the process stops.
protocol Stoppable: AnyObject {
    /// Ends now if nothing is in hand, otherwise after that.
    func stop()
}

/// The running service: its listener, its open connections, its background work.
///
/// Belongs to one event loop.
final class Service {
    /// How many connections may wait to be accepted.
    static let backlog: Int32 = 1024

    let settings: Settings
    let rooms: RelayRooms
    private(set) var isStopping = false
    private let loop: any EventLoop
    private let worker: QueueWorker
    private let needs: Needs
    private let exit: EventLoopPromise<Int32>
    private var routes: Routes
    private var listener: (any Channel)?
    private var open: [ObjectIdentifier: any Stoppable] = [:]
    private var hasWorkerEnded = false
    private var isEnding = false

    /// The `exit` promise gets the exit code once everything has ended.
    init(
        settings: Settings,
        pid: Int32,
        worker: QueueWorker,
        loop: any EventLoop,
        exit: EventLoopPromise<Int32>
    ) {
        self.settings = settings
        self.rooms = RelayRooms(version: settings.version)
        self.routes = Routes(settings: settings, pid: pid)
        self.worker = worker
        self.needs = Needs(settings.needs, loop: loop)
        self.loop = loop
        self.exit = exit
    }

    /// Listens after the start delay, if it is to listen at all.
    func start() {
        needs.start()
        loop.assumeIsolated().scheduleTask(in: TimeAmount(settings.startDelay)) { [self] in
            guard !isStopping else { return }
            switch settings.listener {
            case .none: Console.line("sample \(settings.version) started without a port")
            case .port(let port): listen(port)
            }
        }
    }

    func answer(to request: Request) -> Answer {
        routes.answer(to: request, lacking: needs.lacking)
    }

    func opened(_ connection: any Stoppable) {
        open[ObjectIdentifier(connection)] = connection
    }

    func closed(_ connection: any Stoppable) {
        open[ObjectIdentifier(connection)] = nil
        endIfIdle()
    }

    /// Switches the background work and calls back on the loop when that is done.
    func change(_ change: ActivityChange, then: @escaping (Activity) -> Void) {
        let worker = worker
        let done = loop.makePromise(of: Activity.self)
        // Awaited by the answer, through the promise.
        Task { done.succeed(await worker.change(change)) }
        done.futureResult.assumeIsolated().whenSuccess(then)
    }

    /// Stops accepting, lets what is in flight finish, then ends with 0.
    func stop() {
        guard !isStopping else { return }
        isStopping = true
        Console.line("sample \(settings.version) stopping")
        listener?.close(promise: nil)
        for connection in open.values { connection.stop() }
        let worker = worker
        let ended = loop.makePromise(of: Void.self)
        // Awaited by the end of the process, through the promise.
        Task {
            await worker.stop()
            ended.succeed(())
        }
        ended.futureResult.assumeIsolated().whenSuccess { [self] in
            hasWorkerEnded = true
            endIfIdle()
        }
    }

    private func endIfIdle() {
        guard isStopping, hasWorkerEnded, !isEnding, open.isEmpty else { return }
        isEnding = true
        let exit = exit
        loop.assumeIsolated().scheduleTask(in: TimeAmount(settings.stopDelay)) { [settings] in
            Console.line("sample \(settings.version) stopped")
            exit.succeed(0)
        }
    }

    private func listen(_ port: Int) {
        let bound = NIOLoopBound(self, eventLoop: loop)
        ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try bound.value.equip(channel)
                }
            }
            .bind(host: settings.host, port: port)
            .assumeIsolated()
            .whenComplete { [self] result in
                switch result {
                case .success(let channel):
                    listener = channel
                    if isStopping { channel.close(promise: nil) }
                    Console.line("sample \(settings.version) listening on \(settings.host):\(port)")
                case .failure(let error):
                    Console.problem("cannot listen on \(settings.host):\(port): \(error)")
                    exit.succeed(1)
                }
            }
    }

    private func equip(_ channel: any Channel) throws {
        let encoder = HTTPResponseEncoder()
        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
        let connection = HTTPConnection(service: self, codec: [encoder, decoder])
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(encoder)
        try pipeline.addHandler(decoder)
        try pipeline.addHandler(connection)
    }
}
