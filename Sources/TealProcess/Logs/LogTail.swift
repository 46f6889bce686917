import Glibc
import TealDriverKit
import TealShimWire

/// The last lines of a replica's log, of the release that ran last alone.
struct LogTail {
    /// How much of a part is read at once, from its end.
    private static let blockBytes = 256 << 10

    private let linesMax: Int
    private var release: [UInt8]?
    /// Newest first.
    private var accepted: [LogRecord] = []
    /// Newest first; whose they are is said by the mark that comes before them.
    private var pending: [LogRecord] = []
    private var isDone = false

    private init(linesMax: Int) { self.linesMax = linesMax }

    /// What was found at the end of a log.
    struct Found {
        /// Oldest first.
        let lines: [LogLine]
        /// Whose lines they are, and whose the next ones are until another mark; nil in a log without a mark.
        let release: String?
    }

    /// Reads the log backwards until there are enough lines and it is known whose they are.
    ///
    /// - Parameters:
    ///   - files: Whose log.
    ///   - parts: How many parts it may have.
    ///   - linesMax: The most lines.
    ///   - end: Where in the newest part to begin; nil for its end.
    /// - Returns: The lines of the release that ran last.
    /// - Throws: What kept the log from being read; a log that is not there is empty.
    static func read(
        _ files: ReplicaFiles,
        parts: Int,
        linesMax: Int,
        before end: Int? = nil
    ) throws(SystemError) -> Found {
        var tail = LogTail(linesMax: linesMax)
        for path in files.logParts(parts).reversed() {
            try tail.take(path, before: path == files.log ? end : nil)
            if tail.isDone { break }
        }
        tail.accept()
        let release = tail.release.map { String(decoding: $0, as: UTF8.self) }
        return Found(
            lines: tail.accepted.prefix(linesMax).reversed().map { LogLine($0, release: release) },
            release: release
        )
    }

    private mutating func take(_ path: String, before end: Int?) throws(SystemError) {
        guard Files.exists(path) else { return }
        let file = try Descriptor(opening: path, O_RDONLY)
        var left = end ?? Int(lseek(file.raw, 0, SEEK_END))
        var carried: [UInt8] = []
        while left > 0, !isDone {
            let count = min(Self.blockBytes, left)
            left -= count
            lseek(file.raw, off_t(left), SEEK_SET)
            var block: [UInt8] = []
            while block.count < count {
                let part = try file.readSome(count - block.count, from: path)
                if part.isEmpty { break }
                block += part
            }
            block += carried
            var lines = block.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            // The first may begin in the block before.
            carried = left > 0 ? Array(lines.removeFirst()) : []
            for line in lines.reversed() where !line.isEmpty && !isDone { add(line) }
        }
    }

    private mutating func add(_ line: ArraySlice<UInt8>) {
        guard let record = LogRecord(parsing: line) else { return }
        guard record.stream == .mark else {
            // Older ones than these are never needed, whosever they are.
            if accepted.count + pending.count < linesMax { pending.append(record) }
            return
        }
        let name = Array(record.release)
        guard release == nil || release == name else {
            pending = []
            isDone = true
            return
        }
        release = name
        accept()
        if accepted.count >= linesMax { isDone = true }
    }

    private mutating func accept() {
        accepted += pending
        pending = []
    }
}

extension LogRecord {
    /// The release that a mark names.
    var release: ArraySlice<UInt8> { text.prefix { $0 != UInt8(ascii: " ") } }
}

extension LogLine {
    init(_ record: LogRecord, release: String?) {
        self.init(
            time: Double(record.milliseconds) / 1000,
            text: String(decoding: record.text, as: UTF8.self),
            isError: record.stream == .error,
            release: release
        )
    }
}
