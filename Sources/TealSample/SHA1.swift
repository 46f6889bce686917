/// The SHA-1 digest of RFC 3174, which the WebSocket handshake asks for.
///
/// Of `abc` it is `a9993e36 4706816a ba3e2571 7850c26c 9cd0d89d`. For short texts only: the padded message is held
/// in memory.
struct SHA1 {
    private var words: (UInt32, UInt32, UInt32, UInt32, UInt32) =
        (0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0)

    /// The 20 bytes of the digest.
    static func digest(of text: String) -> [UInt8] {
        var hash = SHA1()
        let message = padded(Array(text.utf8))
        for start in stride(from: 0, to: message.count, by: 64) {
            hash.take(message[start..<start + 64])
        }
        let (a, b, c, d, e) = hash.words
        return [a, b, c, d, e].flatMap { word in
            stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
        }
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        var message = bytes + [0x80]
        while message.count % 64 != 56 { message.append(0) }
        let bits = UInt64(bytes.count) * 8
        return message + stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: bits >> UInt64($0)) }
    }

    private mutating func take(_ block: ArraySlice<UInt8>) {
        var schedule = [UInt32](repeating: 0, count: 80)
        for (offset, byte) in block.enumerated() {
            schedule[offset / 4] |= UInt32(byte) << UInt32(24 - offset % 4 * 8)
        }
        for index in 16..<80 {
            let mixed = schedule[index - 3] ^ schedule[index - 8] ^ schedule[index - 14] ^ schedule[index - 16]
            schedule[index] = mixed.rotated(by: 1)
        }
        var (a, b, c, d, e) = words
        for index in 0..<80 {
            let next = a.rotated(by: 5) &+ Self.mix(index, b, c, d) &+ e &+ schedule[index]
            (e, d, c, b, a) = (d, c, b.rotated(by: 30), a, next)
        }
        words = (words.0 &+ a, words.1 &+ b, words.2 &+ c, words.3 &+ d, words.4 &+ e)
    }

    private static func mix(_ round: Int, _ b: UInt32, _ c: UInt32, _ d: UInt32) -> UInt32 {
        switch round {
        case ..<20: ((b & c) | (~b & d)) &+ 0x5a82_7999
        case ..<40: (b ^ c ^ d) &+ 0x6ed9_eba1
        case ..<60: ((b & c) | (b & d) | (c & d)) &+ 0x8f1b_bcdc
        default: (b ^ c ^ d) &+ 0xca62_c1d6
        }
    }
}

extension UInt32 {
    fileprivate func rotated(by bits: UInt32) -> UInt32 {
        (self << bits) | (self >> (32 - bits))
    }
}
