import Foundation
import Synchronization
import TealCore
import TealEngine
import TealStore
import TealTestSupport
import Testing

/// What a crash leaves: the files as they are at one moment.
@Suite struct `A crash image` {
    /// How much of a log SQLite takes in by itself, in frames of a page and its header.
    private static let logMax = 200 * (4096 + 24)

    @Test(.timeLimit(.minutes(1)))
    func `of any moment opens as a prefix that has all acknowledged appends`() async throws {
        try await Fixture.with("journal") { fixture in
            let files = JournalFiles(directory: try fixture.directory())
            let samples = try JournalSamples()
            let journal = try files.open()
            let count = 150
            let appended = Atomic<Int>(0)
            var images: [(JournalFiles, acknowledged: Int)] = []
            let writing = Task {
                for number in 1...count {
                    try await journal.append(try samples.batch(number))
                    appended.store(number, ordering: .sequentiallyConsistent)
                }
            }
            var generator = SeededGenerator(seed: 7)
            var wanted = 0
            let clock = ContinuousClock()
            let deadline = clock.now + .seconds(30)
            while wanted < count, clock.now < deadline {
                let acknowledged = appended.load(ordering: .sequentiallyConsistent)
                if acknowledged >= wanted, let image = try image(of: files, fixture) {
                    images.append((image, acknowledged))
                    wanted = acknowledged + Int.random(in: 1...8, using: &generator)
                }
                await Task.yield()
            }
            try await writing.value
            #expect(images.count >= 10)
            var found: [Int] = []
            for (image, acknowledged) in images {
                let batches = try await image.batches()
                #expect(batches >= acknowledged)
                found.append(batches)
            }
            #expect(found == found.sorted())
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `whose log is cut anywhere opens as a prefix, and can be written again`() async throws {
        try await Fixture.with("journal") { fixture in
            let files = JournalFiles(directory: try fixture.directory())
            let samples = try JournalSamples()
            try await files.write(1...5)
            let journal = try files.open()
            for number in 6...15 { try await journal.append(try samples.batch(number)) }
            let database = try JournalFiles.read(files.database)
            let log = try JournalFiles.read(files.log)
            // What the database has taken in was synced before: only a log beyond that can be cut by a crash.
            try #require(log.count < Self.logMax, "nothing of the log has been taken in")
            var generator = SeededGenerator(seed: 11)
            let lengths = [0, log.count] + (0..<20).map { _ in Int.random(in: 0..<log.count, using: &generator) }
            var found: [Int] = []
            for length in lengths.sorted() {
                let image = JournalFiles(directory: try fixture.directory())
                try JournalFiles.write(database, to: image.database)
                try JournalFiles.write(log.prefix(length), to: image.log)
                let batches = try await image.batches()
                found.append(batches)
                try await image.open().append(try samples.batch(batches + 1))
                #expect(try await image.batches() == batches + 1)
            }
            #expect(found.first == 5 && found.last == 15 && found == found.sorted())
            #expect(Set(found).count > 4, "the cuts were in different appends: \(found)")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `of any loss of power opens whole, with all acknowledged appends, and takes another one`() async throws {
        let began = ContinuousClock.now
        var figures = CrashFigures.Part()
        try await Fixture.with("journal") { fixture in
            let files = JournalFiles(directory: try fixture.directory())
            let history = try await JournalMoment.history(5...Self.historyMost, in: files)
            let losses = zip(history, history.dropFirst()).map(PowerLoss.init)
            try #require(losses.contains(where: \.isCheckpoint) && losses.contains(where: \.isRestart))
            var random = SeededGenerator(seed: 13)
            let images = losses.flatMap { $0.images(&random) }
            for (number, image) in images.enumerated() {
                let fault = await fault(of: image, fixture)
                figures.note("\(number + 1), \(image.name)", failed: fault != nil)
                #expect(fault == nil, "\(image.name)")
            }
        }
        figures.seconds = (ContinuousClock.now - began).inSeconds
        try CrashFigures.record(figures, of: .images)
        print(
            "  » \(figures.points) crash images of the journal, \(figures.failed) not recovered, \(figures.seconds) s"
        )
        #expect(figures.points >= 200)
    }

    /// How many appends the history has: enough for a checkpoint and for a log that begins anew.
    private static let historyMost = 32

    /// What is not right about an image once it is opened; nil when everything is.
    private func fault(of image: CrashImage, _ fixture: Fixture) async -> String? {
        do {
            let files = JournalFiles(directory: try fixture.directory())
            defer { Fixture.removeTree(files.directory) }
            try JournalFiles.write(Data(image.database), to: files.database)
            try JournalFiles.write(Data(image.log), to: files.log)
            if let index = image.index { try JournalFiles.write(Data(index), to: files.index) }
            let journal = try files.open()
            let found = try await JournalFiles.batches(in: journal)
            guard image.holds.contains(found) else { return "it holds \(found) appends, not \(image.holds)" }
            let damage = try await journal.damage()
            guard damage.isEmpty else { return "it is damaged: \(damage)" }
            try await journal.append(try JournalSamples().batch(found + 1))
            guard try await files.batches() == found + 1 else { return "the append after it is lost" }
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Copies the files; nil when the database changed meanwhile, which is then no image of one moment.
    private func image(of files: JournalFiles, _ fixture: Fixture) throws -> JournalFiles? {
        let before = try JournalFiles.read(files.database)
        let log = try JournalFiles.read(files.log)
        guard try JournalFiles.read(files.database) == before else { return nil }
        let image = JournalFiles(directory: try fixture.directory())
        try JournalFiles.write(before, to: image.database)
        try JournalFiles.write(log, to: image.log)
        return image
    }
}
