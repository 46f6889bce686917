import TealCore
package import TealEngine
package import TealTestSupport

/// The disk that the journal is on: what was written and not synced yet may be lost, or torn, when the host goes down.
package struct ModelDisk: Sendable {
    /// What will survive a loss of power.
    private var durable = JournalStore()
    /// What a process that opens the journal now would see.
    package private(set) var visible = JournalStore()
    private var unsynced: [[JournalEntry]] = []
    /// A batch whose write ended with an error although all of it had reached the disk.
    ///
    /// The next write takes its place, and an opening before that finds it. So does SQLite's write-ahead log.
    private var phantom: [JournalEntry]?
    package var isFull = false
    /// How many writes the reserve is good for, once the disk is full.
    package var reserve = Self.reserveMost

    /// How many writes fit into the room that the reserve gives back.
    package static let reserveMost = 40

    package init() {}

    /// Writes a batch, whole or not at all, without syncing it.
    ///
    /// - Parameters:
    ///   - entries: The batch.
    ///   - opening: The epoch of the opening that writes.
    /// - Throws: ``JournalError/superseded(by:)`` when a later opening has begun; ``JournalError/tokenPassed(to:)`` when an
    ///   entry comes under an earlier token than what is written; ``JournalError/diskFull(path:)`` when the disk is full and the reserve is used up.
    package mutating func write(_ entries: [JournalEntry], by opening: UInt64) throws(JournalError) {
        try check(opening)
        try visible.check(entries)
        if isFull {
            guard reserve > 0 else { throw .diskFull(path: "/journal") }
            reserve -= 1
        }
        phantom = nil
        visible.append(entries)
        unsynced.append(entries)
    }

    /// Whether an opening is the newest.
    package func check(_ opening: UInt64) throws(JournalError) { try visible.check(opening) }

    /// The epoch of the newest opening.
    package var epoch: UInt64 { visible.epoch }

    /// Writes a batch, and says that it failed: nobody sees it, unless the next thing that happens is an opening.
    package mutating func writeAndFail(_ entries: [JournalEntry], by opening: UInt64) {
        if opening == visible.epoch { phantom = entries }
    }

    /// What was written before survives from here on.
    package mutating func sync() {
        for entries in unsynced { durable.append(entries) }
        unsynced = []
    }

    /// The host goes down.
    ///
    /// - Parameter kept: How many of the batches that were not synced had reached the disk all the same; a batch of which
    ///   only a part did is not readable and counts as lost.
    package mutating func loseUnsynced(keeping kept: Int) {
        for entries in unsynced.prefix(kept) { durable.append(entries) }
        unsynced = []
        visible = durable
    }

    package var unsyncedCount: Int { unsynced.count }

    /// Opens the journal: its epoch is later than that of every opening before.
    package mutating func open() -> JournalContents {
        if let phantom {
            visible.append(phantom)
            durable.append(phantom)
        }
        phantom = nil
        _ = durable.read()
        return visible.read()
    }
}
