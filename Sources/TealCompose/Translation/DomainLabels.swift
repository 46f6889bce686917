import TealCore

/// Labels by which people write down themselves where a service is to be found: `com.example.domain=shop.example.com` and,
/// with the same beginning, `com.example.port=3000`.
///
/// The part behind the last dot decides. What other tools than people write is left alone.
struct DomainLabels {
    private static let foreign = ["traefik.", "com.docker.", "org.opencontainers.", "caddy", "io.kubernetes."]

    private(set) var routes: [Route] = []
    private(set) var port: Int?
    /// The labels that were read, ascending.
    private(set) var read: [String] = []

    init(_ labels: [String: String]) {
        for (key, value) in labels.sorted(by: { $0.key < $1.key }) where Self.isDomain(key) {
            let host = value.lowercased()
            guard Self.isHost(host) else { continue }
            routes.append(Route(hosts: [host]))
            read.append(key)
            let beside = "\(key.dropLast("domain".count))port"
            guard let number = labels[beside].flatMap({ Int($0) }), (1...65535).contains(number) else { continue }
            port = port ?? number
            read.append(beside)
        }
        read.sort()
    }

    private static func isDomain(_ key: String) -> Bool {
        (key == "domain" || key.hasSuffix(".domain")) && !foreign.contains { key.hasPrefix($0) }
    }

    /// A name with a dot, of labels of letters, digits and `-`.
    private static func isHost(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return labels.count > 1 && text.utf8.count <= 253
            && labels.allSatisfy { label in
                !label.isEmpty && label.utf8.count <= 63 && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            }
    }
}
