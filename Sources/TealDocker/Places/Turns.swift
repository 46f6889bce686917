import Synchronization

/// Lets one call at a time hold a key, or several that share it.
///
/// Those that hold it alone wait for their turn, in order. Those that share wait only for one that holds it alone, never
/// for one another nor for one that still waits.
final class Turns<Key: Hashable & Sendable>: Sendable {
    private struct Queue {
        /// How many share the key now; 0 while one holds it alone.
        var sharers = 0
        var alone: [CheckedContinuation<Void, Never>] = []
        var sharing: [CheckedContinuation<Void, Never>] = []
    }

    /// Keys that nobody holds are not in it.
    private let queues = Mutex<[Key: Queue]>([:])

    /// Runs `work` when no other call holds the key.
    func run<Value: Sendable, Failure: Error>(
        _ key: Key,
        _ work: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        await withCheckedContinuation { continuation in
            let isFree = queues.withLock { queues in
                guard queues[key] != nil else {
                    queues[key] = Queue()
                    return true
                }
                queues[key]?.alone.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        defer { end(key) }
        return try await work()
    }

    /// Runs `work` when no call holds the key alone.
    func share<Value: Sendable, Failure: Error>(
        _ key: Key,
        _ work: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        await withCheckedContinuation { continuation in
            let isFree = queues.withLock { queues in
                var queue = queues[key] ?? Queue()
                defer { queues[key] = queue }
                guard queues[key] == nil || queue.sharers > 0 else {
                    queue.sharing.append(continuation)
                    return false
                }
                queue.sharers += 1
                return true
            }
            if isFree { continuation.resume() }
        }
        defer { end(key) }
        return try await work()
    }

    private func end(_ key: Key) {
        let next = queues.withLock { queues in Self.next(&queues[key]) }
        for continuation in next { continuation.resume() }
    }

    /// Takes one holder away.
    ///
    /// - Returns: Who holds the key from now on.
    private static func next(_ queue: inout Queue?) -> [CheckedContinuation<Void, Never>] {
        guard var rest = queue else { return [] }
        if rest.sharers > 1 {
            rest.sharers -= 1
            queue = rest
            return []
        }
        let sharing = rest.sharing
        guard sharing.isEmpty else {
            rest.sharers = sharing.count
            rest.sharing = []
            queue = rest
            return sharing
        }
        guard !rest.alone.isEmpty else {
            queue = nil
            return []
        }
        rest.sharers = 0
        let first = rest.alone.removeFirst()
        queue = rest
        return [first]
    }
}
