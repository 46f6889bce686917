import Synchronization
package import TealCore

/// The right of a daemon to act on its home, which ends for good once another one has opened the journal.
///
/// It is the journal as the daemon's parts see it: what any of them is refused as superseded is known to all from then
/// on. Who is about to change something outside the journal asks ``isHeld()`` right before. That leaves one gap, which no
/// runtime can close for it: a call that has been handed over already may still be carried out.
package final class Lease: Journal {
    private let journal: any Journal
    private let state = Mutex(State())
    /// The epoch of the opening that took over, once; ends after it.
    private let losses: AsyncStream<UInt64>
    private let teller: AsyncStream<UInt64>.Continuation

    private struct State {
        var successor: UInt64?
    }

    /// How often it is asked for at least, also where nothing else asks.
    private static let beat: Duration = .seconds(5)

    package init(_ journal: any Journal) {
        self.journal = journal
        (losses, teller) = AsyncStream.makeStream(of: UInt64.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// The epoch of the opening that took over; nil as long as none is known to have.
    package var successor: UInt64? { state.withLock(\.successor) }

    /// Whether nobody has taken over, as the journal says now.
    ///
    /// A journal that cannot be read says nothing: then the home is still this daemon's, which its lock says as well.
    package func isHeld() async -> Bool {
        do throws(JournalError) {
            try await check()
            return true
        } catch {
            if case .superseded = error { return false }
            return true
        }
    }

    /// Waits until another daemon has taken over; to be waited for once.
    ///
    /// - Returns: The epoch of its opening; nil when the waiting task was cancelled.
    package func untilLost(on clock: any HostClock) async -> UInt64? {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while await self.isHeld(), !Task.isCancelled { await clock.sleep(until: clock.now() + Self.beat) }
            }
            var found: UInt64?
            for await epoch in losses { found = epoch }
            group.cancelAll()
            return found
        }
    }

    // MARK: Journal

    package func append(_ entries: [JournalEntry]) async throws(JournalError) {
        try refuse()
        do throws(JournalError) { try await journal.append(entries) } catch { throw noted(error) }
    }

    package func read() async throws(JournalError) -> JournalContents {
        try refuse()
        do throws(JournalError) { return try await journal.read() } catch { throw noted(error) }
    }

    package func check() async throws(JournalError) {
        try refuse()
        do throws(JournalError) { try await journal.check() } catch { throw noted(error) }
    }

    package func rollouts(of project: ProjectName?, most: Int) async throws(JournalError) -> [RolloutSnapshot] {
        try await journal.rollouts(of: project, most: most)
    }

    package func rollout(_ id: RolloutID) async throws(JournalError) -> RolloutSnapshot? {
        try await journal.rollout(id)
    }

    package func notes(of rollout: RolloutID, after sequence: Int) async throws(JournalError) -> [JournalledNote] {
        try await journal.notes(of: rollout, after: sequence)
    }

    /// What is lost stays lost: an opening never becomes the newest again.
    private func refuse() throws(JournalError) {
        if let successor { throw .superseded(by: successor) }
    }

    private func noted(_ error: JournalError) -> JournalError {
        guard case .superseded(let epoch) = error else { return error }
        let isNew = state.withLock { state in
            defer { state.successor = state.successor ?? epoch }
            return state.successor == nil
        }
        if isNew {
            teller.yield(epoch)
            teller.finish()
        }
        return error
    }
}
