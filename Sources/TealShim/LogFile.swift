import CTealSystem
import Glibc
import TealShimWire

/// The log of a replica on disk: appended to, and moved on to `log.1`, `log.2` when it is full.
struct LogFile {
    private let files: ReplicaFiles
    private let bytesMax: Int
    private let parts: Int
    private var descriptor: Descriptor?
    private var size = 0
    /// Lines that could not be written, such as on a full disk.
    ///
    /// Said in the log when it can be written again.
    private var lost = 0
    /// Begins each part, so that a part alone says whose lines it holds.
    private var mark: [UInt8]?

    init(_ files: ReplicaFiles, bytesMax: Int, parts: Int) {
        self.files = files
        self.bytesMax = max(bytesMax, 64 << 10)
        self.parts = max(parts, 1)
    }

    /// Says that a run begins.
    mutating func begin(_ text: String) {
        mark = Array(text.utf8)
        write([Array(text.utf8)], stream: .mark)
    }

    /// Writes lines of one stream.
    ///
    /// Never throws: a replica does not end because its log is full.
    mutating func write(_ lines: [[UInt8]], stream: LogRecord.Stream) {
        guard !lines.isEmpty else { return }
        let milliseconds = Int64(teal_wall_seconds() * 1000)
        var bytes: [UInt8] = []
        if lost > 0 {
            let text = Array("teal-shim: \(lost) lines were lost, the log could not be written".utf8)
            bytes += LogRecord(milliseconds: milliseconds, stream: .error, text: text).bytes
        }
        for line in lines { bytes += LogRecord(milliseconds: milliseconds, stream: stream, text: line).bytes }
        do {
            try append(bytes)
            lost = 0
        } catch {
            lost += lines.count
        }
    }

    private mutating func append(_ bytes: [UInt8]) throws(SystemError) {
        if size + bytes.count > bytesMax, size > 0 { rotate() }
        let open: Descriptor
        if let descriptor {
            open = descriptor
        } else {
            open = try Descriptor(opening: files.log, O_WRONLY | O_CREAT | O_APPEND)
            size = Int(lseek(open.raw, 0, SEEK_END))
            descriptor = open
        }
        let bytes = size == 0 ? repeatedMark + bytes : bytes
        do throws(SystemError) {
            try open.writeAll(bytes, for: files.log)
        } catch {
            // Half a line may be there. The next one must not be glued to it.
            descriptor = nil
            _ = truncate(files.log, off_t(size))
            throw error
        }
        size += bytes.count
    }

    private var repeatedMark: [UInt8] {
        guard let mark else { return [] }
        return LogRecord(milliseconds: Int64(teal_wall_seconds() * 1000), stream: .mark, text: mark).bytes
    }

    private mutating func rotate() {
        descriptor = nil
        size = 0
        let names = Array(files.logParts(parts).reversed())
        if names.count == 1 {
            unlink(files.log)
        }
        for index in names.indices.dropFirst().reversed() { rename(names[index - 1], names[index]) }
    }
}
