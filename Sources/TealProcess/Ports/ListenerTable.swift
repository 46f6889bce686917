import Glibc
import TealDriverKit
import TealShimWire

/// The TCP sockets of this network namespace that listen, from `/proc/net/tcp` and `tcp6` (proc(5)).
struct ListenerTable {
    struct Entry: Hashable {
        /// How well the address fits a connection to 127.0.0.1; the kernel takes the least.
        enum Fit: Int, Comparable {
            case exact
            case anyIPv4
            case anyIPv6
            case none

            static func < (one: Fit, other: Fit) -> Bool { one.rawValue < other.rawValue }
        }

        let port: Int
        let fit: Fit
        let inode: String
    }

    let entries: [Entry]

    /// The sockets that listen now.
    static func read() throws(SystemError) -> ListenerTable {
        let bytesMax = 64 << 20
        let four = try Files.text("/proc/net/tcp", bytesMax: bytesMax) ?? ""
        let six = try Files.text("/proc/net/tcp6", bytesMax: bytesMax) ?? ""
        return .init(entries: parse(four) + parse(six))
    }

    /// Reads one of the tables.
    static func parse(_ text: String) -> [Entry] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            // 0A is LISTEN.
            guard fields.count > 9, fields[3] == "0A" else { return nil }
            let address = fields[1].split(separator: ":")
            guard address.count == 2, let port = Int(address[1], radix: 16) else { return nil }
            return Entry(port: port, fit: fit(String(address[0])), inode: String(fields[9]))
        }
    }

    /// Addresses are hexadecimal words in the machine's byte order; this is for little-endian machines, as Teal's are.
    private static func fit(_ address: String) -> Entry.Fit {
        switch address {
        case "0100007F", "0000000000000000FFFF00000100007F": .exact
        case "00000000", "0000000000000000FFFF000000000000": .anyIPv4
        case "00000000000000000000000000000000": .anyIPv6
        default: .none
        }
    }

    /// The inodes of the sockets that would take a connection to 127.0.0.1 at a port; empty for none.
    func takers(of port: Int) -> Set<String> {
        let able = entries.filter { $0.port == port && $0.fit != .none }
        guard let best = able.map(\.fit).min() else { return [] }
        return Set(able.filter { $0.fit == best }.map(\.inode))
    }

    /// The inodes of the sockets that a process has open; empty when it may not be looked at.
    static func sockets(of pid: pid_t) -> Set<String> {
        let directory = "/proc/\(pid)/fd"
        // A process that has ended, or is another user's, has none that can be seen.
        let names = (try? Files.names(in: directory)) ?? []
        var found: Set<String> = []
        for name in names {
            guard let text = Files.linkTarget("\(directory)/\(name)"), text.hasPrefix("socket:[") else { continue }
            found.insert(String(text.dropFirst(8).dropLast()))
        }
        return found
    }

    /// Who listens at a port, and where a set of processes listens.
    func report(port: Int, own pids: [pid_t]) -> ListenerReport {
        let own = pids.reduce(into: Set<String>()) { $0.formUnion(Self.sockets(of: $1)) }
        let ownPorts = Set(entries.filter { own.contains($0.inode) }.map(\.port)).sorted()
        let takers = takers(of: port)
        if takers.isEmpty { return .init(owner: .nobody, ownPorts: ownPorts) }
        // With SO_REUSEPORT several may share a port: then it is the replica's only if all of them are.
        let foreign = takers.subtracting(own)
        if foreign.isEmpty { return .init(owner: .replica, ownPorts: ownPorts) }
        let holder = Self.holder(of: foreign)
        return .init(owner: .other(pid: holder.map { Int($0.pid) }, name: holder?.name), ownPorts: ownPorts)
    }

    /// A process that has one of these sockets open.
    static func holder(of inodes: Set<String>) -> ProcessEntry? {
        ProcessTree.all().first { !sockets(of: $0.pid).isDisjoint(with: inodes) }
    }

    /// Who listens at a port, as people read it; nil when nobody does or it cannot be seen.
    static func holderName(of port: Int) -> String? {
        guard let table = try? read(), let holder = holder(of: table.takers(of: port)) else { return nil }
        return "\(holder.name) (pid \(holder.pid))"
    }
}
