import Glibc
import TealCore

/// The kernel's TCP sockets of one network namespace (proc(5), `/proc/PID/net/tcp` and `tcp6`).
struct SocketTable {
    /// The most rows that are read.
    static let bytesMax = 64 << 20

    struct Row: Hashable {
        let local: Endpoint
        let remote: Endpoint
        /// Whether it is an IPv6 socket that speaks IPv4, by an address such as `::ffff:10.0.0.1` (RFC 4291 section 2.5.5.2).
        let isMapped: Bool
        /// As the kernel numbers them: 1 established, 2 connecting, 8 closed by the other side, 10 listening.
        let state: Int
        let inode: UInt64
        let user: uid_t
    }

    let rows: [Row]

    /// The sockets as a process sees them; nil when they cannot be read.
    init?(asSeenBy pid: pid_t) {
        guard let four = try? TextFile.read("/proc/\(pid)/net/tcp", bytesMax: Self.bytesMax) else { return nil }
        // Without IPv6 in the kernel there is no such file.
        let six = (try? TextFile.read("/proc/\(pid)/net/tcp6", bytesMax: Self.bytesMax)) ?? []
        self.init(four: four, six: six)
    }

    init(four: [UInt8], six: [UInt8]) {
        rows = Self.rows(of: four) + Self.rows(of: six)
    }

    private static func rows(of bytes: [UInt8]) -> [Row] {
        bytes.split(separator: UInt8(ascii: "\n")).dropFirst().compactMap { line in
            let fields = line.split(separator: UInt8(ascii: " "))
            guard fields.count > 9, let (local, _) = endpoint(fields[1]), let (remote, isMapped) = endpoint(fields[2]),
                let state = Int(text(fields[3]), radix: 16), let inode = UInt64(text(fields[9])),
                let user = uid_t(text(fields[7]))
            else { return nil }
            return Row(local: local, remote: remote, isMapped: isMapped, state: state, inode: inode, user: user)
        }
    }

    /// `0100007F:1F90`: groups of four bytes in the machine's order, then the port.
    private static func endpoint(_ field: ArraySlice<UInt8>) -> (Endpoint, isMapped: Bool)? {
        let halves = field.split(separator: UInt8(ascii: ":"))
        guard halves.count == 2, let port = Int(text(halves[1]), radix: 16) else { return nil }
        let digits = Array(halves[0])
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: digits.count, by: 8) {
            guard start + 8 <= digits.count, let word = UInt32(text(digits[start..<start + 8]), radix: 16) else {
                return nil
            }
            withUnsafeBytes(of: word) { bytes += $0 }
        }
        if bytes.count == 4 { return (Endpoint(address: dotted(bytes), port: port), false) }
        guard bytes.count == 16 else { return nil }
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff {
            return (Endpoint(address: dotted(Array(bytes[12...])), port: port), true)
        }
        var address = in6_addr()
        withUnsafeMutableBytes(of: &address) { $0.copyBytes(from: bytes) }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, &address, &buffer, socklen_t(buffer.count)) != nil else { return nil }
        let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (Endpoint(address: name, port: port), false)
    }

    private static func dotted(_ bytes: [UInt8]) -> String { bytes.map(String.init).joined(separator: ".") }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension SocketTable {
    /// Whether the kernel was started without IPv6.
    static var lacksIPv6: Bool { access("/proc/net/tcp6", F_OK) != 0 }
}
