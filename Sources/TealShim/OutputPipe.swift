import CTealSystem
import Glibc
import TealShimWire

/// The reading end of what a process writes to one of its outputs.
struct OutputPipe {
    /// How much is read before other work gets its turn.
    private static let turnBytesMax = 256 << 10

    let stream: LogRecord.Stream
    private(set) var reading: Descriptor?
    private var lines = LineBuffer(bytesMax: LogRecord.textBytesMax)

    /// Opens a pipe.
    ///
    /// - Returns: The pipe, and the end that the process writes to.
    static func open(_ stream: LogRecord.Stream) throws(SystemError) -> (OutputPipe, Descriptor) {
        var ends: [Int32] = [-1, -1]
        try checked(teal_pipe(&ends, false), "pipe2")
        return (.init(stream: stream, reading: Descriptor(owning: ends[0])), Descriptor(owning: ends[1]))
    }

    private init(stream: LogRecord.Stream, reading: Descriptor) {
        self.stream = stream
        self.reading = reading
    }

    /// The lines that are there now.
    ///
    /// At the end of the stream the pipe closes itself.
    mutating func drain() -> [[UInt8]] {
        guard let reading else { return [] }
        var found: [[UInt8]] = []
        var count = 0
        while count < Self.turnBytesMax {
            guard let bytes = try? reading.readSome(64 << 10, from: "pipe") else { return found }  // EAGAIN: none now
            guard !bytes.isEmpty else { return found + close() }
            found += lines.take(bytes)
            count += bytes.count
        }
        return found
    }

    /// Ends it, and gives out what had no line end.
    mutating func close() -> [[UInt8]] {
        reading = nil
        return lines.flush().map { [$0] } ?? []
    }
}
