package import TealCore
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
                try world.disk.write(entries)
                world.disk.sync()
                world.audit.noteWritten(entries)
                // An end that could not be written when it came is told to nobody but the journal.
                for case .rollout(let entry) in entries where entry.snapshot.rollout.outcome != nil {
                    world.observed(entry)
                }
            }
        } catch {
            guard incarnation.isAlive else { throw error }
            world.audit.journalFailed = true
            if error == failed, world.luck.chance(50) { world.disk.writeAndFail(entries) }
            throw error
        }
    }

    func read() async throws(JournalError) -> JournalContents {
        let failed = JournalError.unavailable("input/output error")
        return try await incarnation.call(.read, .init(cancelled: failed, lost: failed, refused: failed)) {
            () throws(JournalError) in
            world.disk.open()
        }
    }

    func rollouts(of project: ProjectName?, most: Int) async throws(JournalError) -> [RolloutSnapshot] {
        world.disk.visible.rollouts(of: project, most: most)
    }

    func rollout(_ id: RolloutID) async throws(JournalError) -> RolloutSnapshot? { world.disk.visible.snapshots[id] }

    func notes(of rollout: RolloutID, after sequence: Int) async throws(JournalError) -> [JournalledNote] {
        world.disk.visible.notes(of: rollout, after: sequence)
    }
}

/// A journal in memory on a disk that loses what was not synced; for the contract that all journals keep.
package actor ModelJournal: Journal {
    private var disk = ModelDisk()

    package init() {}

    /// Writes without syncing, as a crash may leave it.
    package func writeOnly(_ entries: [JournalEntry]) throws(JournalError) { try disk.write(entries) }

    /// The power is gone; of what was not synced the first few batches had reached the disk.
    package func losePower(keeping kept: Int) { disk.loseUnsynced(keeping: kept) }

    package func append(_ entries: [JournalEntry]) async throws(JournalError) {
        try disk.write(entries)
        disk.sync()
    }

    package func read() async throws(JournalError) -> JournalContents { disk.open() }

    package func rollouts(of project: ProjectName?, most: Int) async throws(JournalError) -> [RolloutSnapshot] {
        disk.visible.rollouts(of: project, most: most)
    }

    package func rollout(_ id: RolloutID) async throws(JournalError) -> RolloutSnapshot? { disk.visible.snapshots[id] }

    package func notes(of rollout: RolloutID, after sequence: Int) async throws(JournalError) -> [JournalledNote] {
        disk.visible.notes(of: rollout, after: sequence)
    }
}
