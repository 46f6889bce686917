import TealCore
import TealDriverKit
package import TealEngine

/// What every ``Journal`` promises; each clause has a journal of its own.
package enum JournalContract: String, CaseIterable, Sendable, CustomStringConvertible {
    case emptyAtFirst = "a new journal holds nothing"
    case givesBack = "what was appended is given back"
    case forgetsEnded = "rollouts that ended are not unended, and halted ones are"
    case countsOpenings = "the epoch counts openings"
    case newestWrites = "an opening that is not the newest writes nothing, and is told so"
    case knowsItsEnd = "an opening that is not the newest finds that out without writing"
    case looksOn = "an opening that is not the newest can still be asked"
    case takesBack = "an opening that is read again is the newest"
    case oneOfMany = "of many openings that write at the same time only the newest does"
    case latestWins = "the latest entry of a thing wins"
    case wholeBatches = "a reader sees all of an append or nothing of it"
    case emptyAppend = "an append of nothing succeeds and changes nothing"
    case newestFirst = "rollouts come newest first, as many as asked for"
    case ofProject = "rollouts of a project come as many as asked for, however many of others there are"
    case oneRollout = "one rollout is found by its number, ended or not"
    case notesInOrder = "notes come in order, after a place, and of one rollout"
    case notesArePaged = "notes come at most a thousand at a time"
    case sameNoteAgain = "a note that is appended again is there once"
    case tokenPassed =
        "what comes under an earlier token than what is written of a part is refused, and all that is with it"

    package var description: String { rawValue }

    /// Checks the clause.
    ///
    /// - Parameter open: Opens the journal of this check, which is empty at first: another opening of the same one each
    ///   time.
    /// - Throws: ``ContractFailure``, or what the journal threw where the contract allows no error.
    package func check(_ open: @escaping @Sendable () async throws -> any Journal) async throws {
        let bench = JournalBench(open: open, samples: try JournalSamples())
        switch self {
        case .emptyAtFirst: try await bench.emptyAtFirst()
        case .givesBack: try await bench.givesBack()
        case .forgetsEnded: try await bench.forgetsEnded()
        case .countsOpenings: try await bench.countsOpenings()
        case .newestWrites: try await bench.newestWrites()
        case .knowsItsEnd: try await bench.knowsItsEnd()
        case .looksOn: try await bench.looksOn()
        case .takesBack: try await bench.takesBack()
        case .oneOfMany: try await bench.oneOfMany()
        case .latestWins: try await bench.latestWins()
        case .wholeBatches: try await bench.wholeBatches()
        case .emptyAppend: try await bench.emptyAppend()
        case .newestFirst: try await bench.newestFirst()
        case .ofProject: try await bench.ofProject()
        case .oneRollout: try await bench.oneRollout()
        case .notesInOrder: try await bench.notesInOrder()
        case .notesArePaged: try await bench.notesArePaged()
        case .sameNoteAgain: try await bench.sameNoteAgain()
        case .tokenPassed: try await bench.tokenPassed()
        }
    }
}

/// The clauses.
private struct JournalBench: Sendable {
    /// How many notes one question brings at most.
    private static let pageMax = 1000
    /// How many batches are appended while they are read.
    private static let batches = 40
    /// How many openings there are at the same time.
    private static let openings = 6

    let open: @Sendable () async throws -> any Journal
    let samples: JournalSamples

    func emptyAtFirst() async throws {
        let journal = try await open()
        let wanted = JournalContents(epoch: 1, services: [], releases: [], table: nil, unended: [], lastRollout: 0)
        try expectEqual(try await journal.read(), wanted, "a new journal")
        try expectEqual(try await journal.rollouts(most: 10), [], "the rollouts")
        try expectEqual(try await journal.rollout(RolloutID(number: 1)), nil, "a rollout")
        try expectEqual(try await journal.notes(of: RolloutID(number: 1), after: 0), [], "the notes")
    }

    func givesBack() async throws {
        var store = JournalStore()
        let entries: [JournalEntry] = [
            .release(try samples.release(1)), .release(try samples.release(2)), .release(try samples.release(10)),
            .release(try samples.release(1, of: "api")),
            .service(try samples.service("web", lastRelease: 10)), .service(try samples.service("api", lastRelease: 1)),
            .table(try samples.table(7, epoch: 3)),
            try samples.entry(4, .running, notes: [samples.note(1)]), try samples.entry(9, .halted),
        ]
        store.append(entries)
        try await open().append(entries)
        let journal = try await open()
        try expectEqual(try await journal.read(), store.read(), "what is read")
        try expectEqual(try await journal.rollouts(most: 10), store.rollouts(most: 10), "the rollouts")
    }

