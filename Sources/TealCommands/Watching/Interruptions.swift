// Dispatch's sources may be used from any thread, but are not marked so.
@preconcurrency import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// SIGINT, SIGTERM and SIGHUP as they come, instead of ending the process.
enum Interruptions {
    enum Kind: Hashable, Sendable {
        /// Ctrl-C, or `kill -INT`.
        case interrupt
        /// SIGTERM, or the terminal is gone.
        case terminate
    }

    /// The most that wait to be looked at.
    private static let waitingMax = 16
    private static let signals = [(SIGINT, Kind.interrupt), (SIGTERM, .terminate), (SIGHUP, .terminate)]

    /// Catches them until the stream is let go of; then they end the process again.
    static func stream() -> AsyncStream<Kind> {
        let (stream, feed) = AsyncStream.makeStream(of: Kind.self, bufferingPolicy: .bufferingNewest(waitingMax))
        let sources = signals.map { number, kind in
            // A dispatch source sees a signal only when nothing else acts on it.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { feed.yield(kind) }
            source.resume()
            return source
        }
        feed.onTermination = { _ in
            for source in sources { source.cancel() }
            for (number, _) in signals { signal(number, SIG_DFL) }
        }
        return stream
    }
}
