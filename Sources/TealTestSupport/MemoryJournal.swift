package import TealCore
package import TealEngine

/// A journal in memory whose disk can be filled.
package actor MemoryJournal: Journal {
    private var store = JournalStore()
    private var isFull = false

    package init() {}

    /// From now on nothing can be written, or everything can again.
    package func fill(_ full: Bool) { isFull = full }

    package func append(_ entries: [JournalEntry]) async throws(JournalError) {
        guard !isFull else { throw .diskFull(path: "memory") }
        store.append(entries)
    }

    package func read() async throws(JournalError) -> JournalContents { store.read() }

    package func rollouts(of project: ProjectName?, most: Int) async throws(JournalError) -> [RolloutSnapshot] {
        store.rollouts(of: project, most: most)
    }

    package func rollout(_ id: RolloutID) async throws(JournalError) -> RolloutSnapshot? { store.snapshots[id] }

    package func notes(of rollout: RolloutID, after sequence: Int) async throws(JournalError) -> [JournalledNote] {
        store.notes(of: rollout, after: sequence)
    }
}
