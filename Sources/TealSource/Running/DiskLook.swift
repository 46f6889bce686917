import Glibc
import TealCore
import TealDriverKit
import TealShimWire

/// Sees that a build neither fills the disk nor takes more of it than it may.
struct DiskLook {
    /// What must be left for what runs: journal, logs and route table.
    static let freeBytesMin: UInt64 = 256 << 20
    /// How often all files of a build are counted, which takes time.
    private static let countEvery = Duration.seconds(10)

    let root: String
    let bytesMax: Int
    private var countedAt: Timestamp?

    init(root: String, bytesMax: Int) {
        self.root = root
        self.bytesMax = bytesMax
    }

    /// Looks; quick but for every ten seconds.
    mutating func look(at now: Timestamp) throws(SourceError) {
        var facts = statvfs()
        if statvfs(root, &facts) == 0, UInt64(facts.f_bavail) * UInt64(facts.f_frsize) < Self.freeBytesMin {
            throw .diskFull(path: root)
        }
        if let countedAt, now.since(countedAt) < Self.countEvery { return }
        countedAt = now
        try check()
    }

    /// Counts all files.
    func check() throws(SourceError) {
        guard TreeSize(of: root, bytesMax: bytesMax).isWithin else { throw .diskUsed(bytesMax: bytesMax) }
    }
}

/// What the files below a directory hold together.
struct TreeSize {
    /// Whether that is not above the limit.
    let isWithin: Bool

    /// Counts until the limit is passed; what comes and goes meanwhile may or may not count.
    ///
    /// - Parameters:
    ///   - root: The directory.
    ///   - bytesMax: The limit.
    ///   - onDisk: Whether blocks are counted, as for room, or lengths, as for what is packed.
    init(of root: String, bytesMax: Int, onDisk: Bool = true) {
        var left = bytesMax
        var open = [root]
        while let directory = open.popLast() {
            // A directory that has just gone holds nothing.
            for name in (try? Files.names(in: directory)) ?? [] {
                var info = stat()
                guard lstat("\(directory)/\(name)", &info) == 0 else { continue }
                left -= onDisk ? Int(info.st_blocks) * 512 : Int(info.st_size)
                if info.st_mode & S_IFMT == S_IFDIR { open.append("\(directory)/\(name)") }
            }
            guard left >= 0 else {
                isWithin = false
                return
            }
        }
        isWithin = true
    }
}
