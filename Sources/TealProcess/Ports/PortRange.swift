import TealShimWire

/// Chooses the ports that Teal gives to replicas.
enum PortRange {
    /// Tried in this order; the first that the system does not give to outgoing connections is taken.
    static let candidates: [ClosedRange<Int>] = [20_000...29_999, 10_000...19_999, 50_000...59_999, 61_000...65_000]

    /// The first candidate outside of `ephemeral`; the first of all when none is.
    static func choose(outside ephemeral: ClosedRange<Int>?) -> ClosedRange<Int> {
        guard let ephemeral else { return candidates[0] }
        return candidates.first { !$0.overlaps(ephemeral) } ?? candidates[0]
    }

    /// The ports that the system gives to outgoing connections (`net.ipv4.ip_local_port_range`); nil when unknown.
    static func ephemeral() -> ClosedRange<Int>? {
        guard let text = (try? Files.text("/proc/sys/net/ipv4/ip_local_port_range")) ?? nil else { return nil }
        let bounds = text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        return bounds.count == 2 && bounds[0] <= bounds[1] ? bounds[0]...bounds[1] : nil
    }
}
