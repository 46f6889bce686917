import NIOCore

/// Finds heads, bodies and ends in the bytes of one connection (RFC 9112).
struct ResponseParser {
    /// A piece of an answer.
    enum Part: Equatable {
        case head(ResponseHead)
        case body(ByteBuffer)
        case end
    }

    private enum State {
        /// Between answers or inside a head.
        case head
        /// So many bytes of the body are missing.
        case length(Int)
        /// Before the line with a chunk's size.
        case chunkSize
        /// So many bytes of a chunk are missing.
        case chunk(Int)
        /// Before the line end behind a chunk.
        case chunkEnd
        /// In the lines behind the last chunk.
        case trailers
        /// The body ends with the connection.
        case untilClose
        /// After a switch of protocols: everything else is not HTTP.
        case raw
    }

    /// The longest head, 64 KiB.
    static let headBytesMax = 64 << 10

    private var state = State.head
    private var input = ByteBuffer()

    /// Whether the end of the connection is the proper end of the answer.
    var endsWithConnection: Bool {
        if case .untilClose = state { true } else { false }
    }

    mutating func feed(_ bytes: ByteBuffer) {
        if input.readableBytes == 0 {
            input = bytes
        } else {
            input.writeImmutableBuffer(bytes)
        }
    }

    /// The bytes behind a `101` head; empties them.
    mutating func takeRaw() -> ByteBuffer {
        defer { input = ByteBuffer() }
        return input
    }

    /// The next part, or `nil` when more bytes are needed.
    mutating func next() throws(ResponseError) -> Part? {
        while true {
            switch state {
            case .head:
                guard let head = try readHead() else { return nil }
                if head.status == 101 {
                    state = .raw
                } else if head.status < 200 {
                    continue  // An interim answer; the final one follows (RFC 9110, section 15.2).
                } else {
                    enterBody(head.framing)
                }
                return .head(head)
            case .length(0):
                state = .head
                return .end
            case .length(let missing):
                guard let piece = readPiece(missing) else { return nil }
                state = .length(missing - piece.readableBytes)
                return .body(piece)
            case .chunkSize:
                guard let line = try readLine() else { return nil }
                guard let size = Int(line.prefix { $0 != ";" }, radix: 16), size >= 0 else {
                    throw .malformed("chunk size \(line.prefix(20))")
                }
                state = size == 0 ? .trailers : .chunk(size)
            case .chunk(let missing):
                guard let piece = readPiece(missing) else { return nil }
                let left = missing - piece.readableBytes
                state = left == 0 ? .chunkEnd : .chunk(left)
                return .body(piece)
            case .chunkEnd:
                guard let line = try readLine() else { return nil }
                guard line.isEmpty else { throw .malformed("no line end behind a chunk") }
                state = .chunkSize
            case .trailers:
                guard let line = try readLine() else { return nil }
                if line.isEmpty {
                    state = .head
                    return .end
                }
            case .untilClose:
                guard let piece = readPiece(input.readableBytes) else { return nil }
                return .body(piece)
            case .raw: return nil
            }
        }
    }

    private mutating func enterBody(_ framing: ResponseHead.Framing) {
        switch framing {
        case .length(let length): state = .length(length)
        case .chunked: state = .chunkSize
        case .untilClose: state = .untilClose
        }
    }

    private mutating func readPiece(_ most: Int) -> ByteBuffer? {
        let count = min(most, input.readableBytes)
        return count == 0 ? nil : input.readSlice(length: count)
    }

    private mutating func readLine() throws(ResponseError) -> String? {
        guard let end = input.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else {
            if input.readableBytes > Self.headBytesMax { throw .headTooLong }
            return nil
        }
        let line = input.readString(length: end - input.readerIndex) ?? ""
        input.moveReaderIndex(forwardBy: 1)
        guard line.hasSuffix("\r") else { throw .malformed("a line without carriage return") }
        return String(line.dropLast())
    }

    private mutating func readHead() throws(ResponseError) -> ResponseHead? {
        let view = input.readableBytesView
        var end = view.startIndex
        while let found = view[end...].firstIndex(of: UInt8(ascii: "\n")) {
            let length = found + 1 - view.startIndex
            if length >= 4, view[found - 1] == UInt8(ascii: "\r"), view[found - 2] == UInt8(ascii: "\n") {
                let text = input.readString(length: length) ?? ""
                return try ResponseHead(lines: text.split(separator: "\r\n"))
            }
            end = found + 1
        }
        if view.count > Self.headBytesMax { throw .headTooLong }
        return nil
    }
}
