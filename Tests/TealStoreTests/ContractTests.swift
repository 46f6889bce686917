import TealEngine
import TealStore
import TealTestSupport
import Testing

@Suite struct `The journal contract` {
    @Test(.timeLimit(.minutes(1)), arguments: JournalContract.allCases)
    func `holds in SQLite`(_ clause: JournalContract) async throws {
        try await Fixture.with("journal") { fixture in
            let files = JournalFiles(directory: try fixture.directory())
            try await clause.check { try files.open() }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: JournalContract.allCases)
    func `holds in memory`(_ clause: JournalContract) async throws {
        let journal = MemoryJournal()
        try await clause.check { await journal.again() }
    }
}
