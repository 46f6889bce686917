/// A port in its short form: `[[address:]host:]container[/protocol]`, each of the two numbers or ranges.
struct PortText: Hashable, Sendable {
    struct Failure: Error, Equatable {
        let message: String
        let suggestion: String
    }

    let address: String
    let target: Int
    /// The port of the host, a range of them to choose from, or empty for any.
    let published: String
    let transport: String

    /// The ports that a text stands for; several for a range, in the order of their texts.
    static func parse(_ text: String) throws(Failure) -> [PortText] {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let container = parts[parts.count - 1]
        let host = parts.count > 1 ? parts[parts.count - 2] : ""
        let (ports, transport) = try transport(of: container, in: text)
        let address = try address(parts.dropLast(2).joined(separator: ":"))
        guard let targets = range(ports) else {
            throw Failure(
                message: "the container's port `\(ports)` is none",
                suggestion: "Write a number from 0 to 65535, or a range such as 8000-8010."
            )
        }
        var published: ClosedRange<Int>?
        if !host.isEmpty {
            guard let hosts = range(host) else {
                throw Failure(
                    message: "the host's port `\(host)` is none",
                    suggestion: "Write a number from 0 to 65535, or a range such as 8000-8010."
                )
            }
            guard hosts.count == targets.count || targets.count == 1 else {
                throw Failure(
                    message: "the ranges of host and container, `\(host)` and `\(ports)`, have different lengths",
                    suggestion: "Write ranges of the same length."
                )
            }
            published = hosts
        }
        return targets.map { target in
            var text = ""
            if let published {
                text = String(published.lowerBound + target - targets.lowerBound)
                if targets.count == 1, published.count > 1 { text += "-\(published.upperBound)" }
            }
            return PortText(address: address, target: target, published: text, transport: transport)
        }
        .sorted { "\($0.target)/" < "\($1.target)/" }
    }

    private static func transport(of container: String, in text: String) throws(Failure) -> (String, String) {
        let parts = container.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let transport = parts.count > 1 && !parts[1].isEmpty ? parts[1].lowercased() : "tcp"
        guard !parts[0].isEmpty else {
            throw Failure(
                message: "the text names no port of the container",
                suggestion: "Write `HOST:CONTAINER` or `CONTAINER`; an empty variable leaves such a gap."
            )
        }
        guard ["tcp", "udp", "sctp"].contains(transport) else {
            throw Failure(message: "`\(transport)` is no protocol of ports", suggestion: "Write tcp, udp or sctp.")
        }
        return (parts[0], transport)
    }

    private static func address(_ text: String) throws(Failure) -> String {
        var address = text
        if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
        guard address.isEmpty || IPAddress.isOne(address) else {
            throw Failure(
                message: "`\(text)` is no IP address",
                suggestion: "Write an address of this host, such as 127.0.0.1 or [::1]."
            )
        }
        return address
    }

    private static func range(_ text: String) -> ClosedRange<Int>? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let first = port(parts[0]) else { return nil }
        guard parts.count > 1 else { return first...first }
        guard let last = port(parts[1]), first <= last else { return nil }
        return first...last
    }

    private static func port(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy(Byte.isDigit) else { return nil }
        return UInt16(text).map(Int.init)
    }

    /// The long form.
    func mapping(at place: SourcePlace) -> ComposeMapping {
        var mapping = ComposeMapping([("mode", ComposeNode("ingress", at: place))])
        if !address.isEmpty { mapping["host_ip"] = ComposeNode(address, at: place) }
        if target != 0 { mapping["target"] = ComposeNode(.int(target), at: place) }
        if !published.isEmpty { mapping["published"] = ComposeNode(published, at: place) }
        mapping["protocol"] = ComposeNode(transport, at: place)
        return mapping
    }
}
