/// An IPv4 address.
struct IPv4Address: Hashable, Sendable, Comparable, CustomStringConvertible {
    let bits: UInt32

    init(bits: UInt32) { self.bits = bits }

    static let loopback = IPv4Address(bits: 127 << 24 | 1)

    /// - Returns: Nil for what is not four numbers with dots between them.
    init?(parsing text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard let byte = UInt8(part), "\(byte)" == part else { return nil }
            bits = bits << 8 | UInt32(byte)
        }
        self.bits = bits
    }

    static func < (one: Self, other: Self) -> Bool { one.bits < other.bits }

    var description: String { "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)" }
}

extension IPv4Address: Codable {
    init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let address = IPv4Address(parsing: text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is no IPv4 address")
            )
        }
        self = address
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A range of IPv4 addresses, such as `10.213.7.0/24`.
struct IPv4Prefix: Hashable, Sendable, CustomStringConvertible {
    let network: IPv4Address
    /// `0...32`.
    let length: Int

    /// Bits of the host are cut off.
    init(_ address: IPv4Address, _ length: Int) {
        self.length = length
        network = IPv4Address(bits: address.bits & Self.mask(length))
    }

    /// - Returns: Nil for what is no range.
    init?(parsing text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(parsing: parts[0]), let length = Int(parts[1]),
            (0...32).contains(length)
        else { return nil }
        self.init(address, length)
    }

    private static func mask(_ length: Int) -> UInt32 { length == 0 ? 0 : UInt32.max << UInt32(32 - length) }

    func contains(_ address: IPv4Address) -> Bool { address.bits & Self.mask(length) == network.bits }

    func overlaps(_ other: IPv4Prefix) -> Bool {
        length <= other.length ? contains(other.network) : other.contains(network)
    }

    /// The address at an offset from the range's first.
    func address(_ offset: Int) -> IPv4Address { IPv4Address(bits: network.bits &+ UInt32(offset)) }

    /// The ranges of a length that this one consists of, ascending, at most 65 536.
    func parts(ofLength part: Int) -> [IPv4Prefix] {
        guard part >= length else { return [] }
        let count = min(1 << (part - length), 1 << 16)
        return (0..<count).map { IPv4Prefix(IPv4Address(bits: network.bits &+ UInt32($0) << UInt32(32 - part)), part) }
    }

    var description: String { "\(network)/\(length)" }
}

extension IPv4Prefix: Codable {
    init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let prefix = IPv4Prefix(parsing: text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is no IPv4 range")
            )
        }
        self = prefix
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
