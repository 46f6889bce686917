import Synchronization

/// Lets one call at a time hold a key; others for the same key wait for their turn, in order.
final class Turns<Key: Hashable & Sendable>: Sendable {
    private let waiting = Mutex<[Key: [CheckedContinuation<Void, Never>]]>([:])

    /// Runs `work` when no other call holds the key.
    func run<Value: Sendable, Failure: Error>(
        _ key: Key,
        _ work: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        await begin(key)
        defer { end(key) }
        return try await work()
    }

    private func begin(_ key: Key) async {
        await withCheckedContinuation { continuation in
            let isFree = waiting.withLock { waiting in
                guard waiting[key] != nil else {
                    waiting[key] = []
                    return true
                }
                waiting[key]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func end(_ key: Key) {
        let next: CheckedContinuation<Void, Never>? = waiting.withLock { waiting in
            guard let queue = waiting[key], !queue.isEmpty else {
                waiting[key] = nil
                return nil
            }
            return waiting[key]?.removeFirst()
        }
        next?.resume()
    }
}
