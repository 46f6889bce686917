import TealCore
import TealDriverKit

/// Lets builds of one service come one after the other, and a few of all at a time.
actor BuildTurns {
    /// How many builds run at a time: each may take a core, and services need theirs.
    static let runningMax = 2

    private var running: Set<ServiceKey> = []
    private var waiting: [(number: Int, service: ServiceKey, continuation: CheckedContinuation<Bool, Never>)] = []
    private var last = 0

    /// Whether a build would have to wait.
    func isBusy(_ service: ServiceKey) -> Bool { !mayRun(service) }

    /// Waits for its turn, in the order of asking; each that was taken ends with ``end(_:)``.
    ///
    /// - Throws: ``SourceError/cancelled``, and then there is no turn to end.
    func begin(_ service: ServiceKey) async throws(SourceError) {
        if mayRun(service) {
            running.insert(service)
            return
        }
        last += 1
        let number = last
        let isTaken = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
                guard !Task.isCancelled else { return continuation.resume(returning: false) }
                waiting.append((number, service, continuation))
            }
        } onCancel: {
            // Ends by itself; nobody needs its result.
            Task { await self.leave(number) }
        }
        guard isTaken else { throw .cancelled }
    }

    func end(_ service: ServiceKey) {
        running.remove(service)
        while let index = waiting.firstIndex(where: { mayRun($0.service) }) {
            let next = waiting.remove(at: index)
            running.insert(next.service)
            next.continuation.resume(returning: true)
        }
    }

    private func mayRun(_ service: ServiceKey) -> Bool {
        running.count < Self.runningMax && !running.contains(service)
    }

    private func leave(_ number: Int) {
        guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
        waiting.remove(at: index).continuation.resume(returning: false)
    }
}
