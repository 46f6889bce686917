import NIOCore

/// The client's half of the WebSocket frame format (RFC 6455, section 5.2).
struct WebSocketFrames {
    /// One frame as received.
    struct Frame: Equatable {
        let opcode: UInt8
        let data: ByteBuffer

        /// The code of a close frame; 1005 when it has none (RFC 6455, section 7.1.5).
        var closeCode: UInt16 {
            data.getInteger(at: data.readerIndex, as: UInt16.self) ?? 1005
        }
    }

    static let text: UInt8 = 1
    static let close: UInt8 = 8
    static let ping: UInt8 = 9
    static let pong: UInt8 = 10
    /// The longest accepted frame, 1 MiB.
    static let frameBytesMax = 1 << 20

    private var input = ByteBuffer()

    mutating func feed(_ bytes: ByteBuffer) {
        input.writeImmutableBuffer(bytes)
        input.discardReadBytes()
    }

    /// The next complete frame.
    mutating func next() throws(ResponseError) -> Frame? {
        let start = input.readerIndex
        guard let head = input.getBytes(at: start, length: 2) else { return nil }
        guard head[1] & 0x80 == 0 else { throw .malformed("a masked frame from the server") }
        var length = Int(head[1])
        var headBytes = 2
        if length == 126 {
            guard let long = input.getInteger(at: start + 2, as: UInt16.self) else { return nil }
            (length, headBytes) = (Int(long), 4)
        } else if length == 127 {
            guard let long = input.getInteger(at: start + 2, as: UInt64.self) else { return nil }
            guard long <= UInt64(Self.frameBytesMax) else { throw .malformed("a frame of \(long) bytes") }
            (length, headBytes) = (Int(long), 10)
        }
        guard input.readableBytes >= headBytes + length else { return nil }
        input.moveReaderIndex(forwardBy: headBytes)
        return Frame(opcode: head[0] & 15, data: input.readSlice(length: length) ?? ByteBuffer())
    }

    /// A final, masked frame of at most 65535 bytes.
    static func encode(_ opcode: UInt8, _ data: [UInt8], mask: UInt32) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(0x80 | opcode)
        if data.count < 126 {
            buffer.writeInteger(UInt8(0x80 | data.count))
        } else {
            buffer.writeInteger(UInt8(0x80 | 126))
            buffer.writeInteger(UInt16(truncatingIfNeeded: data.count))
        }
        buffer.writeInteger(mask)
        for (index, byte) in data.enumerated() {
            buffer.writeInteger(byte ^ UInt8(truncatingIfNeeded: mask >> UInt32(24 - index % 4 * 8)))
        }
        return buffer
    }
}
