import NIOCore

/// Splits a stream into lines, for streams of one JSON text a line.
struct LineSplitter {
    /// The longest line, in bytes.
    static let lineBytesMax = 4 << 20

    /// A line that has no end.
    struct TooLong: Error, Hashable {}

    private var waiting = ByteBuffer()

    /// Takes a part of the stream.
    ///
    /// - Returns: The lines that are whole now, without their ends; empty lines are left out.
    mutating func feed(_ part: ByteBuffer) throws(TooLong) -> [[UInt8]] {
        waiting.writeImmutableBuffer(part)
        var lines: [[UInt8]] = []
        while let end = waiting.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            let length = end - waiting.readerIndex
            var line = waiting.readBytes(length: length) ?? []
            waiting.moveReaderIndex(forwardBy: 1)
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            // RFC 7464 puts a record separator before each text.
            if line.first == 0x1E { line.removeFirst() }
            if !line.isEmpty { lines.append(line) }
        }
        waiting.discardReadBytes()
        guard waiting.readableBytes <= Self.lineBytesMax else { throw TooLong() }
        return lines
    }

    /// What came after the last line's end.
    var rest: [UInt8] { Array(waiting.readableBytesView) }
}
