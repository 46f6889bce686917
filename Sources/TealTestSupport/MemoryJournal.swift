package import TealCore
package import TealEngine

/// A journal in memory whose disk can be filled, as one of its openings.
package actor MemoryJournal: Journal {
    /// What the openings of one journal share.
    private actor Disk {
        private var store = JournalStore()
        private var isFull = false

        var contents: JournalStore { store }

        func fill(_ full: Bool) { isFull = full }

        func append(_ entries: [JournalEntry], by opening: UInt64) throws(JournalError) {
            try store.check(opening)
            try store.check(entries)
            guard !isFull else { throw .diskFull(path: "memory") }
            store.append(entries)
        }

        func read() -> JournalContents { store.read() }
    }

    private let disk: Disk
    private var opening: UInt64

    private init(_ disk: Disk, opening: UInt64) {
        self.disk = disk
        self.opening = opening
    }

    /// A new journal.
    package init() { self.init(Disk(), opening: 0) }

    /// The same journal, opened once more.
    package func again() async -> MemoryJournal { MemoryJournal(disk, opening: await disk.contents.epoch) }

    /// From now on nothing can be written, or everything can again.
    package func fill(_ full: Bool) async { await disk.fill(full) }

    package func append(_ entries: [JournalEntry]) async throws(JournalError) {
        try await disk.append(entries, by: opening)
    }

    package func read() async throws(JournalError) -> JournalContents {
        let contents = await disk.read()
        opening = contents.epoch
        return contents
    }

    package func check() async throws(JournalError) { try await disk.contents.check(opening) }

    package func rollouts(of project: ProjectName?, most: Int) async throws(JournalError) -> [RolloutSnapshot] {
        await disk.contents.rollouts(of: project, most: most)
    }

    package func rollout(_ id: RolloutID) async throws(JournalError) -> RolloutSnapshot? {
        await disk.contents.snapshots[id]
    }

    package func notes(of rollout: RolloutID, after sequence: Int) async throws(JournalError) -> [JournalledNote] {
        await disk.contents.notes(of: rollout, after: sequence)
    }
}
