/// Follows the frames of one direction of a WebSocket, to know where one ends (RFC 6455 section 5.2).
struct FrameBorder {
    private var header: [UInt8] = []
    private var payloadLeft: UInt64 = 0
    /// A close frame has begun; nothing may follow it.
    private(set) var sawClose = false

    /// Whether the next byte begins a frame.
    var isAtBorder: Bool { header.isEmpty && payloadLeft == 0 }

    /// Takes in bytes.
    ///
    /// - Parameters:
    ///   - bytes: What came next.
    ///   - stopsAtBorder: Whether to stop behind the first frame that ends.
    /// - Returns: How many bytes were taken in.
    mutating func feed(_ bytes: UnsafeRawBufferPointer, stopsAtBorder: Bool = false) -> Int {
        var index = 0
        while index < bytes.count {
            if payloadLeft > 0 {
                let take = min(payloadLeft, UInt64(bytes.count - index))
                payloadLeft -= take
                index += Int(take)
            } else {
                header.append(bytes[index])
                index += 1
                readHeader()
            }
            if stopsAtBorder, isAtBorder { break }
        }
        return index
    }

    private mutating func readHeader() {
        guard header.count >= 2 else { return }
        let short = header[1] & 0x7f
        let lengthBytes = short == 127 ? 8 : short == 126 ? 2 : 0
        guard header.count == 2 + lengthBytes else { return }
        var length = lengthBytes == 0 ? UInt64(short) : header[2...].reduce(0) { $0 << 8 | UInt64($1) }
        // The top bit must be zero; a length that breaks the rule is cut so that adding the mask cannot overflow.
        length &= UInt64(Int64.max)
        if header[1] & 0x80 != 0 { length += 4 }
        if header[0] & 0x0f == 8 { sawClose = true }
        payloadLeft = length
        header.removeAll(keepingCapacity: true)
    }
}

/// The bytes of a WebSocket close frame (RFC 6455 sections 5.5.1 and 7.4).
enum CloseFrame {
    enum Code: UInt16 {
        case goingAway = 1001
        case serviceRestart = 1012
    }

    /// As a server sends it.
    static func toClient(_ code: Code) -> [UInt8] {
        [0x88, 2, UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xff)]
    }

    /// As a client sends it, masked.
    static func toServer(_ code: Code, mask: UInt32) -> [UInt8] {
        let key = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: mask >> UInt32($0)) }
        return [0x88, 0x82] + key + [UInt8(code.rawValue >> 8) ^ key[0], UInt8(code.rawValue & 0xff) ^ key[1]]
    }
}
