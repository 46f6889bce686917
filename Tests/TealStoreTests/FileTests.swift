import Foundation
import TealEngine
import TealStore
import TealTestSupport
import Testing

@Suite struct `The journal's file` {
    @Test func `is synced at every append, through a write-ahead log`() async throws {
        try await Fixture.with("journal") { fixture in
            let files = JournalFiles(directory: try fixture.directory())
            let journal = try files.open()
            let durability = try await journal.durability()
            #expect(durability.synchronous == 2 && durability.journalMode == "wal")
            let header = try JournalFiles.read(files.database).prefix(20)
            #expect(header[18] == 2 && header[19] == 2)
        }
    }

    @Test func `takes nothing of an append of which one entry cannot be written`() async throws {
        try await Fixture.with("journal") { fixture in
            let files = JournalFiles(directory: try fixture.directory())
            let samples = try JournalSamples()
            let journal = try files.open()
            try await journal.append(try samples.batch(1))
            let release = JournalEntry.release(try samples.release(0))
            await #expect(throws: JournalError.self) { try await journal.append(try samples.batch(2) + [release]) }
            #expect(try await files.batches() == 1)
            _ = try await journal.read()  // it is the newest opening again
            try await journal.append(try samples.batch(2))
            #expect(try await files.batches() == 2)
        }
    }

    @Test func `of a newer form is refused, and left as it is`() async throws {
        try await Fixture.with("journal") { fixture in
            let files = JournalFiles(directory: try fixture.directory())
            try await files.write(1...2)
            var bytes = try JournalFiles.read(files.database)
            // The user version, big-endian at offset 60 (SQLite, "Database File Format", 1.3).
            bytes.replaceSubrange(60..<64, with: [0, 0, 0, 99])
            try JournalFiles.write(bytes, to: files.database)
            for _ in 0..<2 {
                #expect(throws: JournalError.newerFormat(found: 99, known: 1)) { try files.open() }
            }
            #expect(try JournalFiles.read(files.database) == bytes)
            #expect((try? JournalFiles.read(files.log))?.isEmpty != false, "nothing is in a log")
        }
    }

    @Test func `that is no database is damaged, and left as it is`() async throws {
        try await Fixture.with("journal") { fixture in
            let files = JournalFiles(directory: try fixture.directory())
            let bytes = Data(repeating: 0x55, count: 40_000)
            try JournalFiles.write(bytes, to: files.database)
            try await expectDamaged { try files.open() }
            #expect(try JournalFiles.read(files.database) == bytes)
        }
    }

    @Test func `with overwritten pages is damaged`() async throws {
        try await Fixture.with("journal") { fixture in
            let files = JournalFiles(directory: try fixture.directory())
            try await files.write(1...4)
            var bytes = try JournalFiles.read(files.database)
            bytes.replaceSubrange(4096..., with: repeatElement(0xAA, count: bytes.count - 4096))
            try JournalFiles.write(bytes, to: files.database)
            try await expectDamaged { try await files.open().read() }
        }
    }

    @Test func `with a record that cannot be read is damaged`() async throws {
        try await Fixture.with("journal") { fixture in
            let files = JournalFiles(directory: try fixture.directory())
            try await files.write(1...1)
            var bytes = try JournalFiles.read(files.database)
            let record = try #require(bytes.range(of: Data("\"configurationHash\"".utf8)))
            bytes[record.lowerBound + 1] = UInt8(ascii: "X")
            try JournalFiles.write(bytes, to: files.database)
            try await expectDamaged { try await files.open().read() }
        }
    }

    private func expectDamaged(_ work: () async throws -> some Any) async throws {
        do {
            _ = try await work()
            Issue.record("it was read")
        } catch let error as JournalError {
            guard case .damaged = error else { throw error }
        }
    }
}
