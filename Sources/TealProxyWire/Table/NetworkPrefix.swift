/// A range of IP addresses in CIDR notation (RFC 4632, RFC 4291 section 2.3), such as `10.0.0.0/8` or `::1/128`.
package struct NetworkPrefix: Hashable, Sendable, CustomStringConvertible {
    /// The address, 4 or 16 bytes.
    package let bytes: [UInt8]
    /// How many leading bits count, `0...bytes.count * 8`.
    package let bits: UInt8

    package static let loopback: [NetworkPrefix] = [
        NetworkPrefix(bytes: [127, 0, 0, 0], bits: 8),
        NetworkPrefix(bytes: [UInt8](repeating: 0, count: 15) + [1], bits: 128),
    ].compactMap { $0 }

    /// Makes a range from its parts; nil when the parts do not fit together.
    package init?(bytes: [UInt8], bits: UInt8) {
        guard bytes.count == 4 || bytes.count == 16, Int(bits) <= bytes.count * 8 else { return nil }
        self.bytes = bytes
        self.bits = bits
    }

    /// Reads `address/bits`; without `/bits` the range is the one address.
    ///
    /// Nil when the text is neither.
    package init?(parsing text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let bytes = IPAddressText.bytes(of: String(first)) else {
            return nil
        }
        guard parts.count == 2 else {
            self.init(bytes: bytes, bits: UInt8(bytes.count * 8))
            return
        }
        guard let bits = UInt8(parts[1]) else { return nil }
        self.init(bytes: bytes, bits: bits)
    }

    /// Whether an address (4 or 16 bytes) lies in the range; an IPv4-mapped IPv6 address counts as IPv4.
    package func contains(_ address: [UInt8]) -> Bool {
        var address = address
        if address.count == 16, bytes.count == 4 {
            guard address[0..<10].allSatisfy({ $0 == 0 }), address[10] == 0xff, address[11] == 0xff else {
                return false
            }
            address = Array(address[12...])
        }
        guard address.count == bytes.count else { return false }
        let whole = Int(bits) / 8
        guard address[..<whole].elementsEqual(bytes[..<whole]) else { return false }
        let rest = bits % 8
        guard rest > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xff00 >> UInt16(rest))
        return address[whole] & mask == bytes[whole] & mask
    }

    package var description: String { "\(IPAddressText.text(of: bytes))/\(bits)" }
}
