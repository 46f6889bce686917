import NIOCore
import NIOHTTP1
import NIOPosix
package import TealCore
package import TealDriverKit

/// Probes over TCP, with one fresh connection for each probe.
///
/// Redirects are never followed. The limit holds for everything from connecting to the last byte of the answer. A probe
/// that is cancelled closes its connection at once and has failed.
package struct NetworkProbe: HealthProbe {
    private let group: MultiThreadedEventLoopGroup

    package init() {
        group = .singleton
    }

    package func request(
        _ expectation: HTTPExpectation,
        at endpoint: Endpoint,
        within limit: Duration
    ) async -> ProbeResult {
        let request = ProbeRequest(expectation, to: endpoint)
        let end = await exchange(with: endpoint, within: limit) { channel, start, promise in
            let opening = ProbeOpening()
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(opening)
            try pipeline.addHTTPClientHandlers()
            try pipeline.addHandler(ProbeExchange(request, since: start, after: opening, to: promise))
        }
        switch end {
        case .answered(let answer): return HTTPJudge(expectation).verdict(on: answer)
        case .failed(let failure): return .failed(failure)
        }
    }

    package func connect(to endpoint: Endpoint, within limit: Duration) async -> ProbeResult {
        let end = await exchange(with: endpoint, within: limit) { channel, start, promise in
            try channel.pipeline.syncOperations.addHandler(ConnectOnly(since: start, to: promise))
        }
        switch end {
        case .answered(let answer): return .passed(latency: answer.latency)
        case .failed(let failure): return .failed(failure)
        }
    }

    package func ask(_ store: StoreProtocol, at endpoint: Endpoint, within limit: Duration) async -> ProbeResult {
        let end = await exchange(with: endpoint, within: limit) { channel, start, promise in
            let exchange = StoreExchange(StoreGreeting(store), since: start, to: promise)
            try channel.pipeline.syncOperations.addHandler(exchange)
        }
        switch end {
        case .answered(let answer): return .passed(latency: answer.latency)
        case .failed(let failure): return .failed(failure)
        }
    }

    private typealias Prepare =
        @Sendable (any Channel, _ start: NIODeadline, EventLoopPromise<ExchangeEnd>) throws -> Void

    /// Opens a connection, lets `prepare` fill its pipeline, and waits for the promise, the limit or cancellation.
    private func exchange(
        with endpoint: Endpoint,
        within limit: Duration,
        prepare: @escaping Prepare
    ) async -> ExchangeEnd {
        guard (1...65535).contains(endpoint.port) else { return .failed(.unreachable("\(endpoint) has no fit port")) }
        guard limit > .zero else { return .failed(.timedOut(after: limit)) }
        // Why the text is no address does not matter: it is shown itself.
        guard let address = try? SocketAddress(ipAddress: endpoint.address, port: endpoint.port) else {
            return .failed(.unreachable("\(endpoint.address) is no IP address"))
        }
        let loop = group.next()
        let run = ProbeRun(on: loop, within: limit)
        return await withTaskCancellationHandler {
            run.begin { promise, start in
                ClientBootstrap(group: loop)
                    .connectTimeout(.nanoseconds(limit.nanoseconds))
                    .channelOption(.socketOption(.so_reuseaddr), value: 1)
                    .channelInitializer { channel in
                        loop.makeCompletedFuture {
                            run.adopt(channel)
                            try prepare(channel, start, promise)
                        }
                    }
                    .connect(to: address)
            }
            return await run.end()
        } onCancel: {
            run.stop(because: .unreachable("the probe was cancelled"))
        }
    }
}
