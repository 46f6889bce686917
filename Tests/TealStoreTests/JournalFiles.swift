import Foundation
import TealEngine
import TealStore
import TealTestSupport

/// The files of one journal in a directory.
struct JournalFiles: Sendable {
    let directory: String

    var database: String { directory + "/journal.sqlite" }
    var log: String { database + "-wal" }
    var index: String { database + "-shm" }
    var reserve: ReserveFile { ReserveFile(path: reservePath) }
    var reservePath: String { directory + "/reserve" }

    func open() throws -> SQLiteJournal { try SQLiteJournal(path: database, reserve: reserve) }

    /// Appends batches of the sample story in a journal of their own, and waits until its files are closed.
    func write(_ batches: ClosedRange<Int>) async throws {
        let samples = try JournalSamples()
        do {
            let journal = try open()
            for number in batches { try await journal.append(try samples.batch(number)) }
        }
        // The last connection to close takes the log into the database and removes it.
        try await eventually("the log is taken in") { !FileManager.default.fileExists(atPath: log) }
    }

    /// What the journal holds, as a count of batches; throws unless it is exactly those.
    @discardableResult
    func batches() async throws -> Int { try await Self.batches(in: open()) }

    /// The same of a journal that is open.
    static func batches(in journal: SQLiteJournal) async throws -> Int {
        let samples = try JournalSamples()
        let found = try await journal.read()
        var wanted = try samples.store(after: found.lastRollout).contents
        wanted.epoch = found.epoch
        try expectEqual(found, wanted, "what is read after \(found.lastRollout) batches")
        for number in 0..<found.lastRollout {
            let notes = try await journal.notes(of: RolloutID(number: number + 1), after: 0)
            try expectEqual(notes, [samples.note(1), samples.note(2)], "the notes of batch \(number + 1)")
        }
        return found.lastRollout
    }

    static func read(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

    static func write(_ data: Data, to path: String) throws { try data.write(to: URL(filePath: path)) }
}
