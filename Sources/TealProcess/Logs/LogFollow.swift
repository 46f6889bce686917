import Glibc
import TealDriverKit
import TealShimWire

/// Reads a log as it grows, across rotations.
struct LogFollow {
    /// How long between two looks at a log that says nothing.
    static let lookEvery: Duration = .milliseconds(100)

    private let files: ReplicaFiles
    private var file: Descriptor?
    /// Whose lines come now, as the last mark said.
    private var release: String?
    private var lines = LineBuffer(bytesMax: WireLine.bytesMax)

    init(_ files: ReplicaFiles) { self.files = files }

    /// The last lines; from then on ``next()`` goes on behind them.
    mutating func begin(parts: Int, linesMax: Int) throws(SystemError) -> [LogLine] {
        guard Files.exists(files.log) else { return [] }
        let file = try Descriptor(opening: files.log, O_RDONLY)
        let end = Int(lseek(file.raw, 0, SEEK_END))
        self.file = file
        let found = try LogTail.read(files, parts: parts, linesMax: linesMax, before: end)
        release = found.release
        return found.lines
    }

    /// What was written since the last call; nil when the replica was removed.
    mutating func next() throws(SystemError) -> [LogLine]? {
        var found: [LogLine] = []
        if file == nil, Files.exists(files.log) { file = try Descriptor(opening: files.log, O_RDONLY) }
        if let open = file {
            let wasCurrent = isCurrent(open)
            while case let bytes = try open.readSome(256 << 10, from: files.log), !bytes.isEmpty {
                for line in lines.take(bytes) {
                    guard let record = LogRecord(parsing: line) else { continue }
                    if record.stream == .mark {
                        release = String(decoding: record.release, as: UTF8.self)
                    } else {
                        found.append(.init(record, release: release))
                    }
                }
            }
            // A part that had been moved on before it was read to its end grows no more: the next begins.
            if !wasCurrent { file = nil }
        }
        return found.isEmpty && !Files.exists(files.spec) ? nil : found
    }

    private func isCurrent(_ open: Descriptor) -> Bool {
        var (mine, current) = (stat(), stat())
        guard fstat(open.raw, &mine) == 0, stat(files.log, &current) == 0 else { return false }
        return mine.st_ino == current.st_ino && mine.st_dev == current.st_dev
    }
}
