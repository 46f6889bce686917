import CTealSystem
import Glibc
import TealCore

/// The connections from nginx's workers to services.
///
/// nginx says nothing of what is in flight on one upstream. The kernel knows every connection: a worker that is leaving
/// keeps no idle ones, so each of its connections is a request or an upgraded connection. Upgraded ones are told apart
/// by their address: Teal's file sends them to the IPv4 address as IPv6 writes it, which is the same place for the service
/// and another kind of socket for the kernel.
struct TargetConnections {
    struct Connection: Hashable {
        let pid: pid_t
        /// The worker's descriptor.
        let descriptor: CInt
        let remote: Endpoint
        let isUpgraded: Bool
        /// Whether the worker that holds it is leaving.
        let isOld: Bool
    }

    let connections: [Connection]

    /// Why connections could not be looked at.
    enum Fault: Error, Hashable {
        case denied(String)
    }

    /// Looks at all connections to `endpoints`.
    init(of nginx: NginxProcess, to endpoints: Set<Endpoint>) throws(Fault) {
        guard let table = SocketTable(asSeenBy: nginx.master) else {
            throw .denied("/proc/\(nginx.master)/net/tcp cannot be read")
        }
        let rows = table.rows.filter { $0.inode != 0 && $0.state != 10 && endpoints.contains($0.remote) }
        guard !rows.isEmpty else {
            connections = []
            return
        }
        let byInode = Dictionary(rows.map { ($0.inode, $0) }) { first, _ in first }
        var found: [Connection] = []
        for worker in nginx.workers() {
            guard let sockets = Self.sockets(of: worker.pid) else {
                // A worker that has just ended holds nothing.
                if kill(worker.pid, 0) != 0 && errno == ESRCH { continue }
                throw .denied("/proc/\(worker.pid)/fd cannot be read: run Teal as root or as nginx's own user")
            }
            for (descriptor, inode) in sockets {
                guard let row = byInode[inode] else { continue }
                found.append(
                    Connection(
                        pid: worker.pid,
                        descriptor: descriptor,
                        remote: row.remote,
                        isUpgraded: row.isMapped,
                        isOld: worker.isLeaving
                    )
                )
            }
        }
        connections = found
    }

    /// Whether a worker still listens at a place; nil when that cannot be seen.
    ///
    /// A worker closes all its listeners at once. Others may be there that it has got from whoever started nginx.
    static func listens(_ worker: pid_t, of nginx: NginxProcess, at place: Endpoint) -> Bool? {
        guard let sockets = sockets(of: worker), let table = SocketTable(asSeenBy: nginx.master) else { return nil }
        let listening = Set(table.rows.filter { $0.state == 10 && $0.local.port == place.port }.map(\.inode))
        return sockets.contains { listening.contains($0.inode) }
    }

    /// A process's sockets; nil when they cannot be read.
    private static func sockets(of pid: pid_t) -> [(descriptor: CInt, inode: UInt64)]? {
        guard access("/proc/\(pid)/fd", R_OK) == 0 else { return nil }
        var buffer = [CChar](repeating: 0, count: 64)
        return Directory.names(of: "/proc/\(pid)/fd").compactMap { name in
            guard let descriptor = CInt(name) else { return nil }
            let count = readlink("/proc/\(pid)/fd/\(name)", &buffer, buffer.count)
            guard count > 0 else { return nil }
            let text = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("socket:["), let inode = UInt64(text.dropFirst(8).dropLast()) else { return nil }
            return (descriptor, inode)
        }
    }
}

extension TargetConnections.Connection {
    /// Ends the connection for both sides, as if the service had closed it.
    ///
    /// The worker's socket is borrowed (pidfd_getfd(2)) and shut down; the worker sees its end, and answers 502 or closes
    /// its client's connection.
    ///
    /// - Returns: 0, or the error's number: `EPERM` without the right to look into the worker, `ENOSYS` before Linux 5.6.
    func end() -> CInt {
        let process = teal_pidfd_open(pid)
        guard process >= 0 else { return -process == ESRCH ? 0 : -process }
        defer { close(process) }
        let borrowed = teal_pidfd_getfd(process, descriptor)
        // One that is gone meanwhile has ended by itself.
        guard borrowed >= 0 else { return -borrowed == EBADF || -borrowed == ESRCH ? 0 : -borrowed }
        defer { close(borrowed) }
        // The number may belong to another connection by now.
        guard peer(of: borrowed)?.port == remote.port else { return 0 }
        return shutdown(borrowed, CInt(SHUT_RDWR)) == 0 || errno == ENOTCONN ? 0 : errno
    }

    private func peer(of descriptor: CInt) -> Endpoint? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) }
        }
        guard result == 0 else { return nil }
        // The port is at the same place in both families (ip(7), ipv6(7)).
        let port = withUnsafeBytes(of: &storage) { Int($0[2]) << 8 | Int($0[3]) }
        return Endpoint(address: remote.address, port: port)
    }
}
