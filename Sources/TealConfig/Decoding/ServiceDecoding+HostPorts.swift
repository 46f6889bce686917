import TealCore

extension ServiceDecoding {
    /// Ports of the host that lead to the service's requests: those of the section, beside those of a Compose file.
    ///
    /// - Parameters:
    ///   - others: Those of the Compose file.
    ///   - kind: What the service is; nil when that cannot be told.
    /// - Returns: Ascending, each once; nil for none.
    func hostPorts(beside others: [HostPort], of kind: ServiceKind?) -> [HostPort]? {
        var ports = Set(others)
        for node in section.items("hostPorts") {
            guard let text = section.text(of: node, for: "hostPorts") else { continue }
            guard let port = HostPort(parsing: text) else {
                findings.add(
                    .value,
                    on: node,
                    "'\(Phrase.short(text))' is not a port of the host",
                    "Write a port from 1 to 65535, such as `8080`, or one with an address of the host: `0.0.0.0:8080`."
                )
                continue
            }
            if let other = ports.first(where: { $0 != port && $0.meets(port) }) {
                findings.add(
                    .portOverlap,
                    on: node,
                    "`\(name)` has port \(port.port) of the host at \(other.address) and at \(port.address)",
                    "Keep the one at every address, or write single addresses alone."
                )
            }
            ports.insert(port)
        }
        if let kind, kind != .web, section.has("hostPorts"), let node = section.node("hostPorts"), !Self.isDefault(node)
        {
            section.reportConflict(
                "hostPorts",
                "\(kind == .accessory ? "an" : "a") \(kind) takes no traffic, so it has no `\(section.written("hostPorts"))`",
                "Remove it, or write `kind: web`."
            )
        }
        return ports.isEmpty || kind != .web ? nil : ports.sorted()
    }
}
