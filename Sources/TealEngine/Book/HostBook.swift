package import TealCore
package import TealDriverKit

/// The one place that changes what a host remembers and what its switch follows.
///
/// A change is journalled before the switch is told, and changes wait for each other, so that table versions follow each
/// other without a gap. What is decided is in ``HostLedger``.
package actor HostBook {
    private var ledger: HostLedger
    private let journal: any Journal
    private let trafficSwitch: any TrafficSwitch
    /// Releases of rollouts that have not ended, by rollout: nothing of them may be pruned.
    private var held: [RolloutID: [Release]] = [:]
    private var isChanging = false
    private var queue: [CheckedContinuation<Void, Never>] = []

    package var state: HostState { ledger.state }
    package var table: TrafficTable { ledger.table }
    /// The runs that a route of ``table`` names.
    package var named: Set<TargetID> { Set(ledger.table.services.flatMap(\.targets).map(\.id)) }
    /// Whether the switch has said that it follows ``table``.
    package var isPublished: Bool { ledger.isPublished }
    /// Whether there is a table of which the switch has not said yet that it follows it.
    package var wantsPublishing: Bool { ledger.wantsPublishing }
    /// Whether everything that the host remembers is in the journal.
    package var isWritten: Bool { !ledger.isAheadOfJournal }

    package init(contents: JournalContents, journal: any Journal, trafficSwitch: any TrafficSwitch) {
        ledger = HostLedger(contents: contents)
        self.journal = journal
        self.trafficSwitch = trafficSwitch
    }

    /// The releases of all rollouts that have not ended.
    package var heldReleases: [Release] { held.values.flatMap { $0 } }

    /// Keeps what a rollout's releases need on the host until ``letGo(of:)``.
    package func hold(_ rollout: Rollout) {
        held[rollout.id] = rollout.members.flatMap { [$0.new] + ($0.old.map { [$0] } ?? []) }
    }

    package func letGo(of rollout: RolloutID) { held[rollout] = nil }

    /// Changes the state, writes it down, and makes the switch follow it.
    ///
    /// Repeating a change that already holds asks the switch only if it had not answered before.
    ///
    /// - Throws: ``BookError/journal(_:)`` with nothing changed; ``BookError/traffic(_:)`` with the change written down
    ///   but not followed yet.
    package func change(_ body: @Sendable (inout HostState) -> Void) async throws(BookError) {
        await enter()
        defer { leave() }
        let draft = ledger.draft(body)
        try await write(draft.entries)
        ledger.make(draft, written: true)
        try await publish(stored: true)
    }

    /// Makes the switch follow what is written down; for the start, and after the switch was away.
    package func publishAgain() async throws(BookError) {
        await enter()
        defer { leave() }
        ledger.forgetPublishing()
        do throws(BookError) {
            try await publish(stored: true)
        } catch {
            guard case .traffic = error, error.isStorage else { throw error }
            // Users are where they should be, though not after the switch's next start; asked again until it is stored.
            try? await send(stored: false)
            throw error
        }
    }

    /// Takes users to where a change leads although it cannot be written down: only for taking them back.
    ///
    /// The next change that can be written down writes this one as well.
    ///
    /// - Throws: ``BookError/journal(_:)`` when another daemon has taken over: where its users go is not decided here.
    package func changeUnrecorded(_ body: @Sendable (inout HostState) -> Void) async throws(BookError) {
        await enter()
        defer { leave() }
        do throws(JournalError) {
            try await journal.check()
        } catch .superseded(let epoch) {
            throw .journal(.superseded(by: epoch))
        } catch {
            // Not known: the switch itself refuses the table once a later opening has sent its own.
        }
        ledger.make(ledger.draft(body), written: false)
        try await publish(stored: false)
    }

    /// Writes down what an unrecorded change left, if that can be done by now.
    ///
    /// To be called before anything ends that the journal may still name: a daemon that starts again follows the journal.
    package func catchUp() async {
        guard ledger.isAheadOfJournal else { return }
        // What still cannot be written stays for the next try; users are where they should be.
        try? await change { _ in }
    }

    private func publish(stored: Bool) async throws(BookError) {
        guard ledger.wantsPublishing else { return }
        do throws(SwitchError) {
            try await send(stored: stored)
        } catch .stale(let current) {
            guard let entries = ledger.renumber(after: current) else { throw .traffic(.stale(current: current)) }
            if stored {
                try await write(entries)
                ledger.noteTableWritten()
            }
            do throws(SwitchError) { try await send(stored: stored) } catch { throw .traffic(error) }
        } catch {
            throw .traffic(error)
        }
        ledger.notePublished()
    }

    private func send(stored: Bool) async throws(SwitchError) {
        let table = ledger.table
        if stored { try await trafficSwitch.publish(table) } else { try await trafficSwitch.publishUnstored(table) }
    }

    private func write(_ entries: [JournalEntry]) async throws(BookError) {
        guard !entries.isEmpty else { return }
        do throws(JournalError) { try await journal.append(entries) } catch { throw .journal(error) }
    }

    private func enter() async {
        guard isChanging else {
            isChanging = true
            return
        }
        await withCheckedContinuation { queue.append($0) }
    }

    private func leave() {
        if queue.isEmpty { isChanging = false } else { queue.removeFirst().resume() }
    }
}

/// Why the book could not be changed.
package enum BookError: Error, Hashable, Sendable {
    case journal(JournalError)
    case traffic(SwitchError)

    /// Whether what failed was keeping the change, not following it; to be refused by a successor is neither.
    package var isStorage: Bool {
        switch self {
        case .journal(.superseded): false
        case .journal, .traffic(.diskFull), .traffic(.notStored): true
        case .traffic: false
        }
    }
}
