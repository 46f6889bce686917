import Foundation
import TealEngine
import TealStore
import TealTestSupport

/// The bytes of a journal's files right after an append had returned, while the journal was open.
struct JournalMoment: Sendable {
    /// The append, counted from 1: it and all before it are acknowledged.
    let batch: Int
    let database: [UInt8]
    let log: [UInt8]
    /// SQLite's index of the log, which is never synced.
    let index: [UInt8]

    init(_ files: JournalFiles, batch: Int) throws {
        self.batch = batch
        database = try Array(JournalFiles.read(files.database))
        log = try Array(JournalFiles.read(files.log))
        index = try Array(JournalFiles.read(files.index))
    }

    /// How many frames of the log belong to it: those with its header's salts.
    ///
    /// Behind them may be what an earlier log of the same file has left.
    var frames: Int {
        guard log.count >= LogFile.headerBytes else { return 0 }
        let salts = log[16..<24]
        var count = 0
        while LogFile.end(of: count + 1) <= log.count,
            log[LogFile.end(of: count) + 8..<LogFile.end(of: count) + 16] == salts
        {
            count += 1
        }
        return count
    }

    /// Every moment of a journal in which `batches` were appended after those that are in its database already.
    static func history(_ batches: ClosedRange<Int>, in files: JournalFiles) async throws -> [JournalMoment] {
        let samples = try JournalSamples()
        try await files.write(1...batches.lowerBound)
        let journal = try files.open()
        var moments: [JournalMoment] = []
        for number in batches.dropFirst() {
            try await journal.append(try samples.batch(number))
            moments.append(try JournalMoment(files, batch: number))
        }
        return moments
    }
}

/// The form of SQLite's write-ahead log (https://sqlite.org/fileformat2.html#walformat) with pages of 4 KiB.
enum LogFile {
    static let headerBytes = 32
    static let frameHeaderBytes = 24
    static let pageBytes = 4096
    static let frameBytes = frameHeaderBytes + pageBytes
    /// What a disk writes whole or not at all.
    static let sectorBytes = 512

    /// Where so many frames end.
    static func end(of frames: Int) -> Int { headerBytes + frames * frameBytes }
}
