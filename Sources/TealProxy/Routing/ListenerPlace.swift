import NIOCore
import TealProxyWire

/// A local address and port, whatever the way in which the address is written.
struct ListenerPlace: Hashable, Sendable {
    /// The first bytes of an IPv4 address in IPv6 form (RFC 4291 section 2.5.5.2).
    private static let mappedPrefix: [UInt8] = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]

    /// 4 or 16 bytes; an IPv4 address in IPv6 form, as a listener for both has it, counts as IPv4.
    let bytes: [UInt8]
    let port: UInt16

    init?(_ address: TargetAddress) {
        guard let bytes = IPAddressText.bytes(of: address.host) else { return nil }
        self.bytes = Self.plain(bytes)
        port = address.port
    }

    /// The bytes of an address, an IPv4 one in IPv6 form as IPv4.
    static func plain(_ bytes: [UInt8]) -> [UInt8] {
        bytes.count == 16 && bytes.starts(with: mappedPrefix) ? Array(bytes[12...]) : bytes
    }

    init?(_ address: SocketAddress?) {
        guard let address, let text = address.ipAddress, let port = address.port.flatMap(UInt16.init(exactly:)) else {
            return nil
        }
        // The system writes the device behind a link-local IPv6 address.
        let host = String(text.prefix { $0 != "%" })
        self.init(TargetAddress(host: host, port: port))
    }

    /// Every address of its family, with its port.
    var everywhere: ListenerPlace { ListenerPlace(bytes: [UInt8](repeating: 0, count: bytes.count), port: port) }

    private init(bytes: [UInt8], port: UInt16) {
        self.bytes = bytes
        self.port = port
    }

    /// Whether it stands for every address of the host.
    private var isEverywhere: Bool { bytes.allSatisfy { $0 == 0 } }

    /// Whether one of two is at every address of the family of the other, which is at one: both can be listened at when
    /// each of the sockets says so.
    func shares(with other: ListenerPlace) -> Bool {
        port == other.port && bytes.count == other.bytes.count && isEverywhere != other.isEverywhere
    }

    /// Whether one who listens here takes the connections to another place as well.
    func covers(_ other: ListenerPlace) -> Bool {
        guard port == other.port else { return false }
        // `::` takes IPv4 as well, unless the system says otherwise.
        return bytes == other.bytes || isEverywhere && (bytes.count == 16 || bytes.count == other.bytes.count)
    }
}
