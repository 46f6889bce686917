import NIOCore
import NIOPosix
import TealCore
import TealProxyWire

/// One question under way: its promise, its limit and its connection.
///
/// All its state belongs to the event loop; other threads reach it only by `execute`.
final class ControlRun: Sendable {
    private let loop: any EventLoop
    private let promise: EventLoopPromise<Result<ControlReply, ControlError>>
    private let state: NIOLoopBoundBox<State>

    private struct State {
        var channel: (any Channel)?
        var exchange: ControlExchange?
        var isOver = false
    }

    init() {
        loop = MultiThreadedEventLoopGroup.singleton.next()
        promise = loop.makePromise()
        state = .makeBoxSendingValue(State(), eventLoop: loop)
    }

    /// Connects and asks; the answer is given by ``result()``.
    func begin(_ request: ControlRequest, at path: String, within limit: Duration, staysOpen: Bool) {
        loop.execute { [self] in
            guard !state.value.isOver else { return }
            let timer = loop.assumeIsolated().scheduleTask(in: .nanoseconds(limit.nanoseconds)) { [self] in
                end("no answer within \(limit)")
            }
            promise.futureResult.assumeIsolated().whenComplete { [self] _ in
                timer.cancel()
                state.value.isOver = true
                state.value.exchange = nil
            }
            ClientBootstrap(group: loop)
                .channelInitializer { [self] channel in
                    loop.makeCompletedFuture {
                        let exchange = ControlExchange(request, staysOpen: staysOpen, to: promise)
                        state.value.channel = channel
                        state.value.exchange = exchange
                        try channel.pipeline.syncOperations.addHandler(exchange)
                        if state.value.isOver { channel.close(promise: nil) }
                    }
                }
                .connect(unixDomainSocketPath: path)
                .assumeIsolated()
                .whenFailure { [self] error in end("\(error)") }
        }
    }

    /// How the question went.
    ///
    /// Cancellation of the caller's task ends it, and closes the connection.
    func result() async throws(ControlError) -> ControlReply {
        let result = await withTaskCancellationHandler {
            do {
                return try await promise.futureResult.get()
            } catch {
                // The promise is only ever fulfilled; an event loop that was shut down under it is all that is left.
                return .failure(.unreachable("\(error)"))
            }
        } onCancel: {
            loop.execute { [self] in stop(.cancelled) }
        }
        return try result.get()
    }

    /// Waits until a connection that stays open has ended; cancellation closes it.
    func closed() async {
        await withTaskCancellationHandler {
            let ended = loop.flatSubmit { [self] in
                state.value.channel?.closeFuture ?? loop.makeSucceededVoidFuture()
            }
            // However the connection ended, it has ended.
            try? await ended.get()
        } onCancel: {
            close()
        }
    }

    /// Closes the connection.
    func close() {
        loop.execute { [self] in state.value.channel?.close(promise: nil) }
    }

    private func end(_ reason: String) {
        stop(state.value.exchange?.ending(reason) ?? .unreachable(reason))
    }

    private func stop(_ error: ControlError) {
        guard !state.value.isOver else { return }
        state.value.isOver = true
        // First the reason: closing tells the handler, which would take the end for the proxy's.
        promise.succeed(.failure(error))
        state.value.channel?.close(promise: nil)
    }
}
