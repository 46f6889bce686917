import NIOCore

/// What the sample service must answer to one request, byte for byte.
struct Expectation {
    private static let source = ByteBuffer(
        bytes: (0..<Schedule.bytesMax * 2).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    )

    let shape: Schedule.Shape
    /// The request's body.
    let body: ByteBuffer

    init(shape: Schedule.Shape, index: Int) {
        self.shape = shape
        let start = index % Schedule.bytesMax
        self.body = Self.source.getSlice(at: start, length: shape.bodyBytes) ?? ByteBuffer()
    }

    /// The line that begins the answer: nonce, method, body length and FNV-1a checksum.
    ///
    /// The checksum is computed here on its own, so that a fault shared with the service cannot hide.
    var line: String {
        var state: UInt32 = 0x811c_9dc5
        body.withUnsafeReadableBytes { bytes in
            for byte in bytes { state = (state ^ UInt32(byte)) &* 0x0100_0193 }
        }
        let digits = String(state, radix: 16)
        let checksum = String(repeating: "0", count: 8 - digits.count) + digits
        return "\(shape.nonce) \(shape.kind == .post ? "POST" : "GET") \(shape.bodyBytes) \(checksum)\n"
    }

    /// What is wrong with an answer's body; `nil` when nothing is.
    func complaint(about answer: ByteBuffer) -> String? {
        let line = line
        let expected = line.utf8.count + shape.padBytes
        guard answer.readableBytes == expected else {
            return "\(answer.readableBytes) bytes instead of \(expected)"
        }
        let start = answer.getString(at: answer.readerIndex, length: line.utf8.count)
        guard start == line else { return "begins with \((start ?? "").prefix(80)) instead of \(line.dropLast())" }
        let padding = answer.readableBytesView.dropFirst(line.utf8.count)
        return padding.allSatisfy { $0 == UInt8(ascii: "x") } ? nil : "padding damaged"
    }
}
