// Dispatch's sources may be used from any thread, but are not marked so.
@preconcurrency import Dispatch
import Glibc

/// SIGINT, SIGTERM and SIGHUP while the demo runs.
final class Interruption {
    private let sources: [any DispatchSourceSignal]

    /// Calls `body` with the signal's number, on a thread of its own, when one comes; `body` is to end the process.
    init(_ body: @escaping @Sendable (Int32) -> Void) {
        let queue = DispatchQueue(label: "interruption")
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            // A dispatch source sees a signal only when nothing else acts on it.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { body(number) }
            source.resume()
            return source
        }
        signal(SIGPIPE, SIG_IGN)
    }
}