    func forgetsEnded() async throws {
        let journal = try await open()
        let standings = JournalSamples.Standing.allCases
        for (index, standing) in standings.enumerated() {
            try await journal.append([try samples.entry(index + 1, standing)])
        }
        let unended = try standings.enumerated().filter(\.element.isUnended)
            .map { try samples.snapshot($0.offset + 1, $0.element) }
        let contents = try await open().read()
        try expectEqual(contents.unended, unended, "what is unended")
        try expectEqual(contents.lastRollout, standings.count, "the last rollout")
    }

    func countsOpenings() async throws {
        for wanted in UInt64(1)...3 {
            try expectEqual(try await open().read().epoch, wanted, "the epoch")
        }
        try await open().append([.table(try samples.table(1))])
        try expectEqual(try await open().read().epoch, 4, "the epoch after an append")
    }

    func newestWrites() async throws {
        let first = try await open()
        _ = try await first.read()
        try await first.append(try samples.batch(1))
        // One that was never read is an opening as well, of the time when it was made.
        let unread = try await open()
        let second = try await open()
        let epoch = try await second.read().epoch
        for journal in [first, unread] {
            for entries in [try samples.batch(2), [.table(try samples.table(9, epoch: 99))], []] {
                try await expectSuperseded(by: epoch) { () async throws(JournalError) in
                    try await journal.append(entries)
                }
            }
        }
        try await second.append(try samples.batch(2))
        var wanted = try samples.store(after: 2).contents
        wanted.epoch = epoch + 1
        try expectEqual(try await open().read(), wanted, "what is read")
    }

    func knowsItsEnd() async throws {
        let first = try await open()
        _ = try await first.read()
        try await first.check()
        let second = try await open()
        // To be there is not to have begun.
        try await first.check()
        let epoch = try await second.read().epoch
        try await expectSuperseded(by: epoch) { () async throws(JournalError) in try await first.check() }
        try await second.check()
    }

    func looksOn() async throws {
        let first = try await open()
        _ = try await first.read()
        let second = try await open()
        _ = try await second.read()
        try await second.append([try samples.entry(1, .settled, notes: [samples.note(1)])])
        try expectEqual(try await first.rollouts(most: 9), [try samples.snapshot(1, .settled)], "the rollouts")
        try expectEqual(
            try await first.rollout(RolloutID(number: 1)),
            try samples.snapshot(1, .settled),
            "the rollout"
        )
        try expectEqual(try await first.notes(of: RolloutID(number: 1), after: 0), [samples.note(1)], "the notes")
    }

    func takesBack() async throws {
        let first = try await open()
        let second = try await open()
        let batch = try samples.batch(1)
        _ = try await first.read()
        let epoch = try await second.read().epoch
        try await expectSuperseded(by: epoch) { () async throws(JournalError) in try await first.append(batch) }
        let next = try await first.read().epoch
        try await first.append(batch)
        try await expectSuperseded(by: next) { () async throws(JournalError) in try await second.append(batch) }
    }

