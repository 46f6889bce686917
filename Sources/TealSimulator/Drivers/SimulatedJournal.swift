package import TealCore
import TealDriverKit
package import TealEngine
import TealTestSupport

/// The journal on the world's disk: written, then synced, and anybody may crash between.
struct SimulatedJournal: Journal {
    let incarnation: Incarnation

    private var world: World { incarnation.world }

    func append(_ entries: [JournalEntry]) async throws(JournalError) {
        let gone = JournalError.unavailable("the daemon has ended")
        let failed = JournalError.unavailable("input/output error")
        let ends = Incarnation.Ends(cancelled: gone, lost: failed, refused: failed)
        if let text = world.audit.lookForSecrets(entries) { world.violate(.noSecretsTold, text) }
        do throws(JournalError) {
            try await incarnation.call(.append, ends) { () throws(JournalError) in
                try world.disk.write(entries, by: incarnation.opening)
                world.disk.sync()
                world.audit.noteWritten(entries)
                checkNumbers(entries)
                for case .rollout(let entry) in entries { world.checkPhases(entry) }
                // An end that could not be written when it came is told to nobody but the journal.
                for case .rollout(let entry) in entries where entry.snapshot.rollout.outcome != nil {
                    world.observed(entry)
                }
            }
        } catch {
            guard incarnation.isAlive else { throw error }
            if case .superseded = error { throw error }
            if case .tokenPassed = error { throw error }
            world.audit.noteUnwritten(entries)
            if error == failed, world.luck.chance(50) { world.disk.writeAndFail(entries, by: incarnation.opening) }
            throw error
        }
    }

    /// A table that a daemon numbers bears the epoch of its own opening, and its first change of a service numbers it anew:
    /// the switch tells daemons apart by that alone.
    private func checkNumbers(_ entries: [JournalEntry]) {
        let isChanged = entries.contains { entry in
            switch entry {
            case .table, .service: true
            default: false
            }
        }
        guard isChanged, let table = world.disk.visible.table, table.position.epoch != incarnation.opening else {
            return
        }
        world.violate(
            .oneCoordinator,
            "opening \(incarnation.opening) leaves the table under epoch \(table.position.epoch)"
        )
    }

    func read() async throws(JournalError) -> JournalContents {
        let failed = JournalError.unavailable("input/output error")
        return try await incarnation.call(.read, .init(cancelled: failed, lost: failed, refused: failed)) {
            () throws(JournalError) in
            world.takeHome(incarnation)
        }
    }

    func check() async throws(JournalError) {
        // What is found out must not be out of date before it is used: it takes no time.
        await incarnation.whilePaused()
        guard incarnation.isAlive else { throw .unavailable("the daemon has ended") }
        try world.disk.check(incarnation.opening)
    }

    func rollouts(of project: ProjectName?, most: Int) async throws(JournalError) -> [RolloutSnapshot] {
        world.disk.visible.rollouts(of: project, most: most)
    }

    func rollout(_ id: RolloutID) async throws(JournalError) -> RolloutSnapshot? { world.disk.visible.snapshots[id] }

    func notes(of rollout: RolloutID, after sequence: Int) async throws(JournalError) -> [JournalledNote] {
        world.disk.visible.notes(of: rollout, after: sequence)
    }
}

/// A journal in memory on a disk that loses what was not synced, as one of its openings; for the contract that all
/// journals keep.
package actor ModelJournal: Journal {
    /// What the openings of one journal share.
    private actor Disk {
        private(set) var model = ModelDisk()

        func write(_ entries: [JournalEntry], by opening: UInt64, syncs: Bool) throws(JournalError) {
            try model.write(entries, by: opening)
            if syncs { model.sync() }
        }

        func losePower(keeping kept: Int) { model.loseUnsynced(keeping: kept) }

        func open() -> JournalContents { model.open() }
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
    package func again() async -> ModelJournal { ModelJournal(disk, opening: await disk.model.epoch) }

    /// Writes without syncing, as a crash may leave it.
    package func writeOnly(_ entries: [JournalEntry]) async throws(JournalError) {
        try await disk.write(entries, by: opening, syncs: false)
    }

    /// The power is gone; of what was not synced the first few batches had reached the disk.
    package func losePower(keeping kept: Int) async { await disk.losePower(keeping: kept) }

    package func append(_ entries: [JournalEntry]) async throws(JournalError) {
        try await disk.write(entries, by: opening, syncs: true)
    }

    package func read() async throws(JournalError) -> JournalContents {
        let contents = await disk.open()
        opening = contents.epoch
        return contents
    }

    package func check() async throws(JournalError) { try await disk.model.check(opening) }

    package func rollouts(of project: ProjectName?, most: Int) async throws(JournalError) -> [RolloutSnapshot] {
        await disk.model.visible.rollouts(of: project, most: most)
    }

    package func rollout(_ id: RolloutID) async throws(JournalError) -> RolloutSnapshot? {
        await disk.model.visible.snapshots[id]
    }

    package func notes(of rollout: RolloutID, after sequence: Int) async throws(JournalError) -> [JournalledNote] {
        await disk.model.visible.notes(of: rollout, after: sequence)
    }
}
