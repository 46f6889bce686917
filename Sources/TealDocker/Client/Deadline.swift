import NIOCore

/// Does `work`, and gives it up when `limit` has passed.
///
/// The whole of an answer is meant: the HTTP client's own limit ends with the answer's head.
func withDeadline<Value: Sendable>(
    _ limit: Duration,
    _ call: String,
    _ work: @escaping @Sendable () async throws(DockerError) -> Value
) async throws(DockerError) -> Value {
    let result: Result<Value, DockerError>? = await withTaskGroup(of: Result<Value, DockerError>?.self) { group in
        group.addTask {
            do throws(DockerError) {
                return .success(try await work())
            } catch {
                return .failure(error)
            }
        }
        group.addTask {
            do {
                try await Task.sleep(for: limit)
                return .failure(.timedOut(call: call, after: limit))
            } catch {
                // The work was first, or nobody waits any more.
                return nil
            }
        }
        var result: Result<Value, DockerError>?
        while let next = await group.next() {
            guard let next else { continue }
            result = next
            break
        }
        group.cancelAll()
        return result
    }
    guard let result else { throw .cancelled }
    return try result.get()
}

extension TimeAmount {
    /// As long as a `Duration`.
    init(span: Duration) {
        let (seconds, attoseconds) = span.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
