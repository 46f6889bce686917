import TealCore

/// The rules by which new connections to ports of the host are led to other ports, in a table of nftables that is Teal's own.
///
/// Docker leads connections into containers in its own chains of the same hooks, at priority -100 (`dstnat`), and has a
/// process for those over loopback. The chains here come before (-110), and a connection that has been led anywhere is not
/// led again; only its first packet is asked, so that what was open before stays where it is. Follows nft(8) 1.0.
struct RedirectRules: Hashable, Sendable {
    struct Redirect: Hashable, Sendable {
        let place: HostPort
        /// The other port, at the same address.
        let port: Int
    }

    static let table = "inet teal"
    private static let priority = -110

    /// Tells the chains of one home from those of another.
    let mark: String
    var redirects: [Redirect] = []

    init(home: String, redirects: [Redirect] = []) {
        // FNV-1a, the same for ever.
        let hash = home.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        mark = String(hash, radix: 16)
        self.redirects = redirects
    }

    private var out: String { "out_\(mark)" }
    private var pre: String { "pre_\(mark)" }

    /// The text for `nft -f`, which makes the chains of this home hold these rules and no others, all at once; without any
    /// the chains are gone.
    var text: String {
        var lines = ["add table \(Self.table)"]
        for (chain, hook) in [(out, "output"), (pre, "prerouting")] {
            lines.append(
                "add chain \(Self.table) \(chain) { type nat hook \(hook) priority \(Self.priority); policy accept; }"
            )
            lines.append("flush chain \(Self.table) \(chain)")
        }
        if redirects.isEmpty {
            lines += [out, pre].map { "delete chain \(Self.table) \($0)" }
        } else {
            for redirect in redirects {
                let rule = Self.rule(redirect)
                lines.append("add rule \(Self.table) \(out) \(rule)")
                // Over loopback nothing comes from elsewhere.
                if !redirect.place.isLoopback { lines.append("add rule \(Self.table) \(pre) \(rule)") }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func rule(_ redirect: Redirect) -> String {
        let (place, port) = (redirect.place, redirect.port)
        let family = place.isIPv6 ? "ip6" : "ip"
        if place.isEverywhere {
            return
                "meta nfproto ipv\(place.isIPv6 ? 6 : 4) fib daddr type local tcp dport \(place.port) redirect to :\(port)"
        }
        let address = place.isIPv6 ? "[\(place.address)]" : place.address
        return "\(family) daddr \(place.address) tcp dport \(place.port) dnat \(family) to \(address):\(port)"
    }
}
