import TealEngine
import TealSimulator
import TealTestSupport
import Testing

@Suite struct `The simulated journal` {
    @Test(.timeLimit(.minutes(1)), arguments: JournalContract.allCases)
    func `keeps the contract of all journals`(_ clause: JournalContract) async throws {
        let journal = ModelJournal()
        try await clause.check { await journal.again() }
    }

    @Test(arguments: 0...3)
    func `loses what was not synced when the power goes, but for what had reached the disk`(kept: Int) async throws {
        let samples = try JournalSamples()
        let journal = ModelJournal()
        try await journal.append(samples.batch(1))
        for number in 2...4 { try await journal.writeOnly(samples.batch(number)) }
        await journal.losePower(keeping: kept)
        var wanted = try samples.store(after: 1 + kept)
        let contents = try await journal.read()
        _ = wanted.read()
        #expect(contents == wanted.contents)
    }

    @Test func `keeps what was synced when the power goes`() async throws {
        let samples = try JournalSamples()
        let journal = ModelJournal()
        for number in 1...3 { try await journal.append(samples.batch(number)) }
        await journal.losePower(keeping: 0)
        var wanted = try samples.store(after: 3)
        _ = wanted.read()
        #expect(try await journal.read() == wanted.contents)
    }
}
