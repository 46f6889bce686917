import NIOCore
import Synchronization

/// The addresses that this host has now.
enum HostAddresses {
    /// How long what was found counts; a host gets a new address seldom.
    private static let validity = TimeAmount.seconds(1)

    private struct Found: Sendable {
        var addresses: Set<[UInt8]> = []
        var until = NIODeadline.uptimeNanoseconds(0)
    }

    private static let found = Mutex(Found())

    /// Whether an address (4 or 16 bytes; an IPv4 address in IPv6 form counts as IPv4) is a loopback one or another of
    /// the host's own.
    static func contain(_ address: [UInt8]) -> Bool {
        let address = ListenerPlace.plain(address)
        if address.count == 4, address.first == 127 { return true }
        return found.withLock { found in
            if NIODeadline.now() >= found.until {
                found.addresses = read()
                found.until = .now() + validity
            }
            return found.addresses.contains(address)
        }
    }

    private static func read() -> Set<[UInt8]> {
        // Without the list nobody but loopback and the network's own are let in, which is the safe side.
        let devices = (try? System.enumerateDevices()) ?? []
        return Set(devices.compactMap { ListenerPlace($0.address)?.bytes })
    }
}
