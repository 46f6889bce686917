import Glibc
import NIOCore
import TealCore
import TealDriverKit

/// One probe under way: its promise, its limit and its connection.
///
/// All its state belongs to the event loop; other threads reach it only by `execute` and `submit`.
final class ProbeRun: Sendable {
    private let loop: any EventLoop
    private let limit: Duration
    private let promise: EventLoopPromise<ExchangeEnd>
    private let state: NIOLoopBoundBox<State>

    private struct State {
        var channel: (any Channel)?
        var isOver = false
    }

    init(on loop: any EventLoop, within limit: Duration) {
        self.loop = loop
        self.limit = limit
        promise = loop.makePromise()
        state = .makeBoxSendingValue(State(), eventLoop: loop)
    }

    /// Starts the clock and the connection.
    func begin(
        _ connect: @escaping @Sendable (EventLoopPromise<ExchangeEnd>, NIODeadline) -> EventLoopFuture<any Channel>
    ) {
        loop.execute { [self] in
            guard !state.value.isOver else { return }
            let start = NIODeadline.now()
            let timer = loop.assumeIsolated().scheduleTask(in: .nanoseconds(limit.nanoseconds)) { [self] in
                stop(because: .timedOut(after: limit))
            }
            promise.futureResult.assumeIsolated().whenComplete { [self] _ in
                timer.cancel()
                state.value.isOver = true
                state.value.channel = nil
            }
            connect(promise, start).assumeIsolated().whenFailure { [self] error in
                stop(because: Self.failure(of: error, within: limit))
            }
        }
    }

    /// Takes the connection, from its event loop, so that it can be closed at the limit; at once when that has passed.
    func adopt(_ channel: any Channel) {
        if state.value.isOver {
            channel.close(promise: nil)
        } else {
            state.value.channel = channel
        }
    }

    /// Ends the probe and closes its connection, unless it has ended.
    func stop(because failure: ProbeFailure) {
        loop.execute { [self] in
            guard !state.value.isOver else { return }
            let channel = state.value.channel
            state.value = State(channel: nil, isOver: true)
            // First the reason: closing tells the handler, which would take the end for the peer's.
            promise.succeed(.failed(failure))
            channel?.close(promise: nil)
        }
    }

    /// How the probe ended.
    func end() async -> ExchangeEnd {
        do {
            return try await promise.futureResult.get()
        } catch {
            // The promise is only ever fulfilled; an event loop that was shut down under it is all that is left.
            return .failed(.unreachable("\(error)"))
        }
    }

    private static func failure(of error: any Error, within limit: Duration) -> ProbeFailure {
        switch error {
        case let error as IOError where error.errnoCode == ECONNREFUSED: .refused
        case let error as IOError where error.errnoCode == ETIMEDOUT: .timedOut(after: limit)
        case let error as IOError where error.errnoCode == ECONNRESET: .closedEarly
        case let error as IOError: .unreachable(String(cString: strerror(error.errnoCode)))
        case ChannelError.connectTimeout: .timedOut(after: limit)
        default: .unreachable("\(error)")
        }
    }
}
