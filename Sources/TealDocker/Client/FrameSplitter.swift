import NIOCore

/// Splits the stream of a container without a terminal into the frames that the Engine packs both outputs in.
///
/// Follows the Docker Engine API v1.41, "Attach to a container", "Stream format": a byte for the output (1 standard
/// output, 2 error output), three zero bytes, four bytes of length in network order, then as many bytes.
struct FrameSplitter {
    /// The longest frame, in bytes; the Engine's own are at most 16 KiB and a timestamp, an exec's 32 KiB.
    static let frameBytesMax = 1 << 20

    struct Frame: Hashable {
        let isError: Bool
        let bytes: [UInt8]
    }

    /// What is no such stream, such as that of a container with a terminal.
    enum Failure: Error, Hashable {
        case notAFrame
        case tooLong(bytes: Int)
    }

    private var waiting = ByteBuffer()

    /// Takes a part of the stream.
    ///
    /// - Returns: The frames that are whole now, in order.
    mutating func feed(_ part: ByteBuffer) throws(Failure) -> [Frame] {
        waiting.writeImmutableBuffer(part)
        var frames: [Frame] = []
        while let frame = try next() { frames.append(frame) }
        waiting.discardReadBytes()
        return frames
    }

    /// Whether the stream may end here: no frame has begun.
    var isAtBorder: Bool { waiting.readableBytes == 0 }

    private mutating func next() throws(Failure) -> Frame? {
        let start = waiting.readerIndex
        guard let kind = waiting.getInteger(at: start, as: UInt8.self),
            let zeros = waiting.getBytes(at: start + 1, length: 3),
            let length = waiting.getInteger(at: start + 4, as: UInt32.self)
        else { return nil }
        guard kind <= 3, zeros == [0, 0, 0] else { throw .notAFrame }
        guard length <= Self.frameBytesMax else { throw .tooLong(bytes: Int(length)) }
        guard let bytes = waiting.getBytes(at: start + 8, length: Int(length)) else { return nil }
        waiting.moveReaderIndex(forwardBy: 8 + Int(length))
        return Frame(isError: kind >= 2, bytes: bytes)
    }
}
