package import NIOCore

/// The 32-bit FNV-1a checksum of a body, fed piece by piece.
///
/// Of nothing it is `811c9dc5`, of the letter `a` it is `e40c292c`. Source: the FNV Internet-Draft,
/// draft-eastlake-fnv, section 2.
package struct Checksum: Sendable {
    private var state: UInt32 = 0x811c_9dc5

    package init() {}

    package mutating func feed(_ bytes: ByteBufferView) {
        for byte in bytes {
            state = (state ^ UInt32(byte)) &* 0x0100_0193
        }
    }

    /// Eight lower-case hexadecimal digits.
    package var text: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
