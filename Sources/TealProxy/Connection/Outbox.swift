import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Sends a connection's bytes straight to its socket, and through NIO only when the socket is full.
///
/// NIO's way of a write through the pipeline, its queue and its flush takes about a tenth of the time of a small
/// request. Nothing is lost by going past it while its queue is empty: what the socket does not take is queued there,
/// in order, with all that follows, until the queue is empty again. Errors are left to NIO, which meets them in turn.
///
/// Only for channels without another handler: with TLS in front, bytes must pass through it.
final class Outbox {
    /// Up to this many bytes, several buffers are copied into one, which costs less than another system call.
    private static let joinedBytesMax = 16 << 10

    private var context: ChannelHandlerContext?
    /// The socket; negative before ``open(_:)``, after ``close()``, and when the channel does not show it.
    private(set) var descriptor: CInt = -1
    private var first: ByteBuffer?
    private var rest: [ByteBuffer] = []
    /// NIO holds bytes of ours.
    private var isQueueing = false
    private var hasUnflushed = false
    /// Flushes that NIO has not completed.
    private var flushes = 0

    /// Whether bytes wait here that the socket has not taken.
    var holdsBytes: Bool { first != nil || isQueueing }

    /// Whether the other side has all that was given; false when that cannot be known.
    var hasSentAll: Bool {
        var unsent: CInt = 0
        return !holdsBytes && ioctl(descriptor, UInt(TIOCOUTQ), &unsent) == 0 && unsent == 0
    }

    /// Begins to send.
    ///
    /// Before, bytes are kept.
    func open(_ context: ChannelHandlerContext) {
        self.context = context
        // A channel that does not show its socket is served through NIO alone.
        let handle = try? context.channel.pipeline.syncOperations
            .withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
        descriptor = handle.flatMap { $0 } ?? -1
    }

    /// Drops what has not been sent.
    ///
    /// The socket's number may soon be another's.
    func close() {
        context = nil
        descriptor = -1
        first = nil
        rest.removeAll()
    }

    /// Takes bytes to be sent with the next flush.
    @inline(__always) func add(_ buffer: ByteBuffer) {
        if isQueueing {
            hasUnflushed = true
            context?.write(NIOAny(buffer), promise: nil)
        } else if first == nil {
            first = buffer
        } else {
            rest.append(buffer)
        }
    }

    /// Sends what was added.
    @inline(__always) func flush() {
        if isQueueing {
            if hasUnflushed { flushQueue() }
            return
        }
        guard let buffer = first, context != nil else { return }
        first = nil
        if rest.isEmpty {
            send(buffer, isLast: true)
        } else {
            flushSeveral(buffer)
        }
    }

    private func flushSeveral(_ buffer: ByteBuffer) {
        let others = rest
        rest.removeAll(keepingCapacity: others.count <= 8)
        var joined = buffer
        if others.reduce(buffer.readableBytes, { $0 + $1.readableBytes }) <= Self.joinedBytesMax {
            for other in others { joined.writeImmutableBuffer(other) }
            send(joined, isLast: true)
        } else {
            send(buffer, isLast: false)
            for (index, other) in others.enumerated() { send(other, isLast: index == others.count - 1) }
        }
    }

    /// Sends one buffer, or hands it to NIO as far as the socket does not take it.
    @inline(__always) private func send(_ buffer: ByteBuffer, isLast: Bool) {
        if !isQueueing {
            let sent = buffer.withUnsafeReadableBytes { sendNow($0, isLast: isLast) }
            if sent == buffer.readableBytes { return }
            isQueueing = true
            var unsent = buffer
            unsent.moveReaderIndex(forwardBy: max(0, sent))
            hasUnflushed = true
            context?.write(NIOAny(unsent), promise: nil)
        } else {
            hasUnflushed = true
            context?.write(NIOAny(buffer), promise: nil)
        }
        if isLast { flushQueue() }
    }

    @inline(__always) private func sendNow(_ bytes: UnsafeRawBufferPointer, isLast: Bool) -> Int {
        #if canImport(Glibc) || canImport(Musl)
            let flags = CInt(MSG_NOSIGNAL) | (isLast ? 0 : CInt(MSG_MORE))
            guard descriptor >= 0 else { return 0 }
            #if canImport(Glibc)
                return Glibc.send(descriptor, bytes.baseAddress, bytes.count, flags)
            #else
                return Musl.send(descriptor, bytes.baseAddress, bytes.count, flags)
            #endif
        #else
            return 0
        #endif
    }

    private func flushQueue() {
        guard let context else { return }
        hasUnflushed = false
        flushes += 1
        let done = context.eventLoop.makePromise(of: Void.self)
        done.futureResult.assumeIsolated().whenComplete { _ in
            self.flushes -= 1
            if self.flushes == 0, !self.hasUnflushed { self.isQueueing = false }
        }
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: done)
    }
}