    func oneOfMany() async throws {
        // Each writes as soon as it is open, and goes on until it is told that it is not the newest any more.
        let counts = try await withThrowingTaskGroup(of: (epoch: UInt64, count: Int).self) { group in
            for number in 1...Self.openings {
                group.addTask {
                    let journal = try await open()
                    let epoch = try await journal.read().epoch
                    let table = JournalEntry.table(try samples.table(UInt64(number), epoch: epoch))
                    for count in 0..<Self.batches {
                        do throws(JournalError) { try await journal.append([table]) } catch {
                            guard case .superseded(let by) = error, by > epoch else { throw error }
                            return (epoch, count)
                        }
                    }
                    return (epoch, Self.batches)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let last = UInt64(Self.openings)
        try expectEqual(counts.map(\.epoch).sorted(), Array(1...last), "the epochs")
        try expectEqual(counts.first { $0.epoch == last }?.count, Self.batches, "what the newest has written")
        try expectEqual(try await open().read().table?.position.epoch, last, "the epoch of the last table")
    }

    private func expectSuperseded(by epoch: UInt64, _ body: () async throws(JournalError) -> Void) async throws {
        do throws(JournalError) {
            try await body()
        } catch {
            return try expectEqual(error, .superseded(by: epoch), "the error")
        }
        throw ContractFailure("an opening before \(epoch) was not refused")
    }

    func latestWins() async throws {
        let journal = try await open()
        let first: [JournalEntry] = [
            .release(try samples.release(1)), .service(try samples.service(lastRelease: 1)),
            .table(try samples.table(9, epoch: 1)), try samples.entry(1, .running),
        ]
        let then: [JournalEntry] = [
            .service(try samples.service(lastRelease: 2)), .table(try samples.table(1, epoch: 2)),
            .release(try samples.release(1, endedWell: true)), try samples.entry(1, .halted),
            .service(try samples.service(lastRelease: 3)),
        ]
        try await journal.append(first)
        try await journal.append(then)
        let found = try await open().read()
        try expectEqual(found.releases, [try samples.release(1, endedWell: true)], "the releases")
        try expectEqual(found.services, [try samples.service(lastRelease: 3)], "the services")
        try expectEqual(found.table, try samples.table(1, epoch: 2), "the table")
        try expectEqual(found.unended, [try samples.snapshot(1, .halted)], "what is unended")
        try await open().append([try samples.entry(1, .settled)])
        try expectEqual(try await open().read().unended, [], "what is unended after the end")
    }

    func wholeBatches() async throws {
        let journal = try await open()
        let other = try await open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 1...Self.batches { try await append(try samples.batch(number), to: journal) }
            }
            group.addTask { try await watch(other) }
            // The first that fails ends the other.
            for try await _ in group {}
        }
    }

    /// Appends although the reader is an opening as well: what was refused is written once it is the newest again.
    private func append(_ entries: [JournalEntry], to journal: any Journal) async throws {
        while true {
            do throws(JournalError) {
                return try await journal.append(entries)
            } catch .superseded {
                _ = try await journal.read()
            }
        }
    }

    /// Reads until all batches are there; at no time may there be a part of one.
    private func watch(_ journal: any Journal) async throws {
        var seen = 0
        while seen < Self.batches {
            try Task.checkCancellation()
            let found = try await journal.read()
            let count = found.lastRollout
            try expect(count >= seen, "\(count) batches after \(seen)")
            var wanted = try samples.store(after: count).contents
            wanted.epoch = found.epoch
            try expectEqual(found, wanted, "what is read after \(count) batches")
            seen = count
        }
    }

    func emptyAppend() async throws {
        let journal = try await open()
        try await journal.append(try samples.batch(1))
        try await journal.append([])
        var wanted = try samples.store(after: 1)
        try expectEqual(try await open().read(), wanted.read(), "what is read")
    }

    func newestFirst() async throws {
        let journal = try await open()
        for number in [2, 11, 3, 1, 10] { try await journal.append([try samples.entry(number, .kept)]) }
        try expectEqual(try await numbers(journal, most: 3), [11, 10, 3], "the newest three")
        try expectEqual(try await numbers(journal, most: 100), [11, 10, 3, 2, 1], "all")
        try expectEqual(try await numbers(journal, most: 0), [], "none")
    }

    /// A rollout of one service.
    private func entry(_ number: Int, of samples: JournalSamples) throws -> JournalEntry {
        let release = try samples.release(number).release
        let member = Member(
            service: release.id.service,
            new: release,
            old: nil,
            slot: .blue,
            oldSlot: nil,
            displaced: nil,
            mode: .blueGreen,
            warmRuns: false
        )
        let rollout = Rollout(
            id: RolloutID(number: number),
            kind: .deploy,
            members: [member],
            author: "ann",
            now: Timestamp(nanoseconds: 1)
        )
        let snapshot = RolloutSnapshot(boot: BootID("boot"), rollout: rollout, createdAt: 1)
        return .rollout(.init(snapshot: snapshot, began: [], ended: [], notes: []))
    }

    private func numbers(_ journal: any Journal, _ project: ProjectName? = nil, most: Int) async throws -> [Int] {
        try await journal.rollouts(of: project, most: most).map(\.rollout.id.number)
    }

    func ofProject() async throws {
        let other = try JournalSamples(project: "blog")
        let journal = try await open()
        for number in [2, 11, 3, 1, 10] { try await journal.append([try entry(number, of: samples)]) }
        for number in [12, 4, 13] { try await journal.append([try entry(number, of: other)]) }
        try expectEqual(try await numbers(journal, most: 2), [13, 12], "the newest two of all")
        try expectEqual(try await numbers(journal, samples.project, most: 2), [11, 10], "the newest two")
        try expectEqual(try await numbers(journal, other.project, most: 9), [13, 12, 4], "all of the other")
        try expectEqual(try await numbers(journal, ProjectName(parsing: "none"), most: 9), [], "none")
    }

    func oneRollout() async throws {
        try await open().append([try samples.entry(1, .settled), try samples.entry(2, .running)])
        let journal = try await open()
        try expectEqual(try await journal.rollout(RolloutID(number: 1)), try samples.snapshot(1, .settled), "the first")
        try expectEqual(try await journal.rollout(RolloutID(number: 2)), try samples.snapshot(2), "the second")
        try expectEqual(try await journal.rollout(RolloutID(number: 3)), nil, "the third")
    }

    func notesInOrder() async throws {
        let journal = try await open()
        try await journal.append([try samples.entry(1, notes: [3, 1, 2].map(samples.note))])
        try await journal.append([try samples.entry(2, notes: [samples.note(1)])])
        try await journal.append([try samples.entry(1, notes: [11, 4].map(samples.note))])
        try expectEqual(try await sequences(journal, after: 0), [1, 2, 3, 4, 11], "all notes")
        try expectEqual(try await sequences(journal, after: 2), [3, 4, 11], "the notes after the second")
        try expectEqual(try await sequences(journal, after: 11), [], "the notes after the last")
        let found = try await open().notes(of: RolloutID(number: 1), after: 2).first
        try expectEqual(found, samples.note(3), "the third note")
    }

    func notesArePaged() async throws {
        let journal = try await open()
        let count = 2 * Self.pageMax + 1
        try await journal.append([try samples.entry(1, notes: (0..<count).map { samples.note($0 + 1) })])
        var found: [Int] = []
        for wanted in [Self.pageMax, Self.pageMax, 1, 0] {
            let page = try await sequences(journal, after: found.last ?? 0)
            try expectEqual(page.count, wanted, "the size of a page")
            found += page
        }
        try expectEqual(found, (0..<count).map { $0 + 1 }, "the notes of all pages")
    }

    func sameNoteAgain() async throws {
        let journal = try await open()
        for _ in 0..<2 { try await journal.append([try samples.entry(1, notes: [samples.note(1)])]) }
        try expectEqual(try await sequences(journal, after: 0), [1], "the notes")
    }

    func tokenPassed() async throws {
        var lease = HostLease(
            LeaseClaim(
                coordinator: try HostName(parsing: "ada"),
                rollout: RolloutID(number: 9),
                epoch: 1,
                step: 1,
                services: [try samples.key("web")]
            ),
            as: RolloutID(number: 1),
            boot: BootID("boot"),
            at: Timestamp(nanoseconds: 1)
        )
        let first = try part(lease, createdAt: 1)
        lease.end()
        let second = try part(lease, createdAt: 2)
        let journal = try await open()
        try await journal.append([.rollout(first)])
        try await journal.append([.rollout(first)])
        try await journal.append([.rollout(second)])
        do throws(JournalError) {
            try await journal.append([.table(try table(5)), .rollout(first)])
            throw JournalError.unavailable("an earlier token was not refused")
        } catch {
            try expectEqual(error, .tokenPassed(to: lease.token), "the error")
        }
        let found = try await open().read()
        try expectEqual(found.unended, [second.snapshot], "what is written")
        try expectEqual(found.table, nil, "the table that came with it")
    }

    private func table(_ version: UInt64) throws(JournalError) -> TrafficTable {
        do { return try samples.table(version) } catch { throw .damaged("\(error)") }
    }

    private func part(_ lease: HostLease, createdAt: Double) throws -> RolloutEntry {
        let snapshot = RolloutSnapshot(
            boot: BootID("boot"),
            rollout: try samples.snapshot(1).rollout,
            createdAt: createdAt,
            part: HostPart(lease: lease)
        )
        return RolloutEntry(snapshot: snapshot, began: [], ended: [], notes: [])
    }

    private func sequences(_ journal: any Journal, after sequence: Int) async throws -> [Int] {
        try await journal.notes(of: RolloutID(number: 1), after: sequence).map(\.sequence)
    }
}
