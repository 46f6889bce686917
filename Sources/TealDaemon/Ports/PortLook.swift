import Glibc
import TealCore

/// Whether somebody is in the way of a listener at a port of the host.
enum PortLook: Hashable, Sendable {
    case free
    case taken
    /// This user may not listen there.
    case denied

    /// Binds the place without listening there, which is in nobody's way who sets `SO_REUSEADDR`, as servers do.
    static func at(_ place: HostPort) -> PortLook {
        let family = place.isIPv6 ? AF_INET6 : AF_INET
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        // What cannot be found out is said by the proxy itself.
        guard descriptor >= 0 else { return .free }
        defer { close(descriptor) }
        var yes: CInt = 1
        let length = socklen_t(MemoryLayout<CInt>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, length)
        let port = in_port_t(truncatingIfNeeded: place.port).bigEndian
        let result: CInt
        if place.isIPv6 {
            setsockopt(descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, &yes, length)
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port
            guard inet_pton(AF_INET6, place.address, &address.sin6_addr) == 1 else { return .free }
            result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port
            guard inet_pton(AF_INET, place.address, &address.sin_addr) == 1 else { return .free }
            result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        guard result != 0 else { return .free }
        switch errno {
        case EADDRINUSE: return .taken
        case EACCES, EPERM: return .denied
        default: return .free
        }
    }
}
