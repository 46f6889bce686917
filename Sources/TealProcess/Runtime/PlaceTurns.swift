import Synchronization
import TealCore

/// Lets one call at a time change a replica's place; others on the same place wait for their turn, in order.
final class PlaceTurns: Sendable {
    private let waiting = Mutex<[ReplicaID: [CheckedContinuation<Void, Never>]]>([:])

    /// Runs `work` when no other call holds the place.
    func run<Value: Sendable, Failure: Error>(
        _ place: ReplicaID,
        _ work: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        await begin(place)
        defer { end(place) }
        return try await work()
    }

    private func begin(_ place: ReplicaID) async {
        await withCheckedContinuation { continuation in
            let isFree = waiting.withLock { waiting in
                guard waiting[place] != nil else {
                    waiting[place] = []
                    return true
                }
                waiting[place]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func end(_ place: ReplicaID) {
        let next: CheckedContinuation<Void, Never>? = waiting.withLock { waiting in
            guard let queue = waiting[place], !queue.isEmpty else {
                waiting[place] = nil
                return nil
            }
            return waiting[place]?.removeFirst()
        }
        next?.resume()
    }
}
