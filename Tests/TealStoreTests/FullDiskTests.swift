import Foundation
import TealEngine
import TealStore
import TealTestSupport
import Testing

/// A small file system of its own.
private enum SmallDisk {
    static let skipReason: Comment = "a small file system cannot be mounted here"

    /// Whether the tests run: they are skipped where nothing can be mounted, and fail there when they are required.
    static let isWanted = ProcessInfo.processInfo.environment["TEAL_REQUIRE_SERVICES"] == "1" || canMount

    private static var canMount: Bool {
        let path = NSTemporaryDirectory() + "teal-mount-\(getpid())"
        guard mkdir(path, 0o700) == 0 else { return false }
        defer { rmdir(path) }
        guard mount("tmpfs", path, "tmpfs", 0, "size=1m") == 0 else { return false }
        return umount2(path, Int32(MNT_DETACH)) == 0
    }

    static func with(_ body: (JournalFiles, SpaceFiller) async throws -> Void) async throws {
        try await Fixture.with("disk") { fixture in
            let path = try fixture.directory()
            try #require(mount("tmpfs", path, "tmpfs", 0, "size=12m") == 0, "mount: \(errno)")
            fixture.atEnd { umount2(path, Int32(MNT_DETACH)) }
            try await body(JournalFiles(directory: path), SpaceFiller(directory: path))
        }
    }
}

/// Takes all the space that is left on a disk.
private struct SpaceFiller {
    let directory: String

    private var path: String { directory + "/filler" }

    func fill() throws {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        let page = [UInt8](repeating: 0x55, count: 4096)
        while write(file, page, page.count) > 0 {}
        try #require(errno == ENOSPC)
    }

    func free() throws { try #require(unlink(path) == 0) }
}

@Suite(.serialized, .enabled(if: SmallDisk.isWanted, SmallDisk.skipReason))
struct `A journal on a full disk` {
    @Test(.timeLimit(.minutes(1)))
    func `says so, keeps what it had, and goes on once there is space`() async throws {
        try await SmallDisk.with { files, filler in
            let samples = try JournalSamples()
            let journal = try files.open()
            for number in 1...3 { try await journal.append(try samples.batch(number)) }
            try filler.fill()
            for _ in 0..<3 {
                await #expect(throws: JournalError.diskFull(path: files.database)) {
                    try await journal.append(try samples.batch(4))
                }
            }
            #expect(try await journal.rollouts(most: 10) == samples.store(after: 3).rollouts(most: 10))
            try filler.free()
            #expect(try await files.batches() == 3)
            _ = try await journal.read()  // it is the newest opening again
            try await journal.append(try samples.batch(4))
            #expect(try await files.batches() == 4)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `frees the reserve for the append that found it full`() async throws {
        try await SmallDisk.with { files, filler in
            let samples = try JournalSamples()
            try #require(files.reserve.hold())
            let journal = try files.open()
            for number in 1...3 { try await journal.append(try samples.batch(number)) }
            try filler.fill()
            try await journal.append(try samples.batch(4))
            #expect(!FileManager.default.fileExists(atPath: files.reservePath))
            try filler.fill()
            await #expect(throws: JournalError.diskFull(path: files.database)) {
                try await journal.append(try samples.batch(5))
            }
            #expect(!files.reserve.hold())
            #expect(try await journal.rollouts(most: 10) == samples.store(after: 4).rollouts(most: 10))
            try filler.free()
            #expect(try await files.batches() == 4)
            #expect(files.reserve.hold())
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `opens and is read with the reserve, and cannot be without it`() async throws {
        try await SmallDisk.with { files, filler in
            try await files.write(1...3)
            try filler.fill()
            await #expect(throws: JournalError.diskFull(path: files.database)) { try await files.open().read() }
            try filler.free()
            try #require(files.reserve.hold())
            try filler.fill()
            #expect(try await files.batches() == 3)
            #expect(!FileManager.default.fileExists(atPath: files.reservePath))
        }
    }
}

@Suite struct `A reserve` {
    @Test func `can be held, freed and held again`() async throws {
        try await Fixture.with("reserve") { fixture in
            let path = try fixture.directory() + "/reserve"
            let reserve = ReserveFile(path: path)
            #expect(!reserve.free(), "none is held yet")
            for _ in 0..<2 {
                #expect(reserve.hold())
                #expect(reserve.hold(), "holding twice is holding")
                var facts = stat()
                try #require(stat(path, &facts) == 0)
                #expect(Int(facts.st_size) == ReserveFile.bytes)
                #expect(Int(facts.st_blocks) * 512 >= ReserveFile.bytes, "its space is taken, not just its size")
                #expect(reserve.free())
                #expect(!FileManager.default.fileExists(atPath: path))
            }
        }
    }

    @Test func `that is too short is made whole`() async throws {
        try await Fixture.with("reserve") { fixture in
            let path = try fixture.directory() + "/reserve"
            try JournalFiles.write(Data(count: 100), to: path)
            #expect(ReserveFile(path: path).hold())
            #expect(try JournalFiles.read(path).count == ReserveFile.bytes)
        }
    }

    @Test func `is not held where nothing can be written`() {
        #expect(!ReserveFile(path: "/nowhere/reserve").hold())
    }
}
