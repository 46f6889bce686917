/// The TCP sockets that listen in one network namespace, from `/proc/<pid>/net/tcp` and `tcp6` (proc(5)).
struct SocketTable: Hashable, Sendable {
    struct Listener: Hashable, Sendable {
        enum Reach: Hashable, Sendable {
            /// Takes connections to every address of the namespace.
            case everywhere
            /// Takes connections to this one.
            case only(IPv4Address)
            /// Takes none over IPv4.
            case elsewhere
        }

        let port: Int
        let reach: Reach
        let inode: String
    }

    /// Where the Engine's own name server listens in each container of a network of its own.
    static let nameServer = IPv4Address(bits: 0x7F00_000B)

    let listeners: [Listener]

    /// Reads both tables' texts.
    init(tcp: String, tcp6: String) { listeners = Self.parse(tcp) + Self.parse(tcp6) }

    private static func parse(_ text: String) -> [Listener] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            // 0A is LISTEN.
            guard fields.count > 9, fields[3] == "0A" else { return nil }
            let address = fields[1].split(separator: ":")
            guard address.count == 2, let port = Int(address[1], radix: 16) else { return nil }
            let reach = reach(String(address[0]))
            guard reach != .only(nameServer) else { return nil }
            return Listener(port: port, reach: reach, inode: String(fields[9]))
        }
    }

    /// Addresses are hexadecimal words in the machine's byte order; this is for little-endian machines, as Teal's are.
    private static func reach(_ address: String) -> Listener.Reach {
        switch address.count {
        case 8:
            guard let bits = UInt32(address, radix: 16) else { return .elsewhere }
            return bits == 0 ? .everywhere : .only(IPv4Address(bits: bits.byteSwapped))
        case 32:
            // `::` takes IPv4 as well, unless it was told not to, which cannot be seen here.
            if address.allSatisfy({ $0 == "0" }) { return .everywhere }
            guard address.hasPrefix("0000000000000000FFFF0000"), let bits = UInt32(address.suffix(8), radix: 16) else {
                return .elsewhere
            }
            return bits == 0 ? .everywhere : .only(IPv4Address(bits: bits.byteSwapped))
        default: return .elsewhere
        }
    }

    /// The sockets that would take a connection to an address and port.
    func takers(of address: IPv4Address, _ port: Int) -> [Listener] {
        let able = listeners.filter { $0.port == port }
        let exact = able.filter { $0.reach == .only(address) }
        return exact.isEmpty ? able.filter { $0.reach == .everywhere } : exact
    }

    var ports: [Int] { Set(listeners.map(\.port)).sorted() }
}
