import NIOCore
import TealCore
import TealProxyWire

/// Asks the proxy over its control socket, with a fresh connection for each question.
///
/// A connection to a Unix socket costs less than a millisecond, and an answer can then never belong to another question.
struct ControlClient: Sendable {
    /// The pauses between tries to connect: the first one, doubled up to the last.
    private static let pauseFirst = Duration.milliseconds(5)
    private static let pauseLast = Duration.milliseconds(80)

    let path: String

    /// Asks once.
    func askOnce(_ request: ControlRequest, within limit: Duration) async throws(ControlError) -> ControlReply {
        let run = ControlRun()
        run.begin(request, at: path, within: limit, staysOpen: false)
        return try await run.result()
    }

    /// Asks, and connects again for as long as the limit allows, since a proxy that died is back in a moment.
    ///
    /// - Parameters:
    ///   - request: What to ask.
    ///   - limit: For all tries together.
    ///   - repeats: Whether to ask again when an answer was lost; for questions that may be asked twice.
    /// - Returns: The answer.
    /// - Throws: ``ControlError``, the one of the last try.
    func ask(
        _ request: ControlRequest,
        within limit: Duration,
        repeats: Bool
    ) async throws(ControlError) -> ControlReply {
        let end = NIODeadline.now() + .nanoseconds(limit.nanoseconds)
        var pause = Self.pauseFirst
        while true {
            let left = Duration.nanoseconds((end - .now()).nanoseconds)
            do throws(ControlError) {
                return try await askOnce(request, within: max(left, .milliseconds(1)))
            } catch {
                let mayRepeat =
                    switch error {
                    case .unreachable, .failed(.stopping): true
                    case .lost: repeats
                    case .failed, .unreadable, .cancelled: false
                    }
                // Not `left`: the try itself has taken its time.
                guard mayRepeat, NIODeadline.now() + .nanoseconds(pause.nanoseconds) < end else { throw error }
            }
            do {
                try await Task.sleep(for: pause)
            } catch {
                throw .cancelled
            }
            pause = min(pause * 2, Self.pauseLast)
        }
    }

    /// Asks who answers, and keeps the connection, so that its end tells of the proxy's.
    func hold(within limit: Duration) async throws(ControlError) -> (status: ProxyStatus, connection: ControlRun) {
        let run = ControlRun()
        run.begin(.status, at: path, within: limit, staysOpen: true)
        guard case .status(let status) = try await run.result() else {
            run.close()
            throw .unreadable("no status")
        }
        return (status, run)
    }

    /// Asks once who answers.
    func status(within limit: Duration) async throws(ControlError) -> ProxyStatus {
        guard case .status(let status) = try await askOnce(.status, within: limit) else {
            throw .unreadable("no status")
        }
        return status
    }
}
