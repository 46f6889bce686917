// Dispatch's sources may be used from any thread, but are not marked so.
@preconcurrency import Dispatch
import Synchronization

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
    private static let watch = Watch()

    /// Catches them, from the return of this call on, until the stream is let go of; then they end the process again.
    static func stream() -> AsyncStream<Kind> {
        let (stream, feed) = AsyncStream.makeStream(of: Kind.self, bufferingPolicy: .bufferingNewest(waitingMax))
        let number = watch.add(feed)
        feed.onTermination = { _ in watch.remove(number) }
        return stream
    }

    /// The process's sources, made once: on Linux a source that follows a cancelled one of the same signal sees nothing.
    private final class Watch: Sendable {
        private struct State {
            var readers: [Int: AsyncStream<Kind>.Continuation] = [:]
            var last = 0
            var sources: [any DispatchSourceSignal] = []
        }

        private let state = Mutex(State())

        func add(_ reader: AsyncStream<Kind>.Continuation) -> Int {
            state.withLock { state in
                if state.sources.isEmpty { state.sources = signals.map { source($0.0, $0.1) } }
                state.last += 1
                state.readers[state.last] = reader
                return state.last
            }
        }

        func remove(_ number: Int) { state.withLock { $0.readers[number] = nil } }

        private func source(_ number: Int32, _ kind: Kind) -> any DispatchSourceSignal {
            // A dispatch source sees a signal only when nothing else acts on it.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [weak self] in self?.came(number, kind) }
            source.resume()
            return source
        }

        private func came(_ number: Int32, _ kind: Kind) {
            let readers = state.withLock { Array($0.readers.values) }
            for reader in readers { reader.yield(kind) }
            guard readers.isEmpty else { return }
            signal(number, SIG_DFL)
            kill(getpid(), number)
        }
    }
}
