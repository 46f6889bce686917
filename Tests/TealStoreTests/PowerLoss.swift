import TealTestSupport

/// What a disk may hold after a loss of power, and what a start must make of it.
struct CrashImage: Sendable {
    let name: String
    let database: [UInt8]
    let log: [UInt8]
    /// Nil when the file is not there.
    var index: [UInt8]?
    /// How many appends it may hold: at least what was acknowledged, at most what was written.
    let holds: ClosedRange<Int>
}

/// Losses of power between two moments of a journal.
///
/// An append writes frames to the log and syncs them, then answers. A checkpoint syncs the log, writes pages to the
/// database and syncs it; only the append after that begins the log anew, with a header that is synced before the first
/// frame. What was written and not synced may be on the disk in part, in any order of its sectors, with a file that is
/// shorter or has grown already.
struct PowerLoss {
    let before: JournalMoment
    let after: JournalMoment

    /// Whether the log was begun anew over the frames of the one before.
    var isRestart: Bool {
        before.log.prefix(LogFile.headerBytes) != after.log.prefix(LogFile.headerBytes)
    }

    /// Whether the append took the log into the database.
    var isCheckpoint: Bool { before.database != after.database }

    /// The frames that the append wrote.
    private var written: Range<Int> { (isRestart ? 0 : before.frames)..<after.frames }

    func images(_ random: inout SeededGenerator) -> [CrashImage] {
        var images = borders() + torn(&random) + [mixedLog(&random)]
        if isRestart { images += (0..<12).map { _ in mixedLog(&random) } }
        if isCheckpoint { images += tornDatabase(&random) }
        for number in images.indices { images[number].index = index(number, &random) }
        return images
    }

    // MARK: The log

    /// The log ends at a border of frames: before the first, after each.
    private func borders() -> [CrashImage] {
        guard !isRestart else { return [] }
        return (written.lowerBound...written.upperBound).map { frames in
            let isWhole = frames == written.upperBound
            return image("ends after frame \(frames)", Array(after.log.prefix(LogFile.end(of: frames))), isWhole)
        }
    }

    /// A frame of the append is there in part, once by the length of the file and once by what is in it.
    private func torn(_ random: inout SeededGenerator) -> [CrashImage] {
        guard !isRestart, let frame = written.randomElement(using: &random) else { return [] }
        let begin = LogFile.end(of: frame)
        let inHeader = begin + .random(in: 1..<LogFile.frameHeaderBytes, using: &random)
        let inPage = begin + LogFile.frameHeaderBytes + .random(in: 1..<LogFile.pageBytes, using: &random)
        var images = [inHeader, inPage].map { cut in
            image("ends \(cut - begin) bytes into frame \(frame + 1)", Array(after.log.prefix(cut)), false)
        }
        let end = LogFile.end(of: written.upperBound)
        var zeroed = after.log
        for place in inPage..<end { zeroed[place] = 0 }
        images.append(
            image("is zero from \(inPage - begin) bytes into frame \(frame + 1)", zeroed, zeroed == after.log)
        )
        var garbage = after.log
        for place in inHeader..<end { garbage[place] = .random(in: 0...255, using: &random) }
        images.append(image("is garbage from \(inHeader - begin) bytes into frame \(frame + 1)", garbage, false))
        var old = after.log
        for place in inPage..<end { old[place] = place < before.log.count ? before.log[place] : 0 }
        images.append(image("is as before from \(inPage - begin) bytes into frame \(frame + 1)", old, old == after.log))
        return images
    }

    /// Some sectors of the append are there and others are not.
    private func mixedLog(_ random: inout SeededGenerator) -> CrashImage {
        let header = isRestart ? Array(after.log.prefix(LogFile.headerBytes)) : []
        let mixed = mix(header + before.log.dropFirst(header.count), after.log, &random)
        return CrashImage(
            name: "\(name): the log has \(isRestart ? "begun anew" : "grown") in part",
            database: before.database,
            log: mixed,
            holds: before.batch...after.batch
        )
    }

    private func image(_ what: String, _ log: [UInt8], _ isWhole: Bool) -> CrashImage {
        let batch = isWhole ? after.batch : before.batch
        return CrashImage(name: "\(name): the log \(what)", database: before.database, log: log, holds: batch...batch)
    }

    // MARK: The database

    /// Pages were being written to the database, and the log that repairs them is there and synced.
    private func tornDatabase(_ random: inout SeededGenerator) -> [CrashImage] {
        var images: [CrashImage] = []
        func add(_ what: String, _ database: [UInt8]) {
            images.append(
                CrashImage(
                    name: "\(name): the database \(what)",
                    database: database,
                    log: after.log,
                    holds: after.batch...after.batch
                )
            )
        }
        for _ in 0..<12 { add("has some sectors of a checkpoint", mix(before.database, after.database, &random)) }
        let changed = pages()
        for page in changed.shuffled(using: &random).prefix(12) {
            let begin = page * LogFile.pageBytes
            let end = min(begin + LogFile.pageBytes, after.database.count)
            // The first sector of the file says what it is: a disk writes it whole.
            let first = page == 0 ? LogFile.sectorBytes : 0
            let cut = begin + .random(in: first + 1..<LogFile.pageBytes, using: &random)
            guard cut < end else { continue }
            var zeroed = after.database
            for place in cut..<end { zeroed[place] = 0 }
            add("is zero from \(cut - begin) bytes into page \(page + 1)", zeroed)
            var garbage = before.database + after.database.dropFirst(before.database.count)
            for place in cut..<end { garbage[place] = .random(in: 0...255, using: &random) }
            add("is garbage from \(cut - begin) bytes into page \(page + 1)", garbage)
        }
        if before.database.count < after.database.count {
            for _ in 0..<8 {
                let length = Int.random(in: before.database.count..<after.database.count, using: &random)
                add("ends after \(length) bytes", Array(after.database.prefix(length)))
            }
        }
        return images
    }

    /// The pages that the checkpoint changed, from 0.
    private func pages() -> [Int] {
        (0..<(after.database.count / LogFile.pageBytes)).filter { page in
            let (begin, end) = (page * LogFile.pageBytes, (page + 1) * LogFile.pageBytes)
            return before.database.count < end || before.database[begin..<end] != after.database[begin..<end]
        }
    }

    // MARK: Either

    private var name: String { "append \(after.batch)" }

    /// Any of the sectors that differ as before or as after, in a file of either length or one between.
    private func mix(_ old: [UInt8], _ new: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        let length = Int.random(in: min(old.count, new.count)...max(old.count, new.count), using: &random)
        var mixed = [UInt8](repeating: 0, count: length)
        let share = Int.random(in: 1...9, using: &random)
        for begin in stride(from: 0, to: length, by: LogFile.sectorBytes) {
            let source = Int.random(in: 0..<10, using: &random) < share ? new : old
            let end = min(begin + LogFile.sectorBytes, length, source.count)
            if begin < end { mixed.replaceSubrange(begin..<end, with: source[begin..<end]) }
        }
        return mixed
    }

    /// The index is never synced: it may be there, be of another moment, be garbage, or not be there.
    private func index(_ number: Int, _ random: inout SeededGenerator) -> [UInt8]? {
        switch number % 4 {
        case 0: nil
        case 1: after.index
        case 2: before.index
        default: after.index.map { _ in UInt8.random(in: 0...255, using: &random) }
        }
    }
}
