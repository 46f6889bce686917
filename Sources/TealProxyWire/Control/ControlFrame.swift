/// Cuts the control socket's byte stream into frames and back.
///
/// A frame is four bytes of length, most significant first, then one byte of kind, then the message's fields. The
/// length counts the kind and the fields. Answers come in the order of their requests.
package struct ControlFrame: Hashable, Sendable {
    /// The longest frame, in bytes.
    package static let bytesMax = 16 << 20

    package let kind: UInt8
    package let body: [UInt8]

    package init(kind: UInt8, body: [UInt8]) {
        self.kind = kind
        self.body = body
    }

    /// The frame as it goes over the socket.
    package var bytes: [UInt8] {
        let length = UInt32(truncatingIfNeeded: body.count + 1)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.count + 5)
        for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
        bytes.append(kind)
        bytes += body
        return bytes
    }
}

/// Collects bytes as they arrive and hands out whole frames.
package struct ControlFrameDecoder: Sendable {
    private var pending: [UInt8] = []

    package init() {}

    /// Takes in bytes from the socket.
    package mutating func feed(_ bytes: some Sequence<UInt8>) {
        pending.append(contentsOf: bytes)
    }

    /// The next whole frame; nil when more bytes are needed.
    ///
    /// - Throws: ``WireError/frameTooLong(_:)`` or ``WireError/unfit(_:)``; the stream cannot be read on after it.
    package mutating func next() throws(WireError) -> ControlFrame? {
        guard pending.count >= 4 else { return nil }
        let length = pending[..<4].reduce(0) { $0 << 8 | Int($1) }
        guard length >= 1 else { throw .unfit("frame length") }
        guard length <= ControlFrame.bytesMax else { throw .frameTooLong(length) }
        guard pending.count >= 4 + length else { return nil }
        let frame = ControlFrame(kind: pending[4], body: Array(pending[5..<(4 + length)]))
        pending.removeFirst(4 + length)
        return frame
    }
}
