package import Hummingbird
import Logging
import NIOCore

/// The context of a request, which knows the connection that it came on.
package struct APIContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// Runs `work` and cancels it when the caller has closed its side of the connection.
    ///
    /// The body of the request is not touched by that; Hummingbird's own way reads on in the body, and ends the process
    /// when a caller goes away in the middle of one.
    func whileCallerStays<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        // Without the handler, as in tests without a connection, nobody can go away.
        guard let left = try? await callerEnd() else { return try await work() }
        // Awaited below; a cancelled caller of this function cancels it.
        let working = Task { try await work() }
        left.whenComplete { _ in working.cancel() }
        return try await withTaskCancellationHandler {
            try await working.value
        } onCancel: {
            working.cancel()
        }
    }

    private func callerEnd() async throws -> EventLoopFuture<Void> {
        let pipeline = channel.pipeline
        return try await channel.eventLoop.submit {
            try pipeline.syncOperations.handler(type: CallerEndHandler.self).ended
        }.get()
    }
}

/// Notes when the caller has closed its side of a connection: the server keeps its own side open then.
final class CallerEndHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private var promise: EventLoopPromise<Void>?
    private var hasEnded = false

    /// Is there once the handler is in a pipeline.
    var ended: EventLoopFuture<Void> {
        get throws {
            guard let promise else { throw ChannelError.inappropriateOperationForState }
            return promise.futureResult
        }
    }

    func handlerAdded(context: ChannelHandlerContext) { promise = context.eventLoop.makePromise() }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { end() }
        context.fireUserInboundEventTriggered(event)
    }

    private func end() {
        guard !hasEnded else { return }
        hasEnded = true
        promise?.succeed()
    }
}
