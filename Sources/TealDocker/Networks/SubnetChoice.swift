import Glibc

/// Finds a range for a project's network that nothing on the host uses.
enum SubnetChoice {
    /// The ranges of a pool that overlap nothing that is taken, ascending.
    static func free(in pool: IPv4Prefix, taken: [IPv4Prefix]) -> [IPv4Prefix] {
        pool.parts(ofLength: AddressBook.prefixLength).filter { part in
            !taken.contains { $0.overlaps(part) }
        }
    }

    /// The ranges that the host has routes to, but for the default one.
    static func hostRoutes() -> [IPv4Prefix] {
        let descriptor = open("/proc/net/route", O_RDONLY | O_CLOEXEC)
        // Without a table the Engine's own refusal of what overlaps is left.
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < 4 << 20 {
            let count = read(descriptor, &part, part.count)
            guard count > 0 else { break }
            bytes += part[..<count]
        }
        return routes(String(decoding: bytes, as: UTF8.self))
    }

    /// Reads `/proc/net/route`: addresses and masks are hexadecimal, in the byte order of a little-endian machine.
    static func routes(_ text: String) -> [IPv4Prefix] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(whereSeparator: { $0 == "\t" || $0 == " " })
            guard fields.count >= 8, let address = UInt32(fields[1], radix: 16),
                let mask = UInt32(fields[7], radix: 16),
                mask != 0
            else { return nil }
            return IPv4Prefix(IPv4Address(bits: address.byteSwapped), mask.byteSwapped.nonzeroBitCount)
        }
    }
}
